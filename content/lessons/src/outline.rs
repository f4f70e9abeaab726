//! How far somebody is in the course: what of it there is, beside what was done.

use crate::progress::{Attempted, Day, Progress};
use serde::{Deserialize, Serialize};

/// What there is to do, lesson by lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The lessons, in their order.
    pub lessons: Vec<Chapter>,
}

/// A lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Its name in links.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its exercises, in their order.
    pub exercises: Vec<Listed>,
}

/// An exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its id, which is its address on the lesson's page too.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// Where to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Onward<'a> {
    /// The lesson.
    pub chapter: &'a Chapter,
    /// The exercise; nothing where the lesson is to be read from its beginning.
    pub exercise: Option<&'a Listed>,
}

impl Chapter {
    /// Its exercises with what is known of each.
    pub fn attempts<'a>(
        &'a self,
        progress: &'a Progress,
    ) -> impl DoubleEndedIterator<Item = (&'a Listed, Option<Attempted>)> {
        self.exercises.iter().map(|exercise| (exercise, progress.exercise(&self.name, &exercise.id)))
    }

    /// The day on which each of its exercises is solved; of a lesson without exercises nobody knows.
    pub fn finished(&self, progress: &Progress) -> Option<Day> {
        let days: Option<Vec<Day>> = self.attempts(progress).map(|(_, it)| it?.solved).collect();
        days?.into_iter().max()
    }

    /// The exercises that are not solved.
    pub fn missing<'a>(&'a self, progress: &'a Progress) -> impl Iterator<Item = &'a Listed> {
        let open = |it: Option<Attempted>| it.is_none_or(|it| it.solved.is_none());
        self.attempts(progress).filter(move |(_, it)| open(*it)).map(|(exercise, _)| exercise)
    }

    /// The exercise to go on with: the first open one behind the last that is solved, or else the first open one.
    fn next(&self, progress: &Progress) -> Option<&Listed> {
        let solved: Vec<bool> =
            self.attempts(progress).map(|(_, it)| it.is_some_and(|it| it.solved.is_some())).collect();
        let behind = solved.iter().rposition(|solved| *solved).map_or(0, |place| place + 1);
        let open = |from: usize| (from..solved.len()).find(|&place| !solved[place]);
        self.exercises.get(open(behind).or_else(|| open(0))?)
    }
}

impl Outline {
    /// The course's.
    #[cfg(feature = "course")]
    pub fn of(course: &crate::Course) -> Outline {
        let chapter = |lesson: &crate::Lesson| Chapter {
            name: lesson.name.clone(),
            title: lesson.front.title.clone(),
            exercises: course.exercises.get(&lesson.name).into_iter().flatten().map(Listed::of).collect(),
        };
        Outline { lessons: course.lessons.iter().map(chapter).collect() }
    }

    /// How many exercises there are.
    pub fn exercises(&self) -> usize {
        self.lessons.iter().map(|chapter| chapter.exercises.len()).sum()
    }

    /// How many of them are solved.
    pub fn solved(&self, progress: &Progress) -> usize {
        self.exercises() - self.lessons.iter().map(|chapter| chapter.missing(progress).count()).sum::<usize>()
    }

    /// The day on which the last exercise is solved, when all are.
    pub fn finished(&self, progress: &Progress) -> Option<Day> {
        let days: Option<Vec<Day>> = self
            .lessons
            .iter()
            .filter(|chapter| !chapter.exercises.is_empty())
            .map(|chapter| chapter.finished(progress))
            .collect();
        days?.into_iter().max()
    }

    /// Where to go on: in the lesson that was open last, or, where that is finished, in the first open one after it, or before it. Nothing
    /// when all is done.
    pub fn onward<'a>(&'a self, progress: &Progress) -> Option<Onward<'a>> {
        let last =
            self.lessons.iter().position(|chapter| Some(&*chapter.name) == progress.last()).unwrap_or(0);
        let mut from = self.lessons[last.min(self.lessons.len())..].iter().chain(&self.lessons[..last]);
        let chapter = from.find(|chapter| chapter.missing(progress).next().is_some())?;
        let begun = chapter.attempts(progress).any(|(_, it)| it.is_some());
        Some(Onward { chapter, exercise: chapter.next(progress).filter(|_| begun) })
    }

    /// What is to be answered again, the longest due first. What the course no longer has does not come back.
    pub fn due<'a>(&'a self, progress: &'a Progress, today: Day) -> Vec<(&'a Chapter, &'a Listed)> {
        let mut due: Vec<(Day, &Chapter, &Listed)> = Vec::new();
        for chapter in &self.lessons {
            for (exercise, it) in chapter.attempts(progress) {
                if let Some(review) = it.and_then(|it| it.review).filter(|review| review.due <= today) {
                    due.push((review.due, chapter, exercise));
                }
            }
        }
        due.sort_by_key(|(day, ..)| *day);
        due.into_iter().map(|(_, chapter, exercise)| (chapter, exercise)).collect()
    }

    /// The next day after this one on which something comes back.
    pub fn next_review(&self, progress: &Progress, today: Day) -> Option<Day> {
        let all = self.lessons.iter().flat_map(|chapter| chapter.attempts(progress));
        all.filter_map(|(_, it)| Some(it?.review?.due)).filter(|day| *day > today).min()
    }
}

impl Listed {
    #[cfg(feature = "course")]
    fn of(exercise: &crate::Exercise) -> Listed {
        Listed { id: exercise.id.clone(), title: exercise.title.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Outline {
        let listed = |id: &&str| Listed { id: (*id).into(), title: id.to_uppercase() };
        let chapter = |name: &str, ids: &[&str]| Chapter {
            name: name.into(),
            title: name.to_uppercase(),
            exercises: ids.iter().map(listed).collect(),
        };
        Outline {
            lessons: vec![chapter("one", &["a", "b", "c"]), chapter("two", &["d"]), chapter("three", &["e"])],
        }
    }

    fn onward(progress: &Progress) -> Option<(String, Option<String>)> {
        let course = course();
        let onward = course.onward(progress)?;
        Some((onward.chapter.name.clone(), onward.exercise.map(|it| it.id.clone())))
    }

    #[test]
    fn one_goes_on_where_one_was_and_after_that_where_something_is_open() {
        let at =
            |lesson: &str, exercise: Option<&str>| Some((lesson.to_owned(), exercise.map(str::to_owned)));
        let mut it = Progress::default();
        assert_eq!(onward(&it), at("one", None));
        it.visited("one");
        it.answered("one", "b", true, 1);
        assert_eq!(onward(&it), at("one", Some("c")), "a was left out; one does not go back for it at once");
        it.answered("one", "c", true, 1);
        assert_eq!(onward(&it), at("one", Some("a")));
        it.visited("two");
        assert_eq!(onward(&it), at("two", None));
        it.answered("two", "d", true, 2);
        assert_eq!(onward(&it), at("three", None));
        it.answered("three", "e", true, 2);
        assert_eq!(onward(&it), at("one", Some("a")), "what was left out comes at the end");
        it.answered("one", "a", true, 3);
        assert_eq!(onward(&it), None);
        it.visited("a lesson that is gone");
        assert_eq!(onward(&it), None);
        assert_eq!(Outline::default().onward(&it), None);
    }

    #[test]
    fn a_lesson_is_finished_when_each_of_its_exercises_was_right_once() {
        let (course, mut it) = (course(), Progress::default());
        for (exercise, right, day) in [("a", true, 3), ("b", true, 1), ("c", false, 4)] {
            it.answered("one", exercise, right, day);
        }
        assert_eq!((course.lessons[0].finished(&it), course.solved(&it)), (None, 2));
        it.answered("one", "c", true, 5);
        it.answered("one", "a", false, 6);
        assert_eq!(course.lessons[0].finished(&it), Some(5), "that it went wrong later takes nothing away");
        assert_eq!(course.finished(&it), None);
        it.answered("two", "d", true, 9);
        it.answered("three", "e", true, 7);
        assert_eq!(course.finished(&it), Some(9));
    }

    #[test]
    fn the_longest_due_comes_first_and_what_is_gone_does_not_come() {
        let (course, mut it) = (course(), Progress::default());
        it.answered("one", "a", false, 9);
        it.answered("two", "d", false, 3);
        it.answered("two", "an exercise that is gone", false, 1);
        let due = |today: Day| {
            course.due(&it, today).into_iter().map(|(_, exercise)| exercise.id.as_str()).collect::<Vec<_>>()
        };
        assert_eq!((due(3), due(4), due(10)), (vec![], vec!["d"], vec!["d", "a"]));
        assert_eq!((course.next_review(&it, 4), course.next_review(&it, 10)), (Some(10), None));
    }
}
