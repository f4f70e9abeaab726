//! Makes the gallery's table from the files in `gallery/`: what stands in lists, and each whole text.

#[path = "src/prose.rs"]
#[allow(dead_code, reason = "only what splits prose is needed here")]
mod prose;

use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let directory = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("gallery");
    println!("cargo::rerun-if-changed={}", directory.display());
    let mut files: Vec<_> = fs::read_dir(&directory)
        .expect("the directory gallery/ is there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    // Apart, so that a program which only lists them does not carry the texts.
    let mut table = String::from("pub const GALLERY: &[Exhibit] = &[\n");
    let mut texts = String::from("const TEXTS: &[(&str, &str)] = &[\n");
    for path in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).expect("the file was listed");
        let json: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let field = |name: &str| {
            json[name].as_str().unwrap_or_else(|| panic!("{}: “{name}” is missing", path.display()))
        };
        writeln!(
            table,
            "Exhibit {{ id: {:?}, group: {:?}, title: {:?}, look_for: {:?}, prose: &{:?} }},",
            field("id"),
            field("group"),
            field("title"),
            prose::plain(field("look_for")),
            prose::parts(field("look_for")),
        )
        .expect("a String takes all");
        writeln!(texts, "({:?}, include_str!({:?})),", field("id"), path).expect("a String takes all");
    }
    let out = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("gallery.rs");
    fs::write(out, format!("/// All of them, in the order in which they are shown; those of one group stand together.\n{table}];\n{texts}];\n")).expect("cargo's directory is writable");
}
