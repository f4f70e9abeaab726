//! Items that are put in order, by buttons, so that a keyboard does as well as a finger.

use super::answer::Given;
use lessons::Order;
use yew::prelude::*;

/// The list.
pub fn list(order: &Order, given: &Given, wrong: &dyn Fn(&str) -> bool, change: &Callback<Given>) -> Html {
    let last = given.order.len().saturating_sub(1);
    let button = |label: String, sign: &'static str, off: bool, next: Given| {
        let change = change.clone();
        let press = Callback::from(move |_: MouseEvent| change.emit(next.clone()));
        html! { <button type="button" class="quiet" aria-label={label.clone()} title={label} disabled={off} onclick={press}>{ sign }</button> }
    };
    let swapped = |a: usize, b: usize| {
        let mut next = given.clone();
        if a < next.order.len() && b < next.order.len() {
            next.order.swap(a, b);
        }
        next
    };
    let without = |place: usize| {
        let mut next = given.clone();
        let item = next.order.remove(place);
        next.out.push(item);
        next
    };
    let with = |place: usize| {
        let mut next = given.clone();
        let item = next.out.remove(place);
        next.order.push(item);
        next
    };
    let row = |(place, item): (usize, &String)| {
        html! {
            <li key={item.clone()} class={classes!(wrong(item).then_some("off"))}>
                <span class="item">{ item.clone() }</span>
                <span class="moves">
                    { button(format!("“{item}” earlier"), "↑", place == 0, swapped(place, place.wrapping_sub(1))) }
                    { button(format!("“{item}” later"), "↓", place == last, swapped(place, place + 1)) }
                    if !order.spare.is_empty() {
                        { button(format!("Leave “{item}” out"), "×", false, without(place)) }
                    }
                </span>
            </li>
        }
    };
    html! {
        <>
            <ol class="items">{ for given.order.iter().enumerate().map(row) }</ol>
            if !given.out.is_empty() {
                <p class="remark">{ "Left out:" }</p>
                <ul class="items out">
                    { for given.out.iter().enumerate().map(|(place, item)| html! {
                        <li key={item.clone()}>
                            <span class="item">{ item.clone() }</span>
                            <span class="moves">{ button(format!("Put “{item}” back"), "+", false, with(place)) }</span>
                        </li>
                    }) }
                </ul>
            }
        </>
    }
}
