//! The presets: scripts that come with the page. Each is a file of its own under `presets/`.

use crate::Script;

const FILES: &[&str] = &[
    include_str!("../presets/echo.json"),
    include_str!("../presets/refused.json"),
    include_str!("../presets/backlog.json"),
    include_str!("../presets/half-close.json"),
    include_str!("../presets/reset-on-unread.json"),
    include_str!("../presets/address-in-use.json"),
    include_str!("../presets/full-window.json"),
];

/// All presets, in the order of the menu.
pub fn presets() -> Vec<Script> {
    FILES.iter().map(|text| Script::parse(text).expect("a test reads every preset")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn every_preset_is_sound_and_says_what_to_look_for() {
        let mut ids = BTreeSet::new();
        for text in FILES {
            let script = Script::parse(text).unwrap_or_else(|error| panic!("{error} in {}", &text[..60]));
            assert!(ids.insert(script.id.clone()), "{} is there twice", script.id);
            assert!(
                script.look_for.ends_with('.') && script.steps.iter().all(|step| step.say.ends_with('.')),
                "{}",
                script.id
            );
        }
    }
}
