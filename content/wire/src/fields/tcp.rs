use crate::Flags;

super::table! { Tcp;
    SOURCE_PORT 0 + 16 "source port" ("") by [Application, Sender] from "RFC 9293, 3.1":
        "The sender's port. A client seldom chooses it: connect() takes a free one.";
    DESTINATION_PORT 16 + 16 "destination port" ("") by [Application] from "RFC 9293, 3.1":
        "The receiver's port. Both addresses and both ports together name the connection.";
    SEQUENCE_NUMBER 32 + 32 "sequence number" ("octets") by [Sender] from "RFC 9293, 3.4":
        "The number of the first octet of data in this segment. With SYN set it is the initial sequence number, and the first octet of data has the next number.";
    ACKNOWLEDGMENT_NUMBER 64 + 32 "acknowledgment number" ("octets") by [Sender] from "RFC 9293, 3.4":
        "The next sequence number that the sender of this segment expects: all before it arrived. It counts only with ACK set.";
    DATA_OFFSET 96 + 4 "data offset" ("words") by [Sender] from "RFC 9293, 3.1":
        "How many 32-bit words the header has, options included; the data begins after them. At least 5, at most 15.";
    RESERVED 100 + 3 "reserved" ("") by [Sender] from "RFC 9293, 3.1; RFC 9768":
        "Kept for future use: sent as zero and ignored by who receives it.";
    AE 103 + 1 "AE" ("") by [Sender] from "RFC 9768, 3.2.2":
        "Accurate ECN: with CWR and ECE it counts how many packets arrived with a congestion mark.";
    CWR 104 + 1 "CWR" ("") by [Sender] from "RFC 3168, 6.1.2":
        "Congestion Window Reduced: the sender has heard of the congestion and sends less.";
    ECE 105 + 1 "ECE" ("") by [Sender] from "RFC 3168, 6.1.3":
        "ECN-Echo: a packet arrived that a router had marked for congestion. In a SYN, with CWR, it offers ECN; in a SYN-ACK it accepts.";
    URG 106 + 1 "URG" ("") by [Application, Sender] from "RFC 9293, 3.8.5":
        "The urgent pointer counts.";
    ACK 107 + 1 "ACK" ("") by [Sender] from "RFC 9293, 3.1":
        "The acknowledgment number counts. It is set in every segment but the first SYN and some RSTs.";
    PSH 108 + 1 "PSH" ("") by [Sender] from "RFC 9293, 3.9.1.2":
        "Push: hand the data to the application without waiting for more.";
    RST 109 + 1 "RST" ("") by [Sender] from "RFC 9293, 3.5.2":
        "Reset: the connection does not exist, or ends here and now.";
    SYN 110 + 1 "SYN" ("") by [Sender] from "RFC 9293, 3.5":
        "Synchronise: this segment begins the sender's numbering. It takes one sequence number.";
    FIN 111 + 1 "FIN" ("") by [Application, Sender] from "RFC 9293, 3.6":
        "The sender has no more data. It takes one sequence number, and the other direction goes on.";
    WINDOW 112 + 16 "window" ("octets") by [Sender] from "RFC 9293, 3.1; RFC 7323, 2.2":
        "How many octets from the acknowledgment number on the sender of this segment has room for. Shifted left by the agreed window scale, but not in segments with SYN.";
    CHECKSUM 128 + 16 "checksum" ("") by [Sender] from "RFC 9293, 3.1; RFC 1071":
        "The complement of the one's complement sum over pseudo-header, header and data. It finds most accidental changes, and no deliberate ones.";
    URGENT_POINTER 144 + 16 "urgent pointer" ("octets") by [Application, Sender] from "RFC 9293, 3.8.5; RFC 6093":
        "How far beyond the sequence number the urgent data ends. It counts only with URG set; new programs should not use it.";
}

/// The three reserved bits and the nine control bits together, as [`Flags`] holds them.
pub const FLAGS: Field = Field {
    name: "flags",
    header: Header::Tcp,
    bit: RESERVED.bit,
    width: 12,
    unit: "",
    set_by: &[Sender],
    source: "RFC 9293, 3.1",
    meaning: "The reserved bits and the control bits together.",
};

/// Each control bit with its row, in the order in which they travel.
pub const CONTROL_BITS: [(Flags, &Field); 9] = [
    (Flags::AE, &AE),
    (Flags::CWR, &CWR),
    (Flags::ECE, &ECE),
    (Flags::URG, &URG),
    (Flags::ACK, &ACK),
    (Flags::PSH, &PSH),
    (Flags::RST, &RST),
    (Flags::SYN, &SYN),
    (Flags::FIN, &FIN),
];
