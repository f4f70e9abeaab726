//! The packet list: the text twin of the ladder. What happened, thing by thing, in words.
//!
//! ```text
//!   Story --rows--> [Row] --kinds, Filter--> [Row] --Window--> some 30 of them --line--> words
//! ```
//!
//! A list of any length costs the same to show: only the rows in sight are worded and drawn. The numbers of rows that a screen reader
//! tells are those of the whole list.

mod controls;
mod filter;
mod haste;
mod line;
mod rows;
mod sight;
mod table;
mod window;

#[cfg(test)]
mod tests;

use super::story::Origin;
use super::{Act, ViewProps};
use controls::Controls;
use filter::{BadFilter, Filter};
use haste::{Racing, use_haste};
use line::Wording;
use rows::{Kind, Row};
use sight::use_seen;
use std::collections::BTreeSet;
use std::rc::Rc;
use table::{Clock, Table, Taken};
use web_sys::HtmlElement;
use window::Window;
use yew::prelude::*;

/// What was typed into the filter, what it means, and the last that meant something: a slip of the pen empties no list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Typed {
    text: String,
    bad: Option<BadFilter>,
    filter: Filter,
}

/// The view.
#[component]
pub fn Packets(props: &ViewProps) -> Html {
    let ViewProps { story, at, focus, numbers, act, .. } = props;
    let rows = use_memo(story.clone(), |story| rows::rows(story));
    let hidden = use_state_eq(BTreeSet::<Kind>::new);
    let typed = use_state_eq(Typed::default);
    let clock = use_state_eq(|| Clock::Begin);
    let wording = use_memo((story.clone(), *numbers), |(story, numbers)| Wording::of(story, *numbers));
    let wording = *wording;
    let key = (story.clone(), (*hidden).clone(), typed.filter.clone(), wording);
    let shown = use_memo(key, |(story, hidden, filter, wording)| {
        let wanted = |row: &&Row| !hidden.contains(&row.kind()) && filter.takes(story, row, *wording);
        rows.iter().filter(wanted).copied().collect::<Vec<Row>>()
    });
    let past = shown.partition_point(|row| row.at <= *at);

    let room = use_node_ref();
    let ruler = use_node_ref();
    let seen = use_seen(&room, &ruler);
    let follow = use_state_eq(|| true);
    let active = use_state_eq(|| None::<usize>);
    let wants_focus = use_mut_ref(|| false);

    // The list follows the moment that is shown; another list must stand there first. While it races past, only its words change: its rows
    // wait until it rests.
    let last = use_mut_ref(|| None::<(Rc<Vec<Row>>, usize)>);
    let row = past.saturating_sub(1);
    let before = last.replace(Some((shown.clone(), row)));
    let hasty = use_haste(&shown, row, seen.window().fits) && *follow;
    if *follow && before.is_some_and(|(list, was)| Rc::ptr_eq(&list, &shown) && was != row) {
        seen.reveal(row, shown.len());
    }
    if !hasty {
        seen.scroll();
    }
    {
        let seen = seen.clone();
        use_effect_with((shown.len(), *follow), move |&(rows, follow)| {
            if follow {
                seen.show(row, rows);
            }
        });
    }
    // What is picked elsewhere comes into sight here.
    let (list, tale, was, set_active) = (shown.clone(), story.clone(), *active, active.setter());
    let sight = seen.clone();
    use_effect_with((focus.picked, shown.clone()), move |(picked, _)| {
        let is_picked = |row: usize| list.get(row).and_then(|row| row.thing(&tale)) == *picked;
        if let Some(picked) = picked.filter(|_| !was.is_some_and(is_picked)) {
            let row = list.iter().position(|row| row.thing(&tale) == Some(picked));
            set_active.set(row);
            if let Some(row) = row {
                sight.show(row, list.len());
            }
        }
    });
    let waiting = use_mut_ref(|| None::<(Window, usize)>);
    let now = (seen.window(), past);
    let (window, marked) = waiting.borrow().filter(|_| hasty).unwrap_or(now);
    waiting.replace(Some((window, marked)));
    // The focus follows the active row, once that is drawn.
    let (scroller, wanted) = (room.clone(), wants_focus.clone());
    use_effect_with((*active, window), move |(active, _)| {
        if let Some(row) = active.filter(|_| *wanted.borrow())
            && let Some(room) = scroller.cast::<web_sys::Element>()
            && let Ok(Some(row)) = room.query_selector(&format!("[data-row=\"{row}\"]"))
        {
            *wanted.borrow_mut() = false;
            if let Ok(row) = wasm_bindgen::JsCast::dyn_into::<HtmlElement>(row) {
                let _ = row.focus();
            }
        }
    });

    let taken = {
        let seen = seen.clone();
        let (active, follow) = (active.setter(), follow.setter());
        let needs = (shown.clone(), story.clone(), act.clone());
        use_callback(needs, move |taken: Taken, (shown, story, act)| {
            let thing = |row: usize| shown.get(row).and_then(|row| row.thing(story));
            match taken {
                Taken::Pointed(row) => act.emit(Act::Point(row.and_then(thing))),
                Taken::Picked(row) => {
                    active.set(Some(row));
                    act.emit(Act::Pick(thing(row)));
                }
                Taken::Moved(row) => {
                    *wants_focus.borrow_mut() = true;
                    follow.set(false);
                    active.set(Some(row));
                    seen.show(row, shown.len());
                    act.emit(Act::Pick(thing(row)));
                }
                Taken::Sought(row) => {
                    if let Some(row) = shown.get(row) {
                        act.emit(Act::Seek(row.at));
                    }
                }
            }
        })
    };
    let by_hand = {
        let follow = follow.clone();
        use_callback((), move |(), ()| follow.set(false))
    };
    let on_filter = {
        let typed = typed.clone();
        use_callback((story.clone(), typed.filter.clone()), move |text: String, (story, good)| {
            typed.set(match Filter::parse(&text, story) {
                Ok(filter) => Typed { text, bad: None, filter },
                Err(bad) => Typed { text, bad: Some(bad), filter: good.clone() },
            });
        })
    };
    let on_kind = {
        let hidden = hidden.clone();
        use_callback((*hidden).clone(), move |kind: Kind, was: &BTreeSet<Kind>| {
            let mut now = was.clone();
            if !now.remove(&kind) {
                now.insert(kind);
            }
            hidden.set(now);
        })
    };
    let on_clock = {
        let clock = clock.clone();
        use_callback((), move |chosen: Clock, ()| clock.set(chosen))
    };
    let on_follow = {
        let follow = follow.clone();
        use_callback(*follow, move |(), was| follow.set(!was))
    };
    let detail = active.and_then(|row| shown.get(row)).map(|row| line::line(story, row, wording));
    html! {
        <section class="view packets" role="group" aria-label="Packets">
            <Controls
                text={typed.text.clone()}
                bad={typed.bad.as_ref().map(|bad| AttrValue::from(bad.to_string()))}
                hidden={Rc::new((*hidden).clone())}
                clock={*clock}
                sampled={story.origin == Origin::Sampled}
                follow={*follow}
                shown={shown.len()}
                all={rows.len()}
                {on_filter}
                {on_kind}
                {on_clock}
                {on_follow}
            />
            <div class="list">
                <Table
                    story={story.clone()}
                    rows={shown.clone()}
                    {wording}
                    clock={*clock}
                    {window}
                    past={marked}
                    focus={focus.clone()}
                    active={*active}
                    room={room.clone()}
                    ruler={ruler.clone()}
                    {taken}
                    {by_hand}
                />
                if hasty {
                    <Racing story={story.clone()} rows={shown.clone()} {wording} clock={*clock} window={seen.window()} {past} />
                }
            </div>
            <p class="whole">{ detail.map_or_else(String::new, |line| line.text()) }</p>
        </section>
    }
}
