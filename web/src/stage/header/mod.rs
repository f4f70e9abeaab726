//! The header: one packet as it lies on the wire, in rows of 32 bits, every field with what it says in this very segment.
//!
//! ```text
//!   Story, packet --Around--> what the octets do not say (who, initial numbers, scale)
//!   octets + Around --Sheet--> bands, rows, cells --> Grid (picture)
//!                                            '------> detail, fill-in, checksum, editor
//!   edited octets + Scenario --lab::inject--> what the receiver does --> reaction
//! ```
//!
//! It shows the packet that is pointed at or picked, else the last one that was sent by the moment shown. While somebody works on a packet
//! (fills it in, adds up its checksum, edits it), that packet stays. For the receiver's reaction to an edited packet the view must be given
//! the scenario **with all changes that gave the story**: [`HeaderProps::scenario`]. Without one everything else works.

mod around;
mod detail;
mod edit;
mod editor;
mod fill;
mod grid;
mod options;
mod reaction;
mod says;
mod sheet;
mod state;
mod steps;
mod sum;
#[cfg(test)]
mod tests;
mod unhurried;

use super::{Act, Focus, Numbers, Story, Thing, Told, ViewProps, clock};
use around::Around;
use core::ops::Range;
use edit::Edited;
use editor::Editor;
use gloo::timers::callback::Interval;
use grid::{Grid, Touch};
use lab::Scenario;
use reaction::Reaction;
use sheet::{Cell, Kind, Sheet};
use sockets::Fate;
use state::{Do, Mode, State, Writing};
use std::rc::Rc;
use yew::prelude::*;

/// The properties of the view.
#[derive(Clone, PartialEq, Properties)]
pub struct HeaderProps {
    /// Those of every view.
    pub view: ViewProps,
    /// The scenario that gave the story, with its changes; `None` where there is none, as for a capture.
    #[prop_or_default]
    pub scenario: Option<Rc<Scenario>>,
}

/// The view.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let ViewProps { story, at, focus, numbers, act, .. } = &props.view;
    let picked =
        focus.picked.and_then(|thing| if let Thing::Packet(packet) = thing { Some(packet) } else { None });
    let sent = story.packets.partition_point(|packet| packet.sent <= *at);
    let last = unhurried::use_unhurried(story, sent.checked_sub(1));
    let packet = focus.packet().filter(|packet| *packet < story.packets.len()).or(last);
    let Some(packet) = packet else {
        return html! {
            <section class="view header" role="group" aria-label="Header">
                <p class="hd-soft">{ "No segment has been sent yet: play on, or point at one." }</p>
            </section>
        };
    };
    html! {
        <Leaf
            story={story.clone()}
            {packet}
            {picked}
            field={focus.field}
            octets={octets(story, focus, packet)}
            numbers={*numbers}
            act={act.clone()}
            scenario={props.scenario.clone()}
        />
    }
}

/// The octets of the stream that light up in this packet, where octets or a call are pointed at: offsets from the data's first octet.
fn octets(story: &Story, focus: &Focus, packet: usize) -> Vec<Range<usize>> {
    let of_octets = |thing: Thing| matches!(thing, Thing::Octets { .. } | Thing::Call(_));
    if ![focus.hover, focus.picked].into_iter().flatten().any(of_octets) {
        return Vec::new();
    }
    let (Some(source), Some(segment)) = (story.packets[packet].source, story.segment(packet)) else {
        return Vec::new();
    };
    let first = segment.seq + u32::from(segment.flags.syn());
    let length = segment.payload.len();
    let inside = |(from, start, end): &(super::EndId, wire::Seq, wire::Seq)| {
        // Signed distances: a range may begin before the segment.
        let start = (start.since(first) as i32).clamp(0, length as i32) as usize;
        let end = (end.since(first) as i32).clamp(0, length as i32) as usize;
        (*from == source && start < end).then_some(start..end)
    };
    focus.octets.iter().filter_map(inside).collect()
}

#[derive(Clone, PartialEq, Properties)]
struct LeafProps {
    story: Told,
    packet: usize,
    picked: Option<usize>,
    field: Option<&'static str>,
    octets: Vec<Range<usize>>,
    numbers: Numbers,
    act: Callback<Act>,
    scenario: Option<Rc<Scenario>>,
}

/// The view of one packet: it is drawn anew when something else is looked at, and not for every frame.
#[component]
fn Leaf(props: &LeafProps) -> Html {
    let state = use_reducer(State::default);
    {
        let state = state.dispatcher();
        use_effect_with(props.picked, move |picked| {
            if let Some(packet) = *picked {
                state.dispatch(Do::Follow(packet));
            }
        });
    }
    let packet = state.packet.filter(|packet| *packet < props.story.packets.len()).unwrap_or(props.packet);
    let around = use_memo((props.story.clone(), packet, props.numbers), |(story, packet, numbers)| {
        Around::of(story, *packet, *numbers)
    });
    let original = use_memo((props.story.clone(), packet), |(story, packet)| story.octets(*packet));
    let now = use_memo((original.clone(), state.edits.last().cloned()), |(original, edited)| {
        edited.clone().unwrap_or_else(|| Edited::sent(original))
    });
    let sheet =
        use_memo((now.clone(), around.clone()), |(now, around)| Rc::new(Sheet::of(&now.packet, around)));
    let sheet: Rc<Sheet> = (*sheet).clone();
    let over = {
        let (dispatch, act, story, sheet) =
            (state.dispatcher(), props.act.clone(), props.story.clone(), sheet.clone());
        let before = state.over;
        Callback::from(move |bit: Option<usize>| {
            // A mouse tells of every step that it makes within a field.
            if bit != before {
                dispatch.dispatch(Do::Over(bit));
                let cell = bit.and_then(|bit| sheet.cell_at(bit)).map(|place| &sheet.cells[place]);
                act.emit(Act::Point(cell.and_then(|cell| thing(&story, packet, cell))));
            }
        })
    };
    let touch = {
        let (dispatch, over, sheet, now) = (state.dispatcher(), over.clone(), sheet.clone(), now.clone());
        let held = state.held.and_then(|bit| sheet.cell_at(bit));
        Callback::from(move |touch: Touch| match touch {
            Touch::Over(bit) => over.emit(bit),
            Touch::Hold(bit) => dispatch.dispatch(Do::Hold((sheet.cell_at(bit) != held).then_some(bit))),
            Touch::Flip(bit) => {
                dispatch.dispatch(Do::Hold(Some(bit)));
                dispatch.dispatch(Do::Edit(now.with(edit::flipped(&sheet.packet, bit))));
            }
        })
    };
    let headers = use_memo(sheet.clone(), |sheet| sum::headers(sheet));
    let summed = state.summed.filter(|header| headers.contains(header)).or(headers.first().copied());
    let filling = use_memo((sheet.clone(), around.clone(), state.mode), |(sheet, around, mode)| {
        if *mode == Mode::FillIn { fill::steps(sheet, around) } else { Vec::new() }
    });
    let lines = use_memo((sheet.clone(), summed, state.mode), |(sheet, summed, mode)| {
        let wanted = summed.filter(|_| *mode == Mode::Sum);
        wanted.and_then(|header| sum::lines(sheet, header)).unwrap_or_default()
    });
    let (count, pace) = match state.mode {
        Mode::FillIn => (filling.len(), 1_600),
        Mode::Sum => (lines.len(), 700),
        Mode::Read | Mode::Edit => (0, 0),
    };
    {
        let dispatch = state.dispatcher();
        use_effect_with((state.playing && count > 0, count, pace), move |&(playing, count, pace)| {
            let ticks = playing.then(|| Interval::new(pace, move || dispatch.dispatch(Do::Tick(count))));
            move || drop(ticks)
        });
    }
    let step = state.step.min(count.saturating_sub(1));
    let filled = use_memo((sheet.clone(), filling.clone(), step), |(sheet, filling, step)| {
        (!filling.is_empty()).then(|| Rc::new(fill::filled(sheet, filling, *step)))
    });
    let changed = use_memo((now.clone(), original.clone()), |(now, original)| now.changed(original));
    let at_bit = |bit: usize| sheet.cell_at(bit).map(|place| &sheet.cells[place]);
    let hover = state.over.and_then(at_bit);
    let held = state.held.and_then(at_bit);
    let mut lit: Vec<Range<usize>> = hover.map(Cell::bits).into_iter().collect();
    match state.mode {
        Mode::FillIn => lit.extend(
            filling.get(step).into_iter().flat_map(|step| &step.cells).map(|&cell| sheet.cells[cell].bits()),
        ),
        Mode::Sum => lit.extend(lines.get(step).into_iter().flat_map(|line| line.bits.clone())),
        Mode::Read | Mode::Edit => {}
    }
    if hover.is_none() {
        lit.extend(props.field.and_then(|name| sheet.named(name)).map(|place| sheet.cells[place].bits()));
    }
    if let Some(data) = sheet.cells.iter().find(|cell| cell.kind == Kind::Data) {
        lit.extend(props.octets.iter().map(|range| data.bit + 8 * range.start..data.bit + 8 * range.end));
    }
    let told = hover.or(held);
    // What is picked stays in sight; what is merely pointed at must not cover the place that is pointed at.
    let picked = state.mode == Mode::Read && held.is_some();
    let edited = (!state.edits.is_empty()).then(|| sheet.packet.clone());
    let base = match (props.numbers, held.map(|cell| cell.name)) {
        (Numbers::Relative, Some("sequence number")) => around.bases.0,
        (Numbers::Relative, Some("acknowledgment number")) => around.bases.1,
        _ => wire::Seq(0),
    };
    let place = use_node_ref();
    let onkeydown = {
        let (dispatch, place, held) = (state.dispatcher(), place.clone(), held.map(|cell| cell.bit));
        Callback::from(move |event: KeyboardEvent| {
            // What is held is let go; pressed again, Escape is the page's.
            let Some(bit) = held.filter(|_| event.key() == "Escape" && !event.default_prevented()) else {
                return;
            };
            event.prevent_default();
            event.stop_propagation();
            dispatch.dispatch(Do::Hold(None));
            grid::focus_cell(&place, bit);
        })
    };
    html! {
        <section class="view header" role="group" aria-label="Header" ref={place} {onkeydown}>
            { draw_title(&props.story, packet, props.numbers) }
            { draw_switches(&state, props, packet, summed.is_some()) }
            <div class="hd-body">
                <Grid
                    sheet={sheet.clone()}
                    name={format!("Packet {} bit by bit", packet + 1)}
                    writing={state.writing}
                    {lit}
                    changed={(*changed).clone()}
                    held={held.map(Cell::bits)}
                    filled={(*filled).clone()}
                    roles={(around.sender_role, around.receiver_role)}
                    editable={state.mode == Mode::Edit}
                    {touch}
                />
                <div
                    class={classes!(
                        "hd-side",
                        (state.mode != Mode::Read).then_some("hd-works"),
                        picked.then_some("hd-tells"),
                    )}
                    role="region"
                    aria-label="About this packet"
                    tabindex={picked.then_some("0")}
                >
                    if state.mode == Mode::FillIn {
                        { steps::filling(&state, &filling) }
                    } else if let (Mode::Sum, Some(header)) = (state.mode, summed) {
                        { steps::summing(&state, &headers, header, &lines) }
                    } else if state.mode == Mode::Edit {
                        <Editor
                            sheet={sheet.clone()}
                            cell={state.held.and_then(|bit| sheet.cell_at(bit))}
                            {base}
                            now={now.clone()}
                            sent={original.octets().len()}
                            edits={state.edits.len()}
                            wrong={state.wrong.clone()}
                            dispatch={state.dispatcher()}
                        />
                        if let Some(scenario) = &props.scenario {
                            <Reaction story={props.story.clone()} scenario={scenario.clone()} around={around.clone()} {edited} />
                        }
                    } else if let Some(cell) = told {
                        { detail::draw(&sheet, cell, &around) }
                    } else {
                        { detail::overview(&sheet, &over) }
                    }
                </div>
            </div>
        </section>
    }
}

/// What a cell is to other views.
fn thing(story: &Story, packet: usize, cell: &Cell) -> Option<Thing> {
    match (cell.kind, story.packets[packet].source, story.segment(packet)) {
        (Kind::Data, Some(from), Some(segment)) => {
            let first = segment.seq + u32::from(segment.flags.syn());
            Some(Thing::Octets { from, first, end: first + segment.payload.len() as u32 })
        }
        (Kind::Octets, ..) => None,
        _ => Some(Thing::Field(cell.name)),
    }
}

/// Which packet this is, and what becomes of it.
fn draw_title(story: &Story, packet: usize, numbers: Numbers) -> Html {
    let about = &story.packets[packet];
    let fate = match story.fate(packet) {
        Fate::Arrives { at } => format!("arrives at {}", clock(at)),
        Fate::Corrupted { at } => format!("arrives at {} with changed bits", clock(at)),
        Fate::Lost => "is lost on the link".to_owned(),
        Fate::Dropped => "is dropped on the link".to_owned(),
        Fate::QueueFull => "is dropped, since the queue is full".to_owned(),
        // A capture has one time for a packet, and knows neither when it was sent nor whether it arrived.
        Fate::Seen => "as one place saw it".to_owned(),
        Fate::TooBig => "is dropped, being too big for the link".to_owned(),
    };
    let happened = if story.fate(packet) == Fate::Seen { "passed" } else { "sent" };
    let (sender, receiver) = match numbers {
        Numbers::Relative => story.bases(packet),
        Numbers::Absolute => (wire::Seq(0), wire::Seq(0)),
    };
    let line = match story.segment(packet) {
        Some(segment) => segment.relative(sender, receiver).to_string(),
        None => story.datagram(packet).to_string(),
    };
    html! {
        <header class="hd-title">
            <p class="hd-who">
                { format!("Packet {}: {} to {}, {happened} at {}, ", packet + 1, story.name(about.from), story.name(about.to), clock(about.sent)) }{ fate }
            </p>
            <code>{ line }</code>
        </header>
    }
}

/// How values are written, and what the view is used for.
fn draw_switches(state: &UseReducerHandle<State>, props: &LeafProps, packet: usize, sums: bool) -> Html {
    let writing = |(writing, name): (Writing, &'static str)| {
        let dispatch = state.dispatcher();
        let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Do::Write(writing)));
        html! { <button type="button" aria-pressed={(state.writing == writing).to_string()} {onclick}>{ name }</button> }
    };
    let numbers = |(numbers, name): (Numbers, &'static str)| {
        let act = props.act.clone();
        let onclick = Callback::from(move |_: MouseEvent| act.emit(Act::Write(numbers)));
        html! { <button type="button" aria-pressed={(props.numbers == numbers).to_string()} {onclick}>{ name }</button> }
    };
    let mode = |(mode, name): (Mode, &'static str)| {
        let dispatch = state.dispatcher();
        let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Do::Use(mode, packet)));
        html! { <button type="button" aria-pressed={(state.mode == mode).to_string()} {onclick}>{ name }</button> }
    };
    let modes = [(Mode::FillIn, "Fill in"), (Mode::Sum, "Add up the checksum"), (Mode::Edit, "Edit")];
    let dispatch = state.dispatcher();
    let reset = Callback::from(move |_: MouseEvent| dispatch.dispatch(Do::Reset));
    html! {
        <>
            <div class="hd-switches">
                <span role="group" aria-label="Values">
                    { for [(Writing::Decimal, "decimal"), (Writing::Hex, "hex"), (Writing::Bits, "bits")].map(writing) }
                </span>
                <span class="hd-numbers" role="group" aria-label="Sequence numbers">
                    { for [(Numbers::Relative, "relative"), (Numbers::Absolute, "absolute")].map(numbers) }
                </span>
                <span role="group" aria-label="With this packet">
                    { for modes.into_iter().filter(|(mode, _)| *mode != Mode::Sum || sums).map(mode) }
                </span>
            </div>
            if !state.edits.is_empty() && state.mode != Mode::Edit {
                <p class="hd-edited">
                    { "This packet is edited. " }
                    <button type="button" onclick={reset}>{ "As it was sent" }</button>
                </p>
            }
        </>
    }
}
