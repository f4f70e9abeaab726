super::table! { Ipv6;
    VERSION 0 + 4 "version" ("") by [InternetLayer] from "RFC 8200, 3":
        "6: the format of this header.";
    DSCP 4 + 6 "DSCP" ("") by [Application, Router] from "RFC 8200, 7; RFC 2474, 3":
        "Differentiated services code point: which treatment the datagram asks of routers. With ECN it is the traffic class.";
    ECN 10 + 2 "ECN" ("") by [InternetLayer, Router] from "RFC 8200, 7; RFC 3168, 5":
        "Whether the sender reacts to congestion marks, and the mark itself, which a router sets instead of dropping the datagram.";
    FLOW_LABEL 12 + 20 "flow label" ("") by [InternetLayer] from "RFC 8200, 6; RFC 6437":
        "The same for all datagrams of one flow, so that routers can keep them on one path. Zero where the sender does not label.";
    PAYLOAD_LENGTH 32 + 16 "payload length" ("octets") by [InternetLayer] from "RFC 8200, 3":
        "How many octets follow this header, extension headers included.";
    NEXT_HEADER 48 + 8 "next header" ("") by [InternetLayer] from "RFC 8200, 3":
        "What follows this header: 6 is TCP, 17 is UDP, 58 is ICMPv6; some other numbers are extension headers.";
    HOP_LIMIT 56 + 8 "hop limit" ("hops") by [InternetLayer, Router] from "RFC 8200, 3":
        "How many routers the datagram may still pass: each takes one off, and at zero it is dropped.";
    SOURCE 64 + 128 "source address" ("") by [InternetLayer] from "RFC 8200, 3":
        "The address that the datagram comes from.";
    DESTINATION 192 + 128 "destination address" ("") by [Application] from "RFC 8200, 3":
        "The address that the datagram goes to.";
}
