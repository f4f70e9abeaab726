//! What the worker calls: a survey of a file that comes in pieces, and the packets of one stream. `web/src/bin/studio.rs` exports it.
//!
//! Offsets are `f64`, JavaScript's only number that holds the size of every file.

use lab::capture::{Extract, Span, Survey};

/// A file that is being gone through.
#[derive(Debug, Default)]
pub struct CaptureSurvey(Survey);

/// One stream's packets, which are being collected.
pub struct CaptureExtract {
    spans: Vec<Span>,
    extract: Option<Extract>,
}

impl CaptureSurvey {
    /// Takes the next octets; whether it makes sense to go on.
    pub fn feed(&mut self, octets: &[u8]) -> bool {
        self.0.feed(octets)
    }

    /// How many streams there are so far.
    pub fn streams(&self) -> u32 {
        self.0.streams() as u32
    }

    /// The file has ended: its [`lab::capture::Listing`] as JSON.
    pub fn end(&mut self) -> String {
        serde_json::to_string(&self.0.end()).expect("a listing is plain data with text for keys")
    }

    /// Begins to collect a stream's packets. A stream that is not there has none.
    pub fn extract(&self, stream: u32) -> CaptureExtract {
        let (spans, extract) = self
            .0
            .extract(stream as usize)
            .map_or((Vec::new(), None), |(spans, extract)| (spans, Some(extract)));
        CaptureExtract { spans, extract }
    }
}

impl CaptureExtract {
    /// How many parts of the file have packets of the stream.
    pub fn parts(&self) -> u32 {
        self.spans.len() as u32
    }

    /// A part's first octet in the file.
    pub fn from(&self, part: u32) -> f64 {
        self.spans.get(part as usize).map_or(0.0, |span| span.from as f64)
    }

    /// The octet after its last.
    pub fn to(&self, part: u32) -> f64 {
        self.spans.get(part as usize).map_or(0.0, |span| span.to as f64)
    }

    /// Takes a part's octets; whether more parts are wanted.
    pub fn take(&mut self, part: u32, octets: &[u8]) -> bool {
        match (self.spans.get(part as usize), &mut self.extract) {
            (Some(span), Some(extract)) => extract.take(span, octets),
            _ => false,
        }
    }

    /// The packets as a pcapng file.
    pub fn finish(&mut self) -> Vec<u8> {
        self.extract.take().map(Extract::finish).unwrap_or_default()
    }
}
