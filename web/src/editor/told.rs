//! Which texts come back. The page gives the editor the text that the editor told it, perhaps after more was typed: such a text must not be
//! put into the editor again, or what was typed meanwhile would be lost.

use std::collections::VecDeque;
use std::rc::Rc;

/// So many texts may be on their way; a page that gives none back is not waited for.
const MOST: usize = 16;

/// The texts that were told and have not come back.
#[derive(Default)]
pub struct Told(VecDeque<Rc<str>>);

impl Told {
    /// The editor tells a text.
    pub fn tell(&mut self, text: Rc<str>) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(text);
    }

    /// A text comes from the page: whether it is another one, that must be put into the editor.
    pub fn comes(&mut self, text: &str) -> bool {
        let known = self.0.iter().position(|told| **told == *text);
        match known {
            Some(at) => drop(self.0.drain(..=at)),
            None => self.0.clear(),
        }
        known.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(texts: &[&str]) -> Told {
        let mut told = Told::default();
        texts.iter().for_each(|text| told.tell((*text).into()));
        told
    }

    #[test]
    fn what_was_told_comes_back_late_and_is_not_put_in() {
        let mut told = told(&["a", "ab", "abc"]);
        assert!(!told.comes("a"));
        assert!(!told.comes("abc"), "one may be passed over");
        assert!(told.comes("abc"), "it has come back already: this is the page's own wish");
    }

    #[test]
    fn a_text_of_the_page_is_put_in_and_ends_the_waiting() {
        let mut told = told(&["a", "ab"]);
        assert!(told.comes("a template"));
        assert!(told.comes("a"));
    }

    #[test]
    fn a_page_that_gives_nothing_back_costs_nothing() {
        let mut told = Told::default();
        (0..1000).for_each(|number| told.tell(number.to_string().into()));
        assert_eq!(told.0.len(), MOST);
        assert!(!told.comes("999"));
    }
}
