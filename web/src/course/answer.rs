//! What a learner has answered so far, and the controls of each kind of exercise.

use super::order;
use crate::browser;
use lessons::{Answer, Build, Choose, Exercise, Field, Fill, Kind, Verdict, judge};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use yew::prelude::*;

/// An answer that is being given. Each exercise uses the part that its kind has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// The places of the picked choices.
    pub chosen: BTreeSet<usize>,
    /// What is typed, by the fields' names.
    pub typed: BTreeMap<String, String>,
    /// Items, in order.
    pub order: Vec<String>,
    /// Items that are left out.
    pub out: Vec<String>,
    /// Hexadecimal digits.
    pub hex: String,
}

impl Given {
    /// As an exercise begins.
    pub fn start(exercise: &Exercise) -> Given {
        let mut given = Given::default();
        match &exercise.kind {
            Kind::Order(order) => given.order = order.mixed(),
            Kind::Build(build) => given.hex.clone_from(&build.start),
            _ => {}
        }
        given
    }

    /// What the judge says of it.
    pub fn judged(&self, exercise: &Exercise) -> Verdict {
        let answer = match &exercise.kind {
            Kind::Choose(_) => Answer::Chosen(&self.chosen),
            Kind::Fill(_) | Kind::Decode(_) => Answer::Filled(&self.typed),
            Kind::Order(_) => Answer::Ordered(&self.order),
            Kind::Build(_) => Answer::Built(&self.hex),
            Kind::Program(_) | Kind::Operate(_) => return Verdict::default(),
        };
        judge(exercise, &answer)
    }
}

/// The controls of an exercise.
pub fn controls(
    exercise: &Exercise,
    given: &Given,
    verdict: Option<&Verdict>,
    change: &Callback<Given>,
) -> Html {
    let wrong = |name: &str| verdict.is_some_and(|verdict| verdict.wrong.iter().any(|wrong| wrong == name));
    match &exercise.kind {
        Kind::Choose(choose) => choices(&exercise.id, choose, given, &wrong, change),
        Kind::Fill(fill) | Kind::Decode(fill) => {
            html! { <Fields id={exercise.id.clone()} fill={Rc::new(fill.clone())} given={given.clone()} wrong={verdict.map(|verdict| verdict.wrong.clone()).unwrap_or_default()} change={change.clone()} /> }
        }
        Kind::Order(order) => order::list(order, given, &wrong, change),
        Kind::Build(build) => digits(&exercise.id, build, given, change),
        Kind::Program(_) | Kind::Operate(_) => html! {},
    }
}

fn choices(
    id: &str,
    choose: &Choose,
    given: &Given,
    wrong: &dyn Fn(&str) -> bool,
    change: &Callback<Given>,
) -> Html {
    let kind = if choose.many { "checkbox" } else { "radio" };
    html! {
        <ul class="choices">
            { for choose.choices.iter().enumerate().map(|(place, choice)| {
                let pick = {
                    let (given, change, many) = (given.clone(), change.clone(), choose.many);
                    Callback::from(move |_: Event| {
                        let mut given = given.clone();
                        if !many {
                            given.chosen.clear();
                        }
                        if !given.chosen.remove(&place) {
                            given.chosen.insert(place);
                        }
                        change.emit(given);
                    })
                };
                let picked = given.chosen.contains(&place);
                let off = picked && wrong(&place.to_string());
                html! {
                    <li class={classes!(off.then_some("off"))}>
                        <label>
                            <input type={kind} name={id.to_owned()} checked={picked} onchange={pick} />
                            <span>{ Html::from_html_unchecked(choice.text.clone().into()) }</span>
                        </label>
                    </li>
                }
            }) }
        </ul>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FieldsProps {
    id: AttrValue,
    fill: Rc<Fill>,
    given: Given,
    wrong: Vec<String>,
    change: Callback<Given>,
}

/// Fields to fill in; what is read from octets has them above.
#[component]
fn Fields(props: &FieldsProps) -> Html {
    let FieldsProps { id, fill, given, wrong, change } = props;
    let known = use_memo(fill.clone(), |fill| (fill.truth(), fill.header()));
    let fixed = fill.given.iter().filter_map(|key| {
        let field = Field::named(key).ok()?;
        let value = field.write(*known.0.as_ref().ok()?.get(&field)?);
        Some(html! { <div class="row"><span>{ field.label() }</span><code>{ value }</code></div> })
    });
    let asked = fill.fields.iter().filter_map(|key| Field::named(key).ok()).map(|field| {
        let typed = {
            let (given, change) = (given.clone(), change.clone());
            browser::on_typed(Callback::from(move |text: String| {
                let mut given = given.clone();
                given.typed.insert(field.key().to_owned(), text);
                change.emit(given);
            }))
        };
        let off = wrong.iter().any(|name| name == field.key());
        let (mode, example) = if field == Field::Flags { ("text", "names, or none") } else { ("numeric", "") };
        html! {
            <div class={classes!("row", off.then_some("off"))}>
                <label for={format!("{id}-{}", field.key())}>{ field.label() }</label>
                <input
                    id={format!("{id}-{}", field.key())} type="text" inputmode={mode} placeholder={example} autocomplete="off" spellcheck="false"
                    autocapitalize="off" aria-invalid={off.then_some("true")} value={given.typed.get(field.key()).cloned().unwrap_or_default()} oninput={typed}
                />
            </div>
        }
    });
    html! {
        <>
            if let (true, Ok(octets)) = (fill.octets, &known.1) {
                <pre class="octets" tabindex="0" aria-label="The octets, four in a line">{ rows(octets) }</pre>
            }
            <div class="fields">{ for fixed }{ for asked }</div>
        </>
    }
}

/// Octets, four in a line, each line with the number of its first.
fn rows(octets: &[u8]) -> String {
    let row = |(place, four): (usize, &[u8])| {
        let four: Vec<String> = four.iter().map(|octet| format!("{octet:02x}")).collect();
        format!("{:>3}  {}\n", place * 4, four.join(" "))
    };
    octets.chunks(4).enumerate().map(row).collect()
}

fn digits(id: &str, build: &Build, given: &Given, change: &Callback<Given>) -> Html {
    let typed = {
        let (given, change) = (given.clone(), change.clone());
        browser::on_typed(Callback::from(move |text: String| {
            change.emit(Given { hex: text, ..given.clone() })
        }))
    };
    let words = build.goal.iter().filter_map(|(key, value)| Some((Field::named(key).ok()?, value.text())));
    html! {
        <>
            <div class="fields">
                { for words.map(|(field, value)| html! { <div class="row"><span>{ field.label() }</span><code>{ value }</code></div> }) }
            </div>
            <label class="for-screen-readers" for={format!("{id}-hex")}>{ "The header, in hexadecimal" }</label>
            <textarea id={format!("{id}-hex")} class="hex" rows="3" spellcheck="false" autocapitalize="off" value={given.hex.clone()} oninput={typed} />
        </>
    }
}
