//! Capture files: pcapng out, pcapng and pcap in, as Wireshark, tcpdump and tshark write and read them.
//!
//! ```text
//!   Writer --packet(...)--> octets of a .pcapng file          link type RAW: each packet begins with its internet header
//!   octets of any capture --read--> Capture { packets }       link headers taken off, times in microseconds
//!   pieces of a large one --Reader--> Frame, Frame, ...       the same, one by one
//!   octets of a packet --glance--> addresses, ports, flags    cheap, and possible where a packet was cut off
//! ```
//!
//! Files are octets here: nothing is opened, and no clock is asked. A file that is cut off or broken gives what comes before the
//! break, and says at which octet it is and why.

mod glance;
mod link;
mod read;
mod reader;
mod write;

pub use glance::{Carried, Glance, TcpGlance, glance};
pub use read::{Break, Capture, Captured, Interface, Why, read};
pub use reader::{Frame, Reader, Step};
pub use write::{Interface as WrittenInterface, Writer};

#[cfg(test)]
mod tests;
