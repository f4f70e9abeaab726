//! The streams of a file in a table: ordered by any column, filtered by words; a stream's button chooses it.

use super::page::Listed;
use super::rows::{By, Order, rows};
use super::words;
use crate::browser;
use crate::number::grouped;
use lab::capture::Stream;
use yew::prelude::*;

/// How many rows are drawn at first, and with each wish for more.
const ROWS: usize = 100;

/// What the table must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct TableProps {
    /// The file.
    pub opened: Listed,
    /// What was typed into the filter.
    pub filter: AttrValue,
    /// The order.
    pub order: Order,
    /// The stream that was looked at before: the focus returns to it.
    pub last: Option<usize>,
    /// A stream was chosen.
    pub on_choose: Callback<usize>,
    /// Something was typed into the filter.
    pub on_filter: Callback<String>,
    /// Another order is wanted.
    pub on_order: Callback<Order>,
}

/// The table.
#[component]
pub fn Table(props: &TableProps) -> Html {
    let listing = &props.opened.0.listing;
    let places = {
        let key = (props.opened.clone(), props.filter.clone(), props.order);
        use_memo(key, |(opened, filter, order)| rows(&opened.0.listing, filter, *order))
    };
    let limit = use_state(|| ROWS);
    let last = use_node_ref();
    {
        let last = last.clone();
        use_effect_with((), move |()| browser::focus(&last, true));
    }
    let several = listing.interfaces.len() > 1
        && listing.streams.windows(2).any(|two| two[0].interface != two[1].interface);
    let begin = listing.between.map_or(0, |(first, _)| first);
    let more = {
        let limit = limit.clone();
        Callback::from(move |_| limit.set(*limit + ROWS))
    };
    let head = |by: By, text: &'static str, class: &'static str| {
        let order = props.order;
        let descending = by.is_largest_first() != order.turned;
        let sorted = (order.by == by).then_some(if descending { "descending" } else { "ascending" });
        let on_order = props.on_order.clone();
        let onclick = Callback::from(move |_| on_order.emit(order.after_click(by)));
        html! {
            <th scope="col" {class} aria-sort={sorted}>
                <button type="button" class="quiet" {onclick}>{ text }</button>
            </th>
        }
    };
    let numbers = listing.streams.len();
    html! {
        <section class="cap-table" aria-label="TCP streams">
            <div class="cap-tools">
                <label>
                    { "Filter " }
                    <input
                        type="search"
                        value={props.filter.clone()}
                        placeholder="address, port, RST, retransmission"
                        oninput={browser::on_typed(props.on_filter.clone())}
                    />
                </label>
                <span role="status">
                    if places.len() < numbers {
                        { format!("{} of {}", grouped(places.len() as u64), grouped(numbers as u64)) }
                    }
                </span>
            </div>
            <div class="cap-scroll" role="group" aria-label="Table of streams" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            { head(By::Number, "№", "num") }
                            { head(By::Left, "From", "") }
                            { head(By::Right, "To", "") }
                            if several { <th scope="col">{ "Seen at" }</th> }
                            { head(By::Opening, "Begins", "") }
                            { head(By::Closing, "Ends", "") }
                            { head(By::Start, "After (s)", "num") }
                            { head(By::Duration, "Lasts (s)", "num") }
                            { head(By::Packets, "Segments", "num") }
                            { head(By::Octets, "Data", "num") }
                            { head(By::Again, "Retransmissions", "num") }
                            { head(By::Late, "Out of order", "num") }
                        </tr>
                    </thead>
                    <tbody>
                        { for places.iter().take(*limit).map(|&place| {
                            let stream = &listing.streams[place];
                            let at = several.then(|| listing.interfaces.get(stream.interface as usize).cloned().unwrap_or_default());
                            let node = if props.last == Some(place) { last.clone() } else { NodeRef::default() };
                            row(place, stream, at, begin, node, &props.on_choose)
                        }) }
                    </tbody>
                </table>
            </div>
            if numbers > 1 {
                <p class="cap-order">
                    { "At first, streams with retransmissions or segments out of order stand first, then the longest" }
                    if props.order == Order::default() {
                        { "." }
                    } else {
                        { ": " }
                        <button
                            type="button"
                            class="quiet"
                            onclick={let on_order = props.on_order.clone(); Callback::from(move |_| on_order.emit(Order::default()))}
                        >
                            { "back to that order" }
                        </button>
                    }
                </p>
            }
            if places.is_empty() {
                <p>{ "No stream has all these words." }</p>
            }
            if places.len() > *limit {
                <p>
                    { format!("{} of {} are shown. ", grouped(*limit as u64), grouped(places.len() as u64)) }
                    <button type="button" onclick={more}>{ format!("Show {ROWS} more") }</button>
                </p>
            }
        </section>
    }
}

fn row(
    place: usize,
    stream: &Stream,
    interface: Option<String>,
    begin: u64,
    node: NodeRef,
    choose: &Callback<usize>,
) -> Html {
    let both = |[right, left]: [u64; 2]| format!("{} → {} ←", grouped(right), grouped(left));
    let onclick = {
        let choose = choose.clone();
        Callback::from(move |_| choose.emit(place))
    };
    let trouble = |both: [u64; 2]| match both.iter().sum() {
        0 => html! { <span class="cap-none">{ "0" }</span> },
        count => html! { <strong>{ grouped(count) }</strong> },
    };
    html! {
        <tr key={place}>
            <td class="num">{ place + 1 }</td>
            <th scope="row" class="cap-from">
                <button
                    type="button"
                    class="quiet"
                    ref={node}
                    {onclick}
                    aria-label={format!("Show stream {}, {}", place + 1, words::ends(stream))}
                >
                    { stream.ends[0].to_string() }
                </button>
            </th>
            <td class="cap-to">{ stream.ends[1].to_string() }</td>
            if let Some(interface) = interface { <td>{ interface }</td> }
            <td>{ words::opening(stream.opening) }</td>
            <td>{ words::closing(stream.closing) }</td>
            <td class="num">{ words::seconds(stream.first.saturating_sub(begin)) }</td>
            <td class="num">{ words::seconds(stream.last - stream.first) }</td>
            <td class="num">{ both(stream.packets) }</td>
            <td class="num">{ format!("{} → {} ←", words::size(stream.octets[0]), words::size(stream.octets[1])) }</td>
            <td class="num">{ trouble(stream.again) }</td>
            <td class="num">{ trouble(stream.late) }</td>
        </tr>
    }
}
