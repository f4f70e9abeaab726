use super::*;
use expect_test::{Expect, expect};
use wasm_bindgen_test::wasm_bindgen_test;

/// Octets of an option area, and what they say or what is wrong with them.
fn check(octets: &[u8], expected: Expect) {
    let said = match Options::from_octets(octets) {
        Ok(options) => format!("{} octets <{options}>", options.octets().len()),
        Err((kind, at, why)) => format!("{kind} at {at}: {why}"),
    };
    expected.assert_eq(&said);
}

#[wasm_bindgen_test(unsupported = test)]
fn octets_say_options() {
    check(&[], expect!["0 octets <>"]);
    let syn = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 100, 0, 0, 0, 0, 1, 3, 3, 8];
    check(&syn, expect!["20 octets <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 8>"]);
    let sack = [1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 5];
    check(&sack, expect!["20 octets <nop,nop,sack 1:2 4294967295:5>"]);
    check(&[34, 6, 1, 2, 3, 4, 1, 1], expect!["8 octets <kind 34 0x01020304,nop,nop>"]);
    check(&[34, 2, 1, 1], expect!["4 octets <kind 34,nop,nop>"]);
    check(&[2, 3, 5, 1], expect!["4 octets <kind 2 0x05,nop>"]);
    check(&[5, 2, 1, 1], expect!["4 octets <kind 5,nop,nop>"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn timestamps_alone_are_as_if_pushed_one_by_one() {
    let mut options = Options::NONE;
    for option in [TcpOption::Nop, TcpOption::Nop, TcpOption::Timestamps { value: 0x0102_0304, echo: 5 }] {
        options.push(option).expect("12 octets fit");
    }
    assert_eq!(Options::of_timestamps(0x0102_0304, 5), options);
}

#[wasm_bindgen_test(unsupported = test)]
fn filling_zeros_are_left_out_and_an_earlier_end_is_kept() {
    check(&[3, 3, 7, 0], expect!["3 octets <wscale 7>"]);
    check(&[1, 0, 0, 0], expect!["1 octets <nop>"]);
    check(&[0, 0, 0, 0], expect!["4 octets <eol>"]);
    check(&[1, 0, 9, 9], expect!["4 octets <nop,eol>"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_does_not_fit_is_told() {
    check(&[1, 2], expect!["2 at 1: the header ends before its length"]);
    check(&[1, 8, 0, 0], expect!["8 at 1: length 0, must be 2 at least, since it counts kind and length"]);
    check(&[2, 4, 5], expect!["2 at 0: length 4, must be at most 3, since the header ends there"]);
    check(&[1; 41], expect!["1 at 0: length 41, must be at most 40, since the header ends there"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_forty_octets_are_the_limit() {
    let mut options = Options::NONE;
    let block = SackBlock { start: Seq(1), end: Seq(2) };
    assert_eq!(options.push_sack(&[block; 5]), Err(OptionsFull));
    options.push_sack(&[block; 4]).unwrap();
    assert_eq!(options.push(TcpOption::Timestamps { value: 1, echo: 1 }), Err(OptionsFull));
    assert_eq!(options.push(TcpOption::Unknown { kind: 99, data: &[0; 300] }), Err(OptionsFull));
    for _ in 0..6 {
        options.push(TcpOption::Nop).unwrap();
    }
    assert_eq!(options.push(TcpOption::Nop), Err(OptionsFull));
    assert_eq!((options.octets().len(), options.padded_length()), (40, 40));
}

#[wasm_bindgen_test(unsupported = test)]
fn each_is_found_by_name_wherever_it_stands() {
    let mut options = Options::NONE;
    let block = SackBlock { start: Seq(7), end: Seq(9) };
    options.push(TcpOption::Mss(536)).unwrap();
    options.push(TcpOption::WindowScale(3)).unwrap();
    options.push_sack(&[block]).unwrap();
    options.push(TcpOption::SackPermitted).unwrap();
    options.push(TcpOption::Timestamps { value: 5, echo: 6 }).unwrap();
    assert_eq!((options.mss(), options.window_scale(), options.sack_permitted()), (Some(536), Some(3), true));
    assert_eq!((options.timestamps(), options.sack().collect()), (Some((5, 6)), vec![block]));
    let none = Options::NONE;
    assert_eq!((none.mss(), none.window_scale(), none.sack_permitted()), (None, None, false));
    assert_eq!((none.timestamps(), none.sack().next()), (None, None));
}

#[cfg(not(target_family = "wasm"))]
pub(crate) mod properties {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// One option to be pushed.
    #[derive(Clone, Debug, PartialEq)]
    enum Pushed {
        Known(TcpOption<'static>),
        Sack(Vec<SackBlock>),
        Unknown(u8, Vec<u8>),
    }

    impl Pushed {
        fn push(&self, options: &mut Options) -> Result<(), OptionsFull> {
            match self {
                Pushed::Known(option) => options.push(*option),
                Pushed::Sack(blocks) => options.push_sack(blocks),
                Pushed::Unknown(kind, data) => options.push(TcpOption::Unknown { kind: *kind, data }),
            }
        }

        fn is(&self, option: TcpOption<'_>) -> bool {
            match (self, option) {
                (Pushed::Known(known), option) => *known == option,
                (Pushed::Sack(blocks), TcpOption::Sack(sacks)) => sacks.blocks().eq(blocks.iter().copied()),
                (Pushed::Unknown(kind, data), TcpOption::Unknown { kind: k, data: d }) => {
                    *kind == k && data == d
                }
                _ => false,
            }
        }
    }

    fn pushed() -> impl Strategy<Value = Pushed> {
        let block = (any::<u32>(), any::<u32>())
            .prop_map(|(start, end)| SackBlock { start: Seq(start), end: Seq(end) });
        prop_oneof![
            3 => Just(Pushed::Known(TcpOption::Nop)),
            1 => any::<u16>().prop_map(|mss| Pushed::Known(TcpOption::Mss(mss))),
            1 => any::<u8>().prop_map(|shift| Pushed::Known(TcpOption::WindowScale(shift))),
            1 => Just(Pushed::Known(TcpOption::SackPermitted)),
            1 => vec(block, 1..=4).prop_map(Pushed::Sack),
            1 => (any::<u32>(), any::<u32>())
                .prop_map(|(value, echo)| Pushed::Known(TcpOption::Timestamps { value, echo })),
            1 => (9..=255u8, vec(any::<u8>(), 0..20)).prop_map(|(kind, data)| Pushed::Unknown(kind, data)),
        ]
    }

    /// Options as a sender writes them, as many as fit; without an explicit end of the list, which looks like filling.
    pub fn options() -> impl Strategy<Value = Options> {
        vec(pushed(), 0..8).prop_map(|all| {
            let mut options = Options::NONE;
            for one in all {
                // What does not fit any more is left out.
                let _ = one.push(&mut options);
            }
            options
        })
    }

    proptest! {
        #[test]
        fn what_is_pushed_is_what_is_read(all in vec(pushed(), 0..8)) {
            let mut options = Options::NONE;
            let kept: Vec<&Pushed> = all.iter().filter(|one| one.push(&mut options).is_ok()).collect();
            let read: Vec<TcpOption<'_>> = options.iter().collect();
            prop_assert_eq!(kept.len(), read.len());
            for (pushed, read) in kept.iter().zip(&read) {
                prop_assert!(pushed.is(*read), "{:?} {:?}", pushed, read);
            }
            prop_assert_eq!(Options::from_octets(options.octets()), Ok(options));
            let mut padded = options.octets().to_vec();
            padded.resize(options.padded_length(), 0);
            prop_assert_eq!(Options::from_octets(&padded), Ok(options));
        }

        #[test]
        fn any_octets_are_options_or_an_error_within_them(octets in vec(any::<u8>(), 0..=44)) {
            match Options::from_octets(&octets) {
                Ok(options) => {
                    prop_assert!(octets.starts_with(options.octets()));
                    prop_assert!(octets.len() - options.octets().len() < 4);
                    let _ = options.to_string();
                }
                Err((kind, at, _)) => prop_assert_eq!(octets.get(at), Some(&kind)),
            }
        }
    }
}
