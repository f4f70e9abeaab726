super::table! { Icmpv4;
    TYPE 0 + 8 "type" ("") by [Sender] from "RFC 792":
        "What is reported: 3 is destination unreachable, 11 is time exceeded.";
    CODE 8 + 8 "code" ("") by [Sender] from "RFC 792; RFC 1812, 5.2.7.1":
        "Which case of the type: for 3, 0 is network, 1 host, 2 protocol, 3 port, 4 fragmentation needed, 13 prohibited.";
    CHECKSUM 16 + 16 "checksum" ("") by [Sender] from "RFC 792; RFC 1071":
        "The complement of the one's complement sum over the ICMP message.";
    UNUSED 32 + 16 "unused" ("") by [Sender] from "RFC 792":
        "Zero.";
    NEXT_HOP_MTU 48 + 16 "next-hop MTU" ("octets") by [Sender] from "RFC 1191, 4":
        "The largest datagram that the next link takes, where fragmentation is needed; else zero.";
}
