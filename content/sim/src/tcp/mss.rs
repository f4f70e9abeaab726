//! How large a segment, a run of data and a burst may be (RFC 9293, 3.7.1; Linux's bursts).

use super::connection::Connection;

/// The largest burst in octets.
const LARGEST_BURST: u64 = 65_536;

impl Connection {
    /// Works the MSS out anew (RFC 9293, 3.7.1): the path's MTU and the peer's MSS, less the options of every segment, and never more
    /// than half the largest window that the peer ever had.
    pub(super) fn sync_mss(&mut self, profile: &crate::Profile) {
        let headers = if self.pair.remote.is_ipv4() { 40 } else { 60 };
        let fixed = if self.agreed.timestamps { 12 } else { 0 };
        let path = self.snd.mtu.saturating_sub(headers).min(65_495);
        let mss = path.min(u32::from(self.snd.mss_clamp)).max(profile.min_snd_mss) - fixed;
        self.snd.mss = self.at_most_half_the_window(mss, fixed).max(1) as u16;
    }

    pub(super) fn at_most_half_the_window(&self, octets: u32, fixed: u32) -> u32 {
        let largest = self.snd.max_wnd;
        let most = if largest > 536 { largest >> 1 } else { largest };
        if most > 0 && octets > most { most.max(68 - 20 - fixed) } else { octets }
    }

    /// The MSS for a segment that goes out now: SACK blocks take room as well.
    pub(super) fn current_mss(&self) -> u32 {
        let blocks = self.rcv.sack_blocks_to_send(&self.agreed) as u32;
        let taken = if blocks > 0 { 4 + 8 * blocks } else { 0 };
        u32::from(self.snd.mss).saturating_sub(taken).max(1)
    }

    /// How large a run of data may become: whole segments, at most half the peer's window.
    pub(super) fn run_limit(&self, mss: u32) -> u32 {
        let most = self.at_most_half_the_window(LARGEST_BURST as u32 - 1 - 320, 0);
        (most / mss).max(1) * mss
    }

    /// How many segments a burst may have: what the pacing rate gives in about a millisecond, more on short paths.
    pub(super) fn burst_segments(&self, mss: u32, profile: &crate::Profile) -> u32 {
        let mut octets = if self.snd.pacing_rate == 0 { LARGEST_BURST } else { self.snd.pacing_rate >> 10 };
        let least = self.rtt.least();
        if least != u32::MAX {
            let shift = u64::from(least) >> profile.tso_rtt_log;
            if shift < 32 {
                octets += LARGEST_BURST >> shift;
            }
        }
        let octets = octets.min(LARGEST_BURST - 1 - 320) as u32;
        (octets / mss).max(profile.min_tso_segs).max(1)
    }
}
