//! One direction of a stream: which of its numbers were seen before.

use wire::Seq;
use wire::capture::TcpGlance;

/// How many gaps are remembered; of more, the oldest are forgotten, so that nothing a file holds can make this large.
const GAPS: usize = 64;

/// What was seen of one direction.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    /// The number of its first SYN.
    pub iss: Option<Seq>,
    /// The number after the highest one seen.
    next: Option<Seq>,
    /// Ranges of numbers below it that were not seen.
    gaps: Vec<(Seq, Seq)>,
    last: Option<(u16, TcpGlance)>,
}

/// How a segment stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// It says something new, or nothing that has a number.
    New,
    /// Some of its numbers were seen before: the sender sends them again.
    Again,
    /// It fills a gap: it was overtaken, or it is sent again after the capture missed the first time.
    Late,
    /// It is the very packet before it, seen a second time.
    Copy,
}

impl Flow {
    /// Takes the next segment of this direction.
    pub fn see(&mut self, identification: u16, tcp: &TcpGlance) -> Order {
        // Hosts give every packet an identification of its own, so one that repeats it all was seen twice: on a bridge and its port,
        // or because the network doubled it.
        if identification != 0 && self.last == Some((identification, *tcp)) {
            return Order::Copy;
        }
        self.last = Some((identification, *tcp));
        if tcp.flags.syn() && self.iss.is_none() {
            self.iss = Some(tcp.seq);
        }
        let (seq, length) = (tcp.seq, tcp.sequence_length());
        // A RST's number need not be the sender's next one.
        if length == 0 || tcp.flags.rst() {
            return Order::New;
        }
        let end = seq + length;
        let Some(next) = self.next else {
            self.next = Some(end);
            return Order::New;
        };
        if next.precedes_or_is(seq) {
            if next != seq {
                if self.gaps.len() == GAPS {
                    self.gaps.remove(0);
                }
                self.gaps.push((next, seq));
            }
            self.next = Some(end);
            return Order::New;
        }
        self.next = Some(next.latest(end));
        let fills = self.fill(seq, end);
        if fills { Order::Late } else { Order::Again }
    }

    /// Whether numbers are missing below the highest one.
    pub fn has_gaps(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// Whether anything with a number was seen.
    pub fn has_begun(&self) -> bool {
        self.next.is_some()
    }

    fn fill(&mut self, seq: Seq, end: Seq) -> bool {
        let mut filled = false;
        let mut left = Vec::new();
        for &(from, to) in &self.gaps {
            if seq.precedes(to) && from.precedes(end) {
                filled = true;
                left.extend(from.precedes(seq).then_some((from, seq)));
                left.extend(end.precedes(to).then_some((end, to)));
            } else {
                left.push((from, to));
            }
        }
        left.truncate(GAPS);
        self.gaps = left;
        filled
    }
}
