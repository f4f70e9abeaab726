//! An exercise, an answer to it, and the judge.

use crate::{Build, Choose, Fill, Operate, Order, Verdict};
use serde::{Deserialize, Serialize};
use sockets::Log;
use std::collections::{BTreeMap, BTreeSet};

/// An exercise, as the page gets it. Texts are HTML.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Exercise {
    /// Short and stable: it stands in links, and in what people have done.
    pub id: String,
    /// What stands over it: predict, diagnose, compare; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Its title; plain text.
    pub title: String,
    /// What is to be done.
    pub task: String,
    /// Hints, from gentle to telling.
    pub hints: Vec<String>,
    /// Why the solution is one.
    pub why: String,
    /// Where it is to be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show: Option<Show>,
    /// What is asked.
    pub kind: Kind,
}

/// A moment of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Show {
    /// The scenario of the gallery.
    pub scenario: String,
    /// What is picked there: a mark.
    pub at: String,
}

/// What is asked, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Choose one of several, or some.
    Choose(Choose),
    /// Say what stands in a packet.
    Fill(Fill),
    /// Put in order.
    Order(Order),
    /// Read a header.
    Decode(Fill),
    /// Write a header.
    Build(Build),
    /// Write or mend Python.
    Program(Box<lab::grade::Exercise>),
    /// Bring sockets to a state by hand.
    Operate(Operate),
}

impl Kind {
    /// Its name in files.
    pub const fn name(&self) -> &'static str {
        match self {
            Kind::Choose(_) => "choose",
            Kind::Fill(_) => "fill",
            Kind::Order(_) => "order",
            Kind::Decode(_) => "decode",
            Kind::Build(_) => "build",
            Kind::Program(_) => "program",
            Kind::Operate(_) => "operate",
        }
    }
}

/// What a learner answers.
#[derive(Clone, Debug)]
pub enum Answer<'a> {
    /// The places of the choices that are picked.
    Chosen(&'a BTreeSet<usize>),
    /// What is typed, by the fields' names.
    Filled(&'a BTreeMap<String, String>),
    /// Items in an order.
    Ordered(&'a [String]),
    /// A header, in hexadecimal.
    Built(&'a str),
    /// What was done to sockets, and the hosts' names by their places in the Log.
    Operated(&'a Log, &'a [String]),
}

/// Judges an answer. Programs are judged run by run, by [`lab::grade::judge`].
pub fn judge(exercise: &Exercise, answer: &Answer<'_>) -> Verdict {
    let mut verdict = match (&exercise.kind, answer) {
        (Kind::Choose(choose), Answer::Chosen(picked)) => choose.judge(picked),
        (Kind::Fill(fill) | Kind::Decode(fill), Answer::Filled(typed)) => fill.judge(typed),
        (Kind::Order(order), Answer::Ordered(items)) => order.judge(items),
        (Kind::Build(build), Answer::Built(typed)) => build.judge(typed),
        (Kind::Operate(operate), Answer::Operated(log, hosts)) => operate.judge(log, hosts),
        _ => Verdict::wrong("This is an answer to another kind of exercise.", Vec::new()),
    };
    verdict.show = exercise.show.clone().or(verdict.show);
    verdict
}

/// What an exercise promises and does not keep: right answers that fail, wrong ones that pass or get another message, a start that is
/// right. Of programs nothing is run here: they need an interpreter.
pub fn prove(exercise: &Exercise) -> Vec<String> {
    match &exercise.kind {
        Kind::Choose(choose) => choose.prove(),
        Kind::Fill(fill) | Kind::Decode(fill) => fill.prove(),
        Kind::Order(order) => order.prove(),
        Kind::Build(build) => build.prove(),
        Kind::Operate(operate) => operate.prove(),
        Kind::Program(program) => {
            let right = program.answers.iter().filter(|answer| answer.fails.is_none()).count();
            let starts =
                program.answers.iter().any(|answer| answer.files.is_empty() && answer.fails.is_some());
            let mut broken = Vec::new();
            if right == 0 || program.answers.len() - right < 2 {
                broken.push("a program has at least one right answer, and two that fail".into());
            }
            if !starts {
                broken.push("one of the wrong answers is the start as it is: files = {}".into());
            }
            broken
        }
    }
}
