//! Exercises graded: hostile peers, the wrong programs that people write, and right ones.

#![cfg(not(target_family = "wasm"))]

mod interpreter;
mod peers;

use interpreter::{Over, Program, Py, Raised, play, raise};
use lab::grade::{Exercise, Finding, Light, shelved};
use sockets::{Failure, Micros, SocketId, Trace, What};

fn exercise() -> Exercise {
    shelved("read-a-line").expect("it is there").expect("it is whole")
}

/// The first trial that a program fails, with what is said there; nothing for one that passes all.
fn first_failed(exercise: &Exercise, program: Program) -> Option<(String, Vec<Finding>, Over)> {
    exercise.trials.iter().find_map(|trial| {
        let over = play(exercise, trial, program);
        let failed: Vec<Finding> = over.findings.iter().filter(|finding| !finding.passed).cloned().collect();
        (!failed.is_empty()).then(|| (trial.id.clone(), failed, over))
    })
}

/// That a program passes all trials but this one, where this is said of it, in this line.
fn check(program: Program, trial: &str, check: &str, line: u32, says: &str) -> (Finding, Over) {
    let (first, failed, over) = first_failed(&exercise(), program).expect("it does not pass");
    assert_eq!(first, trial, "{failed:#?}");
    let finding = failed.into_iter().find(|finding| finding.check == check).expect("the check fails");
    assert!(finding.says.contains(says), "{}", finding.says);
    assert_eq!(finding.place.as_ref().map(|place| place.line), Some(line), "{finding:#?}");
    assert!(finding.moment.as_ref().is_some_and(|moment| !moment.lights.is_empty()), "{finding:#?}");
    (finding, over)
}

/// The exercise's client, with its own way to read a line.
fn client(
    py: &mut Py,
    mut read_line: impl FnMut(&mut Py, SocketId) -> Result<Vec<u8>, Raised>,
) -> Result<(), Raised> {
    let connection = py.connect(9, "127.0.0.1")?;
    // As a with statement does: closed also when an exception passes.
    let done = (|| {
        let line = read_line(py, connection)?;
        py.print(&String::from_utf8_lossy(&line));
        py.send(11, connection, b"Ada\n")?;
        let line = read_line(py, connection)?;
        py.print(&String::from_utf8_lossy(&line));
        Ok(())
    })();
    py.close(9, connection);
    done
}

/// Reads lines with a buffer.
fn buffered(py: &mut Py, connection: SocketId, received: &mut Vec<u8>) -> Result<Vec<u8>, Raised> {
    loop {
        if let Some(end) = received.iter().position(|octet| *octet == b'\n') {
            let line = received.drain(..=end).take(end).collect();
            return Ok(line);
        }
        let more = py.recv(6, connection, 1024)?;
        if more.is_empty() {
            return raise("EOFError");
        }
        received.extend(more);
    }
}

fn right(py: &mut Py) -> Result<(), Raised> {
    let mut received = Vec::new();
    client(py, |py, connection| buffered(py, connection, &mut received))
}

#[test]
fn a_right_program_passes_every_trial() {
    let exercise = exercise();
    for trial in &exercise.trials {
        let over = play(&exercise, trial, right);
        assert_eq!(
            over.findings.len(),
            exercise.checks_of(trial).count(),
            "{}: {:#?}",
            trial.id,
            over.findings
        );
        for finding in &over.findings {
            assert!(finding.passed, "{}: {}: {}", trial.id, finding.check, finding.says);
        }
    }
}

#[test]
fn the_same_program_gets_the_same_story_and_the_same_findings() {
    let exercise = exercise();
    let trial = &exercise.trials[1];
    let (one, two) = (play(&exercise, trial, right), play(&exercise, trial, right));
    assert_eq!(one.log, two.log);
    assert_eq!(one.findings, two.findings);
}

#[test]
fn one_recv_for_a_line_fails_where_the_line_comes_in_pieces() {
    let program: Program = |py| {
        client(py, |py, connection| {
            let mut line = py.recv(6, connection, 1024)?;
            line.retain(|octet| *octet != b'\n');
            Ok(line)
        })
    };
    let (finding, over) = check(
        program,
        "pieces",
        "prints",
        6,
        "It should print “Hello, who are you?\\nGoodbye, Ada!\\n”; it printed “H\\ne\\n”.",
    );
    // What lights up is the segment with that one octet, at the time when recv gave it.
    let moment = finding.moment.expect("it was seen");
    let Light::Packet(packet) = moment.lights[0] else { panic!("{moment:?}") };
    let payload = over.log.records().iter().find_map(|record| match &record.what {
        What::Trace(Trace::Sent(transit)) if transit.packet == packet => {
            transit.datagram.segment().map(|segment| segment.payload.clone())
        }
        _ => None,
    });
    assert_eq!(payload.as_deref(), Some(&b"H"[..]));
}

#[test]
fn what_is_behind_the_line_is_missed_where_it_is_thrown_away() {
    let program: Program = |py| client(py, |py, connection| buffered(py, connection, &mut Vec::new()));
    check(program, "merged", "ends", 6, "It should end; it waits in recv in line 6 for ever.");
    check(program, "merged", "prints", 6, "it printed “Hello, who are you?\\n”");
}

#[test]
fn an_end_of_stream_that_is_overlooked_is_a_loop_without_end() {
    let program: Program = |py| {
        client(py, |py, connection| {
            let mut line = Vec::new();
            while !line.ends_with(b"\n") {
                line.extend(py.recv(7, connection, 1)?);
            }
            line.pop();
            Ok(line)
        })
    };
    check(program, "cut", "end", 7, "it calls recv again and again in line 7, and finds nothing");
    check(program, "cut", "rests", 7, "of its calls found nothing");
}

#[test]
fn a_socket_that_is_not_closed_is_found_whoever_closed_it_in_the_end() {
    fn body(py: &mut Py, connection: SocketId) -> Result<(), Raised> {
        let mut received = Vec::new();
        let line = buffered(py, connection, &mut received)?;
        py.print(&String::from_utf8_lossy(&line));
        py.send(11, connection, b"Ada\n")?;
        let line = buffered(py, connection, &mut received)?;
        py.print(&String::from_utf8_lossy(&line));
        Ok(())
    }
    let left: Program = |py| {
        let connection = py.connect(9, "127.0.0.1")?;
        body(py, connection)
    };
    let collected: Program = |py| {
        let connection = py.connect(9, "127.0.0.1")?;
        body(py, connection)?;
        py.collect(connection);
        Ok(())
    };
    for program in [left, collected] {
        check(program, "plain", "closes", 9, "it does not close the one from socket in line 9");
    }
}

#[test]
fn a_program_that_waits_for_ever_is_told_where() {
    let program: Program = |py| {
        client(py, |py, connection| {
            let line = buffered(py, connection, &mut Vec::new())?;
            // The server says nothing more before it has a name: both wait.
            py.recv(8, connection, 1024)?;
            Ok(line)
        })
    };
    check(program, "plain", "ends", 8, "It should end; it waits in recv in line 8 for ever.");
}

#[test]
fn a_program_that_sleeps_too_long_meets_the_limit() {
    let program: Program = |py| {
        right(py)?;
        py.sleep(60_000_000);
        Ok(())
    };
    let (_, failed, _) = first_failed(&exercise(), program).expect("it does not pass");
    assert_eq!(
        failed[0].says, "It should end; after 20.00 s it waits in time.sleep in line 7.",
        "{failed:#?}"
    );
}

#[test]
fn a_program_that_goes_on_and_on_is_ended() {
    let program: Program = |py| {
        loop {
            let socket = py.socket(2);
            py.close(3, socket);
        }
    };
    let (_, failed, _) = first_failed(&exercise(), program).expect("it does not pass");
    let ends = failed.iter().find(|finding| finding.check == "ends").expect("it does not end");
    assert!(ends.says.starts_with("It should end; it calls "), "{}", ends.says);
    assert!(
        ends.says.contains(" again and again in line ") && ends.says.ends_with(", and lets no time pass."),
        "{}",
        ends.says
    );
}

#[test]
fn time_outs_and_failures_have_pythons_names() {
    let program: Program = |py| {
        py.timeout = Some(Micros::from_millis(500));
        right(py)
    };
    let (trial, failed, _) = first_failed(&exercise(), program).expect("it does not pass");
    assert_eq!(trial, "stall");
    let says: Vec<&str> = failed.iter().map(|finding| finding.says.as_str()).collect();
    assert!(says.contains(&"It should end; it ended with TimeoutError: timed out in line 6."), "{says:?}");
    assert_eq!(Failure::TimedOut.python_class(), "TimeoutError");
}
