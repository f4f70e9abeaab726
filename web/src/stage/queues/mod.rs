//! The queues: half-open and waiting connections of a listening socket, the buffers of two ends, and what became of whatever found them
//! full. It is drawn anew when something happens, not on every frame.

mod scene;
#[cfg(test)]
mod tests;

use super::{Act, EndId, Focus, Role, Story, Thing, Told, ViewProps, clock};
use crate::number::grouped;
use scene::{Buffer, Index, Listening, Scene, Token, packet, scene};
use std::rc::Rc;
use yew::prelude::*;

/// The view.
#[component]
pub fn Queues(props: &ViewProps) -> Html {
    let index = use_memo((props.story.clone(), props.end), |(story, end)| Index::of(story, *end));
    let happened = props.story.stops.partition_point(|stop| *stop <= props.at);
    let stop = happened.checked_sub(1).map_or(props.at, |last| props.story.stops[last]);
    let drawn = use_memo((props.story.clone(), index.clone(), stop), |(story, index, stop)| {
        scene(story, index, *stop)
    });
    html! {
        <section class="view queues" role="group" aria-label="Queues">
            <Drawn story={props.story.clone()} scene={drawn} focus={props.focus.clone()} end={props.end} act={props.act.clone()} />
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct DrawnProps {
    story: Told,
    scene: Rc<Scene>,
    focus: Rc<Focus>,
    end: Option<EndId>,
    act: Callback<Act>,
}

#[component]
fn Drawn(props: &DrawnProps) -> Html {
    let scene = &props.scene;
    if scene.listening.is_empty() && scene.buffers.is_empty() {
        return html! { <p class="empty">{ "No socket listens here, and none has a buffer yet." }</p> };
    }
    html! {
        <>
            { for scene.listening.iter().map(|listening| draw_listening(props, listening)) }
            if !scene.buffers.is_empty() {
                <h3 class="heading">{ "Buffers" }if scene.most > 1 { <span>{ format!("a full bar is {} octets", grouped(scene.most)) }</span> }</h3>
                <div class="buffers">
                    { for scene.buffers.iter().map(|buffer| draw_buffer(buffer, scene.most)) }
                </div>
            }
        </>
    }
}

fn draw_listening(props: &DrawnProps, listening: &Listening) -> Html {
    // Nobody waits, and no slot is free, where nobody listens.
    let slots = listening.slots.filter(|_| listening.open).map(|slots| slots as usize);
    let full = listening.open && slots.is_some_and(|slots| listening.waiting.len() >= slots);
    let waiting = listening.waiting.len();
    let count = match slots {
        Some(slots) if full => format!("{waiting} of {slots}: full"),
        Some(slots) => format!("{waiting} of {slots}, the backlog and one more"),
        None => waiting.to_string(),
    };
    let half_open = listening.half_open.as_ref().map(|half| {
        html! {
            <div class="waiting">
                <h3>{ "SYN queue" }<span>{ format!("{} half open", half.len()) }</span></h3>
                <p class="what">{ "A SYN came and was answered; the last ACK of the handshake is missing." }</p>
                <ul>
                    { for half.iter().take(SHOWN).map(|token| draw_token(props, Some(token))) }
                    { more(half.len()) }
                    if half.is_empty() { <li class="seat none">{ "nobody" }</li> }
                </ul>
            </div>
        }
    });
    let free = slots.unwrap_or(waiting).saturating_sub(waiting);
    let overflows = listening.overflows.iter().map(|overflow| {
        let (reaction, at) = (overflow.reaction, overflow.at);
        let thing = packet(&props.story, overflow).map_or(Thing::Reaction(reaction), Thing::Packet);
        let lit = props.focus.reactions.contains(&reaction).then_some("lit");
        let enter = props.act.reform(move |_: PointerEvent| Act::Point(Some(thing)));
        let leave = props.act.reform(|_: PointerEvent| Act::Point(None));
        let seek = props.act.reform(move |_: MouseEvent| Act::Seek(at));
        html! {
            <li key={reaction} class={classes!(lit)}>
                <button type="button" onpointerenter={enter} onpointerleave={leave} onclick={seek}>
                    <b>{ clock(at) }</b>{ format!(" {} ", overflow.says) }<span class="source">{ overflow.source }</span>
                </button>
            </li>
        }
    });
    let mut tally = vec![format!("{} accepted", listening.accepted)];
    if listening.ignored > 0 {
        tally.push(format!("{} turned away", listening.ignored));
    }
    if listening.cookies > 0 {
        tally.push(format!("{} answered with a cookie", listening.cookies));
    }
    let state = if listening.open { "listens" } else { "does not listen" };
    html! {
        <div class={classes!("door", full.then_some("full"))} key={listening.end.0}>
            <p class="title"><b>{ listening.name.clone() }</b>{ format!(" {state}; {}", tally.join(", ")) }</p>
            <div class="line">
                { for half_open }
                <div class="waiting accept">
                    <h3>{ "Accept queue" }<span>{ count }</span></h3>
                    <p class="what">{ "Established, and the program has not taken it with accept yet." }</p>
                    <ul>
                        { for listening.waiting.iter().take(SHOWN).map(|token| draw_token(props, token.as_ref())) }
                        { more(waiting) }
                        { for (0..free.min(SHOWN.saturating_sub(waiting))).map(|_| html! { <li class="seat free">{ "free" }</li> }) }
                        if free > SHOWN.saturating_sub(waiting) {
                            <li class="seat none">{ format!("{} more free", free - SHOWN.saturating_sub(waiting)) }</li>
                        }
                    </ul>
                </div>
            </div>
            if !listening.overflows.is_empty() {
                <ul class="overflows" aria-label="What happened at a full queue, newest first">{ for overflows }</ul>
            }
        </div>
    }
}

/// More slots than this are counted, not drawn.
const SHOWN: usize = 12;

fn more(count: usize) -> Html {
    match count.checked_sub(SHOWN) {
        Some(more) if more > 0 => html! { <li class="seat none">{ format!("and {more} more") }</li> },
        _ => html! {},
    }
}

fn draw_token(props: &DrawnProps, token: Option<&Token>) -> Html {
    let Some(token) = token else { return html! { <li class="seat taken">{ "a connection" }</li> } };
    let end = token.end;
    let lit = lights(&props.story, &props.focus, end).then_some("lit");
    let chosen =
        props.end.is_some_and(|chosen| chosen == end || props.story.end_of(end).peer == Some(chosen));
    let enter = props.act.reform(move |_: PointerEvent| Act::Point(Some(Thing::End(end))));
    let leave = props.act.reform(|_: PointerEvent| Act::Point(None));
    let choose = props.act.reform(move |_: MouseEvent| Act::Choose(end));
    html! {
        <li key={end.0} class={classes!("seat", "taken", lit)}>
            <button type="button" aria-pressed={chosen.to_string()} onpointerenter={enter} onpointerleave={leave} onclick={choose}>{ token.label.clone() }</button>
        </li>
    }
}

/// Whether what is pointed at concerns this end.
fn lights(story: &Story, focus: &Focus, end: EndId) -> bool {
    let thing = |thing: Thing| match thing {
        Thing::End(other) => other == end,
        Thing::Packet(packet) => {
            story.packets[packet].source == Some(end) || story.packets[packet].target == Some(end)
        }
        _ => false,
    };
    focus.hover.is_some_and(thing) || focus.picked.is_some_and(thing)
}

fn draw_buffer(buffer: &Buffer, most: u64) -> Html {
    let width = |octets: u64| format!("width:{:.2}%", octets as f64 / most.max(1) as f64 * 100.0);
    let filled = buffer.parts.iter().filter(|part| part.octets > 0);
    let said: Vec<String> = filled.map(|part| format!("{} {}", grouped(part.octets), part.says)).collect();
    let said = match (buffer.parts.is_empty(), said.is_empty()) {
        (true, _) => "not open".to_owned(),
        (_, true) => "empty".to_owned(),
        _ => said.join(", "),
    };
    let parts = buffer.parts.iter().filter(|part| part.octets > 0).map(|part| {
        html! { <span class={part.class} style={width(part.octets)}></span> }
    });
    let role = match buffer.role {
        Role::Client => "client",
        Role::Server => "server",
        Role::Router => "router",
    };
    html! {
        <div class={classes!("buffer", role)} key={format!("{} {}", buffer.end.0, buffer.name)}>
            <p><b>{ buffer.host.clone() }</b>{ format!(" {}", buffer.name) }<span>{ said }</span></p>
            <div class="bar" aria-hidden="true">{ for parts }</div>
        </div>
    }
}
