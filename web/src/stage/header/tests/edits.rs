//! Fields, bits and octets are changed by a person, and the receiver reacts.

use super::*;

#[test]
fn values_are_typed() {
    let story = handshake();
    let (sheet, around) = sheet_of(&story, 3);
    let packet = octets(&story, 3);
    let typed = |name: &str, text: &str| {
        let cell = &sheet.cells[sheet.named(name).expect("there is one")];
        let base = if name == "sequence number" { around.bases.0 } else { Seq(0) };
        edit::typed(&Edited::sent(&packet), cell, text, base).map(|Edited { packet, .. }| {
            let sheet = Sheet::of(&packet, &around);
            let cell = &sheet.cells[sheet.named(name).expect("there is one")];
            (cell.value.clone(), sheet.hex(cell))
        })
    };
    assert_eq!(typed("window", "0x1_00"), Ok(("256".into(), "0x0100".into())));
    assert_eq!(typed("window", "65,535"), Ok(("65535".into(), "0xffff".into())));
    assert_eq!(typed("sequence number", "77").map(|(value, _)| value), Ok("77".into()));
    assert_eq!(typed("sequence number", "0x10").map(|(_, hex)| hex), Ok("0x00000010".into()));
    assert_eq!(typed("source address", "10.9.8.7").map(|(value, _)| value), Ok("10.9.8.7".into()));
    assert_eq!(typed("data", "\"HELLO\"").map(|(_, hex)| hex), Ok("0x48454c4c4f".into()));
    let wrong = [
        ("window", "65536"),
        ("SYN", "2"),
        ("window", "many"),
        ("source address", "10.9.8"),
        ("data", "48 4"),
        ("data", "48 4g"),
    ];
    let wrong: String =
        wrong.map(|(name, text)| typed(name, text).expect_err("it cannot be") + "\n").concat();
    expect![[r#"
        65536 does not fit: window has 16 bits, so 65535 (0xffff) is the most.
        2 does not fit: SYN has 1 bit, so 1 (0x1) is the most.
        “many” is no number: write decimal (1460), hexadecimal (0x5b4) or bits (0b101).
        “10.9.8” is no IPv4 address: write four numbers up to 255 with dots between, as 10.0.0.2.
        “48 4” are no octets: write two hexadecimal digits for each, as 48 69, or text in quotation marks, as "Hi".
        “48 4g” are no octets: write two hexadecimal digits for each, as 48 69, or text in quotation marks, as "Hi".
    "#]].assert_eq(&wrong);
}

#[test]
fn arrows_go_to_the_cell_above_and_below() {
    let (sheet, _) = sheet_of(&handshake(), 0);
    let walk = |from: &str, key: &str| {
        let from = sheet.named(from).expect("there is one");
        sheet.cells[grid::neighbour(&sheet, from, key).expect("the key goes somewhere")].name
    };
    assert_eq!(walk("sequence number", "ArrowDown"), "acknowledgment number");
    assert_eq!(walk("acknowledgment number", "ArrowDown"), "window");
    assert_eq!(walk("window", "ArrowUp"), "acknowledgment number");
    assert_eq!(walk("window", "ArrowLeft"), "FIN");
    assert_eq!(walk("window", "ArrowDown"), "urgent pointer");
    assert_eq!(walk("version", "ArrowUp"), "version");
    assert_eq!(walk("window", "Home"), "version");
    assert_eq!(grid::neighbour(&sheet, 0, "x"), None);
}

/// What the receiver does with an edited packet of the handshake, its checksums right again.
fn check_reaction(packet: usize, change: impl FnOnce(&mut Packet), expected: Expect) {
    let scenario = Scenario::parse(&text(false, CONNECTION)).expect("it can be read");
    let story = handshake();
    let around = Around::of(&story, packet, Numbers::Relative);
    let mut edited = octets(&story, packet);
    change(&mut edited);
    let arrives = story.packets[packet].arrives.expect("all of them arrive");
    let received =
        inject(&scenario, story.transit(packet).packet, arrives, Some(&edited)).expect("it can be");
    let lines = reaction::told(&story, &around, &received);
    let text: String = lines.iter().map(|line| format!("{line:?}\n")).collect();
    expected.assert_eq(&text);
}

#[test]
fn the_receiver_reacts_to_what_was_edited() {
    let renewed = |change: fn(&mut Packet)| {
        move |packet: &mut Packet| {
            change(packet);
            packet.renew_checksums();
        }
    };
    check_reaction(
        3,
        |_| {},
        expect![[r#"
            Rule("Data came in order: RCV.NXT moves on.", "RFC 9293, 3.10.7.4, seventh", None)
            Rule("A sender that begins, or sent something again, is answered at once, so that its window may grow.", "Linux, quick ACK mode", None)
            Sends(". 1:1(0) ack 6 win 64 <nop,nop,TS val 1198443714 ecr 4037166280>")
            Says("recv returns 5 octets.")
            Says("RCV.NXT goes from 1 to 6.")
        "#]],
    );
    check_reaction(
        3,
        set(&tcp::WINDOW, 1),
        expect![[r#"
        Rule("A datagram whose checksum is wrong is thrown away in silence; its sender must find out by itself.", "RFC 9293, 3.1", None)
    "#]],
    );
    check_reaction(
        3,
        renewed(|packet| set(&tcp::RST, 1)(packet)),
        expect![[r#"
            Rule("A RST with the expected number ends the connection; an orphan's FIN-WAIT-2 takes any in the window.", "RFC 9293, 3.10.7.4, second; RFC 5961, 3.2; Linux, tcp_timewait_state_process", Some("ESTABLISHED to CLOSED"))
            Says("recv fails: ConnectionResetError: [Errno 104] Connection reset by peer.")
        "#]],
    );
    check_reaction(
        0,
        renewed(|packet| set(&tcp::DESTINATION_PORT, 9)(packet)),
        expect![[r#"
            Rule("A segment that no socket takes is answered with RST; a RST is not answered.", "RFC 9293, 3.5.2 and 3.10.7.1", None)
            Sends("R. 0:0(0) ack 1 win 0")
        "#]],
    );
    check_reaction(
        3,
        set(&tcp::DATA_OFFSET, 3),
        expect![[r#"
        Says("The server cannot make sense of the octets: TCP data offset at octet 32: 3 words, must be 5 to 15. The packet is dropped without a word.")
    "#]],
    );
}

#[test]
fn a_packet_stays_while_it_is_worked_on_and_edits_are_never_lost() {
    let packet = octets(&handshake(), 3);
    let mut state = State::default();
    state.apply(Do::Use(Mode::Edit, 3));
    state.apply(Do::Edit(Edited::sent(&packet).with(edit::flipped(&packet, 0))));
    state.apply(Do::Follow(5));
    assert_eq!(state.writing, Writing::Bits);
    state.apply(Do::Use(Mode::Edit, 7));
    assert_eq!(state.writing, Writing::Decimal);
    assert_eq!((state.mode, state.packet, state.edits.len()), (Mode::Read, Some(3), 1));
    state.apply(Do::Undo);
    assert_eq!(state.packet, None);
    state.apply(Do::Use(Mode::Sum, 3));
    state.apply(Do::Follow(5));
    assert_eq!(state.packet, Some(5));
    state.apply(Do::Play(true, 3));
    for _ in 0..9 {
        state.apply(Do::Tick(3));
    }
    assert_eq!((state.step, state.playing), (2, false));
}

/// The option or the data of a packet of the handshake, edited, and what there is then to see.
fn check_octets(
    packet: usize,
    edit: impl FnOnce(&Sheet, Edited) -> Result<Edited, String>,
    expected: Expect,
) {
    let story = handshake();
    let (sheet, around) = sheet_of(&story, packet);
    let sent = octets(&story, packet);
    let edited = edit(&sheet, Edited::sent(&sent)).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(edited.origin.len(), edited.packet.octets().len());
    let now = Sheet::of(&edited.packet, &around);
    let options = now.cells.iter().filter(|cell| matches!(cell.kind, Kind::Option(_)));
    let options: Vec<String> = options.map(|cell| format!("{} {}", cell.label, cell.value)).collect();
    let data = now.named("data").map_or("none", |place| &now.cells[place].value);
    let fresh = edited.changed(&sent).iter().map(|bit| bit / 8).collect::<std::collections::BTreeSet<_>>();
    expected.assert_eq(&format!(
        "{} of {} octets; options: {}; data: {data}; changed octets: {fresh:?}; {}",
        edited.packet.octets().len(),
        sent.octets().len(),
        options.join(", "),
        editor::verdict(&edited.packet)
    ));
}

#[test]
fn octets_are_put_in_and_taken_out_and_lengths_follow_when_told_to() {
    let mss = [2, 4, 5, 0xb4];
    let data_at = |sheet: &Sheet| sheet.cells[sheet.named("data").expect("it has data")].octets();
    // Data grows: the internet header says what it said, so the receiver reads no more than before.
    check_octets(
        3,
        |sheet, edited| edited.inserted(data_at(sheet).end, b"!!", false),
        expect![
            "59 of 57 octets; options: nop 1, nop 1, TS 8, length 10, TSval 4037166280, TSecr 1198443634; data: 5 octets; changed octets: {57, 58}; The octets make sense, and the checksums are right."
        ],
    );
    check_octets(
        3,
        |sheet, edited| edited.inserted(data_at(sheet).end, b"!!", false)?.fitted(),
        expect![
            "59 of 57 octets; options: nop 1, nop 1, TS 8, length 10, TSval 4037166280, TSecr 1198443634; data: 7 octets; changed octets: {3, 57, 58}; IPv4 header checksum at octet 10: 0x26bd, must be 0x26bb."
        ],
    );
    check_octets(
        3,
        |sheet, edited| {
            let edited = edited.inserted(data_at(sheet).end, b"!!", false)?.fitted()?;
            Ok(edited.with(edit::renewed(&edited.packet)))
        },
        expect![
            "59 of 57 octets; options: nop 1, nop 1, TS 8, length 10, TSval 4037166280, TSecr 1198443634; data: 7 octets; changed octets: {3, 11, 36, 37, 57, 58}; The octets make sense, and the checksums are right."
        ],
    );
    // Options grow: the data offset says what it said, so the octets at their end are data.
    check_octets(
        3,
        |sheet, edited| edited.inserted(data_at(sheet).start, &mss, true),
        expect![
            "61 of 57 octets; options: nop 1, nop 1, TS 8, length 10, TSval 4037166280, TSecr 1198443634; data: 5 octets; changed octets: {52, 53, 54, 55}; TCP checksum at octet 36: 0x02d8, must be 0xd6f1."
        ],
    );
    check_octets(
        3,
        |sheet, edited| {
            let edited = edited.inserted(data_at(sheet).start, &[1], true)?.fitted()?;
            Ok(edited.with(edit::renewed(&edited.packet)))
        },
        expect![
            "61 of 57 octets; options: nop 1, nop 1, TS 8, length 10, TSval 4037166280, TSecr 1198443634, nop 1, end 0, padding 0; data: 5 octets; changed octets: {3, 11, 32, 36, 37, 52, 53, 54, 55}; The octets make sense, and the checksums are right."
        ],
    );
    // An option is taken out.
    check_octets(
        0,
        |sheet, edited| {
            let cell =
                sheet.cells.iter().find(|cell| cell.label == "largest segment").expect("a SYN has an MSS");
            let range = edit::option_at(&sheet.packet, &sheet.cells, cell).expect("it is an option");
            assert_eq!(range.len(), 4);
            let edited = edited.spliced(range, &[])?.fitted()?;
            Ok(edited.with(edit::renewed(&edited.packet)))
        },
        expect![
            "56 of 60 octets; options: sackOK 4, length 2, TS 8, length 10, TSval 4037166200, TSecr 0, nop 1, wscale 3, length 3, shift 10; data: none; changed octets: {3, 11, 32, 36, 37}; The octets make sense, and the checksums are right."
        ],
    );
    // All data is taken out, and then all is as without it.
    check_octets(
        3,
        |sheet, edited| {
            edit::typed(&edited, &sheet.cells[sheet.named("data").expect("data")], "", Seq(0))?.fitted()
        },
        expect![
            "52 of 57 octets; options: nop 1, nop 1, TS 8, length 10, TSval 4037166280, TSecr 1198443634; data: none; changed octets: {3}; IPv4 header checksum at octet 10: 0x26bd, must be 0x26c2."
        ],
    );
}

#[test]
fn a_header_that_is_too_long_for_its_offset_is_refused_in_words() {
    let sent = octets(&handshake(), 3);
    let edited = Edited::sent(&sent);
    let head = edited.head.expect("it is TCP");
    let grown = edited.inserted(head, &[1; 44], true).expect("it may be so long");
    expect!["The TCP header would have 76 octets, and its 4 bits of data offset say 60 at most: take 16 octets out."].assert_eq(&grown.fitted().expect_err("no offset says so much"));
    expect!["The datagram would have 65592 octets: 65535 are the most."]
        .assert_eq(&edited.inserted(head, &[0; 65_535], false).expect_err("no datagram is so long"));
    assert_eq!(Edited::sent(&sent).fitted().expect("it fits").packet, sent);
}
