//! Knobs: what of a scenario can be turned while it is looked at, as data. Turning one gives a [`Change`].
//!
//! It knows no page: a knob says what it may be and what it means, and whoever shows it draws it.

mod table;

use crate::change::{per_cent, rate};
use crate::pace::{MOST_EVERY_US, MOST_PIECE};
use crate::{Change, Scenario};
use sim::Profile;
use sim::world::{HostPart, LinkPart, PathPart};
use sockets::{Micros, OpKind, OptionName, OptionValue};
use table::{PATH, SYSCTLS};

/// Something that can be turned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob {
    /// Short and stable, unique in its scenario: `link/net/delay_us`.
    pub id: String,
    /// What it belongs to: `link net`, `client`; knobs of one group stand together.
    pub group: String,
    /// What it is called: `delay`.
    pub label: &'static str,
    /// The unit of its number, as [`Knob::write`] writes it.
    pub unit: Unit,
    /// What it may be.
    pub kind: KnobKind,
    /// What it is now.
    pub now: Setting,
    /// What it means, in one sentence.
    pub explains: &'static str,
    turns: Turns,
}

/// What a knob may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnobKind {
    /// A whole number.
    Number {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
        /// From one to the next, where each step is as wide.
        step: u64,
        /// How the numbers lie on a slider.
        scale: Scale,
    },
    /// One of these, each with what it is called.
    Choice(Vec<(&'static str, &'static str)>),
}

/// How numbers lie on a slider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By their logarithm; where 0 is allowed, it is the place before the first.
    Logarithmic,
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds.
    Micros,
    /// Bits per second.
    BitsPerSecond,
    /// Parts per million.
    PartsPerMillion,
    /// Octets.
    Octets,
    /// Datagrams.
    Datagrams,
    /// Segments.
    Segments,
    /// None: a choice.
    None,
}

/// The value of a knob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A number.
    Number(u64),
    /// One of the choices, by its value.
    Choice(String),
    /// Nothing is set; the words say what that means.
    Unset(&'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Turns {
    Path {
        link: String,
        toward: Option<String>,
        field: Field,
    },
    Mtu {
        link: String,
    },
    Sysctl {
        host: String,
        name: &'static str,
    },
    Route {
        host: String,
        name: &'static str,
    },
    /// The middle and last number of tcp_rmem or tcp_wmem.
    Buffer {
        host: String,
        name: &'static str,
    },
    Option {
        program: String,
        socket: String,
        option: OptionName,
    },
    Piece {
        program: String,
        step: usize,
    },
    Every {
        program: String,
        step: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Delay,
    Jitter,
    Rate,
    Queue,
    Mark,
    Loss,
    Reorder,
    Duplicate,
    Corrupt,
}

/// Everything that can be turned in a scenario, group by group.
pub fn knobs(scenario: &Scenario) -> Vec<Knob> {
    let world = &scenario.world;
    let mut knobs = Vec::new();
    for link in &world.links {
        of_link(link, &mut knobs);
    }
    let on_network = world.hosts.iter().filter(|host| !host.interfaces.is_empty());
    for host in on_network {
        of_host(host, &mut knobs);
    }
    of_programs(scenario, &mut knobs);
    knobs
}

fn value_of(path: &PathPart, field: Field) -> Option<u64> {
    match field {
        Field::Delay => path.delay_us,
        Field::Jitter => path.jitter_us,
        Field::Rate => path.rate_bps,
        Field::Queue => path.queue_datagrams,
        Field::Mark => path.mark_above_datagrams,
        Field::Loss => path.loss_ppm,
        Field::Reorder => path.reorder_ppm,
        Field::Duplicate => path.duplicate_ppm,
        Field::Corrupt => path.corrupt_ppm,
    }
}

fn of_link(link: &LinkPart, knobs: &mut Vec<Knob>) {
    let name = &link.name;
    // What is said for one end alone replaces what is said for all, so it has a knob of its own.
    let ends =
        core::iter::once((None, &link.path)).chain(link.toward.iter().map(|(end, path)| (Some(end), path)));
    for (toward, path) in ends {
        for (field, key, label, unit, least, most, scale, unset, explains) in PATH {
            let value = value_of(path, field);
            if toward.is_some() && value.is_none() {
                continue;
            }
            let of = toward.map_or(String::new(), |end| format!("/toward/{end}"));
            knobs.push(Knob {
                id: format!("link/{name}{of}/{key}"),
                group: toward
                    .map_or_else(|| format!("link {name}"), |end| format!("link {name}, toward {end}")),
                label,
                unit,
                kind: KnobKind::Number { least, most: most.max(value.unwrap_or(0)), step: 1, scale },
                now: value.map_or(Setting::Unset(unset), Setting::Number),
                explains,
                turns: Turns::Path { link: name.clone(), toward: toward.cloned(), field },
            });
        }
        if toward.is_none() {
            knobs.push(Knob {
                id: format!("link/{name}/mtu"),
                group: format!("link {name}"),
                label: "MTU",
                unit: Unit::Octets,
                kind: KnobKind::Number { least: 1_280, most: 9_000.max(link.mtu.into()), step: 1, scale: Scale::Linear },
                now: Setting::Number(link.mtu.into()),
                explains: "The largest datagram that the link takes; the MSS is 40 octets less (RFC 9293, 3.7.1).",
                turns: Turns::Mtu { link: name.clone() },
            });
        }
    }
}

fn of_host(host: &HostPart, knobs: &mut Vec<Knob>) {
    let mut profile = Profile::linux();
    for (name, value) in &host.sysctl {
        // A scenario's settings were checked when it was read.
        let _ = profile.set(name, value);
    }
    let name = &host.name;
    for (sysctl, label, choices, explains) in SYSCTLS {
        let short = sysctl.rsplit('.').next().unwrap_or(sysctl);
        knobs.push(Knob {
            id: format!("host/{name}/{short}"),
            group: name.clone(),
            label,
            unit: Unit::None,
            kind: KnobKind::Choice(choices.to_vec()),
            now: Setting::Choice(profile.get(sysctl).unwrap_or_default()),
            explains,
            turns: Turns::Sysctl { host: name.clone(), name: sysctl },
        });
    }
    let attribute = |name: &str| host.route_attributes.get(name).and_then(|value| value.parse().ok());
    knobs.push(Knob {
        id: format!("host/{name}/initcwnd"),
        group: name.clone(),
        label: "initial window",
        unit: Unit::Segments,
        kind: KnobKind::Number { least: 1, most: 100, step: 1, scale: Scale::Linear },
        now: Setting::Number(attribute("initcwnd").unwrap_or_else(|| profile.initial_window().into())),
        explains: "How many segments the host sends before the first ACK comes: cwnd at the beginning (RFC 6928; the route's initcwnd).",
        turns: Turns::Route { host: name.clone(), name: "initcwnd" },
    });
    knobs.push(Knob {
        id: format!("host/{name}/advmss"),
        group: name.clone(),
        label: "MSS",
        unit: Unit::Octets,
        kind: KnobKind::Number { least: 88, most: 8_960, step: 1, scale: Scale::Linear },
        now: attribute("advmss").map_or(Setting::Unset("the MTU's"), Setting::Number),
        explains: "The largest segment that the host asks for in its SYN (the route's advmss); never more than the MTU allows.",
        turns: Turns::Route { host: name.clone(), name: "advmss" },
    });
    let buffers = [
        (
            "net.ipv4.tcp_rmem",
            "receive buffer",
            profile.rmem,
            "How much may wait for the program to read; turned here, it no longer grows by itself.",
        ),
        (
            "net.ipv4.tcp_wmem",
            "send buffer",
            profile.wmem,
            "How much send may hand over before it blocks; turned here, it no longer grows by itself.",
        ),
    ];
    for (sysctl, label, [_, begins, most], explains) in buffers {
        let short = sysctl.rsplit('.').next().unwrap_or(sysctl);
        let now =
            if begins == most { Setting::Number(most.into()) } else { Setting::Unset("grows by itself") };
        knobs.push(Knob {
            id: format!("host/{name}/{short}"),
            group: name.clone(),
            label,
            unit: Unit::Octets,
            kind: KnobKind::Number { least: 2_304, most: 33_554_432, step: 1, scale: Scale::Logarithmic },
            now,
            explains,
            turns: Turns::Buffer { host: name.clone(), name: sysctl },
        });
    }
}

fn of_programs(scenario: &Scenario, knobs: &mut Vec<Knob>) {
    for program in &scenario.programs {
        let name = &program.name;
        let group = format!("program {name}");
        for step in &program.script.steps {
            let socket = step.name.as_ref().filter(|name| step.makes_stream() && !program.listens(name));
            if let Some(socket) = socket {
                knobs.push(Knob {
                    id: format!("program/{name}/{socket}/nodelay"),
                    group: group.clone(),
                    label: "TCP_NODELAY",
                    unit: Unit::None,
                    kind: KnobKind::Choice(vec![("0", "off"), ("1", "on")]),
                    now: Setting::Choice(program.option(socket, OptionName::NoDelay).unwrap_or_else(|| "0".into())),
                    explains: "Off, a small segment waits while another is unacknowledged (Nagle's algorithm); on, it goes at once.",
                    turns: Turns::Option { program: name.clone(), socket: socket.clone(), option: OptionName::NoDelay },
                });
            }
            let Some(pace) = step.own_pace() else { continue };
            let reads = step.kind() == OpKind::Recv;
            let whole = if reads { MOST_PIECE.into() } else { step.data().len() as u64 };
            if !reads && step.pace.is_none() && whole < 2 {
                continue;
            }
            let place = step.place;
            let about = |field: &str| format!("program/{name}/{place}/{field}");
            knobs.push(Knob {
                id: about("piece"),
                group: group.clone(),
                label: if reads { "reads at a time" } else { "writes at a time" },
                unit: Unit::Octets,
                kind: KnobKind::Number {
                    least: 1,
                    most: if reads { 1 << 20 } else { whole },
                    step: 1,
                    scale: Scale::Logarithmic,
                },
                now: Setting::Number(pace.piece.into()),
                explains: if reads {
                    "How many octets one recv takes at most."
                } else {
                    "How many octets one send gives."
                },
                turns: Turns::Piece { program: name.clone(), step: place },
            });
            knobs.push(Knob {
                id: about("every"),
                group: group.clone(),
                label: if reads { "reads every" } else { "writes every" },
                unit: Unit::Micros,
                kind: KnobKind::Number {
                    least: 0,
                    most: 10_000_000.max(pace.every.0).min(MOST_EVERY_US),
                    step: 1,
                    scale: Scale::Logarithmic,
                },
                now: Setting::Number(pace.every.0),
                explains: if reads {
                    "How long the program waits from one recv to the next."
                } else {
                    "How long the program waits from one send to the next."
                },
                turns: Turns::Every { program: name.clone(), step: place },
            });
        }
    }
}

impl Knob {
    /// A value of it in words.
    pub fn write(&self, setting: &Setting) -> String {
        match setting {
            Setting::Unset(words) => (*words).to_owned(),
            Setting::Choice(value) => match &self.kind {
                KnobKind::Choice(choices) => choices
                    .iter()
                    .find(|(known, _)| known == value)
                    .map_or_else(|| value.clone(), |(_, called)| (*called).to_owned()),
                KnobKind::Number { .. } => value.clone(),
            },
            Setting::Number(number) => match self.unit {
                Unit::Micros => Micros(*number).to_string(),
                Unit::BitsPerSecond => rate(*number),
                Unit::PartsPerMillion => per_cent(*number),
                Unit::Octets => format!("{number} octets"),
                Unit::Datagrams => format!("{number} datagrams"),
                Unit::Segments => format!("{number} segments"),
                Unit::None => number.to_string(),
            },
        }
    }
}

/// The change that turning a knob to this value is.
///
/// # Errors
/// What the knob may be, when it cannot be this.
pub fn turned(knob: &Knob, value: &Setting) -> Result<Change, String> {
    let number = match (&knob.kind, value) {
        (KnobKind::Number { least, most, .. }, Setting::Number(number))
            if (least..=most).contains(&number) =>
        {
            *number
        }
        (KnobKind::Number { least, most, .. }, other) => {
            let words = |number: u64| knob.write(&Setting::Number(number));
            return Err(format!(
                "{} cannot be {}: it is from {} to {}",
                knob.label,
                knob.write(other),
                words(*least),
                words(*most)
            ));
        }
        (KnobKind::Choice(choices), Setting::Choice(value))
            if choices.iter().any(|(known, _)| known == value) =>
        {
            0
        }
        (KnobKind::Choice(choices), other) => {
            let known: Vec<&str> = choices.iter().map(|(_, called)| *called).collect();
            return Err(format!(
                "{} cannot be {}: it is {}",
                knob.label,
                knob.write(other),
                known.join(" or ")
            ));
        }
    };
    let text = match value {
        Setting::Choice(value) => value.clone(),
        _ => number.to_string(),
    };
    // Every knob's most fits: only link rates and times have more than 32 bits.
    let small = u32::try_from(number).unwrap_or(u32::MAX);
    Ok(match knob.turns.clone() {
        Turns::Path { link, toward, field } => {
            let mut path = PathPart::default();
            *place_of(&mut path, field) = Some(number);
            Change::Path { link, toward, path }
        }
        Turns::Mtu { link } => Change::Mtu { link, mtu: small },
        Turns::Sysctl { host, name } => Change::Sysctl { host, name: name.into(), value: text },
        Turns::Route { host, name } => Change::Route { host, name: name.into(), value: text },
        Turns::Buffer { host, name } => Change::Sysctl {
            host,
            name: name.into(),
            value: format!("{} {number} {number}", number.min(4_096)),
        },
        Turns::Option { program, socket, option } => {
            Change::Option { program, socket, option, value: OptionValue::Number(text.parse().unwrap_or(0)) }
        }
        Turns::Piece { program, step } => Change::Pace { program, step, piece: Some(small), every_us: None },
        Turns::Every { program, step } => Change::Pace { program, step, piece: None, every_us: Some(number) },
    })
}

/// The changes without what they do to a knob: it stands as the scenario has it, whatever that is, and all else stays changed.
pub fn restored(knob: &Knob, changes: &[Change]) -> Vec<Change> {
    changes.iter().cloned().filter_map(|change| without(knob, change)).collect()
}

/// What is left of a change when it no longer turns a knob.
fn without(knob: &Knob, change: Change) -> Option<Change> {
    Some(match (&knob.turns, change) {
        (Turns::Path { link, toward, field }, Change::Path { link: its, toward: way, mut path })
            if *link == its && *toward == way =>
        {
            *place_of(&mut path, *field) = None;
            if path == PathPart::default() {
                return None;
            }
            Change::Path { link: its, toward: way, path }
        }
        (Turns::Mtu { link }, Change::Mtu { link: its, .. }) if *link == its => return None,
        (
            Turns::Sysctl { host, name } | Turns::Buffer { host, name },
            Change::Sysctl { host: its, name: set, .. },
        ) if *host == its && *name == set => {
            return None;
        }
        (Turns::Route { host, name }, Change::Route { host: its, name: set, .. })
            if *host == its && *name == set =>
        {
            return None;
        }
        (
            Turns::Option { program, socket, option },
            Change::Option { program: its, socket: on, option: set, .. },
        ) if *program == its && *socket == on && *option == set => return None,
        (Turns::Piece { program, step }, Change::Pace { program: its, step: at, every_us, .. })
            if *program == its && *step == at =>
        {
            every_us?;
            Change::Pace { program: its, step: at, piece: None, every_us }
        }
        (Turns::Every { program, step }, Change::Pace { program: its, step: at, piece, .. })
            if *program == its && *step == at =>
        {
            piece?;
            Change::Pace { program: its, step: at, piece, every_us: None }
        }
        (_, other) => other,
    })
}

fn place_of(path: &mut PathPart, field: Field) -> &mut Option<u64> {
    match field {
        Field::Delay => &mut path.delay_us,
        Field::Jitter => &mut path.jitter_us,
        Field::Rate => &mut path.rate_bps,
        Field::Queue => &mut path.queue_datagrams,
        Field::Mark => &mut path.mark_above_datagrams,
        Field::Loss => &mut path.loss_ppm,
        Field::Reorder => &mut path.reorder_ppm,
        Field::Duplicate => &mut path.duplicate_ppm,
        Field::Corrupt => &mut path.corrupt_ppm,
    }
}

#[cfg(test)]
mod tests;
