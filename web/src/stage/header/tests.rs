//! The header's sheet as text: what it says of real packets, and of what was edited in them.

mod edits;

use super::around::Around;
use super::edit::Edited;
use super::sheet::{Kind, Sheet, Tone};
use super::state::{Do, Mode, State, Writing};
use super::{edit, editor, fill, grid, reaction, sum};
use crate::stage::story::tests::{captured_as, story_of};
use crate::stage::{Numbers, Story};
use expect_test::{Expect, expect};
use lab::{Scenario, inject};
use std::fmt::Write;
use wire::fields::{Field, Header, tcp};
use wire::{Packet, Seq};

/// A sheet as text: each row with its pieces, each cell with what it says.
fn drawn(sheet: &Sheet) -> String {
    let mut text = layout(sheet);
    for place in 0..sheet.cells.len() {
        text.push_str(&told(sheet, place));
    }
    text
}

fn layout(sheet: &Sheet) -> String {
    let mut text = String::new();
    for band in &sheet.bands {
        writeln!(text, "{} {:?}", band.name, band.octets).expect("a String takes all");
        for row in &band.rows {
            write!(text, "  {:04x}", row.octets.start).expect("a String takes all");
            for piece in &row.pieces {
                let cell = &sheet.cells[piece.cell];
                let label = if piece.named { cell.label.as_str() } else { "" };
                let ends = (if piece.began { "<" } else { "|" }, if piece.goes_on { ">" } else { "" });
                write!(text, " {}{}+{} {label}{}", ends.0, piece.from, piece.width, ends.1)
                    .expect("a String takes all");
            }
            text.push('\n');
        }
    }
    text
}

fn told(sheet: &Sheet, place: usize) -> String {
    let cell = &sheet.cells[place];
    let tone = match cell.tone {
        Tone::Plain => String::new(),
        tone => format!(" [{tone:?}]"),
    };
    let name = if cell.label == cell.name || matches!(cell.kind, Kind::Field(_)) {
        cell.name.to_owned()
    } else {
        format!("{} ({})", cell.name, cell.label)
    };
    format!("{name} = {}{tone}: {}\n", cell.value, cell.says)
}

/// What the cells of a header's table, and those that tell something, say.
fn telling(sheet: &Sheet) -> String {
    super::detail::telling(sheet).into_iter().map(|place| told(sheet, place)).collect()
}

fn octets(story: &Story, packet: usize) -> Packet {
    story.datagram(packet).emit().expect("hosts send what can be said")
}

fn sheet_of(story: &Story, packet: usize) -> (Sheet, Around) {
    let around = Around::of(story, packet, Numbers::Relative);
    (Sheet::of(&octets(story, packet), &around), around)
}

/// Two hosts, and these programs; addresses of IPv6 where they are wanted.
fn text(v6: bool, programs: &str) -> String {
    let (client, server) =
        if v6 { ("2001:db8::1/64", "2001:db8::2/64") } else { ("10.0.0.1/24", "10.0.0.2/24") };
    format!(
        r#"{{"id":"x","title":"X","world":{{
            "hosts":[{{"name":"client","interfaces":[{{"link":"lan","addresses":["{client}"]}}]}},
                     {{"name":"server","interfaces":[{{"link":"lan","addresses":["{server}"]}}]}}],
            "links":[{{"name":"lan","path":{{"delay_us":10000}}}}]}},
            "programs":[{programs}]}}"#
    )
}

fn world(v6: bool, programs: &str) -> Story {
    story_of(&text(v6, programs))
}

/// A connection from its SYN to its last ACK, five octets between.
const CONNECTION: &str = r#"
    {"host":"server","steps":[
        {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"},
        {"call":"bind","socket":"l","address":["",8000]},
        {"call":"listen","socket":"l","backlog":5},
        {"call":"accept","socket":"l","as":"c"},
        {"call":"recv","socket":"c","max":4096},
        {"call":"recv","socket":"c","max":4096},
        {"call":"close","socket":"c"}]},
    {"host":"client","steps":[
        {"sleep_us":10000},
        {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"},
        {"call":"connect","socket":"s","address":["server",8000]},
        {"sleep_us":60000},
        {"call":"send","socket":"s","text":"hello"},
        {"sleep_us":80000},
        {"call":"close","socket":"s"}]}"#;

fn handshake() -> Story {
    world(false, CONNECTION)
}

const REFUSED: &str = r#"{"host":"client","steps":[
    {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"},
    {"call":"connect","socket":"s","address":["server",9]}]}"#;

#[test]
fn a_syn_with_its_options() {
    expect![[r#"
        IPv4 0..20
          0000 |0+4 version |4+4 IHL |8+6 DSCP |14+2 ECN |16+16 total length
          0004 |0+16 identification |16+1 R |17+1 DF |18+1 MF |19+13 fragment offset
          0008 |0+8 time to live |8+8 protocol |16+16 header checksum
          000c |0+32 source address
          0010 |0+32 destination address
        TCP 20..60
          0014 |0+16 source port |16+16 destination port
          0018 |0+32 sequence number
          001c |0+32 acknowledgment number
          0020 |0+4 data offset |4+3 rsrvd |7+1 AE |8+1 CWR |9+1 ECE |10+1 URG |11+1 ACK |12+1 PSH |13+1 RST |14+1 SYN |15+1 FIN |16+16 window
          0024 |0+16 checksum |16+16 urgent pointer
          0028 |0+8 mss |8+8 length |16+16 largest segment
          002c |0+8 sackOK |8+8 length |16+8 TS |24+8 length
          0030 |0+32 TSval
          0034 |0+32 TSecr
          0038 |0+8 nop |8+8 wscale |16+8 length |24+8 shift
        version = 4: Version 4: IPv4.
        header length = 5: 5 words of 4 octets: the header has 20 octets.
        DSCP = 0: Best effort: no special treatment is asked for.
        ECN = 0: Not ECN-capable: routers can only drop it.
        total length = 60: 60 octets: 20 of this header and 40 that it carries.
        identification = 0: Counts only in fragments, and this datagram must not be fragmented.
        reserved = 0: Zero, as it is to be.
        DF = 1: Set: a router whose link takes less drops it and says so; so the sender learns the path's MTU.
        MF = 0: Not set: this is the whole datagram, or its last fragment.
        fragment offset = 0: 0: the datagram's beginning.
        time to live = 64: It may still pass 63 routers, each of which takes one off.
        protocol = 6: 6: TCP follows.
        header checksum = 9914: Right: the 16-bit words of this header sum up to ffff with it.
        source address = 10.0.0.1: The address of the client.
        destination address = 10.0.0.2: Where it goes: on this link, to the server.
        source port = 55468: The port of the client: answers go there.
        destination port = 8000: The port of the server that this is for. Both addresses and both ports name the connection.
        sequence number = 0 [Sender]: The initial sequence number of the client: the SYN takes number 0, and its first octet of data will be 1.
        acknowledgment number = 0: Does not count: ACK is not set.
        data offset = 10: 10 words of 4 octets: a header of 40 octets, 20 of them options.
        reserved = 0: Zero, as it is to be.
        AE = 0: Not set: accurate ECN is not used, or this bit of its count is 0.
        CWR = 0: Not set: no reduction is reported.
        ECE = 0: Not set: no congestion mark is reported.
        URG = 0: Not set: nothing is urgent.
        ACK = 0: Not set: nothing has come yet that could be acknowledged.
        PSH = 0: Not set: there is no data to hand on.
        RST = 0: Not set: the connection goes on.
        SYN = 1 [Flag("SYN")]: Set: the client wants a connection and begins its numbering.
        FIN = 0: Not set: this is not the end of the stream.
        window = 64240: Announces room for 64,240 octets. In a SYN it is never scaled.
        checksum = 57006: Right: pseudo-header, header and data sum up to ffff with it.
        urgent pointer = 0: Does not count: URG is not set.
        maximum segment size (mss) = 2: Kind 2: maximum segment size. How many octets of data the sender of this SYN takes in one segment. Without it the peer may send 536 over IPv4 and 1220 over IPv6.
        maximum segment size (length) = 4: The option has 4 octets: kind and length count too.
        maximum segment size (largest segment) = 1460: The client takes at most 1,460 octets of data in one segment.
        SACK permitted (sackOK) = 4: Kind 4: SACK permitted. The sender of this SYN understands selective acknowledgments.
        SACK permitted (length) = 2: The option has 2 octets: kind and length count too.
        timestamps (TS) = 8: Kind 8: timestamps. The sender's clock, and the newest clock value that it had from the peer: they measure the round trip, and tell old segments from new ones.
        timestamps (length) = 10: The option has 10 octets: kind and length count too.
        timestamps (TSval) = 4037166200: The clock of the client when it sent this.
        timestamps (TSecr) = 0: Nothing to echo yet: the client has not seen the clock of the server.
        no-operation (nop) = 1: Nothing: it fills up, so that what follows begins at an even place.
        window scale (wscale) = 3: Kind 3: window scale. By how many bits the windows of this sender are to be shifted left, 0 to 14. Only in a SYN, and only if both send it.
        window scale (length) = 3: The option has 3 octets: kind and length count too.
        window scale (shift) = 10: Windows of the client are to be shifted left by 10, that is multiplied by 1,024, if both SYNs offer it; not the one in this segment.
    "#]].assert_eq(&drawn(&sheet_of(&handshake(), 0).0));
}

#[test]
fn data() {
    let (sheet, _) = sheet_of(&handshake(), 3);
    expect![[r#"
        IPv4 0..20
          0000 |0+4 version |4+4 IHL |8+6 DSCP |14+2 ECN |16+16 total length
          0004 |0+16 identification |16+1 R |17+1 DF |18+1 MF |19+13 fragment offset
          0008 |0+8 time to live |8+8 protocol |16+16 header checksum
          000c |0+32 source address
          0010 |0+32 destination address
        TCP 20..52
          0014 |0+16 source port |16+16 destination port
          0018 |0+32 sequence number
          001c |0+32 acknowledgment number
          0020 |0+4 data offset |4+3 rsrvd |7+1 AE |8+1 CWR |9+1 ECE |10+1 URG |11+1 ACK |12+1 PSH |13+1 RST |14+1 SYN |15+1 FIN |16+16 window
          0024 |0+16 checksum |16+16 urgent pointer
          0028 |0+8 nop |8+8 nop |16+8 TS |24+8 length
          002c |0+32 TSval
          0030 |0+32 TSecr
        data 52..57
        sequence number = 1 [Sender]: The octets 1 to 5 of the stream of the client.
        acknowledgment number = 1 [Receiver]: Acknowledges everything before 1: that is the SYN of the server, number 0. It expects 1 next.
        ACK = 1 [Flag("ACK")]: Set: the acknowledgment number counts.
        PSH = 1 [Flag("PSH")]: Set: the client has nothing more to send right now; hand the data to the program.
        window = 63: Announces room for 64,512 octets from 1 on: 63 << 10, by the scale that the client gave in its SYN.
        checksum = 728: Right: pseudo-header, header and data sum up to ffff with it.
        timestamps (TSval) = 4037166280: The clock of the client when it sent this.
        timestamps (TSecr) = 1198443634: The clock of the server, as the client last saw it, comes back: the server takes the round-trip time from it.
        data = 5 octets [Data]: 5 octets of the stream of the client: numbers 1 to 5.
    "#]].assert_eq(&(layout(&sheet) + &telling(&sheet)));
}

#[test]
fn a_fin_and_a_syn_ack_and_a_last_ack() {
    let story = handshake();
    let all: String = [1, 2, 5].map(|packet| telling(&sheet_of(&story, packet).0) + "\n").concat();
    expect![[r#"
        sequence number = 0 [Sender]: The initial sequence number of the server: the SYN takes number 0, and its first octet of data will be 1.
        acknowledgment number = 1 [Receiver]: Acknowledges everything before 1: that is the SYN of the client, number 0. It expects 1 next.
        ACK = 1 [Flag("ACK")]: Set: the acknowledgment number counts.
        SYN = 1 [Flag("SYN")]: Set: the server begins its numbering too, and with ACK it answers the SYN of the client.
        window = 65160: Announces room for 65,160 octets from 1 on. In a SYN it is never scaled.
        checksum = 6638: Right: pseudo-header, header and data sum up to ffff with it.
        maximum segment size (largest segment) = 1460: The server takes at most 1,460 octets of data in one segment.
        SACK permitted (sackOK) = 4: Kind 4: SACK permitted. The sender of this SYN understands selective acknowledgments.
        timestamps (TSval) = 1198443634: The clock of the server when it sent this.
        timestamps (TSecr) = 4037166200: The clock of the client, as the server last saw it, comes back: the client takes the round-trip time from it.
        window scale (shift) = 10: Windows of the server are to be shifted left by 10, that is multiplied by 1,024, if both SYNs offer it; not the one in this segment.

        sequence number = 1 [Sender]: Nothing in this segment takes a number; the next octet of the client has number 1.
        acknowledgment number = 1 [Receiver]: Acknowledges everything before 1: that is the SYN of the server, number 0. It expects 1 next.
        ACK = 1 [Flag("ACK")]: Set: the acknowledgment number counts.
        window = 63: Announces room for 64,512 octets from 1 on: 63 << 10, by the scale that the client gave in its SYN.
        checksum = 18163: Right: pseudo-header, header and data sum up to ffff with it.
        timestamps (TSval) = 4037166220: The clock of the client when it sent this.
        timestamps (TSecr) = 1198443634: The clock of the server, as the client last saw it, comes back: the server takes the round-trip time from it.

        sequence number = 6 [Sender]: The FIN takes number 6: after it the client sends no more.
        acknowledgment number = 1 [Receiver]: Acknowledges everything before 1: that is the SYN of the server, number 0. It expects 1 next.
        ACK = 1 [Flag("ACK")]: Set: the acknowledgment number counts.
        FIN = 1 [Flag("FIN")]: Set: the client has no more data; the server may go on sending.
        window = 63: Announces room for 64,512 octets from 1 on: 63 << 10, by the scale that the client gave in its SYN.
        checksum = 17937: Right: pseudo-header, header and data sum up to ffff with it.
        timestamps (TSval) = 4037166360: The clock of the client when it sent this.
        timestamps (TSecr) = 1198443714: The clock of the server, as the client last saw it, comes back: the server takes the round-trip time from it.

    "#]].assert_eq(&all);
}

#[test]
fn a_rst() {
    let story = world(false, REFUSED);
    expect![[r#"
        sequence number = 0 [Sender]: For the RST to be believed this must be exactly the number that the receiver expects next.
        acknowledgment number = 1 [Receiver]: Acknowledges everything before 1: that is the SYN of the client, number 0. It expects 1 next.
        ACK = 1 [Flag("ACK")]: Set: the acknowledgment number counts.
        RST = 1 [Flag("RST")]: Set: for the server the connection does not exist, or ends here and now.
        window = 0: Says nothing: the connection ends.
        checksum = 6130: Right: pseudo-header, header and data sum up to ffff with it.
    "#]].assert_eq(&telling(&sheet_of(&story, 1).0));
}

#[test]
fn ipv6() {
    let story = world(true, &REFUSED.replace("AF_INET", "AF_INET6"));
    let (sheet, _) = sheet_of(&story, 0);
    let internet: String = (0..9).map(|place| told(&sheet, place)).collect();
    expect![[r#"
        IPv6 0..40
          0000 |0+4 version |4+6 DSCP |10+2 ECN |12+4 > <16+16 flow label
          0004 |0+16 payload length |16+8 next header |24+8 hop limit
          0008 |0+32 source address>
          000c <0+32 >
          0010 <0+32 >
          0014 <0+32 
          0018 |0+32 destination address>
          001c <0+32 >
          0020 <0+32 >
          0024 <0+32 
        TCP 40..80
          0028 |0+16 source port |16+16 destination port
          002c |0+32 sequence number
          0030 |0+32 acknowledgment number
          0034 |0+4 data offset |4+3 rsrvd |7+1 AE |8+1 CWR |9+1 ECE |10+1 URG |11+1 ACK |12+1 PSH |13+1 RST |14+1 SYN |15+1 FIN |16+16 window
          0038 |0+16 checksum |16+16 urgent pointer
          003c |0+8 mss |8+8 length |16+16 largest segment
          0040 |0+8 sackOK |8+8 length |16+8 TS |24+8 length
          0044 |0+32 TSval
          0048 |0+32 TSecr
          004c |0+8 nop |8+8 wscale |16+8 length |24+8 shift
        version = 6: Version 6: IPv6.
        DSCP = 0: Best effort: no special treatment is asked for.
        ECN = 0: Not ECN-capable: routers can only drop it.
        flow label = 0: 0: the sender does not label its flows.
        payload length = 40: 40 octets follow this header.
        next header = 6: 6: TCP follows.
        hop limit = 64: It may still pass 63 routers, each of which takes one off.
        source address = 2001:db8::1: The address of the client.
        destination address = 2001:db8::2: Where it goes: on this link, to the server.
    "#]].assert_eq(&(layout(&sheet) + &internet));
}

#[test]
fn udp_and_the_icmp_message_about_it() {
    let asker = r#"{"host":"client","steps":[
        {"call":"socket","family":"AF_INET","kind":"SOCK_DGRAM","as":"s"},
        {"call":"sendto","socket":"s","address":["server",53],"text":"hello"}]}"#;
    let story = world(false, asker);
    let (datagram, message) = (sheet_of(&story, 0).0, sheet_of(&story, 1).0);
    let both = layout(&datagram) + &telling(&datagram) + "\n" + &layout(&message) + &telling(&message);
    expect![[r#"
        IPv4 0..20
          0000 |0+4 version |4+4 IHL |8+6 DSCP |14+2 ECN |16+16 total length
          0004 |0+16 identification |16+1 R |17+1 DF |18+1 MF |19+13 fragment offset
          0008 |0+8 time to live |8+8 protocol |16+16 header checksum
          000c |0+32 source address
          0010 |0+32 destination address
        UDP 20..28
          0014 |0+16 source port |16+16 destination port
          0018 |0+16 length |16+16 checksum
        data 28..33
        source port = 52104: The port of the client: answers go there.
        destination port = 53: The port of the server that this is for.
        length = 13: 8 octets of header and 5 of data.
        checksum = 56385: Right: pseudo-header, header and data sum up to ffff with it.
        data = 5 octets [Data]: The datagram's data: 5 octets.

        IPv4 0..20
          0000 |0+4 version |4+4 IHL |8+6 DSCP |14+2 ECN |16+16 total length
          0004 |0+16 identification |16+1 R |17+1 DF |18+1 MF |19+13 fragment offset
          0008 |0+8 time to live |8+8 protocol |16+16 header checksum
          000c |0+32 source address
          0010 |0+32 destination address
        ICMP 20..28
          0014 |0+8 type |8+8 code |16+16 checksum
          0018 |0+16 unused |16+16 next-hop MTU
        data 28..61
        type = 3: 3: port unreachable.
        code = 3: 3: port unreachable.
        checksum = 4382: Right: the 16-bit words of the message sum up to ffff with it.
        unused = 0: Zero, as it is to be.
        next-hop MTU = 0: 0: this is not about the datagram's size.
        data = 33 octets [Data]: The beginning of the datagram that this is about: 33 octets.
    "#]]
    .assert_eq(&both);
}

/// An edited packet as its sheet and its parse say it: those cells whose sentences are not the same as before.
fn check_edit(packet: usize, change: impl FnOnce(&mut Packet), expected: Expect) {
    let story = handshake();
    let (before, around) = sheet_of(&story, packet);
    let mut edited = octets(&story, packet);
    change(&mut edited);
    let sheet = Sheet::of(&edited, &around);
    let mut text = format!("{}\n", super::editor::verdict(&edited));
    for place in 0..sheet.cells.len() {
        let line = told(&sheet, place);
        if before.cells.get(place).is_none_or(|_| told(&before, place) != line) {
            text.push_str(&line);
        }
    }
    expected.assert_eq(&text);
}

fn set(field: &'static Field, value: u128) -> impl FnOnce(&mut Packet) {
    move |packet| packet.set(field, value).expect("the packet has it")
}

#[test]
fn malformed_packets_are_explained_as_far_as_they_go() {
    check_edit(
        3,
        set(&tcp::DATA_OFFSET, 3),
        expect![[r#"
            TCP data offset at octet 32: 3 words, must be 5 to 15.
            sequence number = 1 [Sender]: The octets 1 to 17 of the stream of the client.
            data offset = 3: 3 cannot be: the header has 5 words at least, so a receiver drops this.
            checksum = 728: Wrong: pseudo-header, header and data ask for 0x52d8. A receiver drops the datagram without a word.
            data = 17 octets [Data]: 17 octets of the stream of the client: numbers 1 to 17.
        "#]],
    );
    check_edit(
        3,
        set(&tcp::WINDOW, 0),
        expect![[r#"
            TCP checksum at octet 36: 0x02d8, must be 0x0317.
            window = 0: No room: the server may send nothing but probes until a window opens.
            checksum = 728: Wrong: pseudo-header, header and data ask for 0x0317. A receiver drops the datagram without a word.
        "#]],
    );
    // An option's length of 1, and one beyond the header.
    check_edit(
        0,
        |packet| packet.octets_mut()[41] = 1,
        expect![[r#"
            TCP option 2 (maximum segment size) at octet 40: length 1, must be 2 at least, since it counts kind and length.
            checksum = 57006: Wrong: pseudo-header, header and data ask for 0xdeb1. A receiver drops the datagram without a word.
            maximum segment size (length) = 1: 1 cannot be: kind and length themselves are 2 octets.
            maximum segment size (value) = 05 b4 04 02 08 0a f0 a2 44 78 00 00 00 00 01 03 03 0a: What the option says, in 18 octets.
        "#]],
    );
    check_edit(
        0,
        |packet| packet.octets_mut()[41] = 77,
        expect![[r#"
            TCP option 2 (maximum segment size) at octet 40: length 77, must be at most 20, since the header ends there.
            checksum = 57006: Wrong: pseudo-header, header and data ask for 0xde65. A receiver drops the datagram without a word.
            maximum segment size (length) = 77: 77 cannot be: the header ends after 20 octets more.
            maximum segment size (value) = 05 b4 04 02 08 0a f0 a2 44 78 00 00 00 00 01 03 03 0a: What the option says, in 18 octets.
        "#]],
    );
    // An option that no table knows.
    check_edit(
        0,
        |packet| packet.octets_mut()[40] = 77,
        expect![[r#"
            TCP checksum at octet 36: 0xdeae, must be 0x93ae.
            checksum = 57006: Wrong: pseudo-header, header and data ask for 0x93ae. A receiver drops the datagram without a word.
            unknown option (kind) = 77: Kind 77: an option that this table does not know; a receiver skips it by its length.
            unknown option (length) = 4: The option has 4 octets: kind and length count too.
            unknown option (value) = 05 b4: What the option says, in 2 octets.
        "#]],
    );
}

#[test]
fn any_octets_are_laid_out_without_gaps() {
    let story = handshake();
    let around = Around::of(&story, 3, Numbers::Absolute);
    let whole = octets(&story, 3);
    let mut packets: Vec<Packet> =
        (0..=whole.octets().len()).map(|length| Packet::from(&whole.octets()[..length])).collect();
    packets.extend((0..8 * whole.octets().len()).map(|bit| edit::flipped(&whole, bit)));
    packets.extend([
        Packet::from(vec![0x60; 100]),
        Packet::from(vec![0x45; 9]),
        Packet::from(vec![0xff; 70]),
    ]);
    for packet in packets {
        let sheet = Sheet::of(&packet, &around);
        let mut bit = 0;
        for cell in &sheet.cells {
            assert_eq!(cell.bit, bit, "{} in {packet:?}", cell.name);
            assert!(cell.width > 0, "{} in {packet:?}", cell.name);
            bit = cell.bits().end;
        }
        assert!(bit == 8 * packet.octets().len() || packet.octets().len() > 64, "{packet:?}");
        for row in sheet.bands.iter().flat_map(|band| &band.rows) {
            let covered: usize = row.pieces.iter().map(|piece| piece.width).sum();
            assert_eq!(covered, 8 * row.octets.len(), "{packet:?}");
        }
        for header in sum::headers(&sheet) {
            let lines = sum::lines(&sheet, header).expect("it has this checksum");
            let total = 8 * packet.octets().len();
            assert!(lines.iter().flat_map(|line| &line.bits).all(|bits| bits.end <= total), "{packet:?}");
        }
        let steps = fill::steps(&sheet, &around);
        let mut cells: Vec<usize> = steps.iter().flat_map(|step| step.cells.clone()).collect();
        cells.sort_unstable();
        assert_eq!(cells, (0..sheet.cells.len()).collect::<Vec<usize>>(), "each cell is filled in once");
    }
}

#[test]
fn a_sender_fills_a_segment_in() {
    let (sheet, around) = sheet_of(&handshake(), 3);
    let steps = fill::steps(&sheet, &around);
    let text: String =
        steps.iter().map(|step| format!("{}: {} {}\n", step.title, step.from, step.says)).collect();
    expect![[r#"
        ports: From the connection: both addresses and both ports are its name. 
        sequence number: SND.NXT of the client: 1. The octets 1 to 5 of the stream of the client.
        acknowledgment number: RCV.NXT of the client: 1. Acknowledges everything before 1: that is the SYN of the server, number 0. It expects 1 next.
        control bits: By what the segment is for: ACK and PSH set. It is sent because the program called send. 
        window: RCV.WND of the client: room for 64,512 octets, shifted right by the window scale 10: 63. Announces room for 64,512 octets from 1 on: 63 << 10, by the scale that the client gave in its SYN.
        urgent pointer: Urgent data is all but unknown today. Does not count: URG is not set.
        option: no-operation: To fill up. Nothing: it fills up, so that what follows begins at an even place.
        option: timestamps: From the sender's clock, and from the last segment that came. The clock of the server, as the client last saw it, comes back: the server takes the round-trip time from it.
        data offset: 20 octets and 12 of options, in words of 4 octets. 8 words of 4 octets: a header of 32 octets, 12 of them options.
        data: From the send buffer of the client, where the program's calls have put it. 5 octets of the stream of the client: numbers 1 to 5.
        checksum: Last of all, as it covers all that is above, and a pseudo-header with both addresses. Right: pseudo-header, header and data sum up to ffff with it.
        addresses: From the connection; the route to the destination chose the source. 
        protocol: What is carried. 6: TCP follows.
        version and header length: IPv4, without options. 
        total length: This header and everything that it carries. 57 octets: 20 of this header and 37 that it carries.
        DSCP and ECN: From the system's settings and the socket's options. 
        fragmentation: TCP wants no fragments: it learns the path's MTU instead. 
        time to live: From the system's settings and the socket's options. It may still pass 63 routers, each of which takes one off.
        header checksum: Last, over this header alone. Right: the 16-bit words of this header sum up to ffff with it.
    "#]].assert_eq(&text);
    assert_eq!(fill::filled(&sheet, &steps, 0).iter().filter(|filled| **filled).count(), 2);
    assert!(fill::filled(&sheet, &steps, steps.len() - 1).iter().all(|filled| *filled));
}

fn added_up(sheet: &Sheet, header: Header) -> String {
    let lines = sum::lines(sheet, header).expect("it has this checksum");
    lines
        .iter()
        .map(|line| {
            format!("{}, {}: {} | {} | {:?}\n", line.part, line.what, line.word, line.says, line.bits)
        })
        .collect()
}

#[test]
fn a_checksum_is_added_up() {
    let (sheet, around) = sheet_of(&handshake(), 3);
    expect![[r#"
        pseudo-header, source address: 0a00 | 0000 + 0a00 = 0a00. | [96..112]
        pseudo-header, source address: 0001 | 0a00 + 0001 = 0a01. | [112..128]
        pseudo-header, destination address: 0a00 | 0a01 + 0a00 = 1401. | [128..144]
        pseudo-header, destination address: 0002 | 1401 + 0002 = 1403. | [144..160]
        pseudo-header, zero, protocol: 0006 | 1403 + 0006 = 1409. | [72..80]
        pseudo-header, length: 0025 | 1409 + 0025 = 142e. | []
        TCP header, source port: d8ac | 142e + d8ac = ecda. | [160..176]
        TCP header, destination port: 1f40 | ecda + 1f40 = 10c1a. What runs over is added at the right: 0c1a + 1 = 0c1b. | [176..192]
        TCP header, sequence number: d063 | 0c1b + d063 = dc7e. | [192..208]
        TCP header, sequence number: 5cf0 | dc7e + 5cf0 = 1396e. What runs over is added at the right: 396e + 1 = 396f. | [208..224]
        TCP header, acknowledgment number: a2f5 | 396f + a2f5 = dc64. | [224..240]
        TCP header, acknowledgment number: 0a42 | dc64 + 0a42 = e6a6. | [240..256]
        TCP header, data offset, reserved, AE, CWR, ECE, URG, ACK, PSH, RST, SYN, FIN: 8018 | e6a6 + 8018 = 166be. What runs over is added at the right: 66be + 1 = 66bf. | [256..272]
        TCP header, window: 003f | 66bf + 003f = 66fe. | [272..288]
        TCP header, checksum: 0000 | 66fe + 0000 = 66fe. The checksum's own field counts as zero. | [288..304]
        TCP header, urgent pointer: 0000 | 66fe + 0000 = 66fe. | [304..320]
        TCP options, octets 0 and 1: 0101 | 66fe + 0101 = 67ff. | [320..336]
        TCP options, octets 2 and 3: 080a | 67ff + 080a = 7009. | [336..352]
        TCP options, octets 4 and 5: f0a2 | 7009 + f0a2 = 160ab. What runs over is added at the right: 60ab + 1 = 60ac. | [352..368]
        TCP options, octets 6 and 7: 44c8 | 60ac + 44c8 = a574. | [368..384]
        TCP options, octets 8 and 9: 476e | a574 + 476e = ece2. | [384..400]
        TCP options, octets 10 and 11: cc72 | ece2 + cc72 = 1b954. What runs over is added at the right: b954 + 1 = b955. | [400..416]
        data, octets 0 and 1: 6865 | b955 + 6865 = 121ba. What runs over is added at the right: 21ba + 1 = 21bb. | [416..432]
        data, octets 2 and 3: 6c6c | 21bb + 6c6c = 8e27. | [432..448]
        data, octets 4 and 5: 6f00 | 8e27 + 6f00 = fd27. | [448..456]
        checksum, complement: 02d8 | The complement of fd27, every bit turned over, is 02d8. That is the checksum. | [288..304]
        receiver, proof: 02d8 | The receiver adds the same words, and the checksum that came with them: fd27 + 02d8 = ffff. All bits are set: nothing has changed on the way, as far as this sum can tell. | [288..304]
    "#]].assert_eq(&added_up(&sheet, Header::Tcp));
    let mut edited = octets(&handshake(), 3);
    set(&tcp::WINDOW, 1)(&mut edited);
    let edited = sum::lines(&Sheet::of(&edited, &around), Header::Tcp).expect("it has one");
    let proof = edited.last().expect("there are lines");
    expect!["The receiver adds the same words, and the checksum that came with them: fce9 + 02d8 = ffc1. It must be ffff: with this checksum on the wire the datagram is dropped without a word. 0316 would be right."].assert_eq(&proof.says);
}

/// What the header view says of the checksum of the fourth packet, which has data, and how many octets it shows.
fn captured_checksum(change: impl Fn(&mut wire::capture::Captured)) -> (String, usize) {
    let story = captured_as("handshake", 0, change);
    let sheet = Sheet::of(&story.octets(3), &Around::of(&story, 3, Numbers::Relative));
    let cell = &sheet.cells[sheet.named("checksum").expect("it is TCP")];
    (format!("{} {}", sheet.hex(cell), cell.says), sheet.packet.octets().len())
}

#[test]
fn a_captured_packet_is_shown_as_it_was_captured() {
    let (says, octets) = captured_checksum(|_| ());
    assert!(says.ends_with("Right: pseudo-header, header and data sum up to ffff with it."), "{says}");
    let (wrong, as_many) = captured_checksum(|packet| {
        let mut changed = packet.octets.to_vec();
        changed[36..38].copy_from_slice(&[0x12, 0x34]);
        packet.octets = changed.into();
    });
    assert_eq!(octets, as_many);
    let right = &says[..6];
    assert_eq!(
        wrong,
        format!(
            "0x1234 Wrong: pseudo-header, header and data ask for {right}, and 0x1234 was captured. Most likely the sender's network \
             adapter computes it, after the capture has seen the packet (checksum offload). With this one on the wire the receiver would \
             have dropped it without a word."
        )
    );
    let (cut, fewer) = captured_checksum(|packet| {
        packet.octets.truncate(54);
    });
    assert_eq!((&cut[..6], fewer), (right, 54));
    assert!(cut.ends_with("which cannot be checked: it covers 3 octets that are not here."), "{cut}");
}
