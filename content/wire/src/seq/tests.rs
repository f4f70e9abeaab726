use super::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn the_circle_closes() {
    let last = Seq(u32::MAX);
    assert_eq!(last + 1, Seq(0));
    assert_eq!(Seq(0) - 1, last);
    assert!(last.precedes(Seq(0)) && !Seq(0).precedes(last));
    assert_eq!(Seq(4).since(last), 5);
    assert!(Seq(2).is_within(last, 4) && !Seq(3).is_within(last, 4));
    assert!(!Seq(7).is_within(Seq(7), 0));
    assert_eq!((last.latest(Seq(3)), last.earliest(Seq(3))), (Seq(3), last));
}

#[wasm_bindgen_test(unsupported = test)]
fn half_a_circle_away_is_before_in_both_directions() {
    let (here, there) = (Seq(5), Seq(5) + (1 << 31));
    assert!(here.precedes(there) && there.precedes(here));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_number_does_not_precede_itself() {
    for number in [Seq(0), Seq(5), Seq(1 << 31), Seq(u32::MAX)] {
        assert!(!number.precedes(number) && number.precedes_or_is(number));
        assert_eq!((number.since(number), number.latest(number)), (0, number));
    }
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use super::*;
    use proptest::prelude::*;

    fn seq() -> impl Strategy<Value = Seq> {
        // Close to the seam as often as anywhere.
        prop_oneof![any::<u32>(), 0..100u32, (0..100u32).prop_map(|back| u32::MAX - back)].prop_map(Seq)
    }

    proptest! {
        #[test]
        fn of_two_numbers_one_precedes(a in seq(), b in seq()) {
            prop_assume!(a.since(b) != 1 << 31);
            prop_assert_eq!(a.precedes(b), a != b && !b.precedes(a));
            prop_assert_eq!(a.precedes_or_is(b), a == b || a.precedes(b));
        }

        #[test]
        fn what_is_added_is_what_lies_between(a in seq(), count in any::<u32>()) {
            prop_assert_eq!((a + count).since(a), count);
            prop_assert_eq!(a + count - count, a);
            prop_assert_eq!(a.precedes(a + count), (1..=1 << 31).contains(&count));
        }

        #[test]
        fn order_does_not_depend_on_where_numbering_began(a in seq(), b in seq(), shift in any::<u32>()) {
            prop_assert_eq!(a.precedes(b), (a + shift).precedes(b + shift));
            prop_assert_eq!(a.is_within(b, 1000), (a + shift).is_within(b + shift, 1000));
            prop_assert_eq!(a.latest(b) + shift, (a + shift).latest(b + shift));
        }

        #[test]
        fn the_later_and_the_earlier_are_the_two(a in seq(), b in seq()) {
            prop_assume!(a.since(b) != 1 << 31);
            let (earlier, later) = (a.earliest(b), a.latest(b));
            prop_assert!((earlier, later) == (a, b) || (earlier, later) == (b, a));
            prop_assert!(earlier.precedes_or_is(later));
        }
    }
}
