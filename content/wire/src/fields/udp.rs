super::table! { Udp;
    SOURCE_PORT 0 + 16 "source port" ("") by [Application, Sender] from "RFC 768":
        "The sender's port; zero if no answer is expected.";
    DESTINATION_PORT 16 + 16 "destination port" ("") by [Application] from "RFC 768":
        "The receiver's port.";
    LENGTH 32 + 16 "length" ("octets") by [Sender] from "RFC 768":
        "How many octets the UDP datagram has, this header included: at least 8.";
    CHECKSUM 48 + 16 "checksum" ("") by [Sender] from "RFC 768; RFC 8200, 8.1":
        "As TCP's. Zero means that the sender computed none, which only IPv4 allows; a sum of zero is sent as 65535.";
}
