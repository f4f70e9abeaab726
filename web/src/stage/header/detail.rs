//! What stands beside the picture: everything about the field that is pointed at or picked, and where there is none, what the packet
//! says, in sentences.

use super::around::Around;
use super::says::readers;
use super::sheet::{Cell, Kind, Sheet, Tone};
use wire::fields::{Field, Header, tcp};
use wire::{Packet, Seq};
use yew::prelude::*;

/// The cells that carry what the packet says: what every segment has, and what is set in this one.
pub fn telling(sheet: &Sheet) -> Vec<usize> {
    let is_tcp = sheet.packet.find(Header::Tcp).is_some();
    let tells = |cell: &Cell| match cell.kind {
        Kind::Field(field) if field.header == Header::Tcp => match field.name {
            "sequence number" | "window" | "checksum" => true,
            "acknowledgment number" => sheet.packet.get(&tcp::ACK) == Some(1),
            "urgent pointer" => sheet.packet.get(&tcp::URG) == Some(1),
            "data offset" | "source port" | "destination port" | "reserved" => false,
            _ => matches!(cell.tone, Tone::Flag(_)),
        },
        Kind::Field(field) => !is_tcp && !matches!(field.header, Header::Ipv4 | Header::Ipv6),
        Kind::Option(_) => {
            !matches!(cell.label.as_str(), "length" | "nop" | "padding") && cell.width > 8
                || cell.label == "sackOK"
                || cell.label == "shift"
        }
        Kind::Data => true,
        Kind::Octets => false,
    };
    (0..sheet.cells.len()).filter(|&place| tells(&sheet.cells[place])).collect()
}

/// Where a field's value comes from and who acts on it: "Set by the sender; read by the receiver's TCP."
pub fn parties(field: &Field) -> String {
    let setters: Vec<String> = field.set_by.iter().map(ToString::to_string).collect();
    format!("Set by {}; read by {}.", setters.join(" and "), readers(field))
}

/// Both ways of writing a sequence number, where a cell is one.
pub fn both(packet: &Packet, cell: &Cell, around: &Around) -> Option<(u32, u32)> {
    let field = cell.field()?;
    let absolute = Seq(packet.get(field)? as u32);
    let base = match field.name {
        "sequence number" => around.bases.0,
        "acknowledgment number" if packet.get(&tcp::ACK) == Some(1) => around.bases.1,
        _ => return None,
    };
    Some((absolute.since(base), absolute.0))
}

/// Everything about one cell.
pub fn draw(sheet: &Sheet, cell: &Cell, around: &Around) -> Html {
    let (title, meaning, source) = match cell.kind {
        Kind::Field(field) => (field.header.to_string(), field.meaning, field.source),
        Kind::Option(Some(row)) => (format!("TCP option {}", row.kind), row.meaning, row.source),
        Kind::Option(None) => ("TCP option".to_owned(), "", "RFC 9293, 3.1"),
        Kind::Data | Kind::Octets => (String::new(), "", ""),
    };
    let label = if cell.label == cell.name || cell.field().is_some() {
        String::new()
    } else {
        format!(", {}", cell.label)
    };
    let decimal = match both(&sheet.packet, cell, around) {
        Some((relative, absolute)) => format!("{relative} counted from the SYN, {absolute} in the header"),
        None => match sheet.number(cell) {
            Some(value) if value.to_string() != cell.value && cell.width <= 32 => {
                format!("{} = {value}", cell.value)
            }
            _ => cell.value.clone(),
        },
    };
    // A window counts octets only after it is shifted, and a sequence number is a number among octets.
    let mere = ["sequence number", "acknowledgment number", "window"].contains(&cell.name);
    let unit = cell.field().filter(|_| !mere).map_or("", |field| field.unit);
    let short = cell.width <= 128;
    html! {
        <div class="hd-detail">
            <h3>{ cell.name }{ label }<span class="hd-soft">{ format!(" {title}") }</span></h3>
            <p class="hd-says">{ &cell.says }</p>
            <dl>
                <dt>{ "value" }</dt><dd>{ decimal }{ " " }{ unit }</dd>
                if short {
                    <dt>{ "hex" }</dt><dd>{ sheet.hex(cell) }</dd>
                    <dt>{ "bits" }</dt><dd>{ sheet.binary(cell) }</dd>
                }
                <dt>{ "where" }</dt><dd>{ place(cell) }</dd>
            </dl>
            if !meaning.is_empty() { <p class="hd-meaning">{ meaning }</p> }
            if let Kind::Field(field) = cell.kind { <p class="hd-soft">{ parties(field) }</p> }
            if !source.is_empty() { <p class="hd-soft">{ source }</p> }
        </div>
    }
}

/// Where a cell lies in the packet.
fn place(cell: &Cell) -> String {
    let octets = cell.octets();
    let bits = if cell.width.is_multiple_of(8) && cell.bit.is_multiple_of(8) {
        String::new()
    } else if cell.width == 1 {
        format!(", bit {}", cell.bit % 8)
    } else {
        format!(", {} bits from bit {}", cell.width, cell.bit % 8)
    };
    match octets.len() {
        1 => format!("octet {}{bits}", octets.start),
        2 => format!("octets {} and {}{bits}", octets.start, octets.end - 1),
        _ => format!("octets {} to {}{bits}", octets.start, octets.end - 1),
    }
}

/// What the packet says, one line for each telling cell.
pub fn overview(sheet: &Sheet, over: &Callback<Option<usize>>) -> Html {
    let line = |place: usize| {
        let cell = &sheet.cells[place];
        let (bit, enter, leave) = (cell.bit, over.clone(), over.clone());
        let name = match cell.kind {
            Kind::Option(_) if cell.width > 8 && !cell.label.contains(' ') => {
                format!("{} {}", cell.name, cell.label)
            }
            _ => cell.name.to_owned(),
        };
        html! {
            <li
                onmouseenter={Callback::from(move |_| enter.emit(Some(bit)))}
                onmouseleave={Callback::from(move |_| leave.emit(None))}
            ><b>{ name }</b>{ " " }{ &cell.says }</li>
        }
    };
    html! { <ul class="hd-overview">{ for telling(sheet).into_iter().map(line) }</ul> }
}
