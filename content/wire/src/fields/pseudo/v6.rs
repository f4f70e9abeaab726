crate::fields::table! { PseudoIpv6;
    SOURCE 0 + 128 "source address" ("") by [InternetLayer] from "RFC 8200, 8.1":
        "The source address, so that a segment from elsewhere is not taken for one of this connection.";
    DESTINATION 128 + 128 "destination address" ("") by [Application] from "RFC 8200, 8.1":
        "The destination address, so that a segment that went astray is noticed.";
    LENGTH 256 + 32 "upper-layer length" ("octets") by [Sender] from "RFC 8200, 8.1":
        "How many octets header and data have.";
    ZERO 288 + 24 "zero" ("") by [Sender] from "RFC 8200, 8.1":
        "Zero: fills up a 32-bit word.";
    NEXT_HEADER 312 + 8 "next header" ("") by [Sender] from "RFC 8200, 8.1":
        "What is carried: 6 is TCP, 17 is UDP, 58 is ICMPv6.";
}
