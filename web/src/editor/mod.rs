//! The code editor: CodeMirror with Python and sockets (`web/editor`, fetched by the first editor of a page), and until it is there,
//! or where it cannot be had, a plain text field. Nothing typed is lost on the way from one to the other.
//!
//! Knows no program: what is to be marked it is told, and what a person does it tells.

mod handle;
mod marks;
mod told;

pub use marks::{Blocked, Fault, Marks, Pointed, Running, Spot};

use handle::{Handle, Listeners};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use told::Told;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// What an editor must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct CodeEditorProps {
    /// What stands in it. Another text than the one last told by `on_change` is put in, as one step that can be undone.
    pub text: Rc<str>,
    /// Its name for who cannot see it, such as `server.py`.
    pub label: AttrValue,
    /// What is marked.
    #[prop_or_default]
    pub marks: Rc<Marks>,
    /// Nobody may type.
    #[prop_or_default]
    pub read_only: bool,
    /// Lines can have breakpoints. Taken as it is at first.
    #[prop_or(true)]
    pub breakpoints: bool,
    /// As high as its container, not as its text. Taken as it is at first.
    #[prop_or_default]
    pub fill: bool,
    /// Where the cursor is wanted; with another value it goes there, and the keyboard with it.
    #[prop_or_default]
    pub go: Option<Spot>,
    /// A person has edited: the text.
    pub on_change: Callback<Rc<str>>,
    /// Breakpoints were set or taken away, or moved with the text: their lines.
    #[prop_or_default]
    pub on_breakpoints: Callback<Vec<u32>>,
    /// The pointer or the cursor came to a line, or left them all.
    #[prop_or_default]
    pub on_pointed: Callback<Option<Pointed>>,
    /// The program shall run: Ctrl-Enter, or Command-Enter.
    #[prop_or_default]
    pub on_run: Callback<()>,
}

/// How far the real editor has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Plain,
    Ready,
    Failed,
}

/// The editor.
#[component]
pub fn CodeEditor(props: &CodeEditorProps) -> Html {
    let (place, plain) = (use_node_ref(), use_node_ref());
    let stage = use_state_eq(|| Stage::Plain);
    let handle = use_mut_ref(|| None::<Handle>);
    let told = use_mut_ref(Told::default);
    // What CodeMirror calls back outlives this rendering: it finds the latest properties here.
    let latest = use_mut_ref(|| props.clone());
    latest.replace(props.clone());

    {
        let (place, plain, stage, handle) = (place.clone(), plain.clone(), stage.clone(), handle.clone());
        let (told, latest) = (told.clone(), latest.clone());
        use_effect_with((), move |()| {
            let gone = Rc::new(Cell::new(false));
            let (is_gone, kept) = (gone.clone(), handle.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let module = handle::fetch().await;
                if is_gone.get() {
                    return;
                }
                let made = module.and_then(|module| replace(&module, &place, &plain, &told, &latest));
                stage.set(if made.is_some() { Stage::Ready } else { Stage::Failed });
                *handle.borrow_mut() = made;
            });
            move || {
                gone.set(true);
                kept.borrow_mut().take();
            }
        });
    }
    {
        let (handle, told) = (handle.clone(), told.clone());
        use_effect_with(props.text.clone(), move |text| {
            if told.borrow_mut().comes(text)
                && let Some(editor) = &*handle.borrow()
            {
                editor.set(text);
            }
        });
    }
    {
        let handle = handle.clone();
        use_effect_with(props.marks.clone(), move |marks| {
            if let Some(editor) = &*handle.borrow() {
                editor.mark(marks);
            }
        });
    }
    {
        let handle = handle.clone();
        use_effect_with((props.label.clone(), props.read_only), move |(label, read_only)| {
            if let Some(editor) = &*handle.borrow() {
                editor.configure(label, *read_only);
            }
        });
    }
    {
        let plain = plain.clone();
        use_effect_with(props.go, move |spot| {
            let Some(spot) = spot else { return };
            match &*handle.borrow() {
                Some(editor) => editor.go(*spot),
                None => go_plain(&plain, *spot),
            }
        });
    }

    let class = classes!("code-place", props.fill.then_some("fill"));
    html! {
        <div {class}>
            <div ref={place} class={classes!("code-seat", props.fill.then_some("fill"))}></div>
            if *stage != Stage::Ready {
                { plain_field(props, plain, told) }
            }
            if *stage == Stage::Failed {
                <p class="code-failed" role="status">
                    { "The code editor could not be loaded, so this is a plain text field: it works, without colours, marks and completion." }
                </p>
            }
        </div>
    }
}

/// Puts the real editor where the plain field is: with its text, its selection and the keyboard.
fn replace(
    module: &handle::Module,
    place: &NodeRef,
    plain: &NodeRef,
    told: &Rc<RefCell<Told>>,
    latest: &Rc<RefCell<CodeEditorProps>>,
) -> Option<Handle> {
    let place = place.cast::<web_sys::Element>()?;
    let field = plain.cast::<HtmlTextAreaElement>();
    let props = latest.borrow().clone();
    let text = field.as_ref().map_or_else(|| props.text.to_string(), HtmlTextAreaElement::value);
    let focused = field.as_ref().filter(|field| {
        let document = field.owner_document();
        document.and_then(|document| document.active_element()).is_some_and(|active| active == ****field)
    });
    let selection =
        focused.and_then(|field| Some((field.selection_start().ok()??, field.selection_end().ok()??)));
    let editor = Handle::create(module, &place, &text, &props, listeners(told, latest))?;
    if let Some((from, to)) = selection {
        editor.select(from, to);
    }
    Some(editor)
}

fn listeners(told: &Rc<RefCell<Told>>, latest: &Rc<RefCell<CodeEditorProps>>) -> Listeners {
    // Cloned out before they are called: what is called may render this anew.
    let change = {
        let (told, latest) = (told.clone(), latest.clone());
        Callback::from(move |text: Rc<str>| {
            told.borrow_mut().tell(text.clone());
            let on_change = latest.borrow().on_change.clone();
            on_change.emit(text);
        })
    };
    let breakpoints = {
        let latest = latest.clone();
        Callback::from(move |lines| {
            let on_breakpoints = latest.borrow().on_breakpoints.clone();
            on_breakpoints.emit(lines);
        })
    };
    let pointed = {
        let latest = latest.clone();
        Callback::from(move |pointed| {
            let on_pointed = latest.borrow().on_pointed.clone();
            on_pointed.emit(pointed);
        })
    };
    let run = {
        let latest = latest.clone();
        Callback::from(move |()| {
            let on_run = latest.borrow().on_run.clone();
            on_run.emit(());
        })
    };
    Listeners { change, breakpoints, pointed, run }
}

/// The field that everybody's browser knows.
fn plain_field(props: &CodeEditorProps, field: NodeRef, told: Rc<RefCell<Told>>) -> Html {
    let oninput = {
        let on_change = props.on_change.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) =
                event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok())
            {
                let text = Rc::<str>::from(field.value());
                told.borrow_mut().tell(text.clone());
                on_change.emit(text);
            }
        })
    };
    let onkeydown = {
        let on_run = props.on_run.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                on_run.emit(());
            }
        })
    };
    let rows = (props.text.lines().count() + 1).clamp(4, 40).to_string();
    html! {
        <textarea
            ref={field} class="code-plain" aria-label={props.label.clone()} value={props.text.to_string()} {rows} {oninput} {onkeydown}
            readonly={props.read_only} spellcheck="false" autocomplete="off" autocapitalize="off" autocorrect="off"
        />
    }
}

/// Sends the cursor of the plain field to a place.
fn go_plain(field: &NodeRef, spot: Spot) {
    let Some(field) = field.cast::<HtmlTextAreaElement>() else { return };
    let text = field.value();
    let units = |text: &str| text.encode_utf16().count() as u32;
    let before: u32 = text.split_inclusive('\n').take(spot.line.saturating_sub(1) as usize).map(units).sum();
    let line = text.split('\n').nth(spot.line.saturating_sub(1) as usize).unwrap_or_default();
    let lead: String = line.chars().take(spot.column.saturating_sub(1) as usize).collect();
    let at = before + units(&lead);
    let _ = field.focus();
    let _ = field.set_selection_range(at, at);
}
