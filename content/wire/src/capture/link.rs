//! What stands before the internet header in a captured frame, by the link type of the capture.

/// The link types that this crate takes off; the numbers are those of the registry of link-layer header types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// 0 and 108: four octets with the address family, in the capturing host's or in network order.
    Loopback,
    /// 1: Ethernet, with or without VLAN tags.
    Ethernet,
    /// 101, 228 and 229, and 12 or 14 as older files have it: nothing.
    Raw,
    /// 113: Linux "cooked", 16 octets.
    Cooked,
    /// 276: Linux "cooked" version 2, 20 octets.
    Cooked2,
}

impl Link {
    /// By the link type's number.
    pub(super) const fn of(number: u32) -> Option<Link> {
        match number {
            0 | 108 => Some(Link::Loopback),
            1 => Some(Link::Ethernet),
            12 | 14 | 101 | 228 | 229 => Some(Link::Raw),
            113 => Some(Link::Cooked),
            276 => Some(Link::Cooked2),
            _ => None,
        }
    }

    /// Where the IP packet begins in a frame; `None` where it carries something else or ends before.
    pub(super) fn internet_at(self, frame: &[u8]) -> Option<usize> {
        let at = match self {
            Link::Raw => Some(0),
            Link::Loopback => {
                let family = frame.first_chunk::<4>()?;
                // AF_INET is 2 everywhere; AF_INET6 is 10, 24, 28 or 30 by operating system. Either order of octets.
                let family = u32::from_le_bytes(*family).min(u32::from_be_bytes(*family));
                matches!(family, 2 | 10 | 24 | 28 | 30).then_some(4)
            }
            Link::Ethernet => after_tags(frame, 12),
            Link::Cooked => after_tags(frame, 14),
            Link::Cooked2 => is_internet(frame, 0).then_some(20),
        }?;
        // The version says for sure.
        matches!(frame.get(at)? >> 4, 4 | 6).then_some(at)
    }
}

/// Where the frame's data begins if it is IP: after the EtherType at `at`, and after VLAN tags that stand before it.
fn after_tags(frame: &[u8], mut at: usize) -> Option<usize> {
    const CUSTOMER_TAG: [u8; 2] = [0x81, 0x00];
    const SERVICE_TAG: [u8; 2] = [0x88, 0xa8];
    while let CUSTOMER_TAG | SERVICE_TAG = *frame.get(at..)?.first_chunk::<2>()? {
        at += 4;
    }
    is_internet(frame, at).then_some(at + 2)
}

/// Whether the EtherType at `at` is IPv4 or IPv6.
fn is_internet(frame: &[u8], at: usize) -> bool {
    matches!(frame.get(at..at + 2), Some([0x08, 0x00] | [0x86, 0xdd]))
}
