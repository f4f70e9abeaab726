//! The calls as buttons with their fields. Whether one makes sense is `sockets::objection`'s word, never this page's.

use super::field::Field;
use super::form::{POLLED, Ready, flags_of};
use super::screen::Pane;
use super::{Act, Desk};
use crate::bridged::Order;
use crate::browser::{on_chosen, on_typed};
use sockets::{
    Access, Direction, Family, MsgFlag, Objection, OpKind, OptionName, Shape, SocketKind, SocketView,
    objection,
};
use yew::prelude::*;

const STREAM: &[OpKind] = &[
    OpKind::Bind,
    OpKind::Listen,
    OpKind::Accept,
    OpKind::Connect,
    OpKind::Send,
    OpKind::Recv,
    OpKind::Shutdown,
    OpKind::Close,
];

const DATAGRAM: &[OpKind] = &[
    OpKind::Bind,
    OpKind::SendTo,
    OpKind::RecvFrom,
    OpKind::Connect,
    OpKind::Send,
    OpKind::Recv,
    OpKind::Close,
];

const MORE: &[OpKind] =
    &[OpKind::GetSockName, OpKind::GetPeerName, OpKind::SetSockOpt, OpKind::GetSockOpt, OpKind::Poll];

/// The row that makes a socket.
pub fn new_socket(desk: &Desk, pane: &Pane) -> Html {
    let row = row(desk, pane, None, OpKind::Socket);
    if desk.screen.open_sockets().all(|view| view.host != pane.host) {
        return row;
    }
    html! { <details class="more"><summary>{ "Another socket" }</summary>{ row }</details> }
}

/// The calls on the chosen socket.
pub fn calls(desk: &Desk, pane: &Pane) -> Html {
    let Some(view) = desk.screen.chosen(pane) else { return html! {} };
    let main = if view.kind == SocketKind::Stream { STREAM } else { DATAGRAM };
    let rest: Vec<OpKind> = MORE.iter().copied().chain(others(main)).collect();
    let mut objections = main.iter().chain(&rest).map(|&kind| objection(view, kind));
    let first = objections.next().flatten();
    if let Some(same) = first.filter(|_| !desk.screen.force && objections.all(|other| other == first)) {
        return html! { <p class="meaning all-barred">{ format!("No call makes sense any more: {}.", Bar::Senseless(same).reason()) }</p> };
    }
    html! {
        <section class="calls" aria-label={format!("Calls on {}", desk.screen.names.get(view.id))}>
            { for main.iter().map(|&kind| row(desk, pane, Some(view), kind)) }
            <details class="more">
                <summary>{ "Addresses, options, readiness" }</summary>
                { for rest.iter().map(|&kind| row(desk, pane, Some(view), kind)) }
            </details>
        </section>
    }
}

/// What belongs to the other kind of socket: there to be tried.
fn others(main: &'static [OpKind]) -> impl Iterator<Item = OpKind> {
    let other = if main == STREAM { DATAGRAM } else { STREAM };
    other.iter().copied().filter(move |kind| !main.contains(kind))
}

/// The calls that need no socket.
pub fn host_calls(desk: &Desk, pane: &Pane) -> Html {
    html! {
        <details class="more">
            <summary>{ "Names" }</summary>
            { row(desk, pane, None, OpKind::GetHostName) }
            { row(desk, pane, None, OpKind::GetAddrInfo) }
            { row(desk, pane, None, OpKind::GetNameInfo) }
        </details>
    }
}

/// What keeps a button from being pressed.
enum Bar {
    /// There is nobody to make the call.
    NoBridge,
    /// It makes no sense now.
    Senseless(Objection),
    /// A field cannot be read.
    Unreadable(String),
}

impl Bar {
    fn reason(&self) -> String {
        match self {
            Bar::NoBridge => "there is no bridge yet".to_owned(),
            Bar::Senseless(Objection { reason, errno: Some(errno) }) => format!("{reason}: {}", errno.name()),
            Bar::Senseless(Objection { reason, errno: None }) => (*reason).to_owned(),
            Bar::Unreadable(why) => why.clone(),
        }
    }
}

fn row(desk: &Desk, pane: &Pane, view: Option<&SocketView>, kind: OpKind) -> Html {
    let screen = &desk.screen;
    let ready = screen.ready(pane, kind);
    let objection = view.and_then(|view| objection(view, kind));
    let warned = objection.is_some() && screen.force;
    let bar = match (&ready, objection) {
        _ if !screen.is_open() => Some(Bar::NoBridge),
        (_, Some(objection)) if !screen.force => Some(Bar::Senseless(objection)),
        (Err(why), _) => Some(Bar::Unreadable(why.clone())),
        _ => None,
    };
    let unreadable = matches!(bar, Some(Bar::Unreadable(_)));
    let folded = matches!(bar, Some(Bar::Senseless(_)));
    let reason = bar
        .as_ref()
        .map(Bar::reason)
        .or_else(|| objection.map(|objection| Bar::Senseless(objection).reason()));
    let reason_id = format!("why-{}-{}", pane.host, kind.name());
    let press = press(desk, pane, kind, &bar, ready.as_ref().ok());
    html! {
        <form
            key={kind.name()}
            class={classes!("call", folded.then_some("folded"))}
            data-call={kind.name()}
            autocomplete="off"
            onsubmit={press}
        >
            <button type="submit" class="do" aria-disabled={bar.is_some().to_string()} aria-describedby={reason.is_some().then(|| reason_id.clone())}>
                { kind.name() }
            </button>
            if !folded && takes_fields(kind) {
                <div class="fields">{ fields(desk, pane, kind) }</div>
            }
            if let Some(reason) = reason {
                <p class={classes!("reason", warned.then_some("warned"), unreadable.then_some("unreadable"))} id={reason_id}>{ reason }</p>
            }
            if let (false, Ok(ready)) = (folded, &ready) {
                <code class="preview">{ screen.preview(ready) }</code>
            }
        </form>
    }
}

fn press(
    desk: &Desk,
    pane: &Pane,
    kind: OpKind,
    bar: &Option<Bar>,
    ready: Option<&Ready>,
) -> Callback<SubmitEvent> {
    let (desk, host) = (desk.clone(), pane.host);
    let order =
        ready.cloned().map(|Ready { op, timeout, name }| Order { host, op, timeout, name, step: None });
    let refusal = bar.as_ref().map(|bar| format!("{} was not called: {}.", kind.name(), bar.reason()));
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        match (&refusal, &order) {
            (None, Some(order)) => desk.bridge.order.emit(order.clone()),
            (refusal, _) => desk.act(Act::Tell(refusal.clone().unwrap_or_default())),
        }
    })
}

const fn takes_fields(kind: OpKind) -> bool {
    !matches!(
        kind,
        OpKind::Close | OpKind::GetSockName | OpKind::GetPeerName | OpKind::GetHostName | OpKind::Cancel
    )
}

fn fields(desk: &Desk, pane: &Pane, kind: OpKind) -> Html {
    let form = Form { desk, pane };
    match kind {
        OpKind::Socket => html! {
            <>
                { form.constants("family: AF_INET is IPv4, AF_INET6 is IPv6", Field::Family, &[Family::Inet.name(), Family::Inet6.name()]) }
                { form.constants("type: SOCK_STREAM is TCP, SOCK_DGRAM is UDP", Field::Kind, &[SocketKind::Stream.name(), SocketKind::Datagram.name()]) }
                { form.text("called", Field::Name, "short") }
            </>
        },
        OpKind::Bind => form.address(kind),
        OpKind::Listen => form.text("backlog", Field::Backlog, "number"),
        OpKind::Accept => form.manner(kind),
        OpKind::Connect => html! { <>{ form.known(kind) }{ form.address(kind) }{ form.manner(kind) }</> },
        OpKind::Send => html! { <>{ form.data(kind) }{ form.manner(kind) }</> },
        OpKind::SendTo => {
            html! { <>{ form.data(kind) }{ form.known(kind) }{ form.address(kind) }{ form.manner(kind) }</> }
        }
        OpKind::Recv | OpKind::RecvFrom => html! {
            <>{ form.text("at most", Field::Max(kind), "number") }{ form.manner(kind) }</>
        },
        OpKind::Shutdown => form.menu(
            "direction",
            Field::How,
            &[
                (Direction::Write.name(), "SHUT_WR: send no more"),
                (Direction::Read.name(), "SHUT_RD: receive no more"),
                (Direction::Both.name(), "SHUT_RDWR: neither"),
            ],
        ),
        OpKind::SetSockOpt | OpKind::GetSockOpt => form.option(kind),
        OpKind::GetNameInfo => form.text("address", Field::Host(kind), "host"),
        OpKind::Poll => html! {
            <>
                { for POLLED.iter().map(|event| form.check(event.name(), Field::Event(*event))) }
                { form.manner(kind) }
            </>
        },
        OpKind::GetAddrInfo => html! {
            <>
                { form.address(kind) }
                { form.manner(kind) }
                { form.menu("family", Field::LookupFamily, &[("", "any"), (Family::Inet.name(), "AF_INET"), (Family::Inet6.name(), "AF_INET6")]) }
            </>
        },
        _ => html! {},
    }
}

/// Builds the fields of one pane.
struct Form<'a> {
    desk: &'a Desk,
    pane: &'a Pane,
}

impl Form<'_> {
    fn edit(&self, field: Field) -> Callback<String> {
        let host = self.pane.host;
        self.desk.on(move |text| Act::Edit(host, field, text))
    }

    fn value(&self, field: Field) -> String {
        self.desk.screen.text(self.pane, field)
    }

    fn text(&self, label: &'static str, field: Field, size: &'static str) -> Html {
        html! {
            <label class={classes!("field", size)}>
                <span>{ label }</span>
                <input type="text" spellcheck="false" autocapitalize="off" value={self.value(field)} oninput={on_typed(self.edit(field))} />
            </label>
        }
    }

    fn menu(&self, label: &'static str, field: Field, choices: &[(&'static str, &'static str)]) -> Html {
        let now = self.value(field);
        html! {
            <label class="field">
                <span>{ label }</span>
                <select onchange={on_chosen(self.edit(field))}>
                    { for choices.iter().map(|&(value, shown)| html! { <option {value} selected={value == now}>{ shown }</option> }) }
                </select>
            </label>
        }
    }

    /// A menu whose choices need no name beside them.
    fn constants(&self, label: &'static str, field: Field, choices: &[&'static str]) -> Html {
        let now = self.value(field);
        html! {
            <span class="field">
                <select aria-label={label} title={label} onchange={on_chosen(self.edit(field))}>
                    { for choices.iter().map(|&value| html! { <option {value} selected={value == now}>{ value }</option> }) }
                </select>
            </span>
        }
    }

    fn check(&self, label: &'static str, field: Field) -> Html {
        let on = self.desk.screen.is_on(self.pane, field);
        let next = if on { "" } else { "on" };
        let edit = self.edit(field).reform(move |_: Event| next.to_owned());
        html! { <label class="check"><input type="checkbox" checked={on} onchange={edit} /><code>{ label }</code></label> }
    }

    fn address(&self, kind: OpKind) -> Html {
        html! { <>{ self.text("host", Field::Host(kind), "host") }{ self.text("port", Field::Port(kind), "number") }</> }
    }

    /// A menu of the addresses that are there, when there is a choice.
    fn known(&self, kind: OpKind) -> Html {
        let known = self.desk.screen.reachable(self.pane);
        if known.len() < 2 {
            return html! {};
        }
        let (host, port) = (self.edit(Field::Host(kind)), self.edit(Field::Port(kind)));
        let addresses: Vec<_> = known.iter().map(|(_, address)| address.0).collect();
        let choose = on_chosen(Callback::from(move |index: String| {
            if let Some(address) = index.parse::<usize>().ok().and_then(|index| addresses.get(index)) {
                host.emit(address.ip().to_string());
                port.emit(address.port().to_string());
            }
        }));
        let now = (self.value(Field::Host(kind)), self.value(Field::Port(kind)));
        html! {
            <label class="field">
                <span>{ "to" }</span>
                <select onchange={choose}>
                    { for known.iter().enumerate().map(|(index, (name, address))| {
                        let chosen = (address.0.ip().to_string(), address.0.port().to_string()) == now;
                        html! { <option value={index.to_string()} selected={chosen}>{ format!("{name}, {}", address.0) }</option> }
                    }) }
                    <option value="" selected={!known.iter().any(|(_, it)| (it.0.ip().to_string(), it.0.port().to_string()) == now)}>{ "as written" }</option>
                </select>
            </label>
        }
    }

    fn data(&self, kind: OpKind) -> Html {
        html! {
            <>
                { self.text("data", Field::Data(kind), "long") }
                { self.constants("how the data is written: text with escapes such as \\n and \\xNN, or hexadecimal", Field::Form(kind), &["text", "hex"]) }
            </>
        }
    }

    /// How long the call may wait, and its flags: said in a few words, opened to be changed.
    fn manner(&self, kind: OpKind) -> Html {
        let flags: Vec<MsgFlag> = flags_of(kind).to_vec();
        let on = flags
            .iter()
            .filter(|&&flag| self.desk.screen.is_on(self.pane, Field::Flag(kind, flag)))
            .map(|flag| flag.name());
        let waits = match self.value(Field::Wait(kind)).as_str() {
            "never" => "does not wait".to_owned(),
            "for" => format!("waits {} s", self.value(Field::WaitSeconds(kind))),
            _ => "may wait for ever".to_owned(),
        };
        let says: Vec<String> = std::iter::once(waits).chain(on.map(str::to_owned)).collect();
        html! {
            <details class="manner">
                <summary>{ says.join(", ") }</summary>
                { self.menu("waits", Field::Wait(kind), &[("ever", "for ever"), ("never", "not at all"), ("for", "for some seconds")]) }
                if self.value(Field::Wait(kind)) == "for" {
                    { " " }{ self.text("seconds", Field::WaitSeconds(kind), "number") }
                }
                <div>{ for flags.iter().map(|&flag| self.check(MsgFlag::name(flag), Field::Flag(kind, flag))) }</div>
            </details>
        }
    }

    fn option(&self, kind: OpKind) -> Html {
        let setting = kind == OpKind::SetSockOpt;
        let field = Field::Option(kind);
        let now = self.value(field);
        let stream = self.desk.screen.chosen(self.pane).map(|view| view.kind);
        let rows = OptionName::TABLE
            .iter()
            .filter(|row| !setting || row.access == Access::ReadWrite)
            .filter(|row| row.only.is_none() || row.only == stream);
        let chosen = OptionName::from_constant(&now);
        html! {
            <>
                <label class="field">
                    <span>{ "option" }</span>
                    <select onchange={on_chosen(self.edit(field))}>
                        { for rows.map(|row| html! { <option value={row.constant} selected={row.constant == now}>{ row.constant }</option> }) }
                    </select>
                </label>
                if let Some(option) = chosen {
                    if setting {
                        { match option.row().shape {
                            Shape::Flag => self.menu("value", Field::Value(option), &[("1", "1, on"), ("0", "0, off")]),
                            Shape::Number { unit, .. } => self.text(unit, Field::Value(option), "number"),
                            Shape::Linger => html! { <>{ self.check("on", Field::Linger) }{ self.text("seconds", Field::Value(option), "number") }</> },
                            Shape::Text => self.text("name", Field::Value(option), "short"),
                            Shape::Octets => self.text("octets in hexadecimal", Field::Value(option), "long"),
                        } }
                    }
                    <p class="meaning">{ option.row().meaning }</p>
                }
            </>
        }
    }
}
