//! The presets on real sockets, and the Python that their Logs become on CPython.

use std::time::{Duration, Instant};

use lab::{Next, Runner, Script, Verdict, presets};
use sockets::python::{self, Names};
use sockets::{Call, CallId, Event, HostId, Sockets, Value};

use super::bridge::{Bridge, Client};
use super::python::Python;

/// Runs a script to its end and gives the Log and the sockets' names.
fn run(bridge: &Bridge, script: Script) -> (sockets::Log, Names, Runner) {
    let mut client = Client::connect(bridge);
    let mut runner = Runner::new(script);
    let mut names = Names::default();
    let mut wanted = std::collections::BTreeMap::new();
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut id = 0;
    loop {
        match runner.next(&Sockets::of(&client.log)) {
            Next::Call(ready) => {
                id += 1;
                let call = Call {
                    id: CallId(id),
                    host: HostId(ready.host as u32),
                    timeout: ready.timeout,
                    op: ready.op,
                };
                wanted.insert(call.id, ready.name);
                runner.submitted(ready.step, call.id);
                client.submit(call);
            }
            Next::Wait(for_what) => assert!(Instant::now() < deadline, "{}: {for_what}", runner.script().id),
            Next::Stopped(why) => panic!("{}: {why}", runner.script().id),
            Next::Finished => return (client.log, names, runner),
        }
        for event in client.events() {
            if let Event::Returned {
                call,
                outcome: Ok(Value::Socket { socket } | Value::Accepted { socket, .. }),
                ..
            } = &event
                && let Some(Some(name)) = wanted.get(call)
            {
                names.set(*socket, name);
            }
            runner.observe(&event);
        }
    }
}

fn host_name(hosts: Vec<String>) -> impl Fn(HostId) -> String {
    move |HostId(host)| hosts[host as usize].clone()
}

#[test]
#[ignore = "needs the bridge: cargo xtask test e2e"]
fn every_preset_does_on_the_kernel_what_it_says() {
    let bridge = Bridge::start(&[]);
    for script in presets() {
        let (_, _, runner) = run(&bridge, script);
        assert!(
            runner.verdicts().iter().all(|verdict| *verdict == Some(Verdict::Met)),
            "{}",
            runner.script().id
        );
    }
}

/// What a program prints that differs from run to run: ports.
fn without_ports(line: &str) -> String {
    let mut text = String::new();
    for part in line.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        text += if digits.len() >= 4 { "PORT" } else { digits };
        text += &part[digits.len()..];
    }
    text
}

/// What the Log's calls would print in Python, host by host.
fn told_by_the_log(log: &sockets::Log, names: &Names) -> Vec<String> {
    let mut lines = Vec::new();
    for line in log.calls() {
        let Some(back) = line.back else { continue };
        match back.outcome {
            Ok(Value::Data { .. } | Value::Address { .. }) => lines.push(python::shown(back.outcome, names)),
            Ok(Value::Accepted { peer, .. }) => lines.push(peer.to_string()),
            Err(failure) => {
                lines.push(format!(
                    "{} [Errno {}] {}",
                    failure.python_class(),
                    failure.errno().unwrap_or(0),
                    failure.text()
                ));
            }
            _ => {}
        }
    }
    lines
}

#[test]
#[ignore = "needs the bridge and CPython: cargo xtask test e2e"]
fn the_python_of_every_preset_does_the_same_on_cpython() {
    let bridge = Bridge::start(&[]);
    for script in presets() {
        // Its send of 16 MB ends by a RST; how much went before it is the machine's affair.
        if script.id == "full-window" {
            continue;
        }
        let host = host_name(script.hosts.clone());
        let id = script.id.clone();
        let (log, names, _) = run(&bridge, script);
        let program = python::program(&log, &names, host);
        let mut expected: Vec<String> =
            told_by_the_log(&log, &names).iter().map(|line| without_ports(line)).collect();
        let mut printed: Vec<String> =
            Python::start(&program).rest(10).iter().map(|line| without_ports(line)).collect();
        // Threads print side by side, so only the set of lines is fixed.
        expected.sort();
        printed.sort();
        assert_eq!(printed, expected, "{id}:\n{program}");
    }
}
