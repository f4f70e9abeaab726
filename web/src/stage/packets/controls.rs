//! What chooses the rows: the filter, the kinds, the clock.

use super::filter;
use super::rows::Kind;
use super::table::Clock;
use crate::browser::{on_chosen, on_typed};
use crate::number::grouped;
use std::collections::BTreeSet;
use std::rc::Rc;
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub struct ControlsProps {
    /// What stands in the filter.
    pub text: String,
    /// Why it cannot be meant.
    pub bad: Option<AttrValue>,
    /// Kinds that are not shown.
    pub hidden: Rc<BTreeSet<Kind>>,
    pub clock: Clock,
    /// No segment, timer or rule was seen.
    pub sampled: bool,
    /// Whether the list follows the moment that is shown.
    pub follow: bool,
    /// How many rows the filter takes.
    pub shown: usize,
    /// How many there are.
    pub all: usize,
    pub on_filter: Callback<String>,
    pub on_kind: Callback<Kind>,
    pub on_clock: Callback<Clock>,
    pub on_follow: Callback<()>,
}

/// The controls above the list.
#[component]
pub fn Controls(props: &ControlsProps) -> Html {
    let ControlsProps { text, bad, hidden, clock, follow, shown, all, .. } = props;
    // Keys that are typed here are not the transport's.
    let onkeydown = {
        let clear = props.on_filter.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                clear.emit(String::new());
            }
            event.stop_propagation();
        }
    };
    let kind = |kind: Kind| {
        let onchange = props.on_kind.reform(move |_: Event| kind);
        html! {
            <label><input type="checkbox" checked={!hidden.contains(&kind)} {onchange} />{ kind.name() }</label>
        }
    };
    let set_clock = props.on_clock.clone();
    let chosen = Callback::from(move |words: String| {
        if let Some((clock, _)) = Clock::ALL.iter().find(|(_, known)| *known == words) {
            set_clock.emit(*clock);
        }
    });
    let count = if shown == all {
        format!("{} rows", grouped(*all as u64))
    } else {
        format!("{} of {} rows", grouped(*shown as u64), grouped(*all as u64))
    };
    html! {
        <div class="controls">
            <label class="filter">
                <span>{ "Filter" }</span>
                <input type="search" value={text.clone()} autocomplete="off" autocapitalize="none" spellcheck="false"
                    placeholder={if props.sampled { "call:recv" } else { "lost or retransmission" }}
                    aria-invalid={bad.is_some().then_some("true")}
                    oninput={on_typed(props.on_filter.clone())} {onkeydown} />
            </label>
            <span class="count" role="status">{ count }</span>
            <fieldset class="kinds">
                <legend class="for-screen-readers">{ "Kinds of rows" }</legend>
                { for Kind::ALL.into_iter().filter(|kind| !props.sampled || matches!(kind, Kind::Calls | Kind::States)).map(kind) }
            </fieldset>
            <label>
                <span class="for-screen-readers">{ "Time" }</span>
                <select onchange={on_chosen(chosen)}>
                    { for Clock::ALL.iter().map(|(known, words)| html! {
                        <option value={*words} selected={known == clock}>{ *words }</option>
                    }) }
                </select>
            </label>
            <button type="button" class="quiet" aria-pressed={if *follow { "true" } else { "false" }}
                title="Keep the row of the moment that is shown in sight"
                onclick={props.on_follow.reform(|_| ())}>{ "follow" }</button>
            <details class="help">
                <summary>{ "What a filter can say" }</summary>
                { help() }
            </details>
            if let Some(bad) = bad {
                <p class="notice" role="alert">{ bad.clone() }{ " The list stays as it was." }</p>
            }
        </div>
    }
}

fn help() -> Html {
    let examples = [
        ("syn lost", "lost segments with SYN: every term must hold"),
        ("lost or retransmission", "either"),
        ("data !ack", "data without ACK; “not ack” says the same"),
        ("from:client to:server host:router", "where it comes from, where it goes, either"),
        ("port:80 call:recv state:FIN-WAIT-1", "a port, a call, a state"),
        ("timer:retransmission rule:recovery", "timers and rules by name"),
        (
            "seq>1000 ack<=1 win=0 len>=1448",
            "numbers as they are shown; len counts octets of data, length all",
        ),
        ("time>0.5 time<750ms no=12", "seconds, or ms and us; the number of a datagram"),
        ("\"win 0\"", "this text, anywhere in the row"),
    ];
    html! {
        <>
            <dl>
                { for examples.iter().map(|(example, meaning)| html! {
                    <div><dt><code>{ *example }</code></dt><dd>{ *meaning }</dd></div>
                }) }
            </dl>
            <p>
                { "Words with a meaning: " }
                { for filter::help().map(|(word, meaning)| html! {
                    <><abbr title={meaning}>{ word }</abbr>{ " " }</>
                }) }
                { "Any other word is searched for." }
            </p>
        </>
    }
}
