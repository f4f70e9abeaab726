//! How this browser can run a program, and what it says where it cannot run all of them.
//!
//! ```text
//!   it switches stacks (JSPI) ----------------------------> every program, with threads
//!   it does not, and the page is isolated ----------------> programs with one thread (web/python/lone.js)
//!   it does not, and the host sends no headers -----------> web/isolate.js sends them: the page is loaded once more
//!   not even that is possible ----------------------------> a word on what works
//! ```

use crate::browser::{self, Keep};
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::ServiceWorkerContainer;
use yew::prelude::*;

/// Set in this tab while the page is loaded once more, so that this happens once and not for ever.
const LOADED_AGAIN: &str = "tcp-lab-isolating";

/// How long the service worker may take to be ready, in milliseconds.
const PATIENCE_MS: u32 = 10_000;

/// What programs can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Everything.
    Threads,
    /// One thread each.
    Alone,
    /// Nothing yet: the page is about to be loaded once more.
    Soon,
    /// Nothing.
    Nothing,
}

impl Ability {
    /// Of this browser and this page, as they are.
    pub fn now() -> Ability {
        let global = js_sys::global();
        let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).unwrap_or_default();
        let switches = Reflect::has(&get(&global, "WebAssembly"), &"Suspending".into());
        if switches.unwrap_or(false) {
            Ability::Threads
        } else if get(&global, "crossOriginIsolated").is_truthy() {
            Ability::Alone
        } else {
            Ability::Nothing
        }
    }

    /// What a learner should know of it.
    const fn in_words(self) -> Option<&'static str> {
        match self {
            Ability::Threads => None,
            Ability::Alone => Some(
                "In this browser each program has one thread: it lacks JavaScript Promise Integration. threading.Thread(…).start(), and what \
                 rests on it (ThreadingTCPServer, run_in_executor, looking up names in asyncio), raises “can't start new thread”. Everything \
                 else runs. In current versions of Firefox, Chrome and Edge threads run too.",
            ),
            Ability::Soon => Some("The page is loaded once more, so that Python can run in this browser."),
            Ability::Nothing => Some(
                "Python cannot run here in this browser: it lacks JavaScript Promise Integration, and this page is not isolated from other \
                 sites. What works: a current version of Firefox, Chrome or Edge; or the bridge, whose own page is isolated: start it, and open \
                 the address that it prints. All other pages of this site work here too.",
            ),
        }
    }
}

/// Says what cannot run here, and does what can be done about it.
#[component]
pub fn Abilities() -> Html {
    let ability = use_state_eq(|| Ability::Threads);
    let set = ability.setter();
    use_effect_with((), move |()| {
        let now = Ability::now();
        if now != Ability::Nothing {
            browser::put(Keep::Tab, LOADED_AGAIN, None);
            return set.set(now);
        }
        if browser::stored(Keep::Tab, LOADED_AGAIN).is_some() {
            return set.set(Ability::Nothing);
        }
        set.set(Ability::Soon);
        wasm_bindgen_futures::spawn_local(async move {
            if isolate().await.is_none() {
                set.set(Ability::Nothing);
            }
        });
    });
    match ability.in_words() {
        Some(words) if *ability == Ability::Nothing => {
            html! { <p class="notice" role="alert">{ words }</p> }
        }
        Some(words) => html! { <p class="remark ability">{ words }</p> },
        None => Html::default(),
    }
}

/// Has the service worker send the headers, and loads the page once more. `None`: that is not possible here.
async fn isolate() -> Option<()> {
    let window = web_sys::window()?;
    let navigator = window.navigator();
    // Absent on pages that did not come over HTTPS or from this machine, and in some private windows.
    let container = Reflect::get(&navigator, &"serviceWorker".into()).ok()?;
    let container: ServiceWorkerContainer = container.dyn_into().ok()?;
    JsFuture::from(container.register(&browser::of_site("isolate.js")?)).await.ok()?;
    let patience = Promise::new(&mut |_, reject| {
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&reject, PATIENCE_MS as i32);
    });
    let ready = container.ready().ok()?;
    JsFuture::from(Promise::race(&js_sys::Array::of2(&ready, &patience))).await.ok()?;
    browser::put(Keep::Tab, LOADED_AGAIN, Some("yes"));
    // A store that refuses could not keep this from happening for ever.
    browser::stored(Keep::Tab, LOADED_AGAIN)?;
    window.location().reload().ok()
}
