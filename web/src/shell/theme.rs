//! Light, dark, or as the system says. The choice stands in `<html data-theme>`, and is kept for the next visit.

use crate::browser::{self, Keep, on_chosen};
use yew::prelude::*;

/// The key of the choice in the browser's store; the early script of every page reads it too.
const KEY: &str = "theme";

/// The menu.
#[component]
pub fn ThemeSwitch() -> Html {
    let theme = use_state_eq(|| "system".to_owned());
    {
        let theme = theme.clone();
        use_effect_with((), move |()| {
            if let Some(kept) =
                browser::stored(Keep::Ever, KEY).filter(|kept| kept == "light" || kept == "dark")
            {
                browser::mark_page("data-theme", Some(&kept));
                theme.set(kept);
            }
        });
    }
    let onchange = {
        let theme = theme.clone();
        on_chosen(Callback::from(move |chosen: String| {
            let fixed = Some(chosen.as_str()).filter(|chosen| *chosen != "system");
            browser::put(Keep::Ever, KEY, fixed);
            browser::mark_page("data-theme", fixed);
            theme.set(chosen);
        }))
    };
    html! {
        <label class="theme">
            <span>{ "Theme" }</span>
            <select {onchange}>
                { for ["system", "light", "dark"].map(|name| html! { <option value={name} selected={*theme == name}>{ name }</option> }) }
            </select>
        </label>
    }
}
