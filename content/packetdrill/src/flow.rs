//! A connection as the script sees it: addresses, and how its relative numbers stand to those on the wire.
//!
//! The script's own side begins at the number that the script gives, so its numbers are those on the wire. The machine chooses its
//! initial number itself; the script's numbers for it are shifted by the difference.

use crate::machine::Fd;
use core::net::SocketAddr;
use std::collections::BTreeMap;
use wire::{Options, SackBlock, Seq, TcpOption};

#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// The machine's end; `None` until it shows which port it chose.
    pub local: Option<SocketAddr>,
    /// The script's end.
    pub remote: SocketAddr,
    /// The machine's descriptor, once the script has it.
    pub fd: Option<Fd>,
    /// What is added to the script's numbers of the machine's stream to have those on the wire; `None` until its SYN was seen.
    shift: Option<u32>,
    /// The machine's next SYN begins a new stream.
    pub is_fresh: bool,
    timestamps: Timestamps,
}

/// How the script's values of the machine's timestamp clock stand to those on the wire.
#[derive(Clone, Debug, Default)]
struct Timestamps {
    shift: Option<u32>,
    /// By the script's value: what was on the wire.
    seen: BTreeMap<u32, u32>,
}

impl Flow {
    pub(crate) fn new(local: Option<SocketAddr>, remote: SocketAddr) -> Flow {
        Flow { local, remote, fd: None, shift: None, is_fresh: true, timestamps: Timestamps::default() }
    }

    /// The machine's SYN was seen, with this number on the wire; in the script it is 0.
    pub(crate) fn begins_at(&mut self, wire: Seq) {
        self.shift = Some(wire.0);
        self.is_fresh = false;
        self.timestamps = Timestamps::default();
    }

    /// A number of the machine's stream on the wire, as the script writes it.
    pub(crate) fn of_machine(&self, wire: Seq) -> u32 {
        wire.0.wrapping_sub(self.shift.unwrap_or(0))
    }

    /// A number of the machine's stream in the script, as it is on the wire.
    pub(crate) fn to_wire(&self, script: u32) -> Seq {
        Seq(script.wrapping_add(self.shift.unwrap_or(0)))
    }

    /// Options of an injected segment with the numbers of the wire: SACK blocks and TSecr speak of the machine's stream and clock.
    pub(crate) fn options_to_wire(&self, options: &Options) -> Options {
        let mut shifted = Options::NONE;
        for option in options.iter() {
            let pushed = match option {
                TcpOption::Sack(blocks) => {
                    let block = |block: SackBlock| SackBlock {
                        start: self.to_wire(block.start.0),
                        end: self.to_wire(block.end.0),
                    };
                    shifted.push_sack(&blocks.blocks().map(block).collect::<Vec<_>>())
                }
                TcpOption::Timestamps { value, echo } => {
                    let echo = self.echo_to_wire(echo);
                    shifted.push(TcpOption::Timestamps { value, echo })
                }
                other => shifted.push(other),
            };
            pushed.expect("as long as the options that were read");
        }
        // What stands behind the end of the list is kept as well: it is octets of the header.
        let missing = options.octets().len() - shifted.octets().len();
        for _ in 0..missing {
            shifted.push(TcpOption::End).expect("as long as the options that were read");
        }
        shifted
    }

    fn echo_to_wire(&self, script: u32) -> u32 {
        match (self.timestamps.seen.get(&script), self.timestamps.shift) {
            (Some(wire), _) => *wire,
            // Values that the script never showed, and 0, which stands for none.
            (None, Some(shift)) if script != 0 => script.wrapping_add(shift),
            _ => script,
        }
    }

    /// A timestamp of the machine as the script writes it; the first that the script names sets the scale. It also remembers which
    /// value of the script was which on the wire, so that echoes of it are right.
    pub(crate) fn timestamp(&mut self, expected: Option<u32>, wire: u32) -> u32 {
        if let Some(expected) = expected {
            self.timestamps.shift.get_or_insert(wire.wrapping_sub(expected));
            self.timestamps.seen.insert(expected, wire);
        }
        wire.wrapping_sub(self.timestamps.shift.unwrap_or(0))
    }
}
