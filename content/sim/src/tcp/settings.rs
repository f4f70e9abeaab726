//! The options of a TCP socket (tcp(7), socket(7)): what setsockopt gave, before and after there is a connection.

use crate::Profile;
use sockets::{Errno, OptionName, OptionValue};

/// The options of a TCP socket. A connection that accept returns inherits those of the listening socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// SO_REUSEADDR.
    pub reuse_addr: bool,
    /// IPV6_V6ONLY.
    pub v6_only: bool,
}

impl Settings {
    /// As socket(2) makes them.
    pub fn new(profile: &Profile) -> Settings { todo!() }
    /// For a socket without a connection. SO_ERROR, SO_TYPE, SO_ACCEPTCONN are the host's.
    ///
    /// # Errors
    /// EINVAL, EDOM, ENOENT, ENOPROTOOPT as Linux has them.
    pub fn set(&mut self, option: OptionName, value: &OptionValue, profile: &Profile) -> Result<(), Errno> { todo!() }
    /// # Errors
    /// ENOPROTOOPT.
    pub fn get(&self, option: OptionName, profile: &Profile) -> Result<OptionValue, Errno> { todo!() }
}
