//! Reads the course in content/lessons, or in the folder that is its argument, and says what is wrong with it: file, line, why, what to do.

use lessons::Course;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = std::env::args_os()
        .nth(1)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).into(), PathBuf::from);
    let root = root.as_path();
    let mut files = BTreeMap::new();
    if let Err(error) = gather(root, root, &mut files) {
        eprintln!("{}: {error}", root.display());
        return ExitCode::FAILURE;
    }
    let mut folders: Vec<String> =
        files.keys().filter_map(|path| Some(path.split_once('/')?.0.to_owned())).collect();
    folders.retain(|folder| folder == "course" || folder.starts_with("course."));
    folders.dedup();
    let mut wrong = 0;
    for folder in folders {
        let (course, problems) = Course::read(&folder, &files);
        for problem in &problems {
            eprintln!("{problem}");
        }
        wrong += problems.len();
        let exercises: usize = course.exercises.values().map(Vec::len).sum();
        let missing = course.coverage.iter().filter(|row| row.is_missing()).count();
        let (lessons, rows) = (course.lessons.len(), course.coverage.len());
        println!(
            "{folder}: {lessons} lessons, {exercises} exercises; {missing} of {rows} rows of coverage.toml are not taught yet; {} mistakes",
            problems.len()
        );
    }
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every text file below a directory but Rust, by its path there.
fn gather(root: &Path, directory: &Path, files: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("src") && !path.ends_with("tests") {
                gather(root, &path, files)?;
            }
        } else if let (Ok(name), Ok(text)) = (path.strip_prefix(root), std::fs::read_to_string(&path)) {
            files.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    Ok(())
}
