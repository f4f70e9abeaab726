//! Sockets that are brought to a state by hand: goals over a Log, whoever wrote it, the engine or a kernel behind the bridge.

use crate::Verdict;
use crate::markup::{escape, sentences};
use lab::{Clock, Driver, Limits, Machine, Pause, Script, ScriptProgram, drive};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sockets::{CallLine, HostId, Log, Micros, Outcome, Sockets, State, Value, What};
use std::collections::{BTreeMap, BTreeSet};

/// How long a hand takes for the next call: long enough for what the one before it sent to have arrived.
const HAND: Micros = Micros(100_000);

/// What is to be reached, and ways there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Operate {
    /// The hosts' names, in the order of their panes.
    pub hosts: Vec<String>,
    /// What must be seen, one after the other.
    pub goals: Vec<Goal>,
    /// Calls that reach it, and some that do not.
    pub answers: Vec<Handed>,
}

/// One thing that must be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Goal {
    /// What, in a few words, for a list.
    pub says: String,
    /// What is said as long as it is the next one that is missing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// On which host; on any where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// A socket is in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// So many connections, or more, wait in an accept queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued: Option<u32>,
    /// Of a listener with this backlog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backlog: Option<u32>,
    /// This call, by its name in C, has come back with success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// So often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<usize>,
    /// Not with success, but with this failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<String>,
    /// With this text; `end` is the end of the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gives: Option<String>,
    /// It has not come back, and waits.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

/// Calls by hand, as a preset writes them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Handed {
    /// What it is, in a few words.
    pub title: String,
    /// The calls, in order.
    pub steps: Vec<Json>,
    /// Of a wrong one: what is said of it, or a part of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}

impl Goal {
    #[cfg(feature = "course")]
    fn sense(&self, hosts: &[String]) -> Result<(), String> {
        if self.says.is_empty() {
            return Err("a goal has “says”: what is to be seen, in a few words".into());
        }
        let kinds = [self.state.is_some(), self.queued.is_some(), self.call.is_some()];
        if kinds.iter().filter(|kind| **kind).count() != 1 {
            return Err(format!("the goal “{}” has one of “state”, “queued” and “call”", self.says));
        }
        if let Some(host) = self.host.as_ref().filter(|host| !hosts.contains(host)) {
            return Err(format!("there is no host “{host}”; the hosts are {}", hosts.join(", ")));
        }
        if let Some(name) = self
            .call
            .as_ref()
            .filter(|name| !sockets::OpKind::ALL.iter().any(|kind| kind.name() == name.as_str()))
        {
            return Err(format!("“{name}” is no call: calls have their names in C, as recv"));
        }
        if let Some(name) =
            self.fails.as_ref().filter(|name| sockets::Errno::from_name(name).is_none() && *name != "TIMEOUT")
        {
            return Err(format!("“{name}” is no errno"));
        }
        if self.call.is_none()
            && (self.times.is_some() || self.fails.is_some() || self.gives.is_some() || self.waits)
        {
            return Err("“times”, “fails”, “gives” and “waits” belong to “call”".into());
        }
        if self.backlog.is_some() && self.queued.is_none() {
            return Err("“backlog” belongs to “queued”".into());
        }
        Ok(())
    }

    fn came_back(&self, line: &CallLine<'_>) -> bool {
        self.call.as_deref() == Some(line.call.op.kind().name())
    }

    fn suits(&self, outcome: &Outcome) -> bool {
        match (outcome, &self.fails, &self.gives) {
            (Err(failure), Some(name), _) => failure.name() == *name,
            (Ok(Value::Data { data, .. }), None, Some(text)) if text == "end" => data.is_empty(),
            (Ok(Value::Data { data, .. }), None, Some(text)) => data[..] == *text.as_bytes(),
            (Ok(_), None, None) => true,
            _ => false,
        }
    }

    /// The first record, from this one on, after which it has been seen.
    fn met(&self, log: &Log, hosts: &[String], from: usize) -> Option<usize> {
        let host = self.host.as_ref().and_then(|name| hosts.iter().position(|host| host == name));
        let here = |other: HostId| host.is_none_or(|host| host as u32 == other.0);
        let calls = log.calls();
        let mut sockets = Sockets::default();
        let mut back = 0;
        for (place, record) in log.records().iter().enumerate() {
            sockets.apply(record);
            match &record.what {
                What::State { socket, sample } if place >= from => {
                    if !sockets.get(*socket).is_some_and(|view| here(view.host)) {
                        continue;
                    }
                    let queue = sample
                        .accept
                        .filter(|queue| self.backlog.is_none_or(|backlog| queue.backlog == backlog));
                    let full = self.queued.zip(queue).is_some_and(|(queued, queue)| queue.queued >= queued);
                    if full || self.state.is_some() && sample.state == self.state {
                        return Some(place);
                    }
                }
                What::Returned { call, outcome, .. } => {
                    // A number may serve again: the line that came back now is meant.
                    let line = calls.iter().find(|line| {
                        line.call.id == *call
                            && line.back.is_some_and(|back| back.at == record.at && back.outcome == outcome)
                    });
                    if !self.waits
                        && line.is_some_and(|line| self.came_back(line) && here(line.host()))
                        && self.suits(outcome)
                    {
                        back += 1;
                        if back >= self.times.unwrap_or(1) && place >= from {
                            return Some(place);
                        }
                    }
                }
                _ => {}
            }
        }
        // What waits is so at the end, and only there.
        let waits = self.waits
            && calls.iter().any(|line| line.back.is_none() && self.came_back(line) && here(line.host()));
        waits.then_some(log.records().len())
    }
}

impl Operate {
    #[cfg(feature = "course")]
    pub(crate) fn sense(&self) -> Result<(), String> {
        if self.hosts.is_empty() || self.goals.is_empty() {
            return Err("there is at least one host and one goal".into());
        }
        for goal in &self.goals {
            goal.sense(&self.hosts)?;
        }
        let right = self.answers.iter().filter(|answer| answer.says.is_none()).count();
        if right == 0 || self.answers.len() - right < 2 {
            return Err("there is at least one right answer, and two wrong ones with “says”".into());
        }
        for answer in &self.answers {
            self.script(answer).map_err(|why| format!("the answer “{}”: {why}", answer.title))?;
        }
        Ok(())
    }

    /// An answer's calls.
    fn script(&self, answer: &Handed) -> Result<Script, String> {
        let step = |step: &Json| {
            let mut step = step.clone();
            if let Json::Object(fields) = &mut step {
                fields.entry("say").or_insert_with(|| "".into());
                fields.entry("expect").or_insert_with(|| "anything".into());
            }
            step
        };
        let steps: Vec<Json> = answer.steps.iter().map(step).collect();
        let script = json!({"id": "operate", "title": answer.title, "look_for": "", "hosts": self.hosts, "steps": steps});
        Script::parse(&script.to_string()).map_err(|bad| bad.to_string())
    }

    /// An answer's calls as a program that makes them as slowly as a hand.
    ///
    /// # Errors
    /// What is no call.
    pub fn by_hand(&self, answer: &Handed) -> Result<ScriptProgram, String> {
        let hosts: Vec<HostId> = (0..self.hosts.len()).map(|place| HostId(place as u32)).collect();
        let pauses: BTreeMap<usize, Vec<Pause>> =
            (0..=answer.steps.len()).map(|place| (place, vec![Pause::For(HAND)])).collect();
        Ok(ScriptProgram::new(answer.title.clone(), self.script(answer)?, hosts, pauses))
    }

    /// What happens when an answer's calls are made on one machine, on which each host is a program of its own, as in the page.
    fn made(&self, answer: &Handed) -> Result<Log, String> {
        let machine = Machine::new(1, Micros(1_000), HostId(self.hosts.len() as u32));
        let program = self.by_hand(answer)?;
        let limits = Limits { afterwards: Micros::from_secs(1), ..Limits::default() };
        let mut driver = Driver::new(machine, vec![program], Clock::Virtual, limits);
        // A call that never comes back may be what is wanted: how it ends is the goals' business.
        drive(&mut driver);
        Ok(driver.log().clone())
    }

    /// The places of the goals that were seen, one after the other.
    pub fn reached(&self, log: &Log, hosts: &[String]) -> BTreeSet<usize> {
        let mut from = 0;
        let mut reached = BTreeSet::new();
        for (place, goal) in self.goals.iter().enumerate() {
            let Some(at) = goal.met(log, hosts, from) else { break };
            reached.insert(place);
            from = at;
        }
        reached
    }

    pub(crate) fn judge(&self, log: &Log, hosts: &[String]) -> Verdict {
        let reached = self.reached(log, hosts);
        match self.goals.get(reached.len()) {
            None => Verdict::right(),
            Some(goal) => {
                let wanted = format!("Not seen yet: {}.", escape(&goal.says));
                let missing = (reached.len()..self.goals.len()).map(|place| place.to_string()).collect();
                Verdict::wrong(sentences(&[&wanted, &goal.hint]), missing)
            }
        }
    }

    pub(crate) fn prove(&self) -> Vec<String> {
        let mut broken = Vec::new();
        if self.judge(&Log::new(), &self.hosts).right {
            broken.push("nothing has been done, and it passes".into());
        }
        for answer in &self.answers {
            let verdict = self.made(answer).map(|log| self.judge(&log, &self.hosts));
            match (verdict, &answer.says) {
                (Ok(verdict), None) if verdict.right => {}
                (Ok(verdict), Some(says)) if !verdict.right && verdict.says.contains(says) => {}
                (Ok(verdict), None) => {
                    broken.push(format!("the answer “{}” does not pass: {}", answer.title, verdict.says))
                }
                (Ok(verdict), Some(says)) => broken.push(format!(
                    "the answer “{}” does not get “{says}”, but “{}”",
                    answer.title, verdict.says
                )),
                (Err(why), _) => broken.push(format!("the answer “{}”: {why}", answer.title)),
            }
        }
        broken
    }
}
