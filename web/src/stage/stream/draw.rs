//! A scene as SVG. Numbers lie across in parts of the width, rows down in rem: so the picture fits any width, and letters keep their size.

use super::index::Run;
use super::marks::{LINES, Placed, letters, part, place, ticks, written};
use super::scene::{Block, Flight, Row, Scene, Sides};
use crate::stage::{EndId, Focus, Numbers, Thing};
use std::rc::Rc;
use wire::Seq;
use yew::prelude::*;

const LANE: f64 = 1.25;
const NETWORK: f64 = 4.5;

/// Where the rows lie, in rem.
#[derive(Clone, Copy, Debug)]
struct Rows {
    lanes: u8,
    /// Only what programs gave and took is known.
    bare: bool,
}

impl Rows {
    fn top(self, row: Row) -> f64 {
        let after = self.bottom();
        match row {
            Row::Sends => 1.45,
            Row::Reads if self.bare => 4.6,
            Row::Sender => 7.4,
            Row::Segments => 9.2,
            Row::Receiver => after + 4.1,
            Row::Reads => after + 7.6,
        }
    }

    fn height(row: Row) -> f64 {
        match row {
            Row::Sends | Row::Reads => 1.4,
            Row::Sender | Row::Receiver => 1.6,
            Row::Segments => LANE - 0.12,
        }
    }

    /// Where the network ends.
    fn bottom(self) -> f64 {
        self.network() + NETWORK
    }

    /// Where the network begins.
    fn network(self) -> f64 {
        // A line of words stands above it, as above every row.
        9.2 + LANE * f64::from(self.lanes + 1) + 1.5
    }

    fn axis(self) -> f64 {
        if self.bare { 6.8 } else { self.bottom() + 9.5 }
    }
}

fn rem(length: f64) -> String {
    format!("{length:.2}rem")
}

fn percent(part: f64) -> String {
    format!("{part:.3}%")
}

/// What the picture must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct PictureProps {
    /// What is to be seen.
    pub scene: Rc<Scene>,
    /// How many lines of retransmissions there are.
    pub lanes: u8,
    /// Who sends.
    pub sender: String,
    /// Who receives.
    pub receiver: Option<String>,
    /// The initial sequence number.
    pub base: Option<Seq>,
    /// How numbers are written.
    pub numbers: Numbers,
    /// What is under way, drawn over it.
    pub flying: Html,
    /// Only what programs gave and took is known: no segment was seen.
    pub bare: bool,
    /// How many CSS pixels there are across.
    pub wide: i32,
}

/// The picture: what stands still is drawn when it changes, what flies on every frame.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let rows = Rows { lanes: props.lanes, bare: props.bare };
    html! {
        <svg class="space" width="100%" style={format!("height:{}", rem(rows.axis() + 1.6))} role="img"
            aria-label={format!("The octets that {} sends, by their numbers; the text below says the same", props.sender)}>
            <Still scene={props.scene.clone()} lanes={props.lanes} sender={props.sender.clone()} receiver={props.receiver.clone()}
                base={props.base} numbers={props.numbers} bare={props.bare} wide={props.wide} />
            { props.flying.clone() }
        </svg>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct StillProps {
    scene: Rc<Scene>,
    lanes: u8,
    sender: String,
    receiver: Option<String>,
    base: Option<Seq>,
    numbers: Numbers,
    bare: bool,
    wide: i32,
}

#[component]
fn Still(props: &StillProps) -> Html {
    let rows = Rows { lanes: props.lanes, bare: props.bare };
    let scene = &props.scene;
    let shown = scene.shown;
    let highlights = scene.lit.iter().map(|run| {
        let (x, width) = across(shown, *run);
        html! { <rect class="highlight" x={percent(x)} width={percent(width.max(0.3))} y="0" height={rem(rows.axis())} /> }
    });
    let blocks = scene.blocks.iter().enumerate().map(|(place, block)| {
        let label = label_at(&scene.blocks, place, shown, props.wide);
        draw_block(rows, shown, block, label)
    });
    let placed: Vec<(f64, f64, Placed)> = [Row::Sender, Row::Receiver]
        .into_iter()
        .flat_map(|row| {
            let (top, bottom) = (rows.top(row), rows.top(row) + Rows::height(row));
            let names = place(&scene.marks, row, shown, (props.base, props.numbers), props.wide);
            names.into_iter().map(move |mark| (top - 0.35 - f64::from(mark.line) * 1.05, bottom, mark))
        })
        .collect();
    let lines = placed.iter().map(|(y, bottom, mark)| {
        html! { <line x1={percent(mark.x)} x2={percent(mark.x)} y1={rem(y - 0.8)} y2={rem(*bottom)} /> }
    });
    // Names stand over the lines of others.
    let names = placed.iter().map(|(y, _, mark)| {
        let (anchor, shift) = if mark.ends { ("end", "-0.25rem") } else { ("start", "0.25rem") };
        html! { <text x={percent(mark.x)} dx={shift} y={rem(*y)} text-anchor={anchor}>{ mark.words.clone() }</text> }
    });
    let axis = ticks(shown).into_iter().map(|tick| {
        let x = percent(part(shown, tick));
        let anchor = if part(shown, tick) < 6.0 { "start" } else if part(shown, tick) > 92.0 { "end" } else { "middle" };
        html! {
            <g class="tick">
                <line x1={x.clone()} x2={x.clone()} y1={rem(rows.axis())} y2={rem(rows.axis() + 0.3)} />
                <text {x} y={rem(rows.axis() + 1.2)} text-anchor={anchor}>{ written(tick, props.base, props.numbers) }</text>
            </g>
        }
    });
    let receiver = props.receiver.clone().unwrap_or_else(|| "the peer".into());
    let captions = [
        (rows.top(Row::Sends) - 0.45, format!("{}’s program: what each send gave", props.sender)),
        (
            rows.top(Row::Sender) - 0.5 - 1.05 * f64::from(LINES),
            format!("{}: what may be sent", props.sender),
        ),
        (rows.network() - 0.4, "on the way: segments go down, ACKs go up as ▲".to_owned()),
        (rows.top(Row::Receiver) - 0.5 - 2.1, format!("{receiver}: what has come")),
        (rows.top(Row::Reads) - 0.45, format!("{receiver}’s program: what each recv took")),
    ];
    // Of what nobody saw there is no row.
    let known = |row: &usize| !props.bare || matches!(row, 0 | 4);
    let captions = captions.into_iter().enumerate().filter(|(row, _)| known(row)).map(|(_, caption)| caption);
    let captions =
        captions.map(|(y, words)| html! { <text class="caption" x="0" y={rem(y)}>{ words }</text> });
    html! {
        <g class="still">
            <defs>
                <pattern id="stream-written" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch" width="2" height="5" /></pattern>
                <pattern id="stream-closed" width="4" height="4" patternUnits="userSpaceOnUse"><circle class="dot" cx="1" cy="1" r="0.7" /></pattern>
            </defs>
            { for highlights }
            if !props.bare {
                <rect class="network" x="0" width="100%" y={rem(rows.network())} height={rem(NETWORK)} />
            }
            { for blocks }
            <g class="mark">{ for lines }{ for names }</g>
            { for captions }
            <line class="axis" x1="0" x2="100%" y1={rem(rows.axis())} y2={rem(rows.axis())} />
            { for axis }
        </g>
    }
}

/// Where a run lies across, cut to what is shown: its begin and its width.
fn across(shown: Run, run: Run) -> (f64, f64) {
    let begin = part(shown, run.0).max(0.0);
    (begin, part(shown, run.1.min(shown.1)) - begin)
}

/// Where the words of a block begin, in parts of the picture's width: in its first stretch that nothing covers and that has room. What
/// comes later lies over what came before.
fn label_at(blocks: &[Block], place: usize, shown: Run, wide: i32) -> Option<f64> {
    let block = &blocks[place];
    let long = letters(block.label.chars().count(), wide) + 1.2;
    let (mut begin, width) = across(shown, block.run);
    let end = begin + width;
    // Most blocks have no room at all, and need no further look.
    if block.label.is_empty() || width < long {
        return None;
    }
    let mut over: Vec<(f64, f64)> = Vec::new();
    // Segments lie beside each other.
    if matches!(block.row, Row::Sender | Row::Receiver) {
        let later = blocks[place + 1..].iter().filter(|other| other.row == block.row);
        over.extend(later.map(|other| across(shown, other.run)).map(|(x, width)| (x, x + width)));
        over.sort_by(|one, other| one.0.total_cmp(&other.0));
    }
    for (from, to) in over {
        if from - begin >= long {
            break;
        }
        begin = begin.max(to);
    }
    (end - begin >= long).then_some(begin)
}

fn draw_block(rows: Rows, shown: Run, block: &Block, label: Option<f64>) -> Html {
    let (x, width) = across(shown, block.run);
    let y = rows.top(block.row) + LANE * f64::from(block.lane);
    let height = Rows::height(block.row);
    let cross = block.class == "segment lost";
    let label = label.map(|begin| percent((begin - x) / width * 100.0));
    html! {
        <svg class={classes!("block", block.class, block.lit.then_some("lit"))} data-thing={block.thing.map(thing_text)}
            x={percent(x)} width={percent(width.max(0.15))} y={rem(y)} height={rem(height)}>
            <rect width="100%" height="100%" />
            if cross { <line x1="0" y1="0" x2="100%" y2="100%" /><line x1="0" y1="100%" x2="100%" y2="0" /> }
            if let Some(x) = label { <text {x} dx="0.25rem" y={rem(height / 2.0)} dy="0.35em">{ block.label.clone() }</text> }
        </svg>
    }
}

/// What flies.
#[derive(Clone, PartialEq, Properties)]
pub struct FlyingProps {
    /// Segments and ACKs.
    pub flying: Vec<Flight>,
    /// The numbers that are shown.
    pub shown: Run,
    /// How many lines of retransmissions there are.
    pub lanes: u8,
    /// What lights up.
    pub focus: Rc<Focus>,
}

/// What is under way.
#[component]
pub fn Flying(props: &FlyingProps) -> Html {
    let rows = Rows { lanes: props.lanes, bare: false };
    let (top, bottom) = (rows.network(), rows.bottom());
    let flights = props.flying.iter().map(|flight| {
        let lit = props.focus.packets.contains(&flight.packet).then_some("lit");
        let thing = thing_text(Thing::Packet(flight.packet));
        let part = if flight.lost { flight.part.min(0.5) } else { flight.part };
        let gone = (flight.lost && flight.part >= 0.5).then_some("lost");
        let (x, width) = across(props.shown, flight.run);
        if flight.ack {
            let y = bottom - part * (bottom - top);
            return html! {
                <svg key={flight.packet} class={classes!("ack", lit, gone)} data-thing={thing} x={percent(x)} y={rem(y)} overflow="visible">
                    <path d="M0 -6L5 4H-5Z" />
                    if gone.is_some() { <path class="cross" d="M-6 -6L6 6M-6 6L6 -6" /> }
                </svg>
            };
        }
        let y = top + part * (bottom - top - 0.8);
        html! {
            <svg key={flight.packet} class={classes!("flight", lit, gone, flight.again.then_some("again"))} data-thing={thing}
                x={percent(x)} width={percent(width.max(0.4))} y={rem(y)} height="0.8rem">
                <rect width="100%" height="100%" />
                if gone.is_some() { <line x1="0" y1="0" x2="100%" y2="100%" /><line x1="0" y1="100%" x2="100%" y2="0" /> }
            </svg>
        }
    });
    html! { <g>{ for flights }</g> }
}

/// What the overview must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct OverviewProps {
    /// The numbers that are shown.
    pub shown: Run,
    /// The number after the last.
    pub total: u64,
    /// Both sides.
    pub sides: Sides,
    /// Takes another first number.
    pub onscroll: Callback<InputEvent>,
}

/// The whole stream, with the stretch that is shown; it scrolls.
#[component]
pub fn Overview(props: &OverviewProps) -> Html {
    let span = props.shown.1 - props.shown.0;
    if props.shown.0 == 0 && span >= props.total {
        return html! {};
    }
    let whole = (0, props.total.max(props.shown.1));
    let band = |run: Run, class: &'static str| {
        let (x, width) = across(whole, (run.0, run.1.max(run.0)));
        html! { <rect {class} x={percent(x)} width={percent(width.max(0.0))} y="4" height="8" /> }
    };
    let (una, nxt) = (props.sides.una.unwrap_or(0), props.sides.nxt.unwrap_or(0));
    let (x, width) = across(whole, props.shown);
    let last = whole.1.saturating_sub(span);
    html! {
        <div class="overview">
            <svg width="100%" height="16" aria-hidden="true">
                { band(whole, "rest") }
                { band((0, una), "acked") }
                { band((una, nxt), "flight") }
                <rect class="brush" x={percent(x)} width={percent(width.max(0.5))} y="1" height="14" />
            </svg>
            <input type="range" aria-label="Scroll through the stream" min="0" max={last.to_string()} step={(span / 8).max(1).to_string()}
                value={props.shown.0.min(last).to_string()} aria-valuetext={format!("from octet {}", props.shown.0)} oninput={props.onscroll.clone()} />
        </div>
    }
}

fn thing_text(thing: Thing) -> String {
    match thing {
        Thing::Packet(packet) => format!("packet {packet}"),
        Thing::Call(call) => format!("call {call}"),
        Thing::Octets { from, first, end } => format!("octets {} {first} {end}", from.0),
        Thing::Reaction(reaction) => format!("reaction {reaction}"),
        Thing::End(end) => format!("end {}", end.0),
        Thing::Field(name) => format!("field {name}"),
    }
}

/// What [`thing_text`] wrote into the picture.
pub fn thing_of(text: &str) -> Option<Thing> {
    let mut words = text.split(' ');
    let kind = words.next()?;
    let mut number = || words.next()?.parse::<usize>().ok();
    match kind {
        "packet" => Some(Thing::Packet(number()?)),
        "call" => Some(Thing::Call(number()?)),
        "octets" => {
            let from = EndId(number()?);
            let mut seq = || Some(Seq(u32::try_from(number()?).ok()?));
            Some(Thing::Octets { from, first: seq()?, end: seq()? })
        }
        _ => None,
    }
}
