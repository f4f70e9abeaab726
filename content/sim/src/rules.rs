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
    NO_SOCKET "no-socket", "A segment that no socket takes is answered with RST; a RST is not answered.", "RFC 9293, 3.5.2 and 3.10.7.1";
    CHECKSUM "checksum", "A datagram whose checksum is wrong is thrown away in silence; its sender must find out by itself.", "RFC 9293, 3.1";
    NO_NEIGHBOUR "no-neighbour", "Nobody on the link has the next address: it is asked for three times, one second apart, then the sender is told that the host is unreachable.", "RFC 1122, 2.3.2.1; Linux, mcast_solicit";
    NO_PORT "no-port", "A UDP datagram for a port that nobody has is answered with ICMP port unreachable.", "RFC 1122, 4.1.3.1";
    HOPS_SPENT "hops-spent", "A router throws a datagram away whose hops are spent, and tells its sender.", "RFC 1812, 5.3.1";
    NO_ROUTE "no-route", "A router without a route to the destination tells the sender that the network is unreachable.", "RFC 1812, 5.2.7.1";
    FRAGMENTATION_NEEDED "fragmentation-needed", "A datagram that is larger than the next link takes and may not be fragmented is thrown away, and ICMP tells its sender that link's MTU.", "RFC 1191, 4; RFC 4443, 3.2";
    FILTER_DROP "filter-drop", "A router's filter throws the datagram away in silence.", "RFC 1812, 5.3.9";
    FILTER_PROHIBIT "filter-prohibit", "A router's filter throws the datagram away and tells the sender that it is prohibited.", "RFC 1812, 5.2.7.1";
    NAT_NEW "nat-new", "An inside host begins: the router gives it an outside port, its own if that is free, and remembers both ends.", "RFC 3022, 3.1; RFC 4787, 4.1 and 4.2";
    NAT_OUTWARD "nat-outward", "On the way out the source becomes the outside address and port.", "RFC 3022, 4.1";
    NAT_INWARD "nat-inward", "An answer from outside finds its translation: the destination becomes the inside address and port.", "RFC 3022, 4.1";
    NAT_FORWARD "nat-forward", "A port that is forwarded: what begins outside goes to the inside address and port.", "RFC 3022, 2.2";
    NAT_UNKNOWN "nat-unknown", "Nobody inside wrote to this sender, and the port is not forwarded: the datagram is for the router itself.", "RFC 4787, 5";
    NAT_FULL "nat-full", "Every outside port is taken: the datagram is thrown away.", "RFC 4787, 4.2.1";
    ACCEPTED "accepted", "accept hands the program the oldest connection of the accept queue; its handshake was complete before.", "accept(2)";
    NOBODY_ACCEPTED "nobody-accepted", "A listening socket is closed: connections that nobody accepted are reset, half-open ones forgotten.", "Linux, inet_csk_listen_stop";
    TIME_WAIT_TAKEN "time-wait-taken", "connect takes the pair of a connection in TIME-WAIT over: timestamps tell old segments from new ones, and the new sequence numbers lie beyond the old.", "RFC 7323, B.2; Linux, tcp_tw_reuse";
    DATAGRAM_BUFFER_FULL "datagram-buffer-full", "The receive buffer has no room for the datagram: it is lost, and nobody is told.", "RFC 768; udp(7)";
    ACTIVE_OPEN "active-open", "connect sends a SYN with a new initial sequence number.", "RFC 9293, 3.10.1";
    SYN_RECEIVED "syn-received", "A SYN for a listening socket: the connection is half open, and SYN-ACK goes back.", "RFC 9293, 3.10.7.2";
    SYN_REPEATED "syn-repeated", "The SYN came again, so its SYN-ACK was lost or is late: the SYN-ACK is sent again.", "Linux, tcp_check_req";
    SYN_ACK_AGAIN "syn-ack-again", "Nobody acknowledged the SYN-ACK: it is sent again, after 1, 2, 4 s and so on.", "RFC 6298, 5; Linux, tcp_synack_retries";
    SYN_ACK_RECEIVED "syn-ack-received", "Our SYN is acknowledged and the peer's has come: the connection is open, and an ACK says so.", "RFC 9293, 3.10.7.3";
    HANDSHAKE_ACKED "handshake-acknowledged", "The ACK of our SYN completes the handshake.", "RFC 9293, 3.10.7.4, fifth";
    SIMULTANEOUS_OPEN "simultaneous-open", "A SYN instead of a SYN-ACK: both sides opened at once, and SYN-ACK goes back.", "RFC 9293, 3.5, figure 7";
    HALF_OPEN_RESET "half-open-reset", "A RST, or a SYN with another number, ends a connection that was only half open.", "RFC 9293, 3.10.7.4, second and fourth";
    HALF_OPEN_GIVEN_UP "half-open-given-up", "The SYN-ACK was sent often enough: the half-open connection is forgotten.", "Linux, tcp_synack_retries";
    ACCEPT_QUEUE_FULL "accept-queue-full", "The accept queue is full: a SYN, or the handshake's last ACK, is ignored, as if it had been lost.", "listen(2); Linux, backlog + 1";
    ABORT_ON_OVERFLOW "abort-on-overflow", "The accept queue is full, and this host is told to say so by RST.", "Linux, tcp_abort_on_overflow";
    SYN_QUEUE_FULL "syn-queue-full", "Too many connections are half open: the SYN is ignored.", "Linux, tcp_max_syn_backlog";
    SYN_COOKIE "syn-cookie", "Too many connections are half open, or cookies are always wanted: nothing is remembered, and the SYN-ACK's number holds what must be known.", "RFC 4987, 3.6; Linux, tcp_syncookies";
    SYN_COOKIE_ANSWERED "syn-cookie-answered", "The ACK brings a cookie back that only this host can have made: the connection is open.", "RFC 4987, 3.6";
    DEFER_ACCEPT "defer-accept", "An ACK without data does not complete the handshake: the listening socket waits for data.", "tcp(7), TCP_DEFER_ACCEPT";
    REFUSED "refused", "RST answers our SYN: nobody listens there.", "RFC 9293, 3.10.7.3, second";
    UNEXPECTED_ACK "unexpected-ack", "The ACK is not for our SYN: RST goes back.", "RFC 9293, 3.10.7.3, first";
    RESET "reset", "A RST with the expected number ends the connection; an orphan's FIN-WAIT-2 takes any in the window.", "RFC 9293, 3.10.7.4, second; RFC 5961, 3.2; Linux, tcp_timewait_state_process";
    RST_CHALLENGE "rst-challenge", "A RST in the window, but not with the expected number, may be forged: an ACK asks the peer.", "RFC 5961, 3.2";
    SYN_CHALLENGE "syn-challenge", "A SYN on a synchronized connection may be forged: an ACK asks the peer.", "RFC 9293, 3.10.7.4, fourth; RFC 5961, 4.2";
    OLD_ACK "old-ack", "The acknowledgment is older than any window allows: an ACK asks the peer.", "RFC 5961, 5.2";
    ACK_OF_UNSENT "ack-of-unsent", "The segment acknowledges what was not sent yet: it is thrown away, and an ACK says what was.", "RFC 9293, 3.10.7.4, fifth";
    NO_ACK_BIT "no-ack-bit", "A segment without ACK is thrown away once the connection is open.", "RFC 9293, 3.10.7.4, fifth";
    UNACCEPTABLE "unacceptable", "The segment lies outside the receive window: it is thrown away, and an ACK says what is expected.", "RFC 9293, 3.10.7.4, first";
    PAWS "paws", "A timestamp that is older than the newest one, or that echoes what was never sent: the segment comes from the past, and is thrown away.", "RFC 7323, 5.3; Linux, tcp_rcv_synsent_state_process";
    ACK "ack", "What was sent is acknowledged: SND.UNA moves on.", "RFC 9293, 3.10.7.4, fifth";
    RTT "rtt", "A round-trip time was measured: SRTT and RTO follow.", "RFC 6298, 2";
    SLOW_START "slow-start", "In slow start the window grows by what was delivered.", "RFC 5681, 3.1";
    CONGESTION_AVOIDANCE "congestion-avoidance", "In congestion avoidance the window grows by one segment per window.", "RFC 5681, 3.1";
    CUBIC "cubic", "CUBIC's window follows the cube of the time before and after its last maximum, and never grows more slowly than Reno's.", "RFC 9438, 4.2 and 4.3";
    HYSTART "hystart", "ACKs spread out or come later than before: the path's queue fills, and slow start ends before a loss.", "RFC 9406's forerunner; Linux, tcp_cubic";
    UNUSED_WINDOW "unused-window", "The window was not used for a while: it moves half-way to what was used.", "RFC 2861; Linux, tcp_slow_start_after_idle";
    IDLE_RESTART "idle-restart", "After silence the window begins again, halved for each RTO, down to the initial window.", "RFC 5681, 4.1; RFC 2861";
    SACK "sack", "SACK says which segments beyond the hole have arrived.", "RFC 2018, 5";
    DSACK "dsack", "SACK says that a segment arrived twice.", "RFC 2883, 4";
    REORDERING "reordering", "A segment arrived late without having been sent again: the path reorders, and more is needed to believe in a loss.", "RFC 4653; Linux, tcp_reordering";
    RENEGED "sack-reneged", "The receiver threw away what its SACK had reported: it must be sent again.", "RFC 2018, 8";
    THREE_DUPLICATES "three-duplicates", "Three duplicate ACKs, or more where the path reorders: the first unacknowledged segment is lost.", "RFC 5681, 3.2";
    PARTIAL_ACK "partial-ack", "An ACK in recovery that does not cover all: the next segment is lost too.", "RFC 6582, 3.2";
    RACK "rack", "Segments are lost that were sent before one that has arrived, and are later than the reordering window allows.", "RFC 8985, 6.2";
    DISORDER "disorder", "Duplicate ACKs or SACKs: loss or reordering, not yet known which, so new segments may still be sent.", "RFC 3042";
    FAST_RECOVERY "fast-recovery", "A loss is believed: fast retransmit, and the window is reduced.", "RFC 5681, 3.2; RFC 6675, 5";
    SSTHRESH "ssthresh", "A loss or a mark sets the slow-start threshold: half the window, or 0.7 of it with CUBIC.", "RFC 5681, 3.1 (4); RFC 9438, 4.6";
    PRR "prr", "During recovery the window follows what is delivered, and so comes down to ssthresh.", "RFC 6937; RFC 9937";
    RECOVERY_ENDS "recovery-ends", "Everything of that time is acknowledged: the window is ssthresh.", "RFC 5681, 3.2; RFC 6675, 5";
    RECOVERED "recovered", "Nothing is amiss any more.", "RFC 5681, 3.2";
    ECN_REDUCES "ecn-reduces", "The peer echoes a router's mark, a tail loss probe filled a hole, or the host's own queue is full: the window is reduced without fast recovery.", "RFC 3168, 6.1.2; RFC 8985, 7.4";
    UNDO "undo", "The retransmission was for nothing: the window becomes what it was.", "RFC 3522; RFC 3708; RFC 5682";
    LOSS "loss", "The retransmission timer fired, or the path takes less than before: everything in flight is doubted.", "RFC 5681, 3.1; Linux, tcp_simple_retransmit";
    LOSS_WINDOW "loss-window", "After a time-out the window is one segment, and as many as are in flight without doubt.", "RFC 5681, 3.1";
    TIMEOUT_MARKS "timeout-marks", "The time-out takes for lost what was not sent just now.", "RFC 8985, 6.3";
    FRTO "f-rto", "After a time-out's first ACK new data is sent, to find out whether the time-out was needless.", "RFC 5682, 3.1";
    RETRANSMISSION "retransmission", "No acknowledgment came within RTO: the first unacknowledged segment is sent again.", "RFC 6298 (5.4)";
    BACKOFF "backoff", "RTO doubles with each time-out; a router that cannot reach the peer takes the last doubling back.", "RFC 6298 (5.5); RFC 6069";
    TAIL_LOSS_PROBE "tail-loss-probe", "The last segments may be lost without any ACK to show it: a new segment, or else the last one again, is sent as a probe.", "RFC 8985, 7.3";
    GIVE_UP "give-up", "Retransmissions or probes went unanswered for too long: the connection is gone.", "RFC 9293, 3.8.3; Linux, tcp_retries2";
    ZERO_WINDOW "zero-window", "The peer's buffer is full: nothing may be sent.", "RFC 9293, 3.8.6";
    WINDOW_OPENS "window-opens", "The peer's window is open again.", "RFC 9293, 3.8.6";
    ZERO_WINDOW_PROBE "zero-window-probe", "A probe asks whether the window is open again, for the ACK that would say so may be lost.", "RFC 9293, 3.8.6.1";
    NAGLE "nagle", "A small segment waits while another small one is unacknowledged.", "RFC 9293, 3.7.4; Minshall's amendment";
    CORK "cork", "TCP_CORK or MSG_MORE holds a small segment back.", "tcp(7); send(2)";
    IN_ORDER "in-order", "Data came in order: RCV.NXT moves on.", "RFC 9293, 3.10.7.4, seventh";
    OUT_OF_ORDER "out-of-order", "Data came too early: it is kept until the hole before it is filled.", "RFC 9293, 3.10.7.4, first (SHLD-31); RFC 2018, 4";
    HOLE_FILLED "hole-filled", "Data came that fills a hole or a part of it: what was kept behind it follows at once.", "RFC 9293, 3.10.7.4, seventh; RFC 5681, 4.2";
    DUPLICATE_DATA "duplicate-data", "All of it was received before: an ACK says so.", "RFC 9293, 3.10.7.4, first; RFC 2883, 4";
    OUT_OF_WINDOW "out-of-window", "Data beyond the window is thrown away, and an ACK says what is expected.", "RFC 9293, 3.10.7.4, first";
    NO_WINDOW "no-window", "The receive window is closed: the data is thrown away, and an ACK says that it is.", "RFC 9293, 3.10.7.4, first";
    BUFFER_FULL "buffer-full", "The receive buffer has no memory for the segment: it is thrown away.", "Linux, tcp_rmem";
    RECEIVER_FULL "receiver-full", "The program does not read: the window that is announced closes.", "RFC 9293, 3.8.6.2.2";
    WINDOW_UPDATE "window-update", "The program read: the window has at least doubled, and an ACK tells it.", "RFC 9293, 3.8.6.2.2; Linux, tcp_cleanup_rbuf";
    QUICK_ACK "quick-ack", "A sender that begins, or sent something again, is answered at once, so that its window may grow.", "Linux, quick ACK mode";
    ACK_SECOND "ack-second", "More than one full segment is unacknowledged: an ACK goes at once.", "RFC 9293, 3.8.6.3; RFC 5681, 4.2";
    ACK_NOW "ack-now", "This segment asks for an ACK at once: it filled a hole, found no memory, or brought a mark or CWR.", "RFC 5681, 4.2; RFC 3168, 6.1.3";
    ACK_OUT_OF_ORDER "ack-out-of-order", "A segment beyond a hole is answered with a duplicate ACK at once.", "RFC 5681, 4.2";
    DELAYED_ACK "delayed-ack", "The ACK waits for a reply that could carry it, or for the next segment.", "RFC 9293, 3.8.6.3";
    ACK_DUE "ack-due", "The delayed ACK has waited long enough.", "RFC 9293, 3.8.6.3";
    CLOSE_FIRST "close-first", "The program ends its direction first: FIN follows the last octet.", "RFC 9293, 3.10.4";
    CLOSE_SECOND "close-second", "The peer's FIN came before; now ours follows.", "RFC 9293, 3.10.4";
    CLOSED_EARLY "closed-early", "The socket is closed before the handshake is complete: nothing is sent.", "RFC 9293, 3.10.4";
    FIN_RECEIVED "fin-received", "The peer's FIN: it will send no more, and recv returns 0 once all is read.", "RFC 9293, 3.10.7.4, eighth";
    FIN_CROSSED "fin-crossed", "Both FINs were under way at once.", "RFC 9293, 3.10.7.4, eighth";
    FIN_ACKED "fin-acknowledged", "The ACK of our FIN has come.", "RFC 9293, 3.10.7.4, fifth";
    FIN_ANSWERED "fin-answered", "The peer's FIN follows ours: TIME-WAIT keeps the pair until old segments have died out.", "RFC 9293, 3.6.1 and 3.10.7.4, eighth";
    FIN_WAIT_2_ENDS "fin-wait-2-ends", "The peer's FIN did not come in time, and no program waits for it.", "Linux, tcp_fin_timeout";
    LINGER2 "linger2", "This socket does not wait in FIN-WAIT-2.", "tcp(7), TCP_LINGER2";
    LINGER_ZERO "linger-zero", "SO_LINGER with 0 s: close throws the connection away with a RST.", "socket(7); RFC 9293, 3.10.5";
    RESET_UNREAD "reset-unread", "The program closes while data waits unread: RST tells the peer that it was lost.", "RFC 9293, 3.6.1 (SHLD-3)";
    DATA_AFTER_CLOSE "data-after-close", "Data came for a program that has closed: RST.", "RFC 9293, 3.6.1 (SHLD-3)";
    NOT_ACCEPTED "not-accepted", "The listening socket is gone before anybody accepted: RST.", "RFC 9293, 3.10.5";
    TIME_WAIT_ACK "time-wait-ack", "Something came in TIME-WAIT: its sender missed our last ACK, which is sent again.", "RFC 9293, 3.10.7.4, fifth and eighth";
    TIME_WAIT_ENDS "time-wait-ends", "Twice the maximum segment lifetime has passed: the pair is free.", "RFC 9293, 3.6.1 and 3.10.8; Linux, 60 s";
    TIME_WAIT_RESET "time-wait-reset", "A RST ends TIME-WAIT early.", "RFC 9293, 3.10.7.4, second; RFC 1337; Linux, tcp_rfc1337";
    TIME_WAIT_REOPENED "time-wait-reopened", "A new SYN that is surely newer reopens the pair.", "RFC 9293, 3.6.1; RFC 6191, 2";
    KEEP_ALIVE "keep-alive", "The peer has been silent for long: a segment with an old number asks it to answer.", "RFC 9293, 3.8.4";
    ICMP_DURING_HANDSHAKE "icmp-during-handshake", "A router says that the peer cannot be reached: connect fails.", "RFC 5461, 4.1; Linux, tcp_v4_err";
    ICMP_SOFT "icmp-soft", "A router has trouble with a connection that is open: TCP keeps trying.", "RFC 1122, 4.2.3.9; RFC 5927, 5.2";
    PATH_MTU "path-mtu", "A router says how much the path takes: segments become smaller.", "RFC 1191, 3; RFC 8201, 4";
}
