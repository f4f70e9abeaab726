super::table! { Ipv4;
    VERSION 0 + 4 "version" ("") by [InternetLayer] from "RFC 791, 3.1":
        "4: the format of this header.";
    IHL 4 + 4 "header length" ("words") by [InternetLayer] from "RFC 791, 3.1":
        "How many 32-bit words the header has, options included. 5 without options, at most 15.";
    DSCP 8 + 6 "DSCP" ("") by [Application, Router] from "RFC 2474, 3":
        "Differentiated services code point: which treatment the datagram asks of routers.";
    ECN 14 + 2 "ECN" ("") by [InternetLayer, Router] from "RFC 3168, 5":
        "Whether the sender reacts to congestion marks, and the mark itself, which a router sets instead of dropping the datagram.";
    TOTAL_LENGTH 16 + 16 "total length" ("octets") by [InternetLayer, Router] from "RFC 791, 3.1":
        "How many octets the datagram has, header included. A router that fragments it gives each fragment its own.";
    IDENTIFICATION 32 + 16 "identification" ("") by [InternetLayer] from "RFC 791, 3.1; RFC 6864":
        "The same in all fragments of one datagram, so that they can be put together.";
    RESERVED 48 + 1 "reserved" ("") by [InternetLayer] from "RFC 791, 3.1":
        "Zero.";
    DONT_FRAGMENT 49 + 1 "DF" ("") by [InternetLayer] from "RFC 791, 3.1; RFC 1191":
        "Do not fragment: a router whose link takes less drops the datagram and says so by ICMP.";
    MORE_FRAGMENTS 50 + 1 "MF" ("") by [InternetLayer, Router] from "RFC 791, 3.1":
        "More fragments of the same datagram follow.";
    FRAGMENT_OFFSET 51 + 13 "fragment offset" ("times 8 octets") by [InternetLayer, Router] from "RFC 791, 3.1":
        "Where this fragment belongs in its datagram, in units of 8 octets.";
    TIME_TO_LIVE 64 + 8 "time to live" ("hops") by [InternetLayer, Router] from "RFC 791, 3.1":
        "How many routers the datagram may still pass: each takes one off, and at zero it is dropped.";
    PROTOCOL 72 + 8 "protocol" ("") by [InternetLayer] from "RFC 791, 3.1":
        "What the datagram carries: 1 is ICMP, 6 is TCP, 17 is UDP.";
    CHECKSUM 80 + 16 "header checksum" ("") by [InternetLayer, Router] from "RFC 791, 3.1; RFC 1071":
        "The complement of the one's complement sum over this header alone. Each router computes it anew, since it changes the time to live.";
    SOURCE 96 + 32 "source address" ("") by [InternetLayer, Router] from "RFC 791, 3.1":
        "The address that the datagram comes from. A router that translates addresses (NAT) changes it.";
    DESTINATION 128 + 32 "destination address" ("") by [Application, Router] from "RFC 791, 3.1":
        "The address that the datagram goes to. A router that translates addresses (NAT) changes it.";
}
