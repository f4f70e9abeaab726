//! Which streams a table shows, and in which order. Plain data.

use super::words;
use lab::capture::{Listing, Stream};

/// By what streams are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Retransmissions and out-of-order segments, then length: where there is something to see stands first.
    #[default]
    Trouble,
    /// The number, which is the order of their first segments.
    Number,
    /// The first end's address.
    Left,
    /// The second end's address.
    Right,
    /// How they begin.
    Opening,
    /// How they end.
    Closing,
    /// When they begin.
    Start,
    /// How long they last.
    Duration,
    /// Segments both ways.
    Packets,
    /// Octets both ways.
    Octets,
    /// Retransmissions.
    Again,
    /// Out-of-order segments.
    Late,
}

impl By {
    /// Whether the largest stands first, unless the order is turned.
    pub const fn is_largest_first(self) -> bool {
        matches!(self, By::Trouble | By::Duration | By::Packets | By::Octets | By::Again | By::Late)
    }
}

/// An order, and whether it is turned round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: By,
    /// The other way: largest first becomes smallest first.
    pub turned: bool,
}

impl Order {
    /// After a click on a column: that column, or the other way round.
    pub fn after_click(self, by: By) -> Order {
        Order { by, turned: self.by == by && !self.turned }
    }
}

/// The streams to show, as places in the listing.
pub fn rows(listing: &Listing, filter: &str, order: Order) -> Vec<usize> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let streams = &listing.streams;
    let mut places: Vec<usize> =
        (0..streams.len()).filter(|&place| words.is_empty() || matches(listing, place, &words)).collect();
    let large = |number: u64| u64::MAX - number;
    let one = |place: &usize| &streams[*place];
    match order.by {
        By::Trouble => {
            places.sort_by_key(|place| (large(one(place).trouble()), large(one(place).all_packets())))
        }
        By::Number => {}
        By::Left => places.sort_by_key(|place| one(place).ends[0]),
        By::Right => places.sort_by_key(|place| one(place).ends[1]),
        By::Opening => places.sort_by_key(|place| one(place).opening),
        By::Closing => places.sort_by_key(|place| one(place).closing),
        By::Start => places.sort_by_key(|place| one(place).first),
        By::Duration => places.sort_by_key(|place| large(one(place).last - one(place).first)),
        By::Packets => places.sort_by_key(|place| large(one(place).all_packets())),
        By::Octets => places.sort_by_key(|place| large(one(place).all_octets())),
        By::Again => places.sort_by_key(|place| large(one(place).again.iter().sum())),
        By::Late => places.sort_by_key(|place| large(one(place).late.iter().sum())),
    }
    if order.turned {
        places.reverse();
    }
    places
}

fn matches(listing: &Listing, place: usize, words: &[String]) -> bool {
    let text = text_of(listing, place, &listing.streams[place]).to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}

/// What a filter looks at.
fn text_of(listing: &Listing, place: usize, stream: &Stream) -> String {
    let interface = listing.interfaces.get(stream.interface as usize).map_or("", String::as_str);
    let [left, right] = stream.ends;
    let (begins, ends) = (words::opening(stream.opening), words::closing(stream.closing));
    let mut text = format!("{} {left} {right} {begins} {ends} {interface}", place + 1);
    if stream.again != [0; 2] {
        text.push_str(" retransmission");
    }
    if stream.late != [0; 2] {
        text.push_str(" out of order");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab::capture::{Closing, Opening};

    fn listing() -> Listing {
        let stream = |port: u16, packets: u64, again: u64, closing| Stream {
            interface: 0,
            ends: [([192, 0, 2, 1], port).into(), ([198, 51, 100, 2], 443).into()],
            opening: Opening::Handshake,
            closing,
            packets: [packets, 0],
            octets: [0; 2],
            again: [again, 0],
            late: [0; 2],
            copies: 0,
            first: u64::from(port),
            last: 70_000,
        };
        let streams = vec![
            stream(50_000, 5, 0, Closing::Open),
            stream(40_000, 3, 2, Closing::Fins),
            stream(41_000, 9, 0, Closing::Reset(1)),
        ];
        Listing { streams, interfaces: vec!["eth0".to_owned()], ..Listing::default() }
    }

    #[test]
    fn what_is_notable_stands_first_until_somebody_orders_otherwise() {
        let listing = listing();
        let by = |by, turned| rows(&listing, "", Order { by, turned });
        assert_eq!(by(By::Trouble, false), [1, 2, 0]);
        assert_eq!(by(By::Number, true), [2, 1, 0]);
        assert_eq!(by(By::Start, false), [1, 2, 0]);
        assert_eq!(by(By::Duration, true), [0, 2, 1]);
        assert_eq!(by(By::Packets, false), [2, 0, 1]);
        assert_eq!(by(By::Left, false), [1, 2, 0]);
        assert_eq!(by(By::Again, false), [1, 0, 2]);
        let order = Order::default().after_click(By::Packets);
        assert_eq!((order.turned, order.after_click(By::Packets).turned), (false, true));
        assert!(!order.after_click(By::Packets).after_click(By::Octets).turned);
    }

    #[test]
    fn every_word_of_a_filter_must_be_found() {
        let listing = listing();
        let found = |filter| rows(&listing, filter, Order { by: By::Number, turned: false });
        assert_eq!(found("443"), [0, 1, 2]);
        assert_eq!(found(":41000 RST"), [2]);
        assert_eq!(found("retransmission"), [1]);
        assert_eq!(found("eth0 fin 50000"), [0_usize; 0]);
    }
}
