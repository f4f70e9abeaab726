//! The plots' text twin: what they draw as a table, a row for each moment at which something changes. It is made when somebody opens it.

use super::super::{Act, clock};
use super::data::Data;
use super::reading::reading;
use crate::browser;
use sockets::Instant;
use std::collections::BTreeSet;
use std::rc::Rc;
use yew::prelude::*;

/// More rows than this are thinned out evenly: the picture can be zoomed, and the table with it.
const MOST: usize = 60;

#[derive(Clone, PartialEq, Properties)]
pub struct TwinProps {
    pub data: Rc<Data>,
    /// From when.
    pub begin: Instant,
    /// Until when.
    pub end: Instant,
    pub act: Callback<Act>,
}

/// The moments in a span at which a plotted quantity changes, in order, and how many there are; of many some, evenly, the first and the
/// last among them.
pub fn moments(data: &Data, begin: Instant, end: Instant) -> (Vec<Instant>, usize) {
    let Data { sent, acked, edge, cwnd, ssthresh, flight, rwnd, srtt, rto, .. } = data;
    let all: BTreeSet<Instant> = [sent, acked, edge, cwnd, ssthresh, flight, rwnd, srtt, rto]
        .into_iter()
        .flat_map(|steps| steps.within(begin, end))
        .map(|(at, _)| at)
        .filter(|at| *at > begin)
        .collect();
    let all: Vec<Instant> = all.into_iter().collect();
    let count = all.len();
    if count <= MOST {
        return (all, count);
    }
    ((0..MOST).map(|row| all[row * (count - 1) / (MOST - 1)]).collect(), count)
}

/// The table, folded until it is wanted.
#[component]
pub fn Twin(props: &TwinProps) -> Html {
    let open = use_state_eq(|| false);
    let ontoggle = {
        let open = open.setter();
        use_callback((), move |event: Event, ()| {
            open.set(browser::is_unfolded(&event));
        })
    };
    html! {
        <details class="twin" {ontoggle}>
            <summary>{ "What is plotted, as a table" }</summary>
            if *open { { table(props) } }
        </details>
    }
}

fn table(props: &TwinProps) -> Html {
    let TwinProps { data, begin, end, act } = props;
    let (rows, count) = moments(data, *begin, *end);
    let Some(first) = rows.first() else {
        return html! { <p class="reason">{ "Nothing changes in this span of time." }</p> };
    };
    let names = reading(data, *first).into_iter().map(|(_, name, _)| html! { <th scope="col">{ name }</th> });
    let row = |at: Instant| {
        let seek = act.reform(move |_: MouseEvent| Act::Seek(at));
        let values = reading(data, at).into_iter().map(|(_, _, value)| html! { <td>{ value }</td> });
        html! {
            <tr key={at.0}>
                <th scope="row"><button type="button" onclick={seek}>{ clock(at) }</button></th>
                { for values }
            </tr>
        }
    };
    let thinned = count > rows.len();
    html! {
        <>
            if thinned {
                <p class="reason">{ format!("{} of {count} changes, evenly chosen. Zoom in to see more of them.", rows.len()) }</p>
            }
            <div class="rows" role="region" aria-label="What is plotted" tabindex="0">
                <table>
                    <thead><tr><th scope="col">{ "at" }</th>{ for names }</tr></thead>
                    <tbody>{ for rows.into_iter().map(row) }</tbody>
                </table>
            </div>
        </>
    }
}
