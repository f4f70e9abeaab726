/// Over IPv4 (RFC 9293, 3.1; RFC 768).
pub mod v4;
/// Over IPv6 (RFC 8200, 8.1).
pub mod v6;
