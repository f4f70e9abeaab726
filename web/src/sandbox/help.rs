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
        "From here on the script of this host. All are on one link and have the addresses 10.0.0.1, 10.0.0.2 and so on.",
    ),
    (
        "connect(3, ..., ...)",
        "To the other host; with more than two, to the only one that listens. The port is 8080, unless --connect_port at the top says otherwise.",
    ),
    ("connect(3, \"server:80\", ...)", "To this host and port. An address in digits does as well."),
    ("bind(3, ..., ...)", "To this host's address and port 8080, or --bind_port."),
    (
        "--delay=20ms --rate=10mbit",
        "The link, at the top: delay, jitter, rate, queue, loss, reorder, duplicate, corrupt, mtu, seed.",
    ),
    (
        "--drop-to-server=3,7",
        "The third and the seventh datagram to the server are lost. Each option of the link can have such a -to-NAME.",
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
