use super::{Picture, poster, svg};
use crate::stage::story::tests::story;

#[test]
fn pictures_stand_alone_and_are_well_formed() {
    let story = story("handshake", str::to_owned);
    for text in [poster(&story), svg(&story, Picture::default())] {
        assert!(text.starts_with(r#"<svg xmlns="http://www.w3.org/2000/svg""#) && text.ends_with("</svg>"));
        let count = |what: &str| text.matches(what).count();
        assert_eq!(count("<g"), count("</g>"), "every group is closed");
        assert_eq!(count("<text"), count("</text>"), "every text is closed");
        assert!(!text.contains("NaN") && !text.contains("inf"), "every number is one");
    }
}
