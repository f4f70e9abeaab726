//! Reads a packetdrill script: options, events and their times. Packets and calls are read beside.
//!
//! ```text
//!   --tolerance_usecs=7000                     options
//!   `sysctl -q net.ipv4.tcp_sack=0`            a command
//!   +.1 < S 0:0(0) win 32792 <mss 1000>        time, packet
//!   +0...0.2 accept(3, ..., ...) = 4           time, end, call
//!   +0 %{ assert tcpi_snd_cwnd == 10 }%        time, code
//! ```
//!
//! Whatever is not understood is an error with its line; nothing is skipped.

mod call;
mod cursor;
mod packet;
#[cfg(test)]
mod tests;

use crate::place::{Source, Unsupported};
use crate::script::{Action, Event, EventTime, OptionLine, Script};
pub(crate) use call::read_expr;
pub(crate) use cursor::Cursor;

/// Reads a script.
///
/// # Errors
/// The first thing that is not understood, with its file and line.
pub fn parse(source: &Source) -> Result<Script, Unsupported> {
    let (script, problems) = read(source, 1);
    problems.into_iter().next().map_or(Ok(script), Err)
}

/// The most problems of one script that are told.
const MOST_PROBLEMS: usize = 100;

/// Reads what can be read of a script, and everything that cannot: after a line that is not understood, the reading goes on with the next
/// that begins as an event does.
pub fn parse_all(source: &Source) -> (Script, Vec<Unsupported>) {
    read(source, MOST_PROBLEMS)
}

fn read(source: &Source, most: usize) -> (Script, Vec<Unsupported>) {
    // A byte order mark is no part of the text.
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let mut cursor = Cursor::new(&source.name, text);
    let mut script = Script { options: Vec::new(), events: Vec::new(), end: cursor.place() };
    let mut problems = Vec::new();
    loop {
        let begin = cursor.clone();
        match read_next(&mut cursor, &mut script) {
            Ok(true) => {}
            Ok(false) => break,
            Err(problem) => {
                problems.push(problem);
                // A line may be left out in the middle: what was read of the next one is read again.
                let ended = begin.recover();
                if problems.len() == most || !ended.is_some_and(|next| replace(&mut cursor, next)) {
                    break;
                }
            }
        }
    }
    script.end = cursor.place();
    (script, problems)
}

fn replace<'a>(cursor: &mut Cursor<'a>, next: Cursor<'a>) -> bool {
    *cursor = next;
    true
}

/// Reads what comes next; whether there was something.
fn read_next(cursor: &mut Cursor<'_>, script: &mut Script) -> Result<bool, Unsupported> {
    cursor.blanks()?;
    if cursor.is_at_end() {
        return Ok(false);
    }
    if cursor.rest().starts_with('-') {
        if !script.events.is_empty() {
            return cursor.fail("an option must stand before the first event");
        }
        read_options(cursor, &mut script.options)?;
    } else {
        script.events.push(read_event(cursor)?);
    }
    Ok(true)
}

/// `--name=value`, or `-D NAME=VALUE` as the command line has it; several may share a line.
fn read_options(cursor: &mut Cursor<'_>, options: &mut Vec<OptionLine>) -> Result<(), Unsupported> {
    let place = cursor.place();
    if cursor.eat("--")? {
        let name = cursor.while_in(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-').to_owned();
        if name.is_empty() {
            return cursor.expected("an option's name after --");
        }
        let value = if cursor.rest().starts_with('=') {
            cursor.bump();
            Some(read_value(cursor)?)
        } else {
            None
        };
        options.push(OptionLine { place, name, value });
        return Ok(());
    }
    if cursor.eat("-D")? {
        cursor.blanks()?;
        let value = Some(read_value(cursor)?);
        options.push(OptionLine { place, name: "define".into(), value });
        return Ok(());
    }
    cursor.expected("an option, --name=value")
}

/// A value up to the next blank; quotes keep blanks.
fn read_value(cursor: &mut Cursor<'_>) -> Result<String, Unsupported> {
    let mut value = String::new();
    while let Some(next) = cursor.peek().filter(|c| !c.is_whitespace()) {
        cursor.bump();
        if next == '"' || next == '\'' {
            match cursor.until(&next.to_string()) {
                Some(quoted) => value.push_str(quoted),
                None => return cursor.fail("the quotation mark is not closed"),
            }
        } else {
            value.push(next);
        }
    }
    Ok(value)
}

fn read_event(cursor: &mut Cursor<'_>) -> Result<Event, Unsupported> {
    // A command without a time runs when the script comes to it: before the first event, or after the last.
    if cursor.rest().starts_with('`') {
        let place = cursor.place();
        return Ok(Event { place, time: EventTime::Relative(0), action: read_action(cursor, None)? });
    }
    let time = read_time(cursor)?;
    let end = if cursor.eat("...")? {
        cursor.blanks()?;
        let relative = cursor.rest().starts_with('+');
        if relative {
            cursor.bump();
        }
        let end = read_seconds(cursor)?;
        if !matches!(time, EventTime::Absolute(begin) | EventTime::Relative(begin) if begin <= end) {
            return cursor
                .fail("a blocking call needs one time at which it begins, and a later one at which it ends");
        }
        Some(end)
    } else {
        None
    };
    cursor.blanks()?;
    let place = cursor.place();
    let action = read_action(cursor, end)?;
    if end.is_some() && !matches!(action, Action::Call(_)) {
        return Err(Unsupported { place, what: "only a call can have an end time".into() });
    }
    Ok(Event { place, time, action })
}

fn read_action(cursor: &mut Cursor<'_>, end: Option<u64>) -> Result<Action, Unsupported> {
    cursor.blanks()?;
    if cursor.eat("`")? {
        return match cursor.until("`") {
            Some(text) => Ok(Action::Command(text.to_owned())),
            None => cursor.fail("the command's closing ` is missing"),
        };
    }
    if cursor.eat("%{")? {
        return match cursor.until("}%") {
            Some(text) => Ok(Action::Code(text.to_owned())),
            None => cursor.fail("the code's closing }% is missing"),
        };
    }
    if matches!(cursor.peek(), Some('<' | '>')) {
        return Ok(Action::Packet(packet::read_packet(cursor)?));
    }
    if !cursor.peek_word()?.is_empty() {
        return Ok(Action::Call(call::read_call(cursor, end)?));
    }
    cursor.expected("a packet (< or >), a call, `a command` or %{ code }%")
}

fn read_time(cursor: &mut Cursor<'_>) -> Result<EventTime, Unsupported> {
    if cursor.eat("*")? {
        return Ok(EventTime::Any);
    }
    let relative = cursor.eat("+")?;
    let begin = read_seconds(cursor)?;
    if !cursor.eat("~")? {
        return Ok(if relative { EventTime::Relative(begin) } else { EventTime::Absolute(begin) });
    }
    if cursor.eat("+")? != relative {
        return cursor.fail("both ends of a range are relative (+a~+b), or both absolute (a~b)");
    }
    let end = read_seconds(cursor)?;
    if end < begin {
        return cursor.fail("the range of times ends before it begins");
    }
    Ok(if relative { EventTime::RelativeRange(begin, end) } else { EventTime::AbsoluteRange(begin, end) })
}

/// Seconds with up to six decimals, in microseconds; further decimals are dropped.
fn read_seconds(cursor: &mut Cursor<'_>) -> Result<u64, Unsupported> {
    cursor.blanks()?;
    let start = cursor.clone();
    let whole = cursor.while_in(|c| c.is_ascii_digit());
    let mut decimals = "";
    if cursor.rest().starts_with('.') && !cursor.rest().starts_with("..") {
        cursor.bump();
        decimals = cursor.while_in(|c| c.is_ascii_digit());
    }
    if whole.is_empty() && decimals.is_empty() {
        return start.expected("a time in seconds, or *");
    }
    let mut micros: u64 = 0;
    for place in 0..6 {
        let digit = decimals.as_bytes().get(place).map_or(0, |octet| octet - b'0');
        micros = micros * 10 + u64::from(digit);
    }
    let whole = if whole.is_empty() { Some(0) } else { whole.parse::<u64>().ok() };
    // A million years is more than any script needs, and sums of it do not overflow.
    match whole.filter(|seconds| *seconds < 31_557_600_000) {
        Some(seconds) => Ok(seconds * 1_000_000 + micros),
        None => start.fail("the time is too large"),
    }
}
