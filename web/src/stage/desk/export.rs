//! What a person takes away: pictures of the ladder, the trace for packetdrill, Wireshark and other programs.

use super::fold::bare_seconds;
use super::packetdrill;
use super::state::State;
use crate::sandbox;
use crate::stage::Story;
use crate::stage::ladder::{Picture, beside, svg};
use js_sys::{Array, Uint8Array};
use lab::{Change, exhibit_text};
use serde_json::{Value as Json, json};
use sockets::{HostId, Trace, What};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement,
    Url,
};

/// What can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// The ladder up to the moment that is shown, as a drawing.
    Svg,
    /// The same as an image.
    Png,
    /// A script, as this host sees the story.
    Packetdrill(HostId),
    /// A capture of every link.
    Pcapng,
    /// The Log, record by record, and the scenario.
    Json,
    /// The scenario with its changes as a text, on the sandbox's page.
    Sandbox,
}

/// Makes it and hands it to the browser. `script` is the text that the story was run from, where it was one.
///
/// # Errors
/// Why it cannot be made, for people.
pub fn export(state: &State, what: Export, script: Option<&str>) -> Result<(), String> {
    let name = state.scenario().map_or("tcp-lab", |scenario| &scenario.id);
    let story = &state.story;
    match what {
        Export::Svg => save(&format!("{name}.svg"), "image/svg+xml", picture(state).as_bytes()),
        Export::Png => save_image(format!("{name}.png"), &picture(state)),
        Export::Packetdrill(host) => {
            let file = format!("{name}-{}.pkt", story.name(host));
            save(&file, "text/plain", packetdrill::script(story, host, state.played.as_deref()).as_bytes());
        }
        Export::Pcapng => {
            let octets = sim::world::capture(story.log(), &story.links, None);
            save(&format!("{name}.pcapng"), "application/octet-stream", &octets);
        }
        Export::Json => {
            let scenario = state.scenario().and_then(|scenario| exhibit_text(&scenario.id));
            let mut json = records(story, scenario, &state.changes);
            if let (Some(script), Json::Object(fields)) = (script, &mut json) {
                fields.insert("script".into(), script.into());
            }
            let text = format!("{json:#}");
            save(&format!("{name}.json"), "application/json", text.as_bytes());
        }
        Export::Sandbox => {
            let at = (state.at > story.begin).then(|| bare_seconds(state.at));
            let played = state.played.as_ref().ok_or("Nothing was run that could be written.")?;
            return sandbox::open(played, at);
        }
    }
    Ok(())
}

fn picture(state: &State) -> String {
    let begun = state.at > state.story.begin;
    let part = begun.then_some((state.story.begin, state.at));
    let picture = Picture { numbers: state.numbers, part, ..Picture::default() };
    match state.was.as_ref().filter(|_| state.compare) {
        Some(was) => beside(was, &state.story, Picture { width: 760.0, ..picture }),
        None => svg(&state.story, picture),
    }
}

/// The story as JSON:
///
/// ```text
/// {"format": "tcp-lab", "version": 1, "scenario": {…} or null, "changes": […],
///  "hosts": [{"number", "name"}], "links": ["net"],
///  "records": [{"at_us", "kind", "text", …}]}
/// ```
///
/// `scenario` is the gallery's text, as it was before the changes; of what the sandbox played, `script` is the text instead. `kind` is `call`, `returned`, `state`, `sent`, `trace`, `notice` or
/// `gone`; `text` is the record in the Log's own words. A `call` has its arguments beside, a `state` the whole sample, and what was `sent`
/// the packet's number, link, hosts, fate (the moment of arrival, or null) and all octets in hex.
pub fn records(story: &Story, scenario: Option<&str>, changes: &[Change]) -> Json {
    let hosts: Vec<Json> =
        story.players.iter().map(|player| json!({"number": player.host, "name": player.name})).collect();
    let scenario: Json = scenario.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Json::Null);
    let mut packet = 0;
    let record = |record: &sockets::Record| {
        let text = record.to_string();
        let text = text.split_once(' ').map_or("", |(_, text)| text);
        let mut line = json!({"at_us": record.at, "text": text});
        let more = match &record.what {
            What::Entered(call) => {
                json!({"kind": "call", "call": call.id, "host": call.host, "arguments": call.op.to_json()})
            }
            What::Returned { call, took, .. } => json!({"kind": "returned", "call": call, "took_us": took}),
            What::State { socket, sample } => json!({"kind": "state", "socket": socket, "sample": sample}),
            What::Trace(Trace::Sent(transit)) => {
                let arrives = story.packets[packet].arrives;
                packet += 1;
                let octets = transit.datagram.emit().ok();
                let hex = octets.map(|packet| {
                    packet.octets().iter().map(|octet| format!("{octet:02x}")).collect::<String>()
                });
                json!({"kind": "sent", "packet": transit.packet.0, "link": transit.link.0, "from": transit.from,
                       "to": transit.to, "arrives_us": arrives, "octets": hex})
            }
            What::Trace(_) => json!({"kind": "trace"}),
            What::Notice(_) => json!({"kind": "notice"}),
            What::Gone(_) => json!({"kind": "gone"}),
        };
        if let (Json::Object(line), Json::Object(more)) = (&mut line, more) {
            line.extend(more);
        }
        line
    };
    let records: Vec<Json> = story.log().records().iter().map(record).collect();
    json!({"format": "tcp-lab", "version": 1, "scenario": scenario, "changes": changes, "hosts": hosts, "links": story.links, "records": records})
}

fn blob(kind: &str, octets: &[u8]) -> Option<String> {
    let parts = Array::of1(&Uint8Array::from(octets).into());
    let how = BlobPropertyBag::new();
    how.set_type(kind);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &how).ok()?;
    Url::create_object_url_with_blob(&blob).ok()
}

fn save(name: &str, kind: &str, octets: &[u8]) {
    if let Some(address) = blob(kind, octets) {
        follow(name, &address);
        let _ = Url::revoke_object_url(&address);
    }
}

fn follow(name: &str, address: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let anchor = document.and_then(|document| document.create_element("a").ok());
    if let Some(anchor) = anchor.and_then(|anchor| anchor.dyn_into::<HtmlAnchorElement>().ok()) {
        anchor.set_href(address);
        anchor.set_download(name);
        anchor.click();
    }
}

/// Browsers draw no larger canvas, in pixels of one side.
const LARGEST: f64 = 16_000.0;

fn save_image(name: String, svg: &str) {
    let Some(address) = blob("image/svg+xml", svg.as_bytes()) else { return };
    wasm_bindgen_futures::spawn_local(async move {
        if let Some(image) = drawn(&address).await {
            follow(&name, &image);
        }
        let _ = Url::revoke_object_url(&address);
    });
}

async fn drawn(address: &str) -> Option<String> {
    let image = HtmlImageElement::new().ok()?;
    image.set_src(address);
    wasm_bindgen_futures::JsFuture::from(image.decode()).await.ok()?;
    let (width, height) = (f64::from(image.natural_width()), f64::from(image.natural_height()));
    let scale = (LARGEST / width.max(height)).min(2.0);
    let canvas = web_sys::window()?.document()?.create_element("canvas").ok()?;
    let canvas = canvas.dyn_into::<HtmlCanvasElement>().ok()?;
    canvas.set_width((width * scale) as u32);
    canvas.set_height((height * scale) as u32);
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    context
        .draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width * scale, height * scale)
        .ok()?;
    canvas.to_data_url().ok().filter(|url| JsValue::from_str(url).is_truthy())
}
