//! The byte stream: the sequence space of one direction, with what the program wrote, what TCP made of it, what is on its way, what the
//! receiver holds and what its program read, all over one ruler. Where segments end and where `recv` ends has nothing to do with where
//! `send` ended: that is to be seen.

mod draw;
mod index;
mod marks;
mod scene;
#[cfg(test)]
mod tests;
mod words;

use super::plots::use_width;
use super::story::Origin;
use super::{Act, EndId, Story, Thing, ViewProps};
use draw::{Flying, Overview, Picture};
use index::{Index, Run};
use scene::{Sides, flights, follow, scene};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use words::Words;
use yew::prelude::*;

/// A direction and what was looked up of it: equal to itself alone.
#[derive(Clone, Debug)]
struct Looked(Rc<Index>);

impl PartialEq for Looked {
    fn eq(&self, other: &Looked) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The end whose octets are shown first: of the two the one that sends more.
fn busier(story: &Story, end: EndId) -> EndId {
    let octets = |id: EndId| {
        let packets = story.end_of(id).sent.iter().filter_map(|&packet| story.segment(packet));
        let sent: u64 = packets.map(|segment| segment.payload.len() as u64).sum();
        sent + story.end_of(id).wrote.last().map_or(0, |piece| piece.end)
    };
    match story.end_of(end).peer {
        Some(peer) if octets(peer) > octets(end) => peer,
        _ => end,
    }
}

/// The view.
#[component]
pub fn Stream(props: &ViewProps) -> Html {
    let end = props.end.or_else(|| props.story.connections().next());
    let chosen = use_memo((props.story.clone(), end), |(story, end)| end.map(|end| busier(story, end)));
    let flipped = use_state_eq(|| false);
    let manual = use_state_eq(|| None::<Run>);
    let dragged = use_mut_ref(|| None::<(i32, Run)>);
    let room = use_node_ref();
    let wide = use_width(&room);
    let from = chosen.map(|end| if *flipped { props.story.end_of(end).peer.unwrap_or(end) } else { end });
    let looked = use_memo((props.story.clone(), from), |(story, from)| {
        from.map(|from| Looked(Rc::new(Index::of(story, from))))
    });
    let pointed = use_callback(props.act.clone(), |event: PointerEvent, act| {
        act.emit(Act::Point(event.target().and_then(thing_at)));
    });
    let left = props.act.reform(|_: PointerEvent| Act::Point(None));
    // Pictures and words change when something happens, not on every frame; what flies does.
    let moment = (*looked).as_ref().map_or(props.at, |looked| looked.0.moment(&props.story, props.at));
    let still = use_memo(
        (props.story.clone(), (*looked).clone(), moment, *manual, props.focus.clone()),
        |(story, looked, moment, manual, focus)| {
            let Looked(index) = looked.as_ref()?;
            let sides = Sides::at(story, index, *moment);
            let shown = manual.unwrap_or_else(|| follow(index, &sides));
            let drawn = Rc::new(scene(story, index, &sides, shown, *moment, focus));
            Some((index.clone(), sides, drawn))
        },
    );
    let span = still.as_ref().as_ref().map_or(1, |(_, _, drawn)| drawn.shown.1 - drawn.shown.0);
    let scroll = use_callback((manual.clone(), span), |event: InputEvent, (manual, span)| {
        let value = event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.value().parse().ok());
        if let Some(first) = value {
            let first: u64 = first;
            manual.set(Some((first, first + span)));
        }
    });
    let Some((index, sides, drawn)) = (*still).clone() else {
        return html! {
            <section class="view stream" role="group" aria-label="Byte stream">
                <p class="empty">{ "No connection is opened in this story: no octet has a number." }</p>
            </section>
        };
    };
    let shown = drawn.shown;
    let flying = flights(&index, shown, props.at);

    let set = |run: Run| {
        let manual = manual.clone();
        move || manual.set(Some(run))
    };
    let (inward, outward) = (set(zoomed(shown, span / 2)), set(zoomed(shown, span * 2)));
    let all = set((0, index.total + index.total.div_ceil(12).max(1)));
    let again = {
        let manual = manual.clone();
        move || manual.set(None)
    };
    let down = {
        let dragged = dragged.clone();
        Callback::from(move |event: PointerEvent| {
            if event.button() == 0 {
                *dragged.borrow_mut() = Some((event.client_x(), shown));
            }
        })
    };
    let moved = {
        let (dragged, room, manual) = (dragged.clone(), room.clone(), manual.clone());
        Callback::from(move |event: PointerEvent| {
            let (Some((begin, run)), Some(element)) = (*dragged.borrow(), room.cast::<HtmlElement>()) else {
                return;
            };
            if event.buttons() == 0 {
                *dragged.borrow_mut() = None;
                return;
            }
            let width = f64::from(element.client_width().max(1));
            let by = f64::from(begin - event.client_x()) / width * (run.1 - run.0) as f64;
            if by.abs() * width > 4.0 * (run.1 - run.0) as f64 {
                let first = (run.0 as f64 + by).max(0.0) as u64;
                manual.set(Some((first, first + (run.1 - run.0))));
            }
        })
    };
    let up = {
        let (dragged, act) = (dragged.clone(), props.act.clone());
        Callback::from(move |event: PointerEvent| {
            let begin = dragged.borrow_mut().take();
            if begin.is_some_and(|(x, _)| (x - event.client_x()).abs() <= 4) {
                act.emit(Act::Pick(event.target().and_then(thing_at)));
            }
        })
    };
    let names = (name(&props.story, index.from), index.to.map(|to| name(&props.story, to)));
    let turn = |to: bool| {
        let (flipped, manual) = (flipped.clone(), manual.clone());
        Callback::from(move |_: MouseEvent| {
            flipped.set(to);
            manual.set(None);
        })
    };
    let (one, other) = if *flipped {
        (names.1.clone().unwrap_or_default(), names.0.clone())
    } else {
        (names.0.clone(), names.1.clone().unwrap_or_default())
    };
    let button = |label: &'static str, sign: &'static str, act: Box<dyn Fn()>, disabled: bool| {
        html! { <button type="button" aria-label={label} title={label} {disabled} onclick={Callback::from(move |_: MouseEvent| act())}>{ sign }</button> }
    };
    let lanes = index.sent.iter().map(|sent| sent.again).max().unwrap_or(0);
    let bare = props.story.origin == Origin::Sampled;
    html! {
        <section class="view stream" role="group" aria-label="Byte stream">
            <div class="controls">
                if index.to.is_some() {
                    <div class="directions" role="group" aria-label="Direction">
                        <button type="button" aria-pressed={(!*flipped).to_string()} onclick={turn(false)}>{ format!("{one} → {other}") }</button>
                        <button type="button" aria-pressed={flipped.to_string()} onclick={turn(true)}>{ format!("{other} → {one}") }</button>
                    </div>
                }
                <div class="zoom" role="group" aria-label="What is shown">
                    { button("Show fewer octets", "+", Box::new(inward), span <= 8) }
                    { button("Show more octets", "−", Box::new(outward), span > 2 * index.total) }
                    { button("Show all octets", "All", Box::new(all), false) }
                    { button("Follow the window", "Follow", Box::new(again), manual.is_none()) }
                </div>
            </div>
            <div class="strip" ref={room} onpointerover={pointed} onpointerleave={left} onpointerdown={down} onpointermove={moved} onpointerup={up}>
                <Picture scene={drawn} {lanes} sender={names.0.clone()} receiver={names.1.clone()} base={index.absolute(0)} numbers={props.numbers} {wide} {bare}
                    flying={html! { <Flying {flying} {shown} {lanes} focus={props.focus.clone()} /> }} />
            </div>
            <Overview {shown} total={index.total} sides={sides.clone()} onscroll={scroll} />
            if bare {
                <p class="sampled">{ "No segment was captured: this is what the programs gave and took, call by call." }</p>
            } else {
                <Words story={props.story.clone()} looked={Looked(index.clone())} {sides} {shown} at={moment} numbers={props.numbers}
                    sender={names.0} receiver={names.1} act={props.act.clone()} />
            }
        </section>
    }
}

/// So many octets around the middle of a run.
fn zoomed(run: Run, span: u64) -> Run {
    let span = span.max(4);
    let middle = run.0 + (run.1 - run.0) / 2;
    let first = middle.saturating_sub(span / 2);
    (first, first + span)
}

/// What an element of the picture stands for.
fn thing_at(target: web_sys::EventTarget) -> Option<Thing> {
    let element = target.dyn_into::<Element>().ok()?;
    let element = element.closest("[data-thing]").ok()??;
    draw::thing_of(&element.get_attribute("data-thing")?)
}

/// The name of an end's host; the socket's variable where the host has both ends.
fn name(story: &Story, end: EndId) -> String {
    let end = story.end_of(end);
    let host = story.name(end.host);
    let alone = end.peer.is_none_or(|peer| story.end_of(peer).host != end.host);
    match end.local.filter(|_| !alone) {
        Some(local) => format!("{host} port {}", local.port()),
        None => host.to_owned(),
    }
}
