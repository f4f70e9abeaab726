use super::around::Around;
use super::sheet::{DATA, Kind, Sheet, Tone};
use super::{edit, grid};
use crate::stage::story::tests::story;
use crate::stage::{Numbers, Story};
use expect_test::{Expect, expect};
use std::fmt::Write;
use wire::{Packet, Seq};

/// A sheet as text: each row with its pieces, each cell with what it says.
fn drawn(sheet: &Sheet) -> String {
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
    for cell in &sheet.cells {
        let tone = match cell.tone {
            Tone::Plain => String::new(),
            tone => format!(" [{tone:?}]"),
        };
        let name = if cell.label == cell.name || matches!(cell.kind, Kind::Field(_)) {
            cell.name.to_owned()
        } else {
            format!("{} ({})", cell.name, cell.label)
        };
        writeln!(text, "{name} = {}{tone}: {}", cell.value, cell.says).expect("a String takes all");
    }
    text
}

fn sheet_of(story: &Story, packet: usize) -> (Sheet, Around) {
    let around = Around::of(story, packet, Numbers::Relative);
    let octets = story.datagram(packet).emit().expect("hosts send what can be said");
    (Sheet::of(&octets, &around), around)
}

fn check(story: &Story, packet: usize, expected: Expect) {
    expected.assert_eq(&drawn(&sheet_of(story, packet).0));
}

#[test]
fn a_syn_with_its_options() {
    check(
        &story("handshake", str::to_owned),
        0,
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
            source address = 10.0.0.1: The address of client.
            destination address = 10.0.0.2: Where it goes: on this link, to server.
            source port = 52952: The port of client: answers go there.
            destination port = 8000: The port of server that this is for. Both addresses and both ports name the connection.
            sequence number = 0 [Sender]: The initial sequence number of client: the SYN takes number 0, and its first octet of data will be 1.
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
            SYN = 1 [Flag("SYN")]: Set: client wants a connection and begins its numbering.
            FIN = 0: Not set: this is not the end of the stream.
            window = 64240: Announces room for 64,240 octets. In a SYN it is never scaled.
            checksum = 63129: Right: pseudo-header, header and data sum up to ffff with it.
            urgent pointer = 0: Does not count: URG is not set.
            maximum segment size (mss) = 2: Kind 2: maximum segment size. How many octets of data the sender of this SYN takes in one segment. Without it the peer may send 536 over IPv4 and 1220 over IPv6.
            maximum segment size (length) = 4: The option has 4 octets: kind and length count too.
            maximum segment size (largest segment) = 1460: client takes at most 1,460 octets of data in one segment.
            SACK permitted (sackOK) = 4: Kind 4: SACK permitted. The sender of this SYN understands selective acknowledgments.
            SACK permitted (length) = 2: The option has 2 octets: kind and length count too.
            timestamps (TS) = 8: Kind 8: timestamps. The sender's clock, and the newest clock value that it had from the peer: they measure the round trip, and tell old segments from new ones.
            timestamps (length) = 10: The option has 10 octets: kind and length count too.
            timestamps (TSval) = 2107147403: TSval: the clock of client when it sent this.
            timestamps (TSecr) = 0: TSecr: nothing to echo yet, client has not seen the clock of server.
            no-operation (nop) = 1: Nothing: it fills up, so that what follows begins at an even place.
            window scale (wscale) = 3: Kind 3: window scale. By how many bits the windows of this sender are to be shifted left, 0 to 14. Only in a SYN, and only if both send it.
            window scale (length) = 3: The option has 3 octets: kind and length count too.
            window scale (shift) = 10: Windows of client are to be shifted left by 10, that is multiplied by 1,024, if both SYNs offer it; not the one in this segment.
        "#]],
    );
}

#[test]
fn data() {
    check(
        &story("handshake", str::to_owned),
        3,
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
            version = 4: Version 4: IPv4.
            header length = 5: 5 words of 4 octets: the header has 20 octets.
            DSCP = 0: Best effort: no special treatment is asked for.
            ECN = 0: Not ECN-capable: routers can only drop it.
            total length = 57: 57 octets: 20 of this header and 37 that it carries.
            identification = 0: Counts only in fragments, and this datagram must not be fragmented.
            reserved = 0: Zero, as it is to be.
            DF = 1: Set: a router whose link takes less drops it and says so; so the sender learns the path's MTU.
            MF = 0: Not set: this is the whole datagram, or its last fragment.
            fragment offset = 0: 0: the datagram's beginning.
            time to live = 64: It may still pass 63 routers, each of which takes one off.
            protocol = 6: 6: TCP follows.
            header checksum = 9917: Right: the 16-bit words of this header sum up to ffff with it.
            source address = 10.0.0.1: The address of client.
            destination address = 10.0.0.2: Where it goes: on this link, to server.
            source port = 52952: The port of client: answers go there.
            destination port = 8000: The port of server that this is for. Both addresses and both ports name the connection.
            sequence number = 1 [Sender]: The octets 1 to 5 of the stream of client.
            acknowledgment number = 1 [Receiver]: Acknowledges everything before 1: that is the SYN of server, number 0. client expects 1 next.
            data offset = 8: 8 words of 4 octets: a header of 32 octets, 12 of them options.
            reserved = 0: Zero, as it is to be.
            AE = 0: Not set: accurate ECN is not used, or this bit of its count is 0.
            CWR = 0: Not set: no reduction is reported.
            ECE = 0: Not set: no congestion mark is reported.
            URG = 0: Not set: nothing is urgent.
            ACK = 1 [Flag("ACK")]: Set: the acknowledgment number counts.
            PSH = 1 [Flag("PSH")]: Set: client has nothing more to send right now; hand the data to the program.
            RST = 0: Not set: the connection goes on.
            SYN = 0: Not set: numbering has begun before this segment.
            FIN = 0: Not set: this is not the end of the stream.
            window = 63: Announces room for 64,512 octets from 1 on: 63 << 10, by the scale that client gave in its SYN.
            checksum = 4003: Right: pseudo-header, header and data sum up to ffff with it.
            urgent pointer = 0: Does not count: URG is not set.
            no-operation (nop) = 1: Nothing: it fills up, so that what follows begins at an even place.
            no-operation (nop) = 1: Nothing: it fills up, so that what follows begins at an even place.
            timestamps (TS) = 8: Kind 8: timestamps. The sender's clock, and the newest clock value that it had from the peer: they measure the round trip, and tell old segments from new ones.
            timestamps (length) = 10: The option has 10 octets: kind and length count too.
            timestamps (TSval) = 2107147503: TSval: the clock of client when it sent this.
            timestamps (TSecr) = 3969547709: TSecr: the clock of server that client last saw comes back; server takes the round-trip time from it.
            data = 5 octets [Data]: 5 octets of the stream of client: numbers 1 to 5.
        "#]],
    );
}
