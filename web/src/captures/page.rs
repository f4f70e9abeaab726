//! The page: choose a file, watch it being read, choose a stream, see it.

use super::reader::{Heard, Reader};
use super::rows::Order;
use super::shown::{Shown, ShownStream};
use super::table::Table;
use super::{sample, words};
use crate::browser;
use gloo::events::{EventListener, EventListenerOptions};
use lab::capture::Listing;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, File, HtmlInputElement};
use yew::prelude::*;

/// The part of the address that names a stream.
const STREAM: &str = "stream";

/// A file that was gone through.
#[derive(Debug)]
pub struct Opened {
    /// What it holds.
    pub listing: Listing,
    /// What a reader must know of it.
    pub troubles: Vec<String>,
}

#[derive(Clone, Debug, Default)]
enum Phase {
    #[default]
    Empty,
    Reading {
        done: f64,
        streams: f64,
    },
    Listed(Rc<Opened>),
}

#[derive(Clone, Debug, PartialEq)]
enum Chosen {
    Collecting(usize),
    Shown(Rc<Shown>),
}

#[derive(Clone, Debug, Default)]
struct Screen {
    name: String,
    size: u64,
    phase: Phase,
    chosen: Option<Chosen>,
    /// The stream that was shown last, to which the table returns.
    last: Option<usize>,
    /// The stream that the address names, until a file is open that may have it.
    wanted: Option<usize>,
    trouble: Option<String>,
    /// The reader is of no use any more.
    lost: bool,
    filter: AttrValue,
    order: Order,
}

enum Do {
    Want(Option<usize>),
    Open { name: String, size: u64 },
    Hear(Heard),
    Refuse(String),
    Cancel,
    Choose(usize),
    Back,
    Filter(String),
    Order(Order),
}

impl Reducible for Screen {
    type Action = Do;

    fn reduce(self: Rc<Self>, action: Do) -> Rc<Self> {
        let mut screen = (*self).clone();
        match action {
            Do::Want(stream) => screen.wanted = stream,
            Do::Open { name, size } => {
                let phase = Phase::Reading { done: 0.0, streams: 0.0 };
                screen = Screen { name, size, phase, wanted: screen.wanted, ..Screen::default() };
            }
            Do::Hear(heard) => screen.hear(heard),
            Do::Refuse(why) => screen.trouble = Some(why),
            Do::Cancel => screen = Screen::default(),
            Do::Choose(stream) => {
                screen.trouble = None;
                screen.wanted = None;
                screen.chosen = Some(Chosen::Collecting(stream));
                screen.last = Some(stream);
            }
            Do::Back => screen.chosen = None,
            Do::Filter(filter) => screen.filter = filter.into(),
            Do::Order(order) => screen.order = order,
        }
        Rc::new(screen)
    }
}

impl Screen {
    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Progress(done, streams) => {
                if let Phase::Reading { .. } = self.phase {
                    self.phase = Phase::Reading { done, streams };
                }
            }
            Heard::Listed(listing, begins) => {
                let troubles = words::troubles(&listing, &begins, self.size);
                self.phase = Phase::Listed(Rc::new(Opened { listing: *listing, troubles }));
            }
            Heard::Packets(stream, packets) => {
                if let Phase::Listed(opened) = &self.phase
                    && self.chosen == Some(Chosen::Collecting(stream))
                    && let Some(listed) = opened.listing.streams.get(stream)
                {
                    let interface =
                        opened.listing.interfaces.get(listed.interface as usize).cloned().unwrap_or_default();
                    self.chosen = Some(Chosen::Shown(Rc::new(Shown::of(stream, listed, interface, packets))));
                }
            }
            Heard::Lost => self.give_up(format!(
                "The browser can no longer read “{}”: it was changed, moved or locked since it was chosen. Open it again.",
                self.name
            )),
            Heard::Failed(why) => self.give_up(format!(
                "Reading “{}” has stopped: {why}. The page itself goes on. Open the file again, or reload the page first.",
                self.name
            )),
        }
    }

    fn give_up(&mut self, why: String) {
        self.trouble = Some(why);
        self.lost = true;
        self.chosen = None;
        if !matches!(self.phase, Phase::Listed(_)) {
            self.phase = Phase::Empty;
        }
    }
}

/// The page's moving part.
#[component]
pub fn Captures() -> Html {
    let screen = use_reducer(Screen::default);
    let reader = use_mut_ref(|| None::<Reader>);
    let dropping = use_state(|| false);

    let open = {
        let (dispatch, reader) = (screen.dispatcher(), reader.clone());
        use_callback((), move |file: File, ()| {
            dispatch.dispatch(Do::Open { name: file.name(), size: file.size() as u64 });
            let heard = {
                let dispatch = dispatch.clone();
                Callback::from(move |heard| dispatch.dispatch(Do::Hear(heard)))
            };
            match Reader::open(&file, heard) {
                Ok(new) => *reader.borrow_mut() = Some(new),
                Err(why) => {
                    dispatch.dispatch(Do::Cancel);
                    dispatch.dispatch(Do::Refuse(format!(
                        "This browser cannot read a file beside the page: {why}."
                    )));
                }
            }
        })
    };
    // A file that somebody opens by hand is another one than that of the address.
    let open_anew = {
        let (open, dispatch) = (open.clone(), screen.dispatcher());
        let is_waiting = matches!(screen.phase, Phase::Empty);
        use_callback(is_waiting, move |file: File, is_waiting| {
            if !is_waiting {
                dispatch.dispatch(Do::Want(None));
                browser::set_query(None);
            }
            open.emit(file);
        })
    };
    let choose = {
        let (dispatch, reader) = (screen.dispatcher(), reader.clone());
        use_callback((), move |stream: usize, ()| {
            if let Some(reader) = &*reader.borrow() {
                dispatch.dispatch(Do::Choose(stream));
                reader.take(stream);
            } else {
                dispatch.dispatch(Do::Refuse(
                    "The file is no longer open. Open it again to see a stream.".to_owned(),
                ));
            }
        })
    };
    let choose_new = {
        let choose = choose.clone();
        use_callback((), move |stream: usize, ()| {
            browser::set_query(Some(&format!("{STREAM}={}", stream + 1)));
            choose.emit(stream);
        })
    };
    {
        let dispatch = screen.dispatcher();
        use_effect_with((), move |()| {
            let named = browser::query(STREAM).and_then(|number| number.parse::<usize>().ok());
            dispatch.dispatch(Do::Want(named.and_then(|number| number.checked_sub(1))));
        });
    }
    {
        let reader = reader.clone();
        let failed = screen.lost;
        let listed = match &screen.phase {
            Phase::Listed(opened) => Some(opened.listing.streams.len()),
            _ => None,
        };
        let (dispatch, wanted, choose) = (screen.dispatcher(), screen.wanted, choose.clone());
        use_effect_with((failed, listed), move |&(failed, listed)| {
            if failed {
                *reader.borrow_mut() = None;
            }
            match (listed, wanted) {
                (Some(streams), Some(wanted)) if wanted < streams => choose.emit(wanted),
                (Some(_), Some(_)) => {
                    browser::set_query(None);
                    dispatch.dispatch(Do::Want(None));
                }
                _ => {}
            }
        });
    }
    use_drops(dropping.setter(), open_anew.clone(), screen.dispatcher());

    let on_file = {
        let open = open_anew.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
            else {
                return;
            };
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                open.emit(file);
            }
            // So that the same file can be chosen again.
            input.set_value("");
        })
    };
    let on_sample = {
        let open = open_anew;
        Callback::from(move |_| {
            let octets = js_sys::Array::of1(&js_sys::Uint8Array::from(&sample::sample()[..]));
            if let Ok(file) = File::new_with_u8_array_sequence(&octets, sample::NAME) {
                open.emit(file);
            }
        })
    };
    let on_cancel = {
        let dispatch = screen.dispatcher();
        Callback::from(move |_: MouseEvent| {
            *reader.borrow_mut() = None;
            dispatch.dispatch(Do::Cancel);
        })
    };
    let on_back = {
        let dispatch = screen.dispatcher();
        Callback::from(move |()| {
            browser::set_query(None);
            dispatch.dispatch(Do::Back);
        })
    };
    let shown = match &screen.chosen {
        Some(Chosen::Shown(shown)) => Some(shown.clone()),
        _ => None,
    };
    html! {
        <div class={classes!("captures", dropping.then_some("dropping"))}>
            if shown.is_none() {
                <div class="cap-choose">
                    <label>
                        <span>{ "Choose a file, or drop it anywhere on this page." }</span>
                        <input type="file" onchange={on_file} />
                    </label>
                    <p>
                        { "No capture at hand? " }
                        <button type="button" class="quiet" onclick={on_sample}>{ "Open a sample" }</button>
                        { " that the engine makes: connections of the gallery, with a loss here and there." }
                    </p>
                </div>
            }
            if let Some(trouble) = &screen.trouble {
                <p class="notice" role="alert">{ trouble }</p>
            }
            { match &screen.phase {
                Phase::Empty => not_open(&screen),
                Phase::Reading { done, streams } => reading(&screen, *done, *streams, on_cancel),
                Phase::Listed(opened) => match shown {
                    Some(shown) => html! {
                        <ShownStream file={screen.name.clone()} {shown} {on_back} />
                    },
                    None => html! {
                        <>
                            { summary(&screen, opened) }
                            if let Some(Chosen::Collecting(stream)) = &screen.chosen {
                                <p role="status">{ format!("Stream {} is being read.", stream + 1) }</p>
                            }
                            if !opened.listing.streams.is_empty() {
                                <Table
                                    opened={Listed(opened.clone())}
                                    filter={screen.filter.clone()}
                                    order={screen.order}
                                    last={screen.last}
                                    on_choose={choose_new}
                                    on_filter={let dispatch = screen.dispatcher(); Callback::from(move |text| dispatch.dispatch(Do::Filter(text)))}
                                    on_order={let dispatch = screen.dispatcher(); Callback::from(move |order| dispatch.dispatch(Do::Order(order)))}
                                />
                            }
                        </>
                    },
                },
            } }
            <div class="cap-drop" aria-hidden="true"><p>{ "Drop the file to open it" }</p></div>
        </div>
    }
}

/// A file that is shared, and equal to itself alone.
#[derive(Clone, Debug)]
pub struct Listed(pub Rc<Opened>);

impl PartialEq for Listed {
    fn eq(&self, other: &Listed) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Files that are dropped anywhere on the page.
#[hook]
fn use_drops(dropping: UseStateSetter<bool>, open: Callback<File>, dispatch: UseReducerDispatcher<Screen>) {
    use_effect_with(open, move |open| {
        let open = open.clone();
        let listen = |kind: &'static str, mut then: Box<dyn FnMut(&DragEvent)>| {
            let window = web_sys::window()?;
            let options = EventListenerOptions::enable_prevent_default();
            Some(EventListener::new_with_options(&window, kind, options, move |event| {
                if let Some(event) = event.dyn_ref::<DragEvent>().filter(|event| has_files(event)) {
                    then(event);
                }
            }))
        };
        let (over, out) = (dropping.clone(), dropping.clone());
        let listeners = [
            listen(
                "dragover",
                Box::new(move |event| {
                    event.prevent_default();
                    over.set(true);
                }),
            ),
            listen(
                "dragleave",
                Box::new(move |event| {
                    // Out of the window, and not only from one element to the next.
                    if event.related_target().is_none() {
                        out.set(false);
                    }
                }),
            ),
            listen(
                "drop",
                Box::new(move |event| {
                    event.prevent_default();
                    dropping.set(false);
                    let files = event.data_transfer().and_then(|data| data.files());
                    let Some(files) = files else { return };
                    if let Some(file) = files.get(0) {
                        open.emit(file);
                    }
                    if files.length() > 1 {
                        dispatch.dispatch(Do::Refuse(
                            "One file at a time: the first of those that were dropped is open.".to_owned(),
                        ));
                    }
                }),
            ),
        ];
        move || drop(listeners)
    });
}

fn has_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// Before there is a file.
fn not_open(screen: &Screen) -> Html {
    match screen.wanted {
        Some(stream) => html! {
            <p class="notice cap-wanted" role="status">
                { format!(
                    "This address names stream {} of a capture file. The file is on your disk and not in the address: open the file again to \
                     go on.",
                    stream + 1
                ) }
            </p>
        },
        None => html! {},
    }
}

fn reading(screen: &Screen, done: f64, streams: f64, on_cancel: Callback<MouseEvent>) -> Html {
    let whole = (screen.size as f64).max(1.0);
    let label = format!("Reading {}", screen.name);
    html! {
        <div class="cap-reading">
            <p role="status">{ &label }</p>
            <progress aria-label={label.clone()} max="100" value={format!("{}", (100.0 * done / whole).floor())} />
            <p>
                { format!(
                    "{} of {}, {} so far ",
                    words::size(done as u64),
                    words::size(screen.size),
                    words::count(streams as u64, "TCP stream", "TCP streams")
                ) }
                <button type="button" onclick={on_cancel}>{ "Cancel" }</button>
            </p>
        </div>
    }
}

fn summary(screen: &Screen, opened: &Opened) -> Html {
    let listing = &opened.listing;
    let mut text = format!(
        "{} in {}.",
        words::count(listing.streams.len() as u64, "TCP stream", "TCP streams"),
        words::count(listing.tcp, "segment", "segments")
    );
    if let Some((first, last)) = listing.between {
        let from = words::date(first).map_or_else(String::new, |date| format!(" from {date}"));
        text.push_str(&format!(" Seen{from} within {} s.", words::seconds(last - first)));
    }
    html! {
        <section class="cap-summary" aria-label="What the file holds">
            <h2>{ &screen.name }</h2>
            if listing.frames > 0 {
                <p role="status">{ text }{ " " }{ words::besides(listing) }</p>
            }
            { for opened.troubles.iter().map(|trouble| html! { <p class="notice">{ trouble }</p> }) }
        </section>
    }
}
