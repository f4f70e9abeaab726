crate::fields::table! { PseudoIpv4;
    SOURCE 0 + 32 "source address" ("") by [InternetLayer] from "RFC 9293, 3.1":
        "The source address, so that a segment from elsewhere is not taken for one of this connection.";
    DESTINATION 32 + 32 "destination address" ("") by [Application] from "RFC 9293, 3.1":
        "The destination address, so that a segment that went astray is noticed.";
    ZERO 64 + 8 "zero" ("") by [Sender] from "RFC 9293, 3.1":
        "Zero: fills up a 16-bit word.";
    PROTOCOL 72 + 8 "protocol" ("") by [Sender] from "RFC 9293, 3.1":
        "The protocol number of the IPv4 header: 6 is TCP, 17 is UDP.";
    LENGTH 80 + 16 "length" ("octets") by [Sender] from "RFC 9293, 3.1":
        "How many octets header and data have; TCP's header does not say it.";
}
