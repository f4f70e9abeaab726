use super::options::{KINDS, Length, of_kind};
use super::*;
use crate::{Options, SackBlock, Seq, TcpOption};
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

const HEADERS: [Header; 8] = [
    Header::Ipv4,
    Header::Ipv6,
    Header::Tcp,
    Header::Udp,
    Header::Icmpv4,
    Header::Icmpv6,
    Header::PseudoIpv4,
    Header::PseudoIpv6,
];

#[wasm_bindgen_test(unsupported = test)]
fn each_table_covers_its_header_without_gap_or_overlap() {
    for header in HEADERS {
        let mut bit = 0;
        for field in header.fields() {
            assert_eq!((field.header, field.bit), (header, bit), "{field}");
            assert!((1..=128).contains(&field.width) && field.end() - field.octet() <= 16, "{field}");
            bit += field.width;
        }
        assert_eq!(usize::from(bit), 8 * header.length(), "{header}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn each_row_says_what_it_is_and_where_it_comes_from() {
    for header in HEADERS {
        for (place, field) in header.fields().iter().enumerate() {
            assert!(field.meaning.ends_with('.') && field.meaning.len() > 4, "{field}");
            assert!(field.source.starts_with("RFC "), "{field}");
            assert!(!field.set_by.is_empty(), "{field}");
            assert!(header.fields()[..place].iter().all(|other| other.name != field.name), "{field} twice");
        }
    }
    for row in KINDS {
        assert!(row.meaning.ends_with('.') && row.source.starts_with("RFC "), "{}", row.name);
    }
    assert!(KINDS.is_sorted_by(|a, b| a.kind < b.kind));
}

#[wasm_bindgen_test(unsupported = test)]
fn the_tcp_header_as_rfc_9293_draws_it() {
    let rows: Vec<String> = tcp::FIELDS
        .iter()
        .map(|field| format!("{:3}+{:<2} {}", field.bit, field.width, field.name))
        .collect();
    expect![[r#"
          0+16 source port
         16+16 destination port
         32+32 sequence number
         64+32 acknowledgment number
         96+4  data offset
        100+3  reserved
        103+1  AE
        104+1  CWR
        105+1  ECE
        106+1  URG
        107+1  ACK
        108+1  PSH
        109+1  RST
        110+1  SYN
        111+1  FIN
        112+16 window
        128+16 checksum
        144+16 urgent pointer"#]]
    .assert_eq(&rows.join("\n"));
}

#[wasm_bindgen_test(unsupported = test)]
fn each_control_bit_has_one_row() {
    for (flag, field) in tcp::CONTROL_BITS {
        assert_eq!(of_flag(flag), Some(field));
        let mut header = [0; 20];
        tcp::FLAGS.set(&mut header, flag.bits().into()).unwrap();
        let set: Vec<_> = tcp::FIELDS.iter().filter(|row| row.get(&header) != Some(0)).collect();
        assert_eq!(set, [field]);
    }
    assert_eq!(of_flag(Flags::SYN_ACK), None);
    assert_eq!(of_flag(Flags::NONE), None);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_field_is_read_and_written_in_its_place_only() {
    let mut header = [0xff; 20];
    tcp::DATA_OFFSET.set(&mut header, 5).unwrap();
    assert_eq!(header[12], 0x5f);
    assert_eq!(tcp::DATA_OFFSET.get(&header), Some(5));
    ipv4::FRAGMENT_OFFSET.set(&mut header, 0x0102).unwrap();
    assert_eq!(header[5..9], [0xff, 0xe1, 0x02, 0xff]);
    let mut wide = [0; 40];
    ipv6::DESTINATION.set(&mut wide, u128::MAX - 1).unwrap();
    assert_eq!(ipv6::DESTINATION.get(&wide), Some(u128::MAX - 1));
    assert_eq!(ipv6::SOURCE.get(&wide), Some(0));
}

#[wasm_bindgen_test(unsupported = test)]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let mut header = [0x11; 20];
    assert_eq!(tcp::DATA_OFFSET.set(&mut header, 16), Err(CannotSet::TooWide("data offset", 16)));
    assert_eq!(tcp::URGENT_POINTER.set(&mut header[..19], 1), Err(CannotSet::NoRoom("urgent pointer")));
    assert_eq!(tcp::URGENT_POINTER.get(&header[..19]), None);
    assert_eq!(header, [0x11; 20]);
    expect!["data offset: 16 has more bits than the field"]
        .assert_eq(&CannotSet::TooWide("data offset", 16).to_string());
}

#[wasm_bindgen_test(unsupported = test)]
fn the_options_are_as_long_as_their_rows_say() {
    let blocks = [SackBlock { start: Seq(1), end: Seq(2) }; 4];
    let mut all = vec![
        (TcpOption::End, 0),
        (TcpOption::Nop, 1),
        (TcpOption::Mss(1460), 2),
        (TcpOption::WindowScale(7), 3),
        (TcpOption::SackPermitted, 4),
        (TcpOption::Timestamps { value: 1, echo: 2 }, 8),
    ];
    let sacks: Vec<Options> = (1..=4)
        .map(|count| {
            let mut options = Options::NONE;
            options.push_sack(&blocks[..count]).unwrap();
            options
        })
        .collect();
    all.extend(sacks.iter().map(|options| (options.iter().next().unwrap(), 5)));
    for (option, kind) in all {
        let mut options = Options::NONE;
        options.push(option).unwrap();
        let row = of_kind(kind).unwrap();
        assert_eq!(options.octets()[0], kind);
        assert!(row.length.allows(options.octets().len() as u8), "{}", row.name);
        assert!(!row.length.allows(options.octets().len() as u8 + 1), "{}", row.name);
        assert!(options.to_string().starts_with(row.notation));
    }
    assert_eq!(of_kind(7), None);
    assert!(!Length::Entries { before: 2, each: 8 }.allows(2));
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_set_is_the_value_read_and_all_other_rows_stay(
            octets in prop::array::uniform::<_, 40>(any::<u8>()),
            value in any::<u128>(),
            header in prop::sample::select(&HEADERS[..]),
            row in any::<prop::sample::Index>(),
        ) {
            let field = row.get(header.fields());
            let value = value & field.most();
            let mut changed = octets;
            field.set(&mut changed, value).expect("40 octets hold every header");
            prop_assert_eq!(field.get(&changed), Some(value));
            for other in header.fields().iter().filter(|other| *other != field) {
                prop_assert_eq!(other.get(&changed), other.get(&octets));
            }
            prop_assert_eq!(&changed[header.length()..], &octets[header.length()..]);
        }
    }
}
