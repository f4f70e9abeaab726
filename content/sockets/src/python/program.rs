//! A whole Log as one Python program that does the same again.
//!
//! What ran side by side runs in threads: a host's calls that followed each other share one thread, a call that was made while
//! another waited gets its own. Before a call, the thread waits for exactly those calls of other threads that had come back
//! when it was made in the Log, so the order that mattered is kept and no sleep is needed.

use super::line::{Names, line, module, timeout_line};
use crate::{CallLine, Endpoint, HostId, Log, Op, Outcome, SocketId, Sockets, Value};
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
    let writer = Writer { calls: &calls, lanes: &lanes, names, chosen: chosen_ports(log, &calls) };
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

/// Ports that the kernel chose in `bind` and that later calls name: the program asks for them again, since next time they will
/// be others.
fn chosen_ports(log: &Log, calls: &[CallLine<'_>]) -> BTreeMap<u16, SocketId> {
    let sockets = Sockets::of(log);
    let named: BTreeSet<u16> =
        calls.iter().filter_map(|line| target(&line.call.op)).map(|address| address.port).collect();
    calls
        .iter()
        .filter_map(|line| match (&line.call.op, line.back.map(|back| back.outcome)) {
            (Op::Bind { socket, address }, Some(Ok(_))) if address.port == 0 => {
                let local = sockets.get(*socket).and_then(|view| view.local)?;
                Some((local.0.port(), *socket))
            }
            _ => None,
        })
        .filter(|(port, _)| named.contains(port))
        .collect()
}

/// The address that a call goes to or asks for.
fn target(op: &Op) -> Option<&Endpoint> {
    match op {
        Op::Bind { address, .. } | Op::Connect { address, .. } | Op::SendTo { address, .. } => Some(address),
        _ => None,
    }
}

struct Writer<'a> {
    calls: &'a [CallLine<'a>],
    lanes: &'a Lanes,
    names: &'a Names,
    chosen: BTreeMap<u16, SocketId>,
}

impl Writer<'_> {
    fn imports(&self) -> String {
        let mut modules: BTreeSet<&str> =
            self.calls.iter().filter_map(|line| module(&line.call.op)).chain(["socket"]).collect();
        if self.lanes.threads.len() > 1 {
            modules.insert("threading");
        }
        modules.into_iter().map(|module| format!("import {module}\n")).collect()
    }

    fn globals(&self, lane: usize) -> String {
        let mut shared = Vec::new();
        for &step in &self.lanes.threads[lane] {
            shared.extend(made(&self.calls[step]).map(|socket| self.names.get(socket)));
            if let Op::Bind { socket, .. } = &self.calls[step].call.op
                && self.is_chosen(*socket)
            {
                shared.push(self.address_of(*socket));
            }
        }
        if shared.is_empty() { String::new() } else { format!("    global {}\n", shared.join(", ")) }
    }

    fn body(&self, lane: usize, indent: &str) -> String {
        let mut text = String::new();
        let mut timeouts: BTreeMap<SocketId, Option<crate::Micros>> = BTreeMap::new();
        for &step in &self.lanes.threads[lane] {
            for waited in self.lanes.waits.get(&step).into_iter().flatten() {
                let _ = writeln!(text, "{indent}done[{}].wait()", waited + 1);
            }
            let call = self.calls[step].call;
            if matches!(call.op, Op::Poll { .. }) {
                let set = timeout_line(&call.op, self.names, call.timeout).unwrap_or_default();
                let _ = writeln!(text, "{indent}{set}");
            }
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

    fn is_chosen(&self, socket: SocketId) -> bool {
        self.chosen.values().any(|&chosen| chosen == socket)
    }

    /// The variable that holds the address the kernel chose for a socket.
    fn address_of(&self, socket: SocketId) -> String {
        format!("{}_address", self.names.get(socket))
    }

    /// Whether an address is where the thread's latest datagram came from, which its variable `peer` holds.
    fn answers_last_datagram(&self, step: usize, address: &Endpoint) -> bool {
        let lane = &self.lanes.threads[self.lanes.lane_of[step]];
        let latest = lane.iter().rev().filter(|&&earlier| earlier < step).find_map(|&earlier| {
            match self.calls[earlier].back.map(|back| back.outcome) {
                Some(Ok(Value::Datagram { from, .. })) => Some(Endpoint::from(from.0)),
                _ => None,
            }
        });
        latest.as_ref() == Some(address)
    }

    fn statement(&self, step: usize, indent: &str) -> String {
        let call = &self.calls[step];
        let mut code = line(&call.call.op, self.names, made(call));
        if let Some(address) = target(&call.call.op) {
            let again = if self.answers_last_datagram(step, address) {
                Some("peer".to_owned())
            } else {
                self.chosen.get(&address.port).map(|&socket| self.address_of(socket))
            };
            if let Some(again) = again {
                code = code.replace(&address.to_string(), &again);
            }
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
                    Value::Ready { .. } => format!("{indent}print(ready)\n"),
                    Value::Address { .. }
                    | Value::Name { .. }
                    | Value::Option { .. }
                    | Value::Addresses { .. } => {
                        return format!("{indent}print({code})\n");
                    }
                    Value::Done {} => match &call.call.op {
                        Op::Bind { socket, .. } if self.is_chosen(*socket) => {
                            format!(
                                "{indent}{} = {}.getsockname()\n",
                                self.address_of(*socket),
                                self.names.get(*socket)
                            )
                        }
                        _ => String::new(),
                    },
                    Value::Sent { .. } | Value::Socket { .. } => String::new(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, CallId, Errno, Event, Failure, Family, Host, Instant, Micros, PyAddr, SocketKind};
    use expect_test::{Expect, expect};
    use wasm_bindgen_test::wasm_bindgen_test;

    /// A story with calls that may overlap: `enter` and `back` in the order of time.
    #[derive(Default)]
    struct Story {
        log: Log,
        clock: u64,
        names: Names,
    }

    impl Story {
        fn enter(&mut self, id: u32, host: u32, op: Op) -> &mut Story {
            self.clock += 1;
            self.log
                .enter(Instant(self.clock), Call { id: CallId(id), host: HostId(host), timeout: None, op });
            self
        }

        fn back(&mut self, id: u32, outcome: Outcome) -> &mut Story {
            self.clock += 1;
            let event = Event::Returned { call: CallId(id), outcome, took: Micros::ZERO, note: None };
            self.log.observe(Instant(self.clock), event);
            self
        }

        fn did(&mut self, id: u32, host: u32, op: Op, outcome: Outcome) -> &mut Story {
            self.enter(id, host, op).back(id, outcome)
        }

        fn check(&self, expected: Expect) {
            let host = |HostId(id): HostId| ["server", "client"][id as usize].to_owned();
            expected.assert_eq(&program(&self.log, &self.names, host));
        }
    }

    const SOCKET: Op = Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
    const DONE: Outcome = Ok(Value::Done {});

    fn made(id: u32) -> Outcome {
        Ok(Value::Socket { socket: SocketId(id) })
    }

    fn at(port: u16) -> Endpoint {
        Endpoint { host: Host::parse("127.0.0.1").expect("an address"), port }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn one_host_needs_no_thread() {
        let mut story = Story::default();
        story.names.set(SocketId(1), "s");
        story.did(1, 0, SOCKET, made(1));
        story.did(
            2,
            0,
            Op::Connect { socket: SocketId(1), address: at(9) },
            Err(Failure::Errno(Errno::ECONNREFUSED)),
        );
        story.did(3, 0, Op::Close { socket: SocketId(1) }, DONE);
        story.check(expect![[r#"
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                s.connect(("127.0.0.1", 9))
            except OSError as error:
                print(type(error).__name__, error)  # Connection refused
            s.close()
        "#]]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_ran_side_by_side_gets_threads_and_a_chosen_port_is_asked_for() {
        let mut story = Story::default();
        story.names.set(SocketId(1), "listener");
        story.names.set(SocketId(2), "client");
        story.names.set(SocketId(3), "conn");
        let local = PyAddr(([127, 0, 0, 1], 40_123).into());
        let peer = PyAddr(([127, 0, 0, 1], 40_200).into());
        story.did(1, 0, SOCKET, made(1));
        story.did(2, 0, Op::Bind { socket: SocketId(1), address: at(0) }, DONE);
        story.did(3, 0, Op::Listen { socket: SocketId(1), backlog: 5 }, DONE);
        story.did(4, 0, Op::GetSockName { socket: SocketId(1) }, Ok(Value::Address { address: local }));
        story.enter(5, 0, Op::Accept { socket: SocketId(1) });
        story.did(6, 1, SOCKET, made(2));
        story.did(7, 1, Op::Connect { socket: SocketId(2), address: at(40_123) }, DONE);
        story.back(5, Ok(Value::Accepted { socket: SocketId(3), peer }));
        story.did(8, 0, Op::Close { socket: SocketId(3) }, DONE);
        story.check(expect![[r#"
            import socket
            import threading

            # done[n] is set when step n is done; whoever needs it waits for it
            done = {4: threading.Event(), 7: threading.Event()}


            def run_server():
                global listener, listener_address, conn
                listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                listener.bind(("127.0.0.1", 0))
                listener_address = listener.getsockname()
                listener.listen(5)
                print(listener.getsockname())
                done[4].set()
                conn, peer = listener.accept()
                print(peer)
                done[7].wait()
                conn.close()


            def run_client():
                global client
                done[4].wait()
                client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                client.connect(listener_address)
                done[7].set()


            threads = [threading.Thread(target=run) for run in (run_server, run_client)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        "#]]);
    }
}
