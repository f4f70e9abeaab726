//! The programs of a case, as they lie in the repository.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How much later than the others a client starts, unless the case says otherwise.
const LATER_MS: u64 = 200;

/// A program of a case.
#[derive(Clone, Debug)]
pub struct Program {
    pub file: String,
    pub text: String,
    /// After the beginning, in milliseconds.
    pub starts_ms: u64,
    pub args: Vec<String>,
    /// What is typed to it, before the end of its input.
    pub lines: Vec<String>,
}

/// Programs that run together.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    pub programs: Vec<Program>,
    /// Files beside them, by name.
    pub files: BTreeMap<String, String>,
    /// They never end by themselves.
    pub goes_on: bool,
    /// Files of programs whose lines may come in any order.
    pub unsettled: BTreeSet<String>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The table of explained differences.
pub fn table() -> String {
    let path = repository().join("tests/programs/README.md");
    std::fs::read_to_string(path).expect("tests/programs/README.md is there")
}

/// All cases: the Lab's templates, and what lies in tests/programs.
pub fn all() -> Vec<Case> {
    let of = |directory: &str, prefix: &str| {
        let path = repository().join(directory);
        let entries = std::fs::read_dir(path).expect("the directory is there");
        let directories =
            entries.map(|entry| entry.expect("it can be read").path()).filter(|path| path.is_dir());
        let mut cases: Vec<Case> = directories.map(|path| read(&path, prefix)).collect();
        cases.sort_by(|one, other| one.name.cmp(&other.name));
        cases
    };
    let mut cases = of("content/lab/programs", "template-");
    for (number, case) in cases.iter_mut().enumerate() {
        // Other tests run beside this one, and have these ports.
        let port = format!("59{number:02}");
        for program in &mut case.programs {
            program.text = program.text.replace("5000", &port).replace("8000", &port);
        }
        // Its threads print as they come, and who is first is nobody's choice.
        if case.name == "template-threaded" {
            for program in &mut case.programs {
                program.text = program.text.replace("worker {number + 1}", "worker");
            }
            case.unsettled = case.programs.iter().map(|program| program.file.clone()).collect();
        }
    }
    cases.extend(of("tests/programs", ""));
    cases
}

fn read(directory: &Path, prefix: &str) -> Case {
    let own = directory.file_name().expect("it has a name").to_string_lossy();
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(directory).expect("it can be read") {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        files.insert(name, std::fs::read_to_string(&path).expect("it is a text"));
    }
    let how = files.remove("how.json").unwrap_or_else(|| "{}".into());
    let how: Value = serde_json::from_str(&how).unwrap_or_else(|error| panic!("{own}/how.json: {error}"));
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
    };
    let modules = texts(&how["modules"]);
    let is_program = |name: &str| name.ends_with(".py") && !modules.iter().any(|module| module == name);
    let (programs, files) = files.into_iter().partition::<BTreeMap<_, _>, _>(|(name, _)| is_program(name));
    let program = |(file, text): (String, String)| {
        let own = &how[&file];
        let starts_ms = if file.starts_with("client") { LATER_MS } else { 0 };
        let starts_ms = own["starts_ms"].as_u64().unwrap_or(starts_ms);
        Program { starts_ms, args: texts(&own["args"]), lines: texts(&own["lines"]), file, text }
    };
    Case {
        name: format!("{prefix}{own}"),
        programs: programs.into_iter().map(program).collect(),
        files,
        goes_on: how["goes_on"].as_bool().unwrap_or(false),
        unsettled: texts(&how["unsettled"]).into_iter().collect(),
    }
}

impl Case {
    /// As it stands in a link to the Lab.
    pub fn link(&self) -> String {
        let program = |program: &Program| {
            let Program { file, text, starts_ms, args, lines } = program;
            let typed = lines.iter().map(|line| json!({"text": line})).chain([json!({"text": null})]);
            json!({
                "name": file.trim_end_matches(".py"), "file": file, "text": text, "starts_us": starts_ms * 1_000,
                "args": args, "lines": typed.collect::<Vec<_>>(), "files": self.files,
            })
        };
        let programs: Vec<Value> = self.programs.iter().map(program).collect();
        let project = json!({"delay_us": 20_000, "programs": programs}).to_string();
        let packed = miniz_oxide::deflate::compress_to_vec(project.as_bytes(), 9);
        format!("programs={}", data_encoding::BASE64URL_NOPAD.encode(&packed))
    }
}
