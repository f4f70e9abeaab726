//! The commands that scripts run, and what each means for a machine.

use crate::machine::Setting;

/// What a command means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Settings(Vec<Setting>),
    /// Another file, to be read in its place.
    File(String),
}

/// What does nothing to a machine that keeps nothing from one script to the next, and why.
const WITHOUT_EFFECT: &[(&[&str], &str)] = &[
    (&["ip", "tcp_metrics", "flush"], "a machine begins each script without remembered paths"),
    (&["ip", "tcp_metrics", "delete"], "a machine begins each script without remembered paths"),
    (&["ip", "route", "flush", "cache"], "no route is cached"),
    (
        &["ethtool", "-K"],
        "segments are compared as they are on the wire: how they are cut out of larger ones is not seen",
    ),
    (
        &["sleep"],
        "time passes only where a script's own times say so, and before the first event there is none",
    ),
    (&["set", "-e"], "the first command that is not understood ends the reading"),
    (&["sync"], "nothing is written"),
    (&["rm"], "a machine keeps no files from one script to the next"),
    (&["mkdir"], "a file needs no directory here"),
    (&["true"], "nothing happens"),
    (&[":"], "nothing happens"),
    (&["modprobe"], "what the machine lacks shows when it is used"),
];

/// # Errors
/// What is not understood, in words.
pub(super) fn read(command: &[String]) -> Result<Meaning, String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    if WITHOUT_EFFECT.iter().any(|(known, _)| words.starts_with(known)) {
        return Ok(Meaning::Settings(Vec::new()));
    }
    let program = words[0].rsplit('/').next().unwrap_or(words[0]);
    match program {
        "sysctl" => sysctl(&words[1..]),
        "set_sysctls.py" => {
            words[1..].iter().map(|word| assignment(word)).collect::<Result<_, _>>().map(Meaning::Settings)
        }
        "ip" => ip(&words[1..]),
        "tc" => tc(&words[1..]),
        "echo" | "printf" => echo(&words),
        "dd" | "truncate" | "touch" => file(program, &words[1..]),
        // The file that set_sysctls.py leaves behind, which restores the settings after the script.
        name if name.starts_with("sysctl_restore_") => Ok(Meaning::Settings(Vec::new())),
        "source" | "." | "bash" | "sh" if words.len() == 2 => Ok(Meaning::File(words[1].into())),
        name if name.ends_with(".sh") && words.len() == 1 => Ok(Meaning::File(words[0].into())),
        _ => Err(format!("the shell command “{}”", words.join(" "))),
    }
}

/// A file of a certain length: `dd if=/dev/zero of=/tmp/file bs=1k count=10`, `truncate -s 10k /tmp/file`, `touch /tmp/file`.
fn file(program: &str, words: &[&str]) -> Result<Meaning, String> {
    let unknown = || format!("the shell command “{program} {}”", words.join(" "));
    let operand = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
    let (path, length) = match (program, words) {
        ("dd", _) => {
            let of = operand("of=").ok_or_else(unknown)?;
            let size = operand("bs=").map_or(Some(512), octets).ok_or_else(unknown)?;
            let count = operand("count=").and_then(octets).ok_or_else(unknown)?;
            let zeros = operand("if=").is_some_and(|path| matches!(path, "/dev/zero" | "/dev/urandom"));
            (of, zeros.then_some(size).and_then(|size| size.checked_mul(count)))
        }
        ("truncate", ["-s", size, path]) => (*path, octets(size)),
        ("touch", [path]) => (*path, Some(0)),
        _ => return Err(unknown()),
    };
    let length = length.ok_or_else(unknown)?;
    Ok(Meaning::Settings(vec![Setting::File { path: path.into(), length }]))
}

/// A number with a unit: `10`, `10k`, `1M`.
fn octets(text: &str) -> Option<u32> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_024),
        None => text.strip_suffix('M').map_or((text, 1), |digits| (digits, 1_024 * 1_024)),
    };
    digits.parse::<u32>().ok()?.checked_mul(unit)
}

fn assignment(word: &str) -> Result<Setting, String> {
    let Some((name, value)) = word.split_once('=') else {
        return Err(format!("“{word}” in a sysctl command: a setting is name=value"));
    };
    let name = name.trim().trim_start_matches("/proc/sys/").replace('/', ".");
    Ok(Setting::Sysctl { name, value: value.trim().into() })
}

fn sysctl(words: &[&str]) -> Result<Meaning, String> {
    let mut settings = Vec::new();
    let mut words =
        words.iter().filter(|word| !matches!(**word, "-q" | "-w" | "-qw" | "-e" | "-eq" | "-qe" | "--quiet"));
    while let Some(word) = words.next() {
        // `name = value`, with blanks, is three words.
        if word.contains('=') {
            settings.push(assignment(word)?);
        } else if words.next().is_some_and(|sign| *sign == "=") {
            let value = words.next().copied().unwrap_or_default();
            settings.push(assignment(&format!("{word}={value}"))?);
        } else {
            return Err(format!("“{word}” in a sysctl command: a setting is name=value"));
        }
    }
    Ok(Meaning::Settings(settings))
}

/// `echo 0 > /proc/sys/net/ipv4/tcp_sack`
fn echo(words: &[&str]) -> Result<Meaning, String> {
    match words.split_last() {
        Some((path, [_, text @ .., ">"])) if path.starts_with("/proc/sys/") => {
            let text: Vec<&str> = text.iter().copied().filter(|word| !matches!(*word, "-n" | "-e")).collect();
            let value = text.join(" ");
            Ok(Meaning::Settings(vec![assignment(&format!("{path}={}", value.trim_end_matches("\\n")))?]))
        }
        _ if !words.contains(&">") => Ok(Meaning::Settings(Vec::new())),
        _ => Err(format!("the shell command “{}”", words.join(" "))),
    }
}

fn ip(words: &[&str]) -> Result<Meaning, String> {
    let unknown = || Err(format!("the shell command “ip {}”", words.join(" ")));
    let words: Vec<&str> = words.iter().copied().filter(|word| !matches!(*word, "-4" | "-6")).collect();
    match words[..] {
        ["link", "set", "dev", "tun0", "mtu", octets] | ["link", "set", "tun0", "mtu", octets] => {
            match octets.parse() {
                Ok(octets) => Ok(Meaning::Settings(vec![Setting::Mtu(octets)])),
                Err(_) => unknown(),
            }
        }
        ["link", "set", "dev", "tun0", "up"] | ["link", "set", "tun0", "up"] => {
            Ok(Meaning::Settings(Vec::new()))
        }
        ["route" | "ro" | "r", "change" | "replace" | "add", destination, ref attributes @ ..]
            if destination.starts_with("default") || destination.contains(['.', ':']) =>
        {
            route(attributes)
        }
        _ => unknown(),
    }
}

/// The attributes of the one route that a script has: the way to its own addresses.
fn route(attributes: &[&str]) -> Result<Meaning, String> {
    let mut said = Vec::new();
    let mut rest = attributes.iter().copied().peekable();
    while let Some(name) = rest.next() {
        // `rto_min lock 5ms` and `mtu lock 1400` say the same as without the lock here: nothing else would change them.
        rest.next_if_eq(&"lock");
        let Some(value) = rest.next() else { return Err(format!("“{name}” of a route has no value")) };
        match name {
            "dev" | "via" | "proto" | "scope" | "src" | "metric" | "table" => {}
            "rto_min" | "initcwnd" | "initrwnd" | "quickack" | "mtu" | "advmss" | "features" | "window"
            | "cwnd" | "congctl" | "reordering" | "ssthresh" | "rtt" | "rttvar" | "hoplimit"
            | "fastopen_no_cookie" => {
                said.push((name.into(), value.into()));
            }
            _ => return Err(format!("“{name}” of a route")),
        }
    }
    Ok(Meaning::Settings(vec![Setting::Route(said)]))
}

/// The queueing discipline of the interface: whether it paces, and how much it takes.
fn tc(words: &[&str]) -> Result<Meaning, String> {
    let unknown = || Err(format!("the shell command “tc {}”", words.join(" ")));
    match words {
        ["qdisc", "delete" | "del", "dev", "tun0", "root", ..] => {
            Ok(Meaning::Settings(vec![Setting::QueueLimit(None), Setting::Pacing(false)]))
        }
        ["qdisc", "add" | "replace" | "change", "dev", "tun0", "root", rest @ ..] => {
            let rest = if let ["handle", _, rest @ ..] = rest { rest } else { rest };
            let (paces, parameters) = match rest {
                ["pfifo" | "bfifo" | "pfifo_fast" | "noqueue", parameters @ ..] => (false, parameters),
                ["fq", parameters @ ..] => (true, parameters),
                _ => return unknown(),
            };
            let limit = match parameters {
                [] => None,
                ["limit", packets] => match packets.parse() {
                    Ok(packets) => Some(packets),
                    Err(_) => return unknown(),
                },
                _ => return unknown(),
            };
            Ok(Meaning::Settings(vec![Setting::QueueLimit(limit), Setting::Pacing(paces)]))
        }
        _ => unknown(),
    }
}
