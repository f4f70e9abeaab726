//! The texts of the exercises that stand by themselves.

use super::exercise::{BadExercise, Exercise};

macro_rules! folder {
    ($id:literal: $($file:literal),*) => {
        ($id, include_str!(concat!("../../exercises/", $id, "/exercise.json")), &[
            $(($file, include_str!(concat!("../../exercises/", $id, "/", $file)))),*
        ])
    };
}

/// A file's name and its text.
type File = (&'static str, &'static str);

/// Each exercise's id, its text, and the files beside it.
const FOLDERS: &[(&str, &str, &[File])] = &[
    folder!("read-a-line": "start.py", "right.py", "by-file.py", "endless.py", "lost-rest.py", "unclosed.py"),
];

/// An exercise of [`EXERCISES`](crate::EXERCISES); `None` where there is none of this id.
pub fn shelved(id: &str) -> Option<Result<Exercise, BadExercise>> {
    let (_, text, files) = FOLDERS.iter().find(|(folder, ..)| *folder == id)?;
    let read = |name: &str| Some(files.iter().find(|(file, _)| *file == name)?.1.to_owned());
    Some(Exercise::parse(text, &read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EXERCISES;

    #[test]
    fn every_exercise_of_the_list_is_there_and_whole() {
        assert_eq!(FOLDERS.len(), EXERCISES.len());
        for listed in EXERCISES {
            let exercise = shelved(listed.id)
                .expect("it has a folder")
                .unwrap_or_else(|bad| panic!("{}: {bad}", listed.id));
            assert_eq!((exercise.id.as_str(), exercise.title.as_str()), (listed.id, listed.title));
            let right = exercise.answers.iter().filter(|answer| answer.fails.is_none()).count();
            assert!(right >= 1 && exercise.answers.len() - right >= 2, "{}: answers", listed.id);
            // The untouched start is no answer: it fails as one of the wrong ones does.
            let starts = |answer: &&super::super::Answer| answer.files.is_empty() && answer.fails.is_some();
            assert!(exercise.answers.iter().any(|answer| starts(&answer)), "{}: the start fails", listed.id);
            assert!(!exercise.hints.is_empty() && !exercise.task.is_empty());
        }
    }
}
