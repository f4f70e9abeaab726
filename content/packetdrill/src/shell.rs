//! Reads shell lines of scripts as settings. It runs nothing: a line that it does not understand is an error with its place.
//!
//! ```text
//!   sysctl -q net.ipv4.tcp_rmem="4096 $((256*1024)) 4194304"    settings
//!   tc qdisc replace dev tun0 root pfifo limit 0                the interface's queue
//!   ../common/defaults.sh                                       another file, read through `Files`
//!   ip tcp_metrics flush all                                    accepted: there is nothing to flush
//! ```

mod arithmetic;
mod commands;
#[cfg(test)]
mod tests;
mod words;

use crate::machine::Setting;
use crate::place::{Place, Source, Unsupported};
use words::{Separator, Token};

/// Where the files come from that a script's shell lines name.
pub trait Files {
    /// The file of this path, as the source writes it.
    ///
    /// # Errors
    /// Why it cannot be had, in words.
    fn read(&self, from: &str, path: &str) -> Result<Source, String>;
}

/// A file may call another, but not for ever.
const DEEPEST: usize = 8;

/// The settings that these lines make, each with its place.
pub(crate) fn read(
    text: &str,
    place: &Place,
    files: &dyn Files,
) -> Result<Vec<(Place, Setting)>, Unsupported> {
    let mut settings = Vec::new();
    read_into(&mut settings, text, place, files, 0)?;
    Ok(settings)
}

fn read_into(
    settings: &mut Vec<(Place, Setting)>,
    text: &str,
    place: &Place,
    files: &dyn Files,
    depth: usize,
) -> Result<(), Unsupported> {
    let mut command: Vec<String> = Vec::new();
    let mut begins = place.clone();
    let mut skips = false;
    for (place, token) in words::tokens(text, place)? {
        match token {
            Token::Word(word) => {
                if command.is_empty() {
                    begins = place;
                }
                command.push(word);
            }
            Token::End(separator) => {
                if !command.is_empty() && !skips {
                    run(settings, &command, &begins, files, depth)?;
                }
                command.clear();
                // Whatever is understood succeeds, so that what follows || does not run.
                skips = separator == Separator::Or;
            }
        }
    }
    if command.is_empty() || skips { Ok(()) } else { run(settings, &command, &begins, files, depth) }
}

fn run(
    settings: &mut Vec<(Place, Setting)>,
    command: &[String],
    place: &Place,
    files: &dyn Files,
    depth: usize,
) -> Result<(), Unsupported> {
    let fail = |what: String| Err(Unsupported { place: place.clone(), what });
    match commands::read(command) {
        Ok(commands::Meaning::Settings(made)) => {
            settings.extend(made.into_iter().map(|setting| (place.clone(), setting)));
            Ok(())
        }
        Ok(commands::Meaning::File(path)) => {
            if depth >= DEEPEST {
                return fail(format!("“{path}” is called too deeply"));
            }
            let source = match files.read(&place.file, &path) {
                Ok(source) => source,
                Err(why) => return fail(why),
            };
            let first = Place::top(&source.name);
            read_into(settings, &source.text, &first, files, depth + 1)
        }
        Err(why) => fail(why),
    }
}
