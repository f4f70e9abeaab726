//! A text as something that can be shown: a scenario, or the story of a script for one machine; and what is to be said of its lines.

use crate::stage::desk::Subject;
use crate::stage::story::{Cast, Origin, Player, Role};
use crate::stage::{Story, Told};
use lab::Scenario;
use packetdrill::{
    Files, MACHINE, Pause, Planned, Play, SCRIPT, Script, Sort, Source, Unsupported, Verdict, has_hosts,
    parse_all, read_play, tell,
};
use serde_json::{Map, Value as Json, json};
use sockets::{CallId, CallLine, Instant};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The longest text that is read, in octets.
pub const LONGEST: usize = 100_000;

/// What a mark says of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is not understood, or cannot be.
    Wrong,
    /// What it expects did not come.
    Unmet,
}

/// Something to be said of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1; 0 for the whole line.
    pub column: u32,
    /// Of which kind.
    pub kind: Kind,
    /// What, and what to do.
    pub says: String,
}

/// When the event of a line happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The line, from 1.
    pub line: u32,
    /// When.
    pub at: Instant,
}

/// What became of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What is to be shown; `None` where the text could not be run.
    pub subject: Option<Subject>,
    /// What is to be said of lines, in their order.
    pub marks: Vec<Mark>,
    /// When the events of lines happened, in the order of lines.
    pub moments: Vec<Moment>,
    /// How it went, in a sentence.
    pub says: String,
}

/// Reads a text and runs it.
pub fn play(text: &str) -> Outcome {
    if text.len() > LONGEST {
        let says =
            format!("The text has {} octets. At most {LONGEST} are read: take a shorter one.", text.len());
        return Outcome { subject: None, marks: Vec::new(), moments: Vec::new(), says };
    }
    if text.trim().is_empty() {
        let says = "There is nothing to run yet: begin with an example, or write a call.".to_owned();
        return Outcome { subject: None, marks: Vec::new(), moments: Vec::new(), says };
    }
    let source = Source { name: String::new(), text: text.to_owned() };
    if has_hosts(text) {
        match read_play(&source) {
            Ok(play) => play_hosts(&play),
            Err(problems) => not_read(problems),
        }
    } else {
        let (script, problems) = parse_all(&source);
        if problems.is_empty() { play_machine(&script) } else { not_read(problems) }
    }
}

fn wrong(problem: Unsupported) -> Mark {
    let (line, column) = (problem.place.line, problem.place.column);
    Mark { line, column, kind: Kind::Wrong, says: sentence(&problem.what) }
}

fn not_read(problems: Vec<Unsupported>) -> Outcome {
    let marks: Vec<Mark> = problems.into_iter().map(wrong).collect();
    let lines = marks.iter().map(|mark| mark.line).collect::<BTreeSet<_>>().len();
    let says = match lines {
        1 => "One line is not understood, so nothing was run.".to_owned(),
        count => format!("{count} lines are not understood, so nothing was run."),
    };
    Outcome { subject: None, marks, moments: Vec::new(), says }
}

/// With a capital letter and a full stop.
fn sentence(what: &str) -> String {
    let mut chars = what.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if what.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str, path: &str) -> Result<Source, String> {
        Err(format!("the file “{path}”: there are no files here, write its lines themselves"))
    }
}

fn play_machine(script: &Script) -> Outcome {
    let (report, log) = tell(script, &NoFiles);
    let moments =
        report.moments.iter().map(|(place, at)| Moment { line: place.line, at: Instant(at.0) }).collect();
    let (mark, says) = match report.verdict {
        Verdict::Ok => (None, "Everything is as the script says.".to_owned()),
        Verdict::Failed { place, what } => {
            let says = sentence(&what.replacen(" got ", ", got ", 1));
            let mark = Mark { line: place.line, column: place.column, kind: Kind::Unmet, says };
            (Some(mark), format!("Line {} is not met. The story ends there.", place.line))
        }
        Verdict::Unsupported(problem) => {
            let line = problem.place.line;
            let what = format!("cannot be run: {}", problem.what);
            let mark = wrong(Unsupported { what, ..problem });
            (Some(mark), format!("Line {line} cannot be run. The story ends there."))
        }
    };
    let subject = (!log.records().is_empty()).then(|| {
        let player = |host, name: &str, role| Player { host, name: name.into(), role };
        let cast = Cast {
            players: vec![player(MACHINE, "machine", Role::Server), player(SCRIPT, "script", Role::Client)],
            links: vec!["tun0".into()],
            ..Cast::default()
        };
        Subject::Story(Told::new(Story::of(Rc::new(log), cast, Origin::Simulated)))
    });
    Outcome { subject, marks: mark.into_iter().collect(), moments, says }
}

fn play_hosts(play: &Play) -> Outcome {
    let scenario = match Scenario::parse(&scenario_text(play)) {
        Ok(scenario) => scenario,
        Err(bad) => {
            let says = format!("The hosts cannot be run: {bad}");
            return Outcome { subject: None, marks: Vec::new(), moments: Vec::new(), says };
        }
    };
    let run = match lab::run(&scenario) {
        Ok(run) => run,
        Err(bad) => {
            let says = format!("The hosts cannot be run: {bad}");
            return Outcome { subject: None, marks: Vec::new(), moments: Vec::new(), says };
        }
    };
    let (mut marks, mut moments, mut unmade) = (Vec::new(), Vec::new(), 0);
    let lines: BTreeMap<CallId, CallLine<'_>> =
        run.log.calls().into_iter().map(|line| (line.call.id, line)).collect();
    for (program, made) in play.programs.iter().zip(&run.made) {
        for (place, call) in program.calls.iter().enumerate() {
            // A program makes each of its calls once.
            let Some(line) = made.get(place).and_then(|(_, id)| lines.get(id)) else {
                unmade += 1;
                continue;
            };
            moments.push(Moment { line: call.place.line, at: line.entered });
            let judged = match &line.back {
                Some(back) => call.judge(line.entered, back.at, back.outcome),
                // Any result will do, and none as well.
                None if call.sort() == Sort::Any => Ok(()),
                None => Err(call.still_blocks()),
            };
            if let Err(what) = judged {
                let (line, column) = (call.place.line, call.place.column);
                marks.push(Mark { line, column, kind: Kind::Unmet, says: sentence(&what) });
            }
        }
    }
    moments.sort_by_key(|moment| moment.line);
    marks.sort_by_key(|mark| mark.line);
    let mut says = match (marks.len(), unmade) {
        (0, 0) => "Every call came out as its line says.".to_owned(),
        (0, _) => "Every call that was made came out as its line says.".to_owned(),
        (1, _) => format!("Line {} came out otherwise than it says.", marks[0].line),
        (count, _) => format!("{count} calls came out otherwise than their lines say."),
    };
    match unmade {
        0 => {}
        1 => says += " One call was never made.",
        count => says += &format!(" {count} calls were never made."),
    }
    if let Some(stopped) = run.stopped {
        says += &format!(" {}", sentence(&stopped.to_string()));
    }
    Outcome { subject: Some(Subject::Scenario(Rc::new(scenario))), marks, moments, says }
}

/// The scenario that a text with hosts is, as `Scenario::parse` reads it.
pub fn scenario_text(play: &Play) -> String {
    let programs: Vec<Json> = play
        .programs
        .iter()
        .map(|program| {
            let calls = program.calls.iter().flat_map(steps);
            let steps: Vec<Json> = calls.chain(program.pauses.iter().map(pause)).collect();
            json!({ "name": program.name, "host": program.host, "steps": steps })
        })
        .collect();
    let mut text = json!({ "id": "sandbox", "title": "Sandbox", "world": play.world, "programs": programs });
    if let (Some(afterwards), Json::Object(fields)) = (play.afterwards, &mut text) {
        fields.insert("afterwards_us".into(), afterwards.0.into());
    }
    text.to_string()
}

fn pause(pause: &Pause) -> Json {
    match pause {
        Pause::For(span) => json!({ "sleep_us": span.0 }),
        Pause::Until(at) => json!({ "until_us": at.0 }),
    }
}

/// The steps that a call is: its pauses, and itself.
fn steps(call: &Planned) -> impl Iterator<Item = Json> {
    let mut fields: Map<String, Json> = call.op.to_json();
    if let Some(socket) = call.op.socket() {
        fields.insert("socket".into(), name(socket.0.into()).into());
    }
    if let Some(data) = call.op.payload().filter(|data| !data.is_empty()) {
        // Octets that the script does not write out are zeros; letters take their place.
        match core::str::from_utf8(data) {
            Ok(text) if data.iter().any(|octet| *octet != 0) => fields.insert("text".into(), text.into()),
            _ => fields.insert("fill".into(), data.len().into()),
        };
    }
    if let Some(made) = call.makes {
        fields.insert("as".into(), name(made).into());
    }
    if let Some(timeout) = call.timeout {
        fields.insert("timeout_us".into(), timeout.0.into());
    }
    // Which failure it is to be is judged afterwards: a time-out has several names.
    let expect = match call.sort() {
        Sort::Success => "success",
        Sort::Any | Sort::Failure => "anything",
    };
    fields.insert("expect".into(), expect.into());
    call.pauses.iter().map(pause).chain([Json::Object(fields)]).collect::<Vec<_>>().into_iter()
}

/// What a program calls the socket of a descriptor.
fn name(descriptor: i64) -> String {
    if descriptor < 0 { format!("unused{}", -descriptor) } else { format!("fd{descriptor}") }
}
