use core::fmt;

/// One kind of TCP option: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionKind {
    /// The number that it begins with.
    pub kind: u8,
    /// The name, as a sentence uses it.
    pub name: &'static str,
    /// What packetdrill and tcpdump call it in a trace; empty where this crate writes kind and octets.
    pub notation: &'static str,
    /// How many octets it takes.
    pub length: Length,
    /// Where it is defined.
    pub source: &'static str,
    /// What it is for, in one or two sentences.
    pub meaning: &'static str,
}

/// How many octets an option takes, kind and length included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// One octet: no length octet follows the kind.
    KindOnly,
    /// Always so many.
    Exactly(u8),
    /// So many, and so many for each entry, one entry at least.
    Entries {
        /// Kind, length and what comes before the entries.
        before: u8,
        /// One entry.
        each: u8,
    },
    /// So many at least.
    AtLeast(u8),
}

impl Length {
    /// Whether an option of this kind may have so many octets.
    pub const fn allows(self, octets: u8) -> bool {
        match self {
            Length::KindOnly => octets == 1,
            Length::Exactly(length) => octets == length,
            Length::Entries { before, each } => octets > before && (octets - before).is_multiple_of(each),
            Length::AtLeast(least) => octets >= least,
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Length::KindOnly => f.write_str("1"),
            Length::Exactly(length) => length.fmt(f),
            Length::Entries { before, each } => write!(f, "{before} and {each} for each entry"),
            Length::AtLeast(least) => write!(f, "{least} at least"),
        }
    }
}

/// The row of a kind, if the table has one.
pub fn of_kind(kind: u8) -> Option<&'static OptionKind> {
    KINDS.iter().find(|row| row.kind == kind)
}

macro_rules! kinds {
    ($($NAME:ident $kind:literal $name:literal $notation:literal $length:expr, $source:literal: $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $NAME: OptionKind = OptionKind {
                kind: $kind,
                name: $name,
                notation: $notation,
                length: $length,
                source: $source,
                meaning: $meaning,
            };
        )*
        /// The kinds that a learner meets, by their number. The first seven are those that the machine reacts to.
        pub const KINDS: &[OptionKind] = &[$($NAME),*];
    };
}

kinds! {
    END 0 "end of option list" "eol" Length::KindOnly, "RFC 9293, 3.2":
        "No option follows. Only where the options end before the header does.";
    NOP 1 "no-operation" "nop" Length::KindOnly, "RFC 9293, 3.2":
        "Nothing: fills up, so that the next option begins at an even place.";
    MSS 2 "maximum segment size" "mss" Length::Exactly(4), "RFC 9293, 3.7.1":
        "How many octets of data the sender of this SYN takes in one segment. Without it the peer may send 536 over IPv4 and 1220 over IPv6.";
    WINDOW_SCALE 3 "window scale" "wscale" Length::Exactly(3), "RFC 7323, 2":
        "By how many bits the windows of this sender are to be shifted left, 0 to 14. Only in a SYN, and only if both send it.";
    SACK_PERMITTED 4 "SACK permitted" "sackOK" Length::Exactly(2), "RFC 2018, 2":
        "The sender of this SYN understands selective acknowledgments.";
    SACK 5 "selective acknowledgment" "sack" Length::Entries { before: 2, each: 8 }, "RFC 2018, 3; RFC 2883":
        "The ranges that arrived beyond the acknowledgment number, at most four, the newest first. A first range that was there before reports a duplicate.";
    TIMESTAMPS 8 "timestamps" "TS" Length::Exactly(10), "RFC 7323, 3":
        "The sender's clock, and the newest clock value that it had from the peer: they measure the round trip, and tell old segments from new ones.";
    MD5_SIGNATURE 19 "MD5 signature" "" Length::Exactly(18), "RFC 2385":
        "A signature with a key that both sides know. Obsolete, but routers still use it for BGP.";
    USER_TIMEOUT 28 "user timeout" "" Length::Exactly(4), "RFC 5482":
        "How long the sender waits for an acknowledgment before it gives up.";
    AUTHENTICATION 29 "TCP-AO" "" Length::AtLeast(4), "RFC 5925":
        "Authenticates the segment with a key that both sides know.";
    MULTIPATH 30 "multipath TCP" "" Length::AtLeast(3), "RFC 8684":
        "Joins several connections over different paths to one stream.";
    FAST_OPEN 34 "TCP Fast Open cookie" "" Length::AtLeast(2), "RFC 7413":
        "A cookie of the server with which a client may send data in its SYN; empty to ask for one.";
    ACCURATE_ECN_0 172 "accurate ECN, order 0" "" Length::AtLeast(2), "RFC 9768":
        "How many octets arrived with each ECN mark.";
    ACCURATE_ECN_1 174 "accurate ECN, order 1" "" Length::AtLeast(2), "RFC 9768":
        "How many octets arrived with each ECN mark, in the other order.";
    EXPERIMENT_1 253 "experiment 1" "" Length::AtLeast(4), "RFC 6994":
        "For experiments; the next two or four octets say which.";
    EXPERIMENT_2 254 "experiment 2" "" Length::AtLeast(4), "RFC 6994":
        "For experiments; the next two or four octets say which.";
}
