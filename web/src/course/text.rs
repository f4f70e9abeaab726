//! A page whose words are in its own file and nowhere in the program.

use yew::prelude::*;

/// What the page must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct TextPageProps {
    /// The words as HTML, where they are written; nothing in a browser, which has them in the page's file.
    pub words: Option<AttrValue>,
}

/// The page. In the browser what stands there stays as it is; where nothing stands there, since one came here from another page,
/// `web/boot.js` fetches the file.
#[component]
pub fn TextPage(props: &TextPageProps) -> Html {
    let words = Html::from_html_unchecked(props.words.clone().unwrap_or_default());
    html! { <tcp-page>{ words }</tcp-page> }
}
