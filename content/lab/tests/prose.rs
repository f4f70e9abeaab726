//! Marks in prose: what is one, what is not, and that nothing of the text is lost.

use lab::prose::{Mark, Nth, parts, plain};

fn check(text: &str, expected: &[(&str, &str)]) {
    let found: Vec<(&str, &str)> = parts(text).into_iter().map(|part| (part.text, part.mark)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn terms_are_told_from_text() {
    check("", &[]);
    check("plain", &[("plain", "")]);
    check("[the SYN](#segment:client:SYN)", &[("the SYN", "segment:client:SYN")]);
    check("See [a](#x) and [b](#y).", &[("See ", ""), ("a", "x"), (" and ", ""), ("b", "y"), (".", "")]);
    check("an [aside] and [a](#x)", &[("an [aside] and ", ""), ("a", "x")]);
    for odd in ["[", "[a", "[a](", "[a](#", "](#x)", "[a](http://b)", "a ] b [ c"] {
        check(odd, &[(odd, "")]);
    }
    assert_eq!(plain("The [SYN](#segment:client:SYN) is “here”."), "The SYN is “here”.");
}

#[test]
fn marks_are_read_or_refused() {
    let segment = |words, nth| Some(Mark::Segment { host: "client", words, nth });
    assert_eq!(Mark::parse("#segment:client:SYN"), segment("SYN", Nth::Number(1)));
    assert_eq!(Mark::parse("segment:client:data+again:3"), segment("data+again", Nth::Number(3)));
    assert_eq!(Mark::parse("segment:client:data:last"), segment("data", Nth::Last));
    assert_eq!(Mark::parse("field:window"), Some(Mark::Field("window")));
    for wrong in [
        "",
        "segment",
        "segment:client",
        "segment:client:",
        "segment:client:SYN:0",
        "segment:client:SYN:x",
        "segment:client:SYN:1:2",
        "field:",
        "field:window:2",
        "planet:client:mars",
    ] {
        assert_eq!(Mark::parse(wrong), None, "{wrong}");
    }
    assert_eq!(Nth::Number(2).of([5, 6].into_iter()), Some(6));
    assert_eq!(Nth::Last.of([5, 6].into_iter()), Some(6));
    assert_eq!(Nth::Number(3).of([5, 6].into_iter()), None);
}
