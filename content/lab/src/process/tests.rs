//! Processes whose interpreter is a list of turns, on the simulated machine.

use super::*;
use crate::{Clock, Driver, Ending, Limits, Machine, Progress};
use sockets::{Endpoint, Errno, Failure, Family, Log, SocketKind};

/// What an interpreter does with its next order; `Err` is its end.
type Does = Box<dyn FnMut(&Order) -> Result<Turn, Exit>>;

/// One step of an interpreter, with the socket that it made first and the replies to what went before.
type Step = Box<dyn FnMut(SocketId, &[Reply]) -> Result<Turn, Exit>>;

struct Table {
    driver: Driver<Machine, Process>,
    interpreters: Vec<Does>,
}

impl Table {
    fn of(interpreters: Vec<(&str, Vec<Line>, Does)>) -> Table {
        let processes = interpreters.iter().enumerate();
        let processes = processes
            .map(|(place, (name, lines, _))| {
                Process::new((*name).into(), HostId(place as u32), lines.clone())
            })
            .collect();
        let machine = Machine::new(1, Micros::from_millis(10), HostId(0));
        Table {
            driver: Driver::new(machine, processes, Clock::Virtual, Limits::default()),
            interpreters: interpreters.into_iter().map(|(_, _, does)| does).collect(),
        }
    }

    /// Goes on until nothing happens by itself.
    fn go(&mut self) -> Progress {
        loop {
            let progress = self.driver.go(Instant::START, 10_000);
            let mut worked = false;
            for (place, does) in self.interpreters.iter_mut().enumerate() {
                let process = self.driver.program_mut(place).expect("a process");
                let Some(order) = process.order() else { continue };
                match does(&order) {
                    Ok(turn) => process.turned(turn),
                    Err(exit) => process.exited(exit),
                }
                self.driver.rouse(place);
                worked = true;
            }
            if !worked && progress != Progress::More {
                return progress;
            }
        }
    }
}

fn request(id: u32, op: Op) -> Request {
    let site = Some(sockets::Site { file: "p.py".into(), line: id, thread: 0 });
    Request { id, op, timeout: None, site, wanted: true }
}

fn wait(what: &str, line: u32) -> Waiting {
    Waiting {
        thread: 1,
        what: what.into(),
        file: Some("p.py".into()),
        line,
        since: Instant::START,
        until: None,
    }
}

fn calls(ops: impl IntoIterator<Item = Op>, first: u32, what: &str) -> Result<Turn, Exit> {
    let calls = (first..).zip(ops).map(|(id, op)| request(id, op)).collect();
    Ok(Turn { calls, waits: vec![wait(what, first)], ..Turn::default() })
}

fn stream() -> Op {
    Op::Socket { family: Family::Inet, kind: SocketKind::Stream }
}

fn port(port: u16) -> Endpoint {
    Endpoint::parse("127.0.0.1", &port.to_string()).expect("an address")
}

/// Does one thing after the other.
fn steps(mut each: Vec<Step>) -> Does {
    let mut socket = SocketId(0);
    let mut place = 0;
    Box::new(move |order| {
        let replies = match order {
            Order::Turn { replies, .. } => &replies[..],
            _ => &[],
        };
        if let Some(Ok(Value::Socket { socket: made })) = replies.first().map(|reply| &reply.outcome)
            && place == 1
        {
            socket = *made;
        }
        place += 1;
        match each.get_mut(place - 1) {
            Some(step) => step(socket, replies),
            None => Err(Exit::default()),
        }
    })
}

fn server() -> Does {
    let mut accepted = SocketId(0);
    steps(vec![
        Box::new(|_, _| calls([stream()], 1, "socket")),
        Box::new(|socket, _| calls([Op::Bind { socket, address: port(5000) }], 2, "bind")),
        Box::new(|socket, _| calls([Op::Listen { socket, backlog: 1 }], 3, "listen")),
        Box::new(|socket, _| calls([Op::Accept { socket }], 4, "accept")),
        Box::new(move |_, replies| {
            if let Some(Ok(Value::Accepted { socket, .. })) = replies.first().map(|reply| &reply.outcome) {
                accepted = *socket;
            }
            calls([Op::Recv { socket: accepted, max: 100, flags: [].into() }], 5, "recv")
        }),
    ])
}

fn client(then: Vec<Step>) -> Does {
    let mut each: Vec<Step> = vec![
        // The server needs a moment to listen.
        Box::new(|_, _| Ok(Turn { wakes_at: Some(Instant(1_000)), ..Turn::default() })),
    ];
    let mut socket = SocketId(0);
    each.push(Box::new(|_, _| calls([stream()], 1, "socket")));
    each.push(Box::new(move |_, replies| {
        if let Some(Ok(Value::Socket { socket: made })) = replies.first().map(|reply| &reply.outcome) {
            socket = *made;
        }
        calls([Op::Connect { socket, address: port(5000) }], 2, "connect")
    }));
    each.extend(then);
    steps(each)
}

fn called(log: &Log) -> Vec<String> {
    let lines = log.calls();
    let line = |line: &sockets::CallLine<'_>| {
        let site = log.site(line.call.id).map_or(0, |site| site.line);
        format!("{} {} {} l{site}", line.entered.0, line.host(), line.call.op.kind().name())
    };
    lines.iter().map(line).collect()
}

#[test]
fn two_programs_meet_and_what_the_one_leaves_open_is_closed_at_its_end() {
    let mut table = Table::of(vec![("server", vec![], server()), ("client", vec![], client(Vec::new()))]);
    assert_eq!(table.go(), Progress::Ended(Ending::Finished));
    let expected = [
        "0 0 socket l1",
        "0 0 bind l2",
        "0 0 listen l3",
        "0 0 accept l4",
        "1000 1 socket l1",
        "1000 1 connect l2",
        "21000 1 close l0",
        "31000 0 recv l5",
        "31000 0 close l0",
        "31000 0 close l0",
    ];
    assert_eq!(called(table.driver.log()), expected);
    assert!(table.driver.programs().iter().all(|process| process.open().is_empty()));
    assert!(table.driver.programs().iter().all(|process| process.standing() == Standing::Over));
}

#[test]
fn who_waits_for_ever_is_told_with_the_line() {
    let recv = |_: SocketId, _: &[Reply]| calls([Op::GetHostName {}], 3, "gethostname");
    let receive = |socket: SocketId, _: &[Reply]| {
        let socket = SocketId(u32::max(2, socket.0));
        calls([Op::Recv { socket, max: 1, flags: [].into() }], 4, "recv")
    };
    let mut table = Table::of(vec![
        ("server", vec![], server()),
        ("client", vec![], client(vec![Box::new(recv), Box::new(receive)])),
    ]);
    let expected = Ending::Stalled(vec!["server: recv in line 5".into(), "client: recv in line 4".into()]);
    assert_eq!(table.go(), Progress::Ended(expected));
}

#[test]
fn work_takes_the_time_that_it_says_before_its_calls_are_made() {
    let mut turns = vec![
        Turn { spent: Micros(7), calls: vec![request(1, Op::GetHostName {})], ..Turn::default() },
        Turn { spent: Micros(5), calls: vec![request(2, Op::GetHostName {})], ..Turn::default() },
    ]
    .into_iter();
    let does: Does = Box::new(move |_| turns.next().ok_or_else(Exit::default));
    let mut table = Table::of(vec![("a", vec![], does)]);
    assert_eq!(table.go(), Progress::Ended(Ending::Finished));
    assert_eq!(called(table.driver.log()), ["7 0 gethostname l1", "12 0 gethostname l2"]);
}

/// Asks for lines until their end, and sleeps meanwhile in steps of a second if it is to.
fn reader(ticks: bool) -> Does {
    let mut ends = false;
    Box::new(move |order| {
        let now = match order {
            Order::Run { now } | Order::Turn { now, .. } | Order::Line { now, .. } => *now,
        };
        ends |= matches!(order, Order::Line { text: None, .. });
        if ends {
            return Err(Exit { status: 3, error: None });
        }
        let wakes_at = ticks.then_some(now + Micros::from_secs(1));
        Ok(Turn { asks: true, wakes_at, waits: vec![wait("input", 1)], ..Turn::default() })
    })
}

#[test]
fn lines_come_at_their_time_and_a_person_is_waited_for() {
    let lines = vec![
        Line { at: Instant::START, text: Some("now".into()) },
        Line { at: Instant(2_000_000), text: Some("later".into()) },
    ];
    let mut table = Table::of(vec![("a", lines, reader(false))]);
    assert_eq!(table.go(), Progress::Asks);
    assert_eq!(table.driver.now(), Instant(2_000_000));
    let now = table.driver.now();
    let process = table.driver.program_mut(0).expect("a process");
    process.type_line(now, None);
    table.driver.rouse(0);
    assert_eq!(table.go(), Progress::Ended(Ending::Finished));
    let process = &table.driver.programs()[0];
    let typed: Vec<u64> = process.typed().iter().map(|line| line.at.0).collect();
    assert_eq!(typed, [0, 2_000_000, 2_000_000]);
    assert_eq!(process.exit().map(|exit| exit.status), Some(3));
}

#[test]
fn time_does_not_run_away_from_a_person() {
    let mut table = Table::of(vec![("a", vec![], reader(true))]);
    assert_eq!(table.go(), Progress::Asks);
    assert_eq!(table.driver.now(), Instant(5_000_000));
}

#[test]
fn one_that_starts_later_starts_then() {
    let does: Does = Box::new(|order| match order {
        Order::Run { now } if *now == Instant(200_000) => Err(Exit::default()),
        other => panic!("{other:?}"),
    });
    let process = Process::new("late".into(), HostId(0), vec![]).starting_at(Instant(200_000));
    let machine = Machine::new(1, Micros::ZERO, HostId(0));
    let driver = Driver::new(machine, vec![process], Clock::Virtual, Limits::default());
    assert_eq!(Table { driver, interpreters: vec![does] }.go(), Progress::Ended(Ending::Finished));
}

#[test]
fn one_that_is_ended_from_outside_closes_its_sockets_and_the_other_hears_of_it() {
    let idle =
        |_: SocketId, _: &[Reply]| Ok(Turn { wakes_at: Some(Instant(3_600_000_000)), ..Turn::default() });
    let mut table =
        Table::of(vec![("server", vec![], server()), ("client", vec![], client(vec![Box::new(idle)]))]);
    // The client is ended as soon as it has been given a turn after its connect.
    loop {
        let progress = table.driver.go(Instant::START, 1);
        for (place, does) in table.interpreters.iter_mut().enumerate() {
            let process = table.driver.program_mut(place).expect("a process");
            let Some(order) = process.order() else { continue };
            match does(&order) {
                Ok(turn) if turn.wakes_at == Some(Instant(3_600_000_000)) => process.exited(Exit::KILLED),
                Ok(turn) => process.turned(turn),
                Err(exit) => process.exited(exit),
            }
            table.driver.rouse(place);
        }
        if let Progress::Ended(ending) = progress {
            assert_eq!(ending, Ending::Finished);
            break;
        }
    }
    let log = called(table.driver.log());
    assert!(log.contains(&"21000 1 close l0".to_owned()), "{log:?}");
    assert_eq!(table.driver.programs()[1].exit(), Some(&Exit::KILLED));
    assert!(table.driver.now() < Instant(200_000_000), "the sleep of an hour was not waited for");
}

#[test]
fn what_came_back_is_told_in_its_order_and_with_the_interpreters_numbers() {
    let mut seen = Vec::new();
    let does: Does = Box::new(move |order| {
        if let Order::Turn { replies, .. } = order {
            seen.extend(replies.iter().map(|reply| (reply.id, reply.outcome.clone())));
            assert_eq!(
                seen,
                [(40, Ok(Value::Name { name: "machine".into() })), (41, Err(Failure::Errno(Errno::EBADF))),]
            );
            return Err(Exit::default());
        }
        let forgotten = Request { wanted: false, ..request(42, Op::Close { socket: SocketId(9) }) };
        let calls =
            vec![request(40, Op::GetHostName {}), forgotten, request(41, Op::Close { socket: SocketId(9) })];
        Ok(Turn { calls, ..Turn::default() })
    });
    assert_eq!(Table::of(vec![("a", vec![], does)]).go(), Progress::Ended(Ending::Finished));
}

#[test]
fn a_call_is_broken_off_by_the_interpreters_number_of_it() {
    let mut turns = 0;
    let does: Does = Box::new(move |order| {
        turns += 1;
        match (turns, order) {
            (1, _) => calls([stream()], 70, "socket"),
            (2, Order::Turn { replies, .. }) => {
                let Ok(Value::Socket { socket }) = &replies[0].outcome else { panic!("{replies:?}") };
                let accept = Op::Accept { socket: *socket };
                let bind = Op::Bind { socket: *socket, address: port(5000) };
                calls([bind, Op::Listen { socket: *socket, backlog: 1 }, accept], 71, "accept")
            }
            // bind and listen have come back.
            (3, _) => {
                let cancel = Request { wanted: false, ..request(74, Op::Cancel { target: CallId(73) }) };
                Ok(Turn { calls: vec![cancel], waits: vec![wait("accept", 73)], ..Turn::default() })
            }
            (_, Order::Turn { replies, .. }) => {
                assert_eq!(replies[..], [Reply { id: 73, outcome: Err(Errno::EINTR.into()) }]);
                Err(Exit::default())
            }
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(Table::of(vec![("a", vec![], does)]).go(), Progress::Ended(Ending::Finished));
}

#[test]
fn a_turn_is_read_and_what_is_none_is_told() {
    let turn = Turn::from_json(
        r#"{"said":"turn","spent_us":3,"calls":[{"id":1,"request":{"call":"recv","socket":3,"max":10},"timeout_us":null,
            "file":"a.py","line":7,"thread":2}],"wakes_at_us":9,"waits":[{"thread":2,"what":"recv","file":"a.py","line":7,
            "since_us":3,"until_us":null}],"asks":false}"#,
    )
    .expect("a turn");
    assert_eq!(turn.calls[0].site, Some(sockets::Site { file: "a.py".into(), line: 7, thread: 2 }));
    assert_eq!(turn.waits[0].to_string(), "recv in line 7 (thread 2)");
    assert!(turn.calls[0].wanted);
    let error = Turn::from_json(r#"{"calls":[{"id":"one"}]}"#).expect_err("no turn");
    assert!(error.to_string().contains("one"), "{error}");
    // What the network does not know is told to the program that asked for it.
    let turn = Turn::from_json(
        r#"{"calls":[{"id":4,"request":{"call":"fork"}},{"id":5,"request":{"call":"gethostname"}}]}"#,
    );
    let turn = turn.expect("a turn");
    assert_eq!(turn.calls.iter().map(|call| call.id).collect::<Vec<_>>(), [5]);
    let [Reply { id: 4, outcome: Err(Failure::Protocol(why)) }] = &turn.senseless[..] else {
        panic!("{:?}", turn.senseless);
    };
    assert!(why.contains("fork"), "{why}");
}

#[test]
fn who_starts_later_does_so_after_those_before_are_ready() {
    let limits = Limits::default();
    let process = |name: &str, place, starts| {
        Process::new(name.into(), HostId(place), vec![]).starting_at(Instant(starts))
    };
    let processes = vec![process("client", 0, 200_000), process("server", 1, 0)];
    let machine = Machine::new(1, Micros(1_000), HostId(0));
    let mut driver = Driver::new(machine, processes, Clock::Outside, limits);
    let has_begun = |driver: &mut Driver<Machine, Process>, now: u64| {
        while driver.go(Instant(now), 100) == Progress::More {}
        driver.program_mut(0).expect("the client").order().is_some()
    };
    assert!(!has_begun(&mut driver, 0));
    // The server's interpreter works for half a second before it first waits.
    assert!(!has_begun(&mut driver, 500_000));
    let server = driver.program_mut(1).expect("the server");
    assert!(matches!(server.order(), Some(Order::Run { .. })));
    server.turned(Turn {
        wakes_at: Some(Instant(9_000_000)),
        waits: vec![wait("sleep", 1)],
        ..Turn::default()
    });
    driver.rouse(1);
    assert!(!has_begun(&mut driver, 500_000));
    assert!(!has_begun(&mut driver, 699_000));
    assert!(has_begun(&mut driver, 700_000));
}

#[test]
fn of_endless_output_the_end_is_kept() {
    let mut process = Process::new("p".into(), HostId(0), Vec::new());
    let line = "0123456789abcde\n";
    let lines = 5 * MOST_PRINTED / line.len();
    for number in 0..lines {
        process.print(Instant(number as u64 / 100), false, line.into());
    }
    let kept: usize = process.printed().iter().map(|piece| piece.text.len()).sum();
    assert!((MOST_PRINTED..=2 * MOST_PRINTED).contains(&kept), "{kept}");
    assert_eq!(process.forgotten() + kept as u64, (lines * line.len()) as u64);
    assert!(process.printed().iter().all(|piece| piece.text.len() < LONGEST_PIECE + line.len()));
    assert_eq!(process.printed().last().map(|piece| piece.at), Some(Instant((lines as u64 - 1) / 100)));
}
