//! What must stay true of the workspace as a whole, whoever changes it. Each test is named after what it guards, and each
//! check is shown to fail on a bad sample.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use walkdir::WalkDir;

use names::Name;

/// Who may depend on whom, directly; what follows by way of others is allowed as well.
const ARROWS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("sockets", &["wire"]),
    ("sim", &["sockets"]),
    ("packetdrill", &["sim"]),
    ("lab", &["sim"]),
    ("lessons", &["lab"]),
    ("protocol", &["sockets"]),
    ("server", &["protocol", "wire"]),
    ("web", &["lessons", "packetdrill", "protocol"]),
    ("tests", &["web", "server", "packetdrill"]),
    ("xtask", &[]),
];

/// Crates that tie code to a browser, an operating system, a clock or an async runtime.
const AMBIENT_CRATES: &[&str] = &[
    "async-std",
    "chrono",
    "getrandom",
    "gloo",
    "js-sys",
    "libc",
    "mio",
    "nix",
    "rustix",
    "smol",
    "socket2",
    "time",
    "tokio",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "web-sys",
    "yew",
    "yew-router",
];

/// Names of std and rand that do the same.
const AMBIENT_NAMES: &[&str] = &[
    "rand::random",
    "rand::rng",
    "rand::rngs::OsRng",
    "rand::rngs::SysRng",
    "rand::rngs::ThreadRng",
    "rand::thread_rng",
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
];

/// Names whose values differ from run to run or from machine to machine: hash order, and floats (whose functions differ
/// between platforms in the last bit).
const UNORDERED: &[&str] = &[
    "f32",
    "f64",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::collections::hash_map",
    "std::collections::hash_set",
    "std::f32",
    "std::f64",
    "std::hash::RandomState",
];

/// A member of the workspace, as cargo sees it.
struct Package {
    name: String,
    directory: PathBuf,
    /// Of the finished program: normal and build dependencies.
    dependencies: BTreeSet<String>,
    /// Every kind, also those of tests.
    all_dependencies: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the root").to_owned()
}

fn workspace() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root());
    let output = metadata.output().expect("cargo runs this test, so it can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    packages(&serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON"))
}

fn packages(metadata: &Value) -> Vec<Package> {
    let text = |value: &Value| value.as_str().expect("cargo metadata keeps its format").to_owned();
    let packages = metadata["packages"].as_array().expect("cargo metadata keeps its format");
    let package = |package: &Value| {
        let dependencies = package["dependencies"].as_array().expect("cargo metadata keeps its format");
        let names = |kinds: &dyn Fn(&Value) -> bool| {
            dependencies
                .iter()
                .filter(|dependency| kinds(&dependency["kind"]))
                .map(|d| text(&d["name"]))
                .collect()
        };
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        Package {
            name: text(&package["name"]),
            directory: manifest.parent().expect("a manifest lies in a directory").to_owned(),
            dependencies: names(&|kind| kind != "dev"),
            all_dependencies: names(&|_| true),
        }
    };
    packages.iter().map(package).collect()
}

/// The packages under content/.
fn subject() -> Vec<Package> {
    let content = root().join("content");
    let packages: Vec<_> =
        workspace().into_iter().filter(|package| package.directory.starts_with(&content)).collect();
    assert!(!packages.is_empty(), "content/ holds no package: this test looks in the wrong place");
    packages
}

/// The names that are forbidden, or that a glob import may bring in.
fn forbidden(names: &BTreeSet<Name>, rules: &[&str]) -> Vec<String> {
    let breaks = |name: &Name, rule: &str| {
        let rule: Vec<&str> = rule.split("::").collect();
        match name.split_last() {
            Some((star, module)) if star == "*" => {
                rule.len() > module.len() && module.iter().zip(&rule).all(|(a, b)| a == b)
                    || module.len() >= rule.len() && module.iter().zip(&rule).all(|(a, b)| a == b)
            }
            _ => name.len() >= rule.len() && name.iter().zip(&rule).all(|(a, b)| a == b),
        }
    };
    let broken = names.iter().filter(|name| rules.iter().any(|rule| breaks(name, rule)));
    broken.map(|name| name.join("::")).collect()
}

fn assert_libraries_are_free_of(rules: &[&str], why: &str) {
    let mut found = Vec::new();
    for package in subject() {
        for (path, names) in names::of_library(&package.directory) {
            let names = forbidden(&names, rules);
            if !names.is_empty() {
                found.push(format!("{}: {}", path.display(), names.join(", ")));
            }
        }
    }
    assert!(found.is_empty(), "{why}\n{}", found.join("\n"));
}

/// The crates in the list that a package's library can name.
fn ambient_crates(package: &Package) -> Vec<&'static str> {
    AMBIENT_CRATES.iter().copied().filter(|name| package.dependencies.contains(*name)).collect()
}

/// The dependencies between members that no arrow allows.
fn forbidden_arrows(packages: &[Package]) -> Vec<String> {
    let direct: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages {
        if !direct.contains_key(&package.name[..]) {
            wrong.push(format!("{} is not in ARROWS: say on whom it may depend", package.name));
            continue;
        }
        let mut allowed = BTreeSet::new();
        let mut to_follow = vec![&package.name[..]];
        while let Some(name) = to_follow.pop() {
            let targets = direct.get(name).copied().unwrap_or_default();
            to_follow.extend(targets.iter().filter(|target| allowed.insert(**target)));
        }
        let members = package.all_dependencies.iter().filter(|name| direct.contains_key(&name[..]));
        wrong.extend(
            members
                .filter(|name| !allowed.contains(&name[..]))
                .map(|name| format!("{} -> {name}", package.name)),
        );
    }
    wrong
}

/// The packages, other than the named ones, that depend on a crate of this family.
fn users_of(family: &str, packages: &[Package], allowed: &[&str]) -> Vec<String> {
    let uses = |package: &&Package| {
        package.all_dependencies.iter().any(|name| name == family || name.starts_with(&format!("{family}-")))
    };
    let outside = packages.iter().filter(uses).filter(|package| !allowed.contains(&&package.name[..]));
    outside.map(|package| package.name.clone()).collect()
}

/// Rust files in the directories that begin with a number: those are lessons.
fn rust_in_lessons(files: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let is_lesson = |part: &std::ffi::OsStr| part.as_encoded_bytes().first().is_some_and(u8::is_ascii_digit);
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| path.parent().is_some_and(|parent| parent.iter().any(is_lesson)))
        .collect()
}

#[test]
fn the_subject_knows_no_browser_os_clock_or_async_runtime() {
    assert_libraries_are_free_of(AMBIENT_NAMES, "libraries under content/ must not know where they run:");
    for package in subject() {
        let crates = ambient_crates(&package);
        assert!(crates.is_empty(), "{} depends on {}", package.name, crates.join(", "));
    }
}

#[test]
fn nothing_unordered_reaches_a_log() {
    assert_libraries_are_free_of(
        UNORDERED,
        "a Log must be the same in every run: use BTreeMap, and integers:",
    );
}

#[test]
fn only_the_site_names_yew_and_only_the_bridge_and_tests_name_tokio() {
    let packages = workspace();
    assert_eq!(users_of("yew", &packages, &["web"]), [""; 0]);
    assert_eq!(users_of("tokio", &packages, &["server", "tests", "xtask"]), [""; 0]);
}

#[test]
fn packages_depend_on_each_other_only_along_the_arrows() {
    assert_eq!(forbidden_arrows(&workspace()), [""; 0]);
}

#[test]
fn lessons_are_data_and_hold_no_rust() {
    let lessons = root().join("content/lessons");
    let files = WalkDir::new(&lessons).into_iter().filter_map(Result::ok).map(walkdir::DirEntry::into_path);
    let relative = files.filter_map(|path| path.strip_prefix(&lessons).map(Path::to_owned).ok());
    assert_eq!(rust_in_lessons(relative), Vec::<PathBuf>::new());
}

/// The checks themselves, on samples that break the rules.
mod the_checks_can_fail {
    use super::*;

    #[track_caller]
    fn check(text: &str, rules: &[&str], expected: &[&str]) {
        assert_eq!(forbidden(&names::of_text(text), rules), expected);
    }

    #[test]
    fn on_ambient_names() {
        check("use std::{time::{Duration, Instant}, fmt};", AMBIENT_NAMES, &["std::time::Instant"]);
        check(
            "use std::time; fn f() { time::SystemTime::now(); }",
            AMBIENT_NAMES,
            &["std::time::SystemTime::now"],
        );
        check("use std::net::*;", AMBIENT_NAMES, &["std::net::*"]);
        check("use std::{thread as fmt};", AMBIENT_NAMES, &["std::thread"]);
        check(
            "fn f() { let c = std::net::TcpStream::connect(a); }",
            AMBIENT_NAMES,
            &["std::net::TcpStream::connect"],
        );
        check("fn f() { rand::thread_rng(); }", AMBIENT_NAMES, &["rand::thread_rng"]);
        check("pub use std::time;", AMBIENT_NAMES, &["std::time::*"]);
        check("pub(crate) use std as os;", AMBIENT_NAMES, &["std::*"]);
        let fine = "use std::{net::{IpAddr, SocketAddr}, io}; pub use core::time::Duration; use std::fmt::*;";
        check(fine, AMBIENT_NAMES, &[]);
    }

    #[test]
    fn on_unordered_names() {
        check("use std::collections::{BTreeMap, HashMap as Map};", UNORDERED, &["std::collections::HashMap"]);
        check("struct A { at: f64 }", UNORDERED, &["f64"]);
        check("const A: u64 = (2.5 * B) as u64;", UNORDERED, &["f64"]);
        check("use std::collections::BTreeMap; const A: u64 = 2;", UNORDERED, &[]);
    }

    fn package(name: &str, dependencies: &[&str]) -> Package {
        let dependencies: BTreeSet<String> = dependencies.iter().map(|name| (*name).to_owned()).collect();
        let all_dependencies = dependencies.clone();
        Package { name: name.to_owned(), directory: PathBuf::new(), dependencies, all_dependencies }
    }

    #[test]
    fn on_dependencies() {
        let bad = package("lab", &["sockets", "web-sys", "tokio"]);
        assert_eq!(ambient_crates(&bad), ["tokio", "web-sys"]);
        assert_eq!(
            users_of("yew", &[package("web", &["yew"]), package("lab", &["yew-router"])], &["web"]),
            ["lab"]
        );
        assert_eq!(
            users_of("tokio", &[package("protocol", &["tokio-tungstenite"])], &["server"]),
            ["protocol"]
        );
    }

    #[test]
    fn on_arrows() {
        let packages = [
            package("web", &["protocol", "sockets", "server"]),
            package("sockets", &["wire", "lab", "serde"]),
            package("stray", &[]),
        ];
        let expected =
            ["web -> server", "sockets -> lab", "stray is not in ARROWS: say on whom it may depend"];
        assert_eq!(forbidden_arrows(&packages), expected);
    }

    #[test]
    fn on_rust_in_a_lesson() {
        let files = ["01-stream/lesson.md", "01-stream/peer.rs", "src/loader.rs", "src/unit/02.rs"];
        assert_eq!(rust_in_lessons(files.into_iter().map(PathBuf::from)), [Path::new("01-stream/peer.rs")]);
    }

    #[test]
    fn on_what_cargo_says() {
        let metadata = serde_json::json!({"packages": [{
            "name": "lab", "manifest_path": "/w/content/lab/Cargo.toml",
            "dependencies": [{"name": "sockets", "kind": null}, {"name": "tokio", "kind": "dev"}],
        }]});
        let found = packages(&metadata);
        assert_eq!(found[0].directory, Path::new("/w/content/lab"));
        assert!(!found[0].dependencies.contains("tokio") && found[0].all_dependencies.contains("tokio"));
    }
}
