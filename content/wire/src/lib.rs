//! What travels: internet datagrams that carry TCP, UDP or ICMP, as octets and as sense.
//!
//! ```text
//!   Packet (any octets)  --parse-->  Datagram (only what makes sense)  --emit-->  octets
//!                                      |- Segment        TCP, RFC 9293
//!                                      |- UserDatagram   UDP, RFC 768
//!                                      '- IcmpMessage    ICMP, RFC 792 and RFC 4443
//! ```
//!
//! The crate knows formats and arithmetic. It knows no connection, no state, no time, no socket: whether a segment is
//! acceptable is not its question.

pub mod capture;
pub mod checksum;
mod datagram;
pub mod fields;
mod flags;
mod notation;
mod options;
mod packet;
mod seq;

pub use datagram::{Datagram, Ecn, IcmpMessage, Internet, Segment, Unreachable, UserDatagram};
pub use flags::Flags;
pub use notation::Relative;
pub use options::{Options, OptionsFull, SackBlock, Sacks, TcpOption};
pub use packet::{Malformed, Must, OptionFault, Packet, Quotation, Unsayable, WrongChecksum};
pub use seq::Seq;
