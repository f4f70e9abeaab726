//! A capture for a reader who has none: what the engine's links carried in some scenarios of the gallery, as one pcapng file with a
//! section for each. It is made when it is asked for.

use lab::{Scenario, exhibit_text, run};
use sockets::LinkId;

/// Those that show something in a table of streams; one that the gallery does not have is left out.
const SCENARIOS: &[&str] = &[
    "handshake",
    "refused",
    "fast-retransmit-sack",
    "fast-retransmit",
    "loss-rto",
    "loss-and-rto",
    "reordering",
    "zero-window",
    "half-close",
    "rst-unread",
    "rst-unread-data",
    "slow-start",
];

/// What the sample's file is called.
pub const NAME: &str = "sample.pcapng";

/// The file.
pub fn sample() -> Vec<u8> {
    let mut file = Vec::new();
    for id in SCENARIOS {
        let Some(scenario) = exhibit_text(id).and_then(|text| Scenario::parse(text).ok()) else { continue };
        let Ok(run) = run(&scenario) else { continue };
        let links: Vec<String> = scenario.world.links.iter().map(|link| link.name.clone()).collect();
        // One place sees each packet once.
        file.extend(sim::world::capture(&run.log, &links, Some(LinkId(0))));
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_streams() {
        let mut survey = lab::capture::Survey::new();
        survey.feed(&sample());
        let listing = survey.end();
        assert_eq!(listing.broken, None);
        assert!(!listing.streams.is_empty());
    }
}
