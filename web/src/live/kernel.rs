//! What the kernel says of the chosen socket: its state, its queues, its path.

use super::screen::Pane;
use super::{Desk, wording};
use sockets::{AcceptQueue, Family, Path, Phase, Sample, Sight, SocketKind, SocketView};
use yew::prelude::*;

/// Slots of an accept queue that are drawn one by one; a longer queue is a bar.
const SLOTS: u32 = 12;

/// The panel.
pub fn kernel(desk: &Desk, pane: &Pane) -> Html {
    let Some(view) = desk.screen.chosen(pane) else { return html! {} };
    let sees = desk.screen.simulated.is_some()
        || desk.screen.link.hello().is_none_or(|hello| hello.sight >= Sight::States);
    html! {
        <section class="kernel" aria-label={format!("State of {}", desk.screen.names.get(view.id))}>
            <p class="headline">
                { fresh(state_word(view), "state") }
                <span class="meaning">{ state_meaning(view) }</span>
            </p>
            <dl>
                if (view.family, view.kind) != (Family::Inet, SocketKind::Stream) {
                    { row("type", &format!("{}, {}", view.family.name(), view.kind.name())) }
                }
                if let Some(local) = view.local { { row("local", &wording::place_of(local)) } }
                if let Some(peer) = view.peer { { row("peer", &wording::place_of(peer)) } }
            </dl>
            { match &view.sample {
                Some(sample) => sampled(desk, sample),
                None if !sees && view.phase != Phase::Closed => html! {
                    <p class="meaning">{ "This system has no TCP_INFO: the state shown follows from your calls alone." }</p>
                },
                None => html! {},
            } }
        </section>
    }
}

fn sampled(desk: &Desk, sample: &Sample) -> Html {
    let queues = sample.accept.is_none();
    html! {
        <>
            if let Some(queue) = sample.accept { { accept_queue(desk, queue) } }
            if let Some(octets) = sample.receive_queue.filter(|_| queues) { { bar("receive queue", octets, "arrived, not yet received by the program") } }
            if let Some(octets) = sample.send_queue.filter(|_| queues) { { bar("send queue", octets, "sent by the program, not yet acknowledged") } }
            if let Some(path) = &sample.path { { path_details(path) } }
        </>
    }
}

/// One word for a tab: the kernel's state, or what follows from the calls.
pub fn state_word(view: &SocketView) -> String {
    if let Some(state) = view.sample.as_ref().and_then(|sample| sample.state) {
        return state.name().to_owned();
    }
    match (view.phase, view.kind) {
        (Phase::Fresh, _) => "new",
        (Phase::Bound, _) => "bound",
        (Phase::Listening, _) => "listening",
        (Phase::Connecting, _) => "connecting",
        (Phase::Connected, SocketKind::Stream) => "connected",
        (Phase::Connected, SocketKind::Datagram) => "has a peer",
        (Phase::Failed, _) => "failed",
        (Phase::Closed, _) => "closed",
    }
    .to_owned()
}

fn state_meaning(view: &SocketView) -> &'static str {
    match (view.sample.as_ref().and_then(|sample| sample.state), view.phase) {
        (Some(state), _) => state.meaning(),
        (None, Phase::Closed) => "closed by its program",
        (None, _) => "",
    }
}

fn row(name: &'static str, value: &str) -> Html {
    html! { <><dt>{ name }</dt><dd>{ fresh(value.to_owned(), "") }</dd></> }
}

/// A value that shows briefly that it is new: with another key it is another element, and its animation begins.
fn fresh(value: String, class: &'static str) -> Html {
    html! { <span key={value.clone()} class={classes!("fresh", class)}>{ value }</span> }
}

fn accept_queue(desk: &Desk, queue: AcceptQueue) -> Html {
    // The simulator has Linux's profile.
    let linux = desk.screen.simulated.is_some()
        || desk.screen.link.hello().is_some_and(|hello| hello.system == "linux");
    // listen(2) on Linux admits one more than the backlog says.
    let room = queue.backlog + u32::from(linux);
    let says = format!(
        "{} of {room} places in the accept queue are taken; the backlog is {}",
        queue.queued, queue.backlog
    );
    let extra = if linux { " + 1" } else { "" };
    html! {
        <div class="accept-queue">
            <p><span class="name">{ "accept queue" }</span>{ " " }{ fresh(format!("{} of {}{extra}", queue.queued, queue.backlog), "") }</p>
            if room <= SLOTS {
                <svg class="slots" role="img" aria-label={says} width={(room * 20 + 4).to_string()} height="20">
                    { for (0..room).map(|slot| html! {
                        <rect
                            class={classes!("slot", (slot < queue.queued).then_some("taken"), (slot >= queue.backlog).then_some("extra"))}
                            x={(slot * 20 + 2).to_string()} y="2" width="16" height="16" rx="2"
                        />
                    }) }
                </svg>
            } else {
                { gauge(queue.queued, room, &says) }
            }
        </div>
    }
}

fn bar(name: &'static str, octets: u32, meaning: &'static str) -> Html {
    // The bar grows with the queue: 64 KiB at first, then the next power of two.
    let full = octets.checked_next_power_of_two().unwrap_or(u32::MAX).max(65_536);
    let says = format!("{name}: {}, {meaning}", wording::octets(u64::from(octets)));
    html! {
        <div class="queue">
            <p><span class="name" title={meaning}>{ name }</span>{ " " }{ fresh(wording::octets(u64::from(octets)), "") }</p>
            { gauge(octets, full, &says) }
        </div>
    }
}

fn gauge(value: u32, full: u32, says: &str) -> Html {
    let filled = u64::from(value) * 200 / u64::from(full.max(1));
    let filled = if value > 0 { filled.max(3) } else { 0 };
    html! {
        <svg class="gauge" role="img" aria-label={says.to_owned()} viewBox="0 0 200 8" preserveAspectRatio="none" height="8">
            <rect class="ground" width="200" height="8" />
            <rect class="level" width={filled.min(200).to_string()} height="8" />
        </svg>
    }
}

fn path_details(path: &Path) -> Html {
    let micros = |us: u32| sockets::Micros(u64::from(us)).to_string();
    let ssthresh = path.ssthresh.map_or("not set".to_owned(), |segments| format!("{segments} segments"));
    html! {
        <details class="path">
            <summary>{ "Round trip " }{ fresh(micros(path.rtt_us), "") }{ ", window " }{ fresh(format!("{} segments", path.cwnd), "") }</summary>
            <dl>
                { row("rtt", &format!("{} ± {}", micros(path.rtt_us), micros(path.rttvar_us))) }
                { row("rto", &micros(path.rto_us)) }
                { row("cwnd", &format!("{} segments", path.cwnd)) }
                { row("ssthresh", &ssthresh) }
                { row("mss", &wording::octets(u64::from(path.mss))) }
                { row("unacked", &format!("{} segments", path.unacked)) }
                { row("retransmits", &format!("{} now, {} in all", path.retransmits, path.total_retransmits)) }
            </dl>
        </details>
    }
}
