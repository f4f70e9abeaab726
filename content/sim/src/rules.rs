//! Every rule that the engine can name in a Log, as one table: name, sentence, source.

use sockets::Rule;

macro_rules! rules {
    ($($constant:ident $name:literal, $says:literal, $source:literal;)*) => {
        $(
            #[doc = $says]
            pub static $constant: Rule = Rule { name: $name, says: $says, source: $source };
        )*

        /// The whole table.
        pub static TABLE: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    NO_SOCKET "no-socket", "A segment for a port that nobody has is answered with RST; a RST is not answered.", "RFC 9293, 3.10.7.1";
    CHECKSUM "checksum", "A datagram whose checksum is wrong is thrown away in silence; its sender must find out by itself.", "RFC 9293, 3.1";
    NO_NEIGHBOUR "no-neighbour", "Nobody on the link has the next address: it is asked for three times, one second apart, then the sender is told that the host is unreachable.", "RFC 1122, 2.3.2.2; Linux, mcast_solicit";
    NO_PORT "no-port", "A UDP datagram for a port that nobody has is answered with ICMP port unreachable.", "RFC 1122, 4.1.3.1";
    HOPS_SPENT "hops-spent", "A router throws a datagram away whose hops are spent, and tells its sender.", "RFC 1812, 5.3.1";
    NO_ROUTE "no-route", "A router without a route to the destination tells the sender that the network is unreachable.", "RFC 1812, 5.2.7.1";
    FRAGMENTATION_NEEDED "fragmentation-needed", "A datagram that is larger than the next link takes and may not be fragmented comes back as ICMP with that link's MTU.", "RFC 1191, 4; RFC 8201, 3";
    FILTER_DROP "filter-drop", "A router's filter throws the datagram away in silence.", "RFC 1812, 5.3.9";
    FILTER_PROHIBIT "filter-prohibit", "A router's filter throws the datagram away and tells the sender that it is prohibited.", "RFC 1812, 5.2.7.1";
    NAT_NEW "nat-new", "An inside host begins: the router gives it an outside port, its own if that is free, and remembers both ends.", "RFC 3022, 4.1; RFC 4787, 4.1";
    NAT_OUTWARD "nat-outward", "On the way out the source becomes the outside address and port.", "RFC 3022, 4.1";
    NAT_INWARD "nat-inward", "An answer from outside finds its translation: the destination becomes the inside address and port.", "RFC 3022, 4.1";
    NAT_FORWARD "nat-forward", "A port that is forwarded: what begins outside goes to the inside address and port.", "RFC 4787, 5";
    NAT_UNKNOWN "nat-unknown", "Nobody inside wrote to this sender, and the port is not forwarded: the datagram is for the router itself.", "RFC 4787, 5";
    NAT_FULL "nat-full", "Every outside port is taken: the datagram is thrown away.", "RFC 3022, 4.1";
    ACCEPTED "accepted", "accept hands the program the oldest connection of the accept queue; its handshake was complete before.", "accept(2)";
    NOBODY_ACCEPTED "nobody-accepted", "A listening socket is closed: connections that nobody accepted are reset, half-open ones forgotten.", "Linux, inet_csk_listen_stop";
    TIME_WAIT_TAKEN "time-wait-taken", "connect takes the pair of a connection in TIME-WAIT over: timestamps tell old segments from new ones, and the new sequence numbers lie beyond the old.", "RFC 6191, 2; Linux, tcp_tw_reuse";
    DATAGRAM_BUFFER_FULL "datagram-buffer-full", "The receive buffer has no room for the datagram: it is lost, and nobody is told.", "RFC 768; udp(7)";
}
