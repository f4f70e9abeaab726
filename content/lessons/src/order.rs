//! In which order things come.

use crate::Verdict;
use crate::markup::escape;
use serde::{Deserialize, Serialize};

/// What is to be put in order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The items, as it is right.
    pub items: Vec<String>,
    /// Items that belong nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spare: Vec<String>,
    /// Orders that people get wrong.
    pub wrong: Vec<Misplaced>,
    /// Other right orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Vec<String>>,
}

/// What is wrong with an order, and what is said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Misplaced {
    /// With `then`: this stands before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// See `first`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
    /// This is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<String>,
    /// This is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaves_out: Option<String>,
    /// What is said then.
    pub says: String,
}

impl Misplaced {
    fn holds(&self, order: &[String]) -> bool {
        let place = |item: &String| order.iter().position(|other| other == item);
        match (&self.first, &self.then, &self.uses, &self.leaves_out) {
            (Some(first), Some(then), ..) => {
                place(first).zip(place(then)).is_some_and(|(first, then)| first < then)
            }
            (_, _, Some(item), _) => place(item).is_some(),
            (_, _, _, Some(item)) => place(item).is_none(),
            _ => false,
        }
    }

    /// The right order with this mistake.
    fn made(&self, right: &[String]) -> Vec<String> {
        let mut order = right.to_vec();
        match (&self.first, &self.then, &self.uses, &self.leaves_out) {
            (Some(first), Some(then), ..) => {
                order.retain(|item| item != first);
                let place = order.iter().position(|item| item == then).unwrap_or(0);
                order.insert(place, first.clone());
            }
            (_, _, Some(item), _) => order.push(item.clone()),
            (_, _, _, Some(item)) => order.retain(|other| other != item),
            _ => {}
        }
        order
    }
}

impl Order {
    #[cfg(feature = "course")]
    pub(crate) fn sense(&self) -> Result<(), String> {
        if self.items.len() < 3 {
            return Err("at least three items are put in order".into());
        }
        if self.wrong.len() < 2 {
            return Err("at least two wrong orders are given, each with what is said of it".into());
        }
        let known = |item: &String| self.items.contains(item) || self.spare.contains(item);
        let mut seen: Vec<&String> = Vec::new();
        for item in self.items.iter().chain(&self.spare) {
            if seen.contains(&item) {
                return Err(format!("“{item}” is there twice: items are told apart by their words"));
            }
            seen.push(item);
        }
        for order in &self.also {
            let mut sorted = (order.clone(), self.items.clone());
            sorted.0.sort();
            sorted.1.sort();
            if sorted.0 != sorted.1 {
                return Err("“also” has the same items as “items”, in another order".into());
            }
        }
        for wrong in &self.wrong {
            let Misplaced { first, then, uses, leaves_out, says } = wrong;
            let kinds = [first.is_some() && then.is_some(), uses.is_some(), leaves_out.is_some()];
            if kinds.iter().filter(|kind| **kind).count() != 1
                || first.is_some() != then.is_some()
                || says.is_empty()
            {
                return Err(
                    "a wrong order has “says”, and “first” with “then”, or “uses”, or “leaves_out”".into()
                );
            }
            let named = [first, then, uses, leaves_out];
            if let Some(item) = named.into_iter().flatten().find(|item| !known(item)) {
                return Err(format!("there is no item “{item}”"));
            }
            if leaves_out.is_some() && self.spare.is_empty() {
                return Err("nothing can be left out where there is no “spare”".into());
            }
        }
        Ok(())
    }

    /// All items as the page shows them at first: mixed, always in the same way, and never right.
    pub fn mixed(&self) -> Vec<String> {
        let mut all: Vec<String> = self.items.iter().chain(&self.spare).cloned().collect();
        let mut state: u32 = all
            .iter()
            .flat_map(|item| item.bytes())
            .fold(7, |state, octet| state.wrapping_mul(31).wrapping_add(octet.into()));
        for place in (1..all.len()).rev() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            all.swap(place, (state >> 16) as usize % (place + 1));
        }
        let pieces: Vec<String> = all.iter().filter(|item| self.items.contains(item)).cloned().collect();
        if self.fits(&pieces) {
            all.rotate_left(1);
        }
        all
    }

    fn fits(&self, order: &[String]) -> bool {
        order == self.items || self.also.iter().any(|other| other == order)
    }

    pub(crate) fn judge(&self, order: &[String]) -> Verdict {
        if self.fits(order) {
            return Verdict::right();
        }
        let misplaced = (0..order.len()).filter(|&place| self.items.get(place) != order.get(place));
        let wrong: Vec<String> = misplaced.map(|place| order[place].clone()).collect();
        if let Some(known) = self.wrong.iter().find(|wrong| wrong.holds(order)) {
            return Verdict::wrong(known.says.clone(), wrong);
        }
        if let Some(item) = order.iter().find(|item| self.spare.contains(item)) {
            return Verdict::wrong(format!("“{}” does not belong here.", escape(item)), vec![item.clone()]);
        }
        if let Some(item) = self.items.iter().find(|item| !order.contains(item)) {
            return Verdict::wrong(format!("“{}” is missing.", escape(item)), wrong);
        }
        let place = (0..order.len()).find(|&place| order[place] != self.items[place]).unwrap_or(0);
        let says = match place {
            0 => format!("“{}” cannot come first.", escape(&order[0])),
            _ => format!(
                "“{}” cannot come right after “{}”.",
                escape(&order[place]),
                escape(&order[place - 1])
            ),
        };
        Verdict::wrong(says, wrong)
    }

    pub(crate) fn prove(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for right in core::iter::once(&self.items).chain(&self.also) {
            if !self.judge(right).right {
                broken.push(format!("the order {} does not pass", right.join(", ")));
            }
        }
        let start = self.mixed();
        if self.judge(&start).right {
            broken.push("the start is right already".into());
        }
        for wrong in &self.wrong {
            let order = wrong.made(&self.items);
            let verdict = self.judge(&order);
            if verdict.right || verdict.says != wrong.says {
                broken.push(format!(
                    "the order {} does not get “{}”, but “{}”",
                    order.join(", "),
                    wrong.says,
                    verdict.says
                ));
            }
        }
        broken
    }
}
