//! A run beside another: the calls of each program, aligned, and where they differ.
//!
//! Numbers that a network chooses (ports, numbers of sockets, times) differ from run to run on a kernel; they are shown, but only a
//! difference of the call, its line or the kind of its outcome counts.

use crate::live::wording::{answer, python};
use sockets::python::Names;
use sockets::{HostId, Log, Outcome};
use yew::prelude::*;

/// The most calls of a program that are aligned; what comes after is left out, and that is said.
const MOST: usize = 400;

/// A call of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its line; 0 if that is not known.
    pub line: u32,
    /// The call, as Python.
    pub call: String,
    /// What came back.
    pub outcome: String,
    /// What must be the same in another run.
    sign: (u32, &'static str, String),
}

/// A call of the one run, of the other, or of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// In the run before.
    pub was: Option<Made>,
    /// In this run.
    pub is: Option<Made>,
}

impl Pair {
    /// Whether the two runs differ here.
    pub fn differs(&self) -> bool {
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => was.sign != is.sign,
            _ => true,
        }
    }
}

/// The calls of a program, and whether there were more than are looked at.
pub fn calls(log: &Log, host: HostId) -> (Vec<Made>, bool) {
    let names = Names::default();
    let all = log.calls();
    let mut own = all.iter().filter(|line| line.host() == host);
    let made = own
        .by_ref()
        .take(MOST)
        .map(|line| {
            let site = log.site(line.call.id).map_or(0, |site| site.line);
            let outcome =
                line.back.map_or_else(|| "has not come back".to_owned(), |back| answer(back.outcome, &names));
            Made {
                line: site,
                call: python(&line.call.op, &names, None),
                outcome,
                sign: (site, line.call.op.kind().name(), kind(line.back.map(|back| back.outcome))),
            }
        })
        .collect();
    (made, own.next().is_some())
}

/// An outcome without the numbers that a network chooses.
fn kind(outcome: Option<&Outcome>) -> String {
    match outcome {
        None => "pending".into(),
        Some(Err(failure)) => failure.name(),
        Some(Ok(value)) => match value.payload() {
            // Where a stream is cut is the network's choice too; that it ends is not.
            Some(data) if data.is_empty() => "empty".into(),
            _ => "fine".into(),
        },
    }
}

/// Puts the calls of two runs side by side: the longest common sequence of signs, and what is beside it.
pub fn align(was: &[Made], is: &[Made]) -> Vec<Pair> {
    let same = |one: &Made, other: &Made| (one.sign.0, one.sign.1) == (other.sign.0, other.sign.1);
    let width = is.len() + 1;
    let mut longest = vec![0_u32; (was.len() + 1) * width];
    for (row, one) in was.iter().enumerate().rev() {
        for (column, other) in is.iter().enumerate().rev() {
            longest[row * width + column] = if same(one, other) {
                longest[(row + 1) * width + column + 1] + 1
            } else {
                longest[(row + 1) * width + column].max(longest[row * width + column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while row < was.len() || column < is.len() {
        let (one, other) = (was.get(row), is.get(column));
        match (one, other) {
            (Some(one), Some(other)) if same(one, other) => {
                pairs.push(Pair { was: Some(one.clone()), is: Some(other.clone()) });
                row += 1;
                column += 1;
            }
            (Some(one), other)
                if other.is_none()
                    || longest[(row + 1) * width + column] >= longest[row * width + column + 1] =>
            {
                pairs.push(Pair { was: Some(one.clone()), is: None });
                row += 1;
            }
            (_, Some(other)) => {
                pairs.push(Pair { was: None, is: Some(other.clone()) });
                column += 1;
            }
            (_, None) => break,
        }
    }
    pairs
}

/// What is compared.
#[derive(Clone, PartialEq, Properties)]
pub struct CompareProps {
    /// What the run before was: its network.
    pub before: AttrValue,
    /// What this run is.
    pub now: AttrValue,
    /// Each program's file, and its pairs; whether calls were left out.
    pub programs: Vec<(String, Vec<Pair>, bool)>,
}

/// The table.
#[component]
pub fn Compare(props: &CompareProps) -> Html {
    let differences: usize =
        props.programs.iter().map(|(_, pairs, _)| pairs.iter().filter(|pair| pair.differs()).count()).sum();
    let says = match differences {
        0 => "Call by call the two runs are the same; ports and times may differ.".to_owned(),
        1 => "The two runs differ in one call.".to_owned(),
        many => format!("The two runs differ in {many} calls."),
    };
    let cell = |made: &Option<Made>| match made {
        None => html! { <td class="none">{ "not called" }</td> },
        Some(made) => {
            html! { <td><code>{ made.call.clone() }</code><br /><code class="outcome">{ made.outcome.clone() }</code></td> }
        }
    };
    html! {
        <section class="runs-compared" role="group" aria-label="This run beside the one before">
            <p role="status">{ says }</p>
            { for props.programs.iter().map(|(file, pairs, more)| html! {
                <div class="wide">
                    <table>
                        <caption>{ file.clone() }</caption>
                        <thead>
                            <tr>
                                <th scope="col">{ "line" }</th>
                                <th scope="col">{ format!("before, {}", props.before) }</th>
                                <th scope="col">{ format!("now, {}", props.now) }</th>
                                <th scope="col">{ "" }<span class="for-screen-readers">{ "difference" }</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            { for pairs.iter().map(|pair| {
                                let line = pair.is.as_ref().or(pair.was.as_ref()).map_or(0, |made| made.line);
                                html! {
                                    <tr class={pair.differs().then_some("differs")}>
                                        <td class="number">{ if line > 0 { line.to_string() } else { "at exit".to_owned() } }</td>
                                        { cell(&pair.was) }
                                        { cell(&pair.is) }
                                        <td>{ if pair.differs() { "differs" } else { "" } }</td>
                                    </tr>
                                }
                            }) }
                        </tbody>
                    </table>
                    if *more {
                        <p class="remark">{ format!("Calls after the first {MOST} are left out.") }</p>
                    }
                </div>
            }) }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(line: u32, call: &'static str, kind: &str) -> Made {
        Made { line, call: call.into(), outcome: kind.into(), sign: (line, call, kind.into()) }
    }

    fn shown(was: &[Made], is: &[Made]) -> Vec<String> {
        let short = |made: &Option<Made>| {
            made.as_ref().map_or("-".to_owned(), |made| format!("{}{}", made.call, made.line))
        };
        let row = |pair: &Pair| {
            let mark = if pair.differs() { " !" } else { "" };
            format!("{} {}{mark}", short(&pair.was), short(&pair.is))
        };
        align(was, is).iter().map(row).collect()
    }

    #[test]
    fn a_call_more_and_another_outcome_are_differences_and_nothing_else_is() {
        let was = [
            made(1, "socket", "fine"),
            made(2, "connect", "fine"),
            made(3, "recv", "fine"),
            made(3, "recv", "empty"),
        ];
        let is = [made(1, "socket", "fine"), made(2, "connect", "ECONNREFUSED")];
        assert_eq!(shown(&was, &is), ["socket1 socket1", "connect2 connect2 !", "recv3 - !", "recv3 - !"]);
        assert_eq!(shown(&is, &was), ["socket1 socket1", "connect2 connect2 !", "- recv3 !", "- recv3 !"]);
        assert_eq!(shown(&was, &was).iter().filter(|row| row.ends_with('!')).count(), 0);
        assert!(align(&[], &[]).is_empty());
    }

    #[test]
    fn a_call_in_the_middle_moves_nothing_else() {
        let was = [made(1, "socket", "fine"), made(2, "send", "fine"), made(4, "close", "fine")];
        let is = [
            made(1, "socket", "fine"),
            made(2, "send", "fine"),
            made(3, "recv", "fine"),
            made(4, "close", "fine"),
        ];
        assert_eq!(shown(&was, &is), ["socket1 socket1", "send2 send2", "- recv3 !", "close4 close4"]);
    }
}
