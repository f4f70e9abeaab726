//! A whole Log as one Python program that does the same again.
//!
//! What ran side by side runs in threads: a host's calls that followed each other share one thread, a call that was made while
//! another waited gets its own. Before a call, the thread waits for exactly those calls of other threads that had come back
//! when it was made in the Log, so the order that mattered is kept and no sleep is needed.

use super::line::{Names, line, timeout_line};
use crate::{CallLine, Endpoint, HostId, Log, Op, OptionName, Outcome, SocketId, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The program. `host_name` tells what a host's functions are called after.
pub fn program(log: &Log, names: &Names, host_name: impl Fn(HostId) -> String) -> String {
    let calls: Vec<CallLine<'_>> =
        log.calls().into_iter().filter(|line| !matches!(line.call.op, Op::Cancel { .. })).collect();
    if calls.is_empty() {
        return "import socket\n".to_owned();
    }
    let lanes = Lanes::of(&calls);
    let writer = Writer { calls: &calls, lanes: &lanes, names, dynamic: chosen_ports(&calls) };
    let mut text = writer.imports();
    if lanes.threads.len() == 1 {
        text += &writer.body(0, "");
        return text;
    }
    let awaited: BTreeSet<usize> = lanes.waits.values().flatten().copied().collect();
    if !awaited.is_empty() {
        let list: Vec<String> =
            awaited.iter().map(|&call| format!("{}: threading.Event()", call + 1)).collect();
        let _ = write!(
            text,
            "\n# done[n] is set when step n is done; whoever needs it waits for it\ndone = {{{}}}\n",
            list.join(", ")
        );
    }
    let mut functions = Names::default();
    for (lane, thread) in lanes.threads.iter().enumerate() {
        functions.set(SocketId(lane as u32), &host_name(calls[thread[0]].host()));
        let _ = write!(text, "\n\ndef run_{}():\n", functions.get(SocketId(lane as u32)));
        text += &writer.globals(lane);
        text += &writer.body(lane, "    ");
    }
    let list: Vec<String> = (0..lanes.threads.len())
        .map(|lane| format!("run_{}", functions.get(SocketId(lane as u32))))
        .collect();
    let _ = write!(
        text,
        "\n\nthreads = [threading.Thread(target=run) for run in ({})]\nfor thread in threads:\n    thread.start()\nfor thread in threads:\n    thread.join()\n",
        list.join(", ")
    );
    text
}

/// Which calls share a thread, and which calls of other threads each must wait for.
struct Lanes {
    threads: Vec<Vec<usize>>,
    lane_of: Vec<usize>,
    waits: BTreeMap<usize, Vec<usize>>,
}

impl Lanes {
    fn of(calls: &[CallLine<'_>]) -> Lanes {
        let mut threads: Vec<Vec<usize>> = Vec::new();
        let mut lane_of = Vec::new();
        let mut waits = BTreeMap::new();
        // What each lane has already waited for, as the highest step of each other lane.
        let mut seen: Vec<BTreeMap<usize, usize>> = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            let free = |lane: &Vec<usize>| {
                lane.last().is_some_and(|&last| {
                    calls[last].host() == call.host()
                        && calls[last].back.is_some_and(|back| back.at <= call.entered)
                })
            };
            let lane = threads.iter().position(free).unwrap_or_else(|| {
                threads.push(Vec::new());
                seen.push(BTreeMap::new());
                threads.len() - 1
            });
            let mut needed = Vec::new();
            for (other, steps) in threads.iter().enumerate().filter(|&(other, _)| other != lane) {
                let newest = steps
                    .iter()
                    .rev()
                    .copied()
                    .find(|&step| calls[step].back.is_some_and(|back| back.at <= call.entered));
                if let Some(newest) = newest
                    && seen[lane].get(&other).is_none_or(|&had| had < newest)
                {
                    seen[lane].insert(other, newest);
                    needed.push(newest);
                }
            }
            if !needed.is_empty() {
                waits.insert(index, needed);
            }
            threads[lane].push(index);
            lane_of.push(lane);
        }
        Lanes { threads, lane_of, waits }
    }
}

/// Ports that the kernel chose: the address is asked for again, since next time it will be another.
fn chosen_ports(calls: &[CallLine<'_>]) -> BTreeMap<u16, SocketId> {
    let mut unnamed: BTreeSet<SocketId> = BTreeSet::new();
    let mut chosen = BTreeMap::new();
    for line in calls {
        match (&line.call.op, line.back.map(|back| back.outcome)) {
            (Op::Bind { socket, address }, Some(Ok(_))) if address.port == 0 => {
                unnamed.insert(*socket);
            }
            (Op::GetSockName { socket }, Some(Ok(Value::Address { address })))
                if unnamed.contains(socket) =>
            {
                chosen.insert(address.0.port(), *socket);
            }
            _ => {}
        }
    }
    chosen
}

struct Writer<'a> {
    calls: &'a [CallLine<'a>],
    lanes: &'a Lanes,
    names: &'a Names,
    dynamic: BTreeMap<u16, SocketId>,
}

impl Writer<'_> {
    fn imports(&self) -> String {
        let packs = |line: &CallLine<'_>| {
            matches!(
                line.call.op,
                Op::SetSockOpt { option: OptionName::Linger, .. }
                    | Op::GetSockOpt { option: OptionName::Linger, .. }
            )
        };
        let mut text = "import socket\n".to_owned();
        if self.calls.iter().any(packs) {
            text += "import struct\n";
        }
        if self.lanes.threads.len() > 1 {
            text += "import threading\n";
        }
        text
    }

    fn globals(&self, lane: usize) -> String {
        let made: Vec<String> = self.lanes.threads[lane]
            .iter()
            .filter_map(|&step| made(&self.calls[step]))
            .map(|socket| self.names.get(socket))
            .collect();
        if made.is_empty() { String::new() } else { format!("    global {}\n", made.join(", ")) }
    }

    fn body(&self, lane: usize, indent: &str) -> String {
        let mut text = String::new();
        let mut timeouts: BTreeMap<SocketId, Option<crate::Micros>> = BTreeMap::new();
        for &step in &self.lanes.threads[lane] {
            for waited in self.lanes.waits.get(&step).into_iter().flatten() {
                let _ = writeln!(text, "{indent}done[{}].wait()", waited + 1);
            }
            let call = self.calls[step].call;
            if let Some(socket) = call.op.socket().filter(|_| call.op.kind().may_block())
                && timeouts.get(&socket).copied().unwrap_or(None) != call.timeout
            {
                timeouts.insert(socket, call.timeout);
                let set = timeout_line(&call.op, self.names, call.timeout).unwrap_or_default();
                let _ = writeln!(text, "{indent}{set}");
            }
            text += &self.statement(step, indent);
            if self.awaited(step) {
                let _ = writeln!(text, "{indent}done[{}].set()", step + 1);
            }
        }
        text
    }

    fn awaited(&self, step: usize) -> bool {
        self.lanes.waits.iter().any(|(&call, waits)| {
            waits.contains(&step) && self.lanes.lane_of[call] != self.lanes.lane_of[step]
        })
    }

    fn statement(&self, step: usize, indent: &str) -> String {
        let call = &self.calls[step];
        let mut code = line(&call.call.op, self.names, made(call));
        if let Op::Connect { address, .. } | Op::SendTo { address, .. } = &call.call.op
            && let Some(&listener) = self.dynamic.get(&address.port)
        {
            code = code.replace(
                &Endpoint::to_string(address),
                &format!("{}.getsockname()", self.names.get(listener)),
            );
        }
        match call.back.map(|back| back.outcome) {
            None => format!("{indent}{code}  # was still waiting\n"),
            Some(Err(failure)) => format!(
                "{indent}try:\n{indent}    {code}\n{indent}except OSError as error:\n{indent}    print(type(error).__name__, error)  # {}\n",
                failure.text()
            ),
            Some(Ok(value)) => {
                let printed = match value {
                    Value::Data { .. } => format!("{indent}print(data)\n"),
                    Value::Datagram { .. } => format!("{indent}print(data, peer)\n"),
                    Value::Accepted { .. } => format!("{indent}print(peer)\n"),
                    Value::Address { .. }
                    | Value::Name { .. }
                    | Value::Option { .. }
                    | Value::Addresses { .. } => {
                        return format!("{indent}print({code})\n");
                    }
                    Value::Sent { .. } | Value::Socket { .. } | Value::Done {} => String::new(),
                };
                format!("{indent}{code}\n{printed}")
            }
        }
    }
}

fn made(call: &CallLine<'_>) -> Option<SocketId> {
    call.back.and_then(|back| made_by(back.outcome))
}

fn made_by(outcome: &Outcome) -> Option<SocketId> {
    match outcome {
        Ok(Value::Socket { socket } | Value::Accepted { socket, .. }) => Some(*socket),
        _ => None,
    }
}
