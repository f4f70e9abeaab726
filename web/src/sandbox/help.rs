//! How a script is written, in a page's half: what stands in every line, what hosts add, what a script for one machine adds.

use yew::prelude::*;

type Rows = &'static [(&'static str, &'static str)];

const LINES: Rows = &[
    ("0.1 call", "Made at 0.1 s."),
    ("+.1 call", "Made 0.1 s after the call before has returned; on one machine, after the event before."),
    ("+0...0.2 call", "Made now; it blocks, and is to return 0.2 s later."),
    ("= 1000", "What the call is to return: a number, a range 1...1000, ? for anything, or -1 ECONNREFUSED."),
    ("= 3", "For socket and accept: the number by which later lines name the new descriptor."),
    ("`sysctl -q net.ipv4.tcp_sack=0`", "A setting of the host, before its first call."),
    ("// text", "A remark; so is everything between /* and */."),
];

const HOSTS: Rows = &[
    (
        "host NAME",
        "From here on the script of this host. All are on one link and have the addresses 10.0.0.1, 10.0.0.2 and so on, unless one stands behind the name: host NAME 10.0.0.7.",
    ),
    ("program NAME on HOST", "From here on another program on that host, with descriptors of its own."),
    (
        "connect(3, ..., ...)",
        "To the other host; with more than two, to the only one that listens. The port is 8080, unless --connect_port at the top says otherwise.",
    ),
    ("connect(3, \"server:80\", ...)", "To this host and port. An address in digits does as well."),
    ("bind(3, ..., ...)", "To this host's address and port 8080, or --bind_port."),
    (
        "--delay=20ms --rate=10mbit",
        "The link, at the top: delay, jitter, rate, queue, mark, loss, reorder, duplicate, corrupt, mtu, seed; afterwards is how long the world goes on after the last program.",
    ),
    (
        "--drop-to-server=3,7",
        "The third and the seventh datagram to the server are lost. Each option of the link can have such a -to-NAME.",
    ),
    (
        "--fault=\"delay=900ms from=client data=yes nth=2\"",
        "What befalls which datagram, at the top: drop, delay=…, duplicate, corrupt, swap or mark; then from, to, protocol, flags, data, again, seq, from-port, to-port, after, before, nth, times.",
    ),
    ("write(3, \"hello\", 5)", "What is sent, written out; ... are the letters a to z, over and over."),
    (
        "`ip route change default initcwnd 4`",
        "What the host's route says, before its first call; --iss=7 is its first sequence number.",
    ),
];

const MACHINE: Rows = &[
    (
        "< S 0:0(0) win 32792 <mss 1000>",
        "The machine is sent this segment: control bits, first:end(length), ack, win, options.",
    ),
    (
        "> S. 0:0(0) ack 1 <...>",
        "The machine is to send this one, at this time. What the line leaves out is not compared.",
    ),
    ("* > . 1:1(0) ack 1", "It may come at any time."),
    ("%{ assert tcpi_snd_cwnd == 10 }%", "What TCP_INFO says of the connection, in Python."),
];

/// The help, folded.
#[component]
pub fn Help() -> Html {
    let list = |rows: Rows| {
        html! {
            <dl>
                { for rows.iter().map(|(code, says)| html! { <><dt><code>{ *code }</code></dt><dd>{ *says }</dd></> }) }
            </dl>
        }
    };
    html! {
        <details class="sandbox-help">
            <summary>{ "How a script is written" }</summary>
            <h3>{ "Every line" }</h3>
            { list(LINES) }
            <h3>{ "Hosts that answer each other" }</h3>
            { list(HOSTS) }
            <h3>{ "One machine: a text without a line “host …”" }</h3>
            { list(MACHINE) }
        </details>
    }
}
