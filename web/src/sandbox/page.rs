//! The sandbox on the page: editor, form, examples and files on one side, the stage on the other.

use super::editor::{Editor, go_to};
use super::examples::{self, Example};
use super::help::Help;
use super::link;
use super::options::{FIELDS, value, with};
use super::place;
use super::play::{LONGEST, Mark, Moment};
use super::state::{Do, State};
use super::write::write;
use crate::browser::{self, Keep};
use crate::stage::desk::Desk;
use gloo::timers::callback::Timeout;
use lab::Scenario;
use packetdrill::has_hosts;
use std::rc::Rc;
use yew::prelude::*;

/// Where the browser keeps the text, and the one before it.
const STORED: &str = "tcp-lab-sandbox";
const STORED_BEFORE: &str = "tcp-lab-sandbox-before";
/// The most marks that are listed under the editor.
const MOST_LISTED: usize = 50;
/// How long after the last key the text is read, in milliseconds.
const READ_AFTER_MS: u32 = 350;

/// Goes to the sandbox with a scenario as its text, at this moment in seconds. What stood there before can be brought back.
///
/// # Errors
/// What a text cannot say of it.
pub fn open(scenario: &Scenario, at: Option<String>) -> Result<(), String> {
    let written = write(scenario).map_err(|reasons| {
        format!(
            "The sandbox has no words for this scenario. {} It can be exported, and changed here.",
            reasons.join(" ")
        )
    })?;
    let text = match written.note {
        None => written.text,
        Some(note) => format!("// {note}\n{}", written.text),
    };
    let at = at.map_or(String::new(), |at| format!("t={at}"));
    match link::pack(&text) {
        Some(packed) => {
            let gap = if at.is_empty() { "" } else { "&" };
            place::visit(&format!("{at}{gap}{}={packed}", link::KEY));
        }
        None => {
            // Too long for an address: it becomes the text that the browser keeps.
            browser::put(Keep::Ever, STORED_BEFORE, browser::stored(Keep::Ever, STORED).as_deref());
            browser::put(Keep::Ever, STORED, Some(&text));
            place::visit(&at);
        }
    }
    Ok(())
}

/// The text of the address, of the last visit, or the first example.
fn begin() -> State {
    let stored = browser::stored(Keep::Ever, STORED);
    let before = browser::stored(Keep::Ever, STORED_BEFORE);
    match place::fragment_value(link::KEY).map(|packed| link::unpack(&packed)) {
        Some(Ok(text)) => State::begin(&text, stored.or(before), None),
        Some(Err(why)) => {
            State::begin(stored.as_deref().unwrap_or(examples::first().text), before, Some(why))
        }
        None => State::begin(stored.as_deref().unwrap_or(examples::first().text), before, None),
    }
}

/// The sandbox.
#[component]
pub fn Sandbox() -> Html {
    let state = use_reducer(begin);
    let field = use_node_ref();
    let act = {
        let dispatch = state.dispatcher();
        use_callback((), move |action: Do, ()| dispatch.dispatch(action))
    };
    // As you type: some time after the last key. Whatever was waiting before is forgotten.
    {
        let act = act.clone();
        use_effect_with((state.text.clone(), state.ran.clone()), move |(text, ran)| {
            let later = (text != ran).then(|| Timeout::new(READ_AFTER_MS, move || act.emit(Do::Run)));
            move || drop(later)
        });
    }
    use_effect_with((state.ran.clone(), state.before.clone()), |(text, before)| {
        let untouched = browser::stored(Keep::Ever, STORED).is_none() && before.is_none();
        if !(untouched && **text == *examples::first().text) {
            browser::put(Keep::Ever, STORED, Some(text));
            browser::put(Keep::Ever, STORED_BEFORE, before.as_deref());
        }
    });
    let packed: Rc<Option<String>> = use_memo(state.ran.clone(), |text| link::pack(text));
    // A link to another text, pasted into the address bar of this very page.
    let told = use_callback((act.clone(), packed.clone()), |told: String, (act, packed)| {
        if (**packed).as_ref() == Some(&told) {
            return;
        }
        match link::unpack(&told) {
            Ok(text) => act.emit(Do::Replace(text)),
            Err(why) => act.emit(Do::Note(Some(why.into()))),
        }
    });
    place::use_fragment_value(link::KEY, told);
    let edit = use_callback(act.clone(), |text: String, act| act.emit(Do::Edit(text)));
    let run = use_callback(act.clone(), |(), act| act.emit(Do::Run));
    let seek = use_callback((), |moment: Moment, ()| place::tell_fragment("t", &in_seconds(moment)));
    let nothing = use_memo((), |()| Vec::new());
    let marks = use_memo(state.outcome.clone(), |outcome| outcome.marks.clone());
    let moments = use_memo(state.outcome.clone(), |outcome| outcome.moments.clone());
    // Marks of an older text would stand at the wrong lines.
    let of_now = |told: &Rc<Vec<Moment>>| if state.is_current() { told.clone() } else { Rc::default() };
    // The desk writes the address; while there is none, nobody else does.
    let extra = use_memo(packed.clone(), |packed| -> Vec<(String, String)> {
        (**packed).iter().map(|packed| (link::KEY.to_owned(), packed.clone())).collect()
    });
    use_effect_with((packed.clone(), state.shown.is_none()), |(packed, is_alone)| {
        if *is_alone {
            place::write_fragment(link::KEY, (**packed).as_deref());
        }
    });
    html! {
        <div class="sandbox-bench">
            <section class="sandbox-script" aria-label="Script">
                <Tools {act} before={state.before.is_some()} text={state.ran.clone()} has_link={packed.is_some()} />
                if let Some(notice) = &state.notice {
                    <p class="notice" role="alert">{ notice.to_string() }</p>
                }
                <Editor
                    text={state.text.clone()} marks={if state.is_current() { marks.clone() } else { nothing }}
                    moments={of_now(&moments)} field={field.clone()} {edit} {run} {seek}
                />
                { said(&state, &marks, &field) }
                <Help />
            </section>
            <section class="sandbox-stage" aria-label="Stage">
                if state.is_of_before() {
                    <p class="remark sandbox-stale">{ "Of the script before: this one could not be run." }</p>
                }
                if let Some(subject) = &state.shown {
                    <Desk subject={subject.clone()} {extra} />
                } else {
                    <p class="remark">{ "Nothing to show yet." }</p>
                }
            </section>
        </div>
    }
}

/// Seconds with as many decimals as are needed, as the desk's address has them.
fn in_seconds(moment: Moment) -> String {
    let text = format!("{}.{:06}", moment.at.0 / 1_000_000, moment.at.0 % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How it went, and what is to be said of lines.
fn said(state: &State, marks: &Rc<Vec<Mark>>, field: &NodeRef) -> Html {
    html! {
        <div class="script-said" id="script-says">
            <p role="status">{ if state.is_current() { state.outcome.says.clone() } else { "…".into() } }</p>
            if state.is_current() && !marks.is_empty() {
                <ol>
                    { for marks.iter().take(MOST_LISTED).map(|mark| {
                        let (line, column, field) = (mark.line, mark.column, field.clone());
                        let onclick = Callback::from(move |_: MouseEvent| go_to(&field, line, column));
                        html! {
                            <li>
                                <button type="button" class="quiet" {onclick}>{ format!("Line {line}") }</button>
                                <span>{ mark.says.clone() }</span>
                            </li>
                        }
                    }) }
                </ol>
                if marks.len() > MOST_LISTED {
                    <p class="hint">{ format!("These are the first {MOST_LISTED} of {}; all are marked in the text.", marks.len()) }</p>
                }
            }
            <p class="hint">
                { "Ctrl+Enter runs at once. A line number with a line under it, or Alt+Enter in its line, shows its moment." }
            </p>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ToolsProps {
    act: Callback<Do>,
    /// Whether a text can be brought back.
    before: bool,
    text: Rc<str>,
    /// Whether the text fits an address.
    has_link: bool,
}

/// Examples, files, and the form of the link's options.
#[component]
fn Tools(props: &ToolsProps) -> Html {
    let ToolsProps { act, text, .. } = props;
    let replace = act.reform(Do::Replace);
    let onchange = {
        let replace = replace.clone();
        browser::on_chosen(Callback::from(move |id: String| {
            if let Some(example) = examples::all().find(|example| example.id == id) {
                replace.emit(example.text.to_owned());
            }
        }))
    };
    let current = examples::all().find(|example| example.text == &**text).map_or("", |example| example.id);
    let group = |label: &'static str, list: &'static [Example]| {
        html! {
            <optgroup {label}>
                { for list.iter().map(|example| html! {
                    <option value={example.id} selected={example.id == current}>{ example.title }</option>
                }) }
            </optgroup>
        }
    };
    let save = {
        let text = text.clone();
        Callback::from(move |_: MouseEvent| place::save("sandbox.pkt", &text))
    };
    let open = {
        let (replace, act) = (replace.clone(), act.clone());
        Callback::from(move |event: Event| {
            let (replace, act) = (replace.clone(), act.clone());
            place::read_chosen(
                &event,
                LONGEST,
                Callback::from(move |read: Result<String, String>| match read {
                    Ok(text) => {
                        act.emit(Do::Note(None));
                        replace.emit(text);
                    }
                    Err(why) => act.emit(Do::Note(Some(why.into()))),
                }),
            );
        })
    };
    html! {
        <>
            <div class="sandbox-tools">
                <label>
                    <span>{ "Begin with" }</span>
                    <select {onchange}>
                        <option value="" selected={current.is_empty()} disabled=true>{ "a text of your own" }</option>
                        { group("Hosts that answer each other", examples::HOSTS) }
                        { group("One machine, segments by hand", examples::MACHINE) }
                    </select>
                </label>
                if props.before {
                    <button type="button" class="quiet" onclick={act.reform(|_: MouseEvent| Do::BringBack)}>{ "Bring back the text before" }</button>
                }
                <label class="button quiet sandbox-open">
                    { "Open a file" }
                    <input type="file" accept=".pkt,.txt,text/plain" onchange={open} />
                </label>
                <button type="button" class="quiet" onclick={save}>{ "Save as a file" }</button>
            </div>
            if !props.has_link {
                <p class="remark">
                    { format!("This text is too long for a link: packed, it has more than {} letters. Save it as a file to keep or share it.", link::LONGEST_LINK) }
                </p>
            }
            if has_hosts(text) {
                { form(text, &replace) }
            }
        </>
    }
}

/// The form of the link's options: each field stands for an option at the top of the text.
fn form(text: &Rc<str>, replace: &Callback<String>) -> Html {
    let add = {
        let (text, replace) = (text.clone(), replace.clone());
        Callback::from(move |_: MouseEvent| replace.emit(with_host(&text)))
    };
    html! {
        <details class="sandbox-link">
            <summary>{ summary(text) }</summary>
            <div class="sandbox-fields">
                { for FIELDS.iter().map(|field| {
                    let (text, replace, option) = (text.clone(), replace.clone(), field.option);
                    let written = value(&text, option).unwrap_or_default().to_owned();
                    let onchange = browser::on_chosen(Callback::from(move |typed: String| replace.emit(with(&text, option, &typed))));
                    html! {
                        <label>
                            <span>{ field.label }</span>
                            <input type="text" value={written} placeholder={field.otherwise} {onchange} title={format!("--{option}={}", field.example)} />
                        </label>
                    }
                }) }
                <button type="button" onclick={add}>{ "Add a host" }</button>
            </div>
            <p class="hint">
                { "Each field is an option at the top of the text. For one direction write it there: " }
                <code>{ "--loss-to-server=5%" }</code>{ "." }
            </p>
        </details>
    }
}

/// The link in a line.
fn summary(text: &str) -> String {
    let said: Vec<String> = FIELDS
        .iter()
        .filter_map(|field| Some(format!("{} {}", field.option, value(text, field.option)?)))
        .collect();
    if said.is_empty() { "The link: perfect".into() } else { format!("The link: {}", said.join(", ")) }
}

/// The text with one host more.
fn with_host(text: &str) -> String {
    let is_taken = |name: &str| {
        text.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some("host")
                && words.next().is_some_and(|word| word.trim_end_matches(':') == name)
        })
    };
    let name = (1..).map(|number| format!("host{number}")).find(|name| !is_taken(name)).unwrap_or_default();
    let gap = if text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{gap}\nhost {name}\n0     socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n")
}
