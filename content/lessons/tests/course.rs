//! The course as it lies in the repository is sound; and each kind of mistake in a file is found, with its line.

use lessons::{Answer, Course, Kind, Problem, judge};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn gather(root: &Path, directory: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(directory).expect("the course lies in the repository") {
        let path = entry.expect("it is listed").path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("it is below").to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path).expect("the course is text"));
        }
    }
}

fn files() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeMap::new();
    for folder in std::fs::read_dir(root).expect("it is there").filter_map(Result::ok) {
        let name = folder.file_name().to_string_lossy().into_owned();
        if name.starts_with("course") || name == "reference" {
            gather(root, &folder.path(), &mut files);
        }
    }
    let coverage = std::fs::read_to_string(root.join("coverage.toml")).expect("it is there");
    files.insert("coverage.toml".into(), coverage);
    files
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_course_is_sound_and_every_answer_gets_what_it_must() {
    let files = files();
    let (course, problems) = Course::read("course", &files);
    assert!(problems.is_empty(), "{}", told(&problems));
    let missing: Vec<&str> =
        course.coverage.iter().filter(|row| row.is_missing()).map(|row| row.id.as_str()).collect();
    println!(
        "{} of {} rows of coverage.toml are not taught yet: {}",
        missing.len(),
        course.coverage.len(),
        missing.join(", ")
    );
    // What the page gets says the same as what was read.
    for exercise in course.exercises.values().flatten() {
        let json = serde_json::to_string(exercise).expect("it can be written");
        assert_eq!(&serde_json::from_str::<lessons::Exercise>(&json).expect("it can be read"), exercise);
    }
}

/// A course of one lesson in which everything is as it should be.
fn sample() -> BTreeMap<String, String> {
    let lesson = "+++\ntitle = \"One\"\nsummary = \"One lesson.\"\nable = [\"read\"]\nminutes = 5\n+++\n\nWords, and [SYN](bit:syn).\n\n## A part\n\n```exercise\nid = \"one\"\n```\n\n```figure\nscenario = \"handshake\"\nmoment = \"#segment:client:SYN\"\ncaption = \"A SYN.\"\n```\n\n```kernel\npreset = \"echo\"\nlook_for = \"Look.\"\n```\n";
    let exercises = r##"[[exercise]]
id = "one"
kind = "fill"
title = "One"
task = "Do [it](#a-part)."
hints = ["So."]
why = "Thus."
scenario = "handshake"
packet = "#segment:server:SYN-ACK"
fields = ["flags", "seq", "ack"]
wrong = [
  { give = { ack = 0 }, says = "The SYN took number 0." },
  { give = { flags = "SYN" }, says = "SYN alone confirms nothing." },
]
"##;
    let coverage = "[[row]]\nid = \"a\"\nwhat = \"A\"\nkind = \"misconception\"\nin = [\"one#one\"]\n";
    BTreeMap::from([
        ("course/01-one/lesson.md".to_owned(), lesson.to_owned()),
        ("course/01-one/exercises.toml".to_owned(), exercises.to_owned()),
        ("coverage.toml".to_owned(), coverage.to_owned()),
    ])
}

/// Changes one file of the sample, and looks for what is said then: file, line, and a part of what.
fn check(file: &str, from: &str, to: &str, line: usize, says: &str) {
    let mut files = sample();
    let text = files.get_mut(file).expect("the sample has it");
    assert!(text.contains(from), "the sample has no “{from}”");
    *text = text.replacen(from, to, 1);
    let (_, problems) = Course::read("course", &files);
    let found = problems.iter().any(|problem| {
        problem.file.ends_with(file)
            && problem.line == line
            && problem.what.contains(says)
            && !problem.remedy.is_empty()
    });
    assert!(found, "{file}:{line}: “{says}” is not among\n{}", told(&problems));
}

const LESSON: &str = "course/01-one/lesson.md";
const EXERCISES: &str = "course/01-one/exercises.toml";

#[test]
fn a_mistake_in_a_lesson_is_named_with_its_line() {
    let (_, problems) = Course::read("course", &sample());
    assert!(problems.is_empty(), "{}", told(&problems));
    check(LESSON, "title = \"One\"", "titel = \"One\"", 2, "titel");
    check(LESSON, "able = [\"read\"]", "able = []", 1, "able");
    check(LESSON, "minutes = 5", "minutes = 5\nneeds = [\"two\"]", 2, "“two”, and there is no such lesson");
    check(LESSON, "minutes = 5", "minutes = 5\nnext = \"one\"", 2, "leads back");
    check(LESSON, "bit:syn", "bit:sin", 8, "there is no bit “sin”");
    check(LESSON, "bit:syn", "#no-part", 8, "has no part “no-part”");
    check(LESSON, "Words", "<b>Words</b>", 8, "HTML");
    check(LESSON, "## A part", "# A part", 10, "neither ## nor ###");
    check(LESSON, "id = \"one\"", "id = \"two\"", 13, "there is no exercise “two”");
    check(LESSON, "scenario = \"handshake\"", "scenario = \"handshack\"", 18, "no scenario “handshack”");
    check(LESSON, "#segment:client:SYN", "#segment:client:RST", 18, "names nothing");
    check(LESSON, "caption", "views = [\"sky\"]\ncaption", 16, "there is no view “sky”");
    check(LESSON, "preset = \"echo\"", "preset = \"ekko\"", 22, "there is no preset “ekko”");
    check(LESSON, "```kernel", "```text", 1, "no way to the learner's own kernel");
    check("coverage.toml", "one#one", "one#two", 2, "“one#two” is not there");
    check("coverage.toml", "one#one", "one#a-part", 2, "needs an exercise");
}

#[test]
fn a_mistake_in_an_exercise_is_named_with_its_line() {
    check(EXERCISES, "hints", "hint", 1, "missing field `hints`");
    check(EXERCISES, "scenario", "senario", 8, "senario");
    check(EXERCISES, "kind = \"fill\"", "kind = \"feel\"", 3, "the kinds are choose");
    check(EXERCISES, "\"flags\", \"seq\"", "\"flag\", \"seq\"", 3, "there is no field “flag”");
    check(EXERCISES, "#a-part", "#apart", 5, "has no part “apart”");
    check(EXERCISES, "ack = 0", "ack = 1", 3, "is right");
    check(
        EXERCISES,
        "The SYN took number 0.\" },",
        "The SYN took number 0.\" },\n  { give = { ack = 0 }, says = \"Never said.\" },",
        11,
        "does not get “The SYN took number 0.”",
    );
    check(EXERCISES, "says = \"SYN alone", "say = \"SYN alone", 13, "say");
    check(EXERCISES, "title = \"One\"", "title = One", 4, "");
    check(EXERCISES, "[[exercise]]", "[[exercise]]\nid = \"b\"\n[[exercise]]", 1, "missing field");
}

const CALLS: &str = "reference/calls.toml";

/// The sample with a part of the reference, to which its lesson links.
fn with_reference() -> BTreeMap<String, String> {
    let mut files = sample();
    let calls = r#"title = "Calls"
summary = "What [a program](call:listen) calls."

[[entry]]
id = "listen"
name = "listen()"
also = ["backlog"]
says = "Waits & *listens*."
facts = [["In C", "`listen(fd, n)`"]]
more = "More at [one](lesson:one#a-part)."
do = "Nothing."
sources = ["rfc:9293#3.9.1", "man:listen.2", "https://docs.python.org/3/library/socket.html"]
see = ["accept"]

[[entry]]
id = "accept"
name = "accept()"
says = "Gives one."
sources = ["[the manual](man:accept.2)"]
see = ["call:listen"]
"#;
    files.insert(CALLS.into(), calls.into());
    let lesson = files.get_mut(LESSON).expect("the sample has it");
    *lesson =
        lesson.replacen("## A part\n", "## A part\n\n[listen](call:listen) and [again](call:listen).\n", 1);
    files
}

#[test]
fn the_reference_is_read_and_knows_where_it_is_taught() {
    let (course, problems) = Course::read("course", &with_reference());
    assert!(problems.is_empty(), "{}", told(&problems));
    let entry = course.entry("calls", "listen").expect("it was read");
    assert_eq!(entry.text(), ["Waits & listens.", "More at one.", "Nothing.", "In C: listen(fd, n)"]);
    assert_eq!(entry.see, [("calls".to_owned(), "accept".to_owned())]);
    assert_eq!(
        entry.sources[0],
        "<a href=\"https://www.rfc-editor.org/rfc/rfc9293.html#section-3.9.1\" rel=\"external\">RFC 9293, 3.9.1</a>"
    );
    assert!(
        entry.sources[1].ends_with(">listen(2)</a>") && entry.sources[2].ends_with(">docs.python.org</a>")
    );
    let taught = course.taught();
    let places = &taught[&("calls".to_owned(), "listen".to_owned())];
    assert_eq!(places.len(), 1, "once, however often it is named there");
    assert_eq!(
        (places[0].lesson.as_str(), places[0].id.as_str(), places[0].title.as_str()),
        ("one", "a-part", "A part")
    );
    assert!(!taught.contains_key(&("calls".to_owned(), "accept".to_owned())));
}

#[test]
fn a_mistake_in_the_reference_is_named_with_its_line() {
    let broken = |from: &str, to: &str, line: usize, says: &str| {
        let mut files = with_reference();
        let text = files.get_mut(CALLS).expect("it is there");
        assert!(text.contains(from), "there is no “{from}”");
        *text = text.replacen(from, to, 1);
        let (_, problems) = Course::read("course", &files);
        let found = problems.iter().any(|problem| {
            problem.file.ends_with(CALLS)
                && problem.line == line
                && problem.what.contains(says)
                && !problem.remedy.is_empty()
        });
        assert!(found, "{line}: “{says}” is not among\n{}", told(&problems));
    };
    broken("title = \"Calls\"\n", "", 1, "missing field `title`");
    broken("(call:listen)", "(call:lissen)", 2, "there is no call “lissen”");
    broken("says = \"Gives", "say = \"Gives", 18, "say");
    broken("name = \"accept()\"", "name = \"\"", 17, "an empty name");
    broken("id = \"accept\"", "id = \"Accept\"", 16, "is no id");
    broken("id = \"accept\"", "id = \"listen\"", 16, "is there twice");
    broken("[\"[the manual](man:accept.2)\"]", "[]", 19, "names no source");
    broken("\"rfc:9293#3.9.1\"", "\"RFC 9293\"", 12, "is no source");
    broken("man:listen.2", "man:listen", 12, "man:listen.2");
    broken("see = [\"accept\"]", "see = [\"accep\"]", 13, "there is no call “accep”");
    broken("see = [\"accept\"]", "see = [\"listen\"]", 13, "names itself");
    broken("see = [\"accept\"]", "see = [\"rfc:768\"]", 13, "is no entry");
    broken("#a-part", "#no-part", 10, "has no part “no-part”");
}

#[test]
fn the_judge_names_the_gap() {
    let (course, problems) = Course::read("course", &sample());
    assert!(problems.is_empty(), "{}", told(&problems));
    let exercise = course.exercise("one", "one").expect("it was read");
    let says = |flags: &str, seq: &str, ack: &str| {
        let typed = [("flags", flags), ("seq", seq), ("ack", ack)]
            .map(|(key, text)| (key.to_owned(), text.to_owned()));
        let verdict = judge(exercise, &Answer::Filled(&BTreeMap::from(typed)));
        (verdict.right, verdict.says, verdict.wrong.join(" "))
    };
    assert_eq!(says("ACK SYN", "0", "1"), (true, String::new(), String::new()));
    let said = says("syn ack", "0", "0");
    assert_eq!(
        said,
        (false, "You say acknowledgment number <code>0</code>. The SYN took number 0.".into(), "ack".into())
    );
    let said = says("SYN ACK", "7", "1");
    assert_eq!(said.1, "You say sequence number <code>7</code>; the segment carries <code>0</code>.");
    assert_eq!(says("SYN ACK", "", "1").1, "The sequence number is not filled in yet.");
    assert!(says("SYN ACK", "<b>", "1").1.contains("&lt;b&gt;"));
    let another = judge(exercise, &Answer::Chosen(&BTreeSet::new()));
    assert!(!another.right && matches!(exercise.kind, Kind::Fill(_)));
}

/// Reads one exercise of a kind that the course has not yet, and gives what is wrong with it.
fn read(exercise: &str) -> (Course, String) {
    let mut files = sample();
    let head =
        "[[exercise]]\nid = \"one\"\ntitle = \"One\"\ntask = \"Do.\"\nhints = [\"So.\"]\nwhy = \"Thus.\"\n";
    files.insert(EXERCISES.into(), format!("{head}{exercise}"));
    let (course, problems) = Course::read("course", &files);
    let what = told(&problems);
    (course, what)
}

const DECODE: &str = r#"kind = "decode"
hex = "d4 31 1f 40 00 00 00 2a 00 00 00 07 50 18 01 f6 00 00 00 00"
fields = ["destination-port", "seq", "data-offset", "flags"]
wrong = [
  { give = { data-offset = 10 }, says = "Only four bits are the offset." },
  { give = { destination-port = 54321 }, says = "The source port stands first." },
]
"#;

const BUILD: &str = r#"kind = "build"
goal = { source-port = 54321, destination-port = 8000, seq = 42, ack = 0, data-offset = 5, flags = "SYN", window = 64240 }
start = "d4 31 .. .. 00 00 00 2a 00 00 00 00 .. .. fa f0 00 00 00 00"
checksum = { source = "192.0.2.1", destination = "192.0.2.2" }
wrong = [
  { give = { flags = "ACK" }, says = "A first segment has nothing to acknowledge." },
  { give = { destination-port = 54321 }, says = "That is the sender's port." },
]
"#;

const OPERATE: &str = r#"kind = "operate"
hosts = ["server", "client"]
goals = [
  { says = "a socket listens", state = "LISTEN", host = "server" },
  { says = "two connections wait", queued = 2, backlog = 1, hint = "Connect twice." },
  { says = "a second bind fails", call = "bind", fails = "EADDRINUSE" },
]
[[exercise.answers]]
title = "All of it"
steps = [
  { host = "server", call = "socket", family = "AF_INET", kind = "SOCK_STREAM", as = "l" },
  { host = "server", call = "bind", socket = "l", address = ["127.0.0.1", 5000] },
  { host = "server", call = "listen", socket = "l", backlog = 1 },
  { host = "client", call = "socket", family = "AF_INET", kind = "SOCK_STREAM", as = "a" },
  { host = "client", call = "connect", socket = "a", address = "l" },
  { host = "client", call = "socket", family = "AF_INET", kind = "SOCK_STREAM", as = "b" },
  { host = "client", call = "connect", socket = "b", address = "l" },
  { host = "client", call = "socket", family = "AF_INET", kind = "SOCK_STREAM", as = "c" },
  { host = "client", call = "bind", socket = "c", address = ["127.0.0.1", 5000] },
]
[[exercise.answers]]
title = "One connection"
says = "two connections wait. Connect twice."
steps = [
  { host = "server", call = "socket", family = "AF_INET", kind = "SOCK_STREAM", as = "l" },
  { host = "server", call = "bind", socket = "l", address = ["127.0.0.1", 5000] },
  { host = "server", call = "listen", socket = "l", backlog = 1 },
  { host = "client", call = "socket", family = "AF_INET", kind = "SOCK_STREAM", as = "a" },
  { host = "client", call = "connect", socket = "a", address = "l" },
]
[[exercise.answers]]
title = "No listener"
says = "a socket listens"
steps = [{ host = "server", call = "socket", family = "AF_INET", kind = "SOCK_STREAM", as = "l" }]
"#;

const ORDER: &str = r#"kind = "order"
items = ["socket()", "bind()", "listen()", "accept()"]
spare = ["connect()"]
wrong = [
  { first = "listen()", then = "bind()", says = "No address yet." },
  { uses = "connect()", says = "That is the client's." },
  { leaves_out = "listen()", says = "It takes no connections." },
]
"#;

#[test]
fn each_kind_is_proved_by_its_own_answers() {
    for exercise in [DECODE, BUILD, OPERATE, ORDER] {
        let (_, wrong) = read(exercise);
        assert_eq!(wrong, "", "{exercise}");
    }
    let broken = |exercise: &str, from: &str, to: &str, says: &str| {
        assert!(exercise.contains(from));
        let (_, wrong) = read(&exercise.replacen(from, to, 1));
        assert!(wrong.contains(says), "“{says}” is not in {wrong}");
    };
    broken(DECODE, "data-offset = 10", "data-offset = 5", "is right");
    broken(DECODE, "data-offset = 10", "data-offset = 20", "does not fit");
    broken(DECODE, "50 18", "50 1", "no whole octets");
    broken(BUILD, ".. ..", "1f 40", "");
    broken(BUILD, "flags = \"SYN\"", "flag = \"SYN\"", "there is no field “flag”");
    broken(OPERATE, "queued = 2", "queued = 3", "does not pass");
    broken(OPERATE, "says = \"a socket listens\"\nsteps", "says = \"else\"\nsteps", "does not get “else”");
    broken(OPERATE, "state = \"LISTEN\"", "state = \"LISTENING\"", "LISTENING");
    broken(ORDER, "No address yet.\" },", "\" },", "says");
    broken(
        ORDER,
        "first = \"listen()\", then = \"bind()\"",
        "first = \"bind()\", then = \"listen()\"",
        "does not get “No address yet.”, but “”",
    );
}

#[test]
fn a_header_that_is_written_is_read_by_wire() {
    let (course, wrong) = read(BUILD);
    assert_eq!(wrong, "");
    let exercise = course.exercise("one", "one").expect("it was read");
    let says = |hex: &str| judge(exercise, &Answer::Built(hex)).says;
    assert!(says("d4 31 .. ..").contains("octet that is to be written"));
    assert_eq!(says("d4 31 1"), "5 digits are no whole octets: an octet has two.");
    assert_eq!(says("d4 31"), "a TCP header has at least 20 octets; these are 2.");
    let without = says("d4 31 1f 40 00 00 00 2a 00 00 00 00 50 02 fa f0 00 00 00 00");
    assert!(
        without.starts_with("You say checksum <code>0x0000</code>; what is asked for is <code>0x"),
        "{without}"
    );
    let Kind::Build(build) = &exercise.kind else { panic!("it is one") };
    assert_eq!(says(&build.right().expect("it can be written")), "");
}
