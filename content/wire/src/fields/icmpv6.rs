super::table! { Icmpv6;
    TYPE 0 + 8 "type" ("") by [Sender] from "RFC 4443, 2.1":
        "What is reported: 1 is destination unreachable, 2 is packet too big, 3 is time exceeded, 4 is parameter problem.";
    CODE 8 + 8 "code" ("") by [Sender] from "RFC 4443, 3":
        "Which case of the type: for 1, 0 is no route, 1 prohibited, 3 address, 4 port.";
    CHECKSUM 16 + 16 "checksum" ("") by [Sender] from "RFC 4443, 2.3":
        "The complement of the one's complement sum over pseudo-header and ICMP message.";
    PARAMETER 32 + 32 "MTU or pointer" ("octets") by [Sender] from "RFC 4443, 3.2 and 3.4":
        "Packet too big: the largest datagram that the next link takes. Parameter problem: which octet of the datagram is at fault. Else zero.";
}
