//! The command line: what it takes, and what each option opens.

use clap::Parser;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Serves TCP Lab to the browser on this computer, and turns the page's socket calls into real sockets here.
#[derive(Clone, Debug, Parser)]
#[command(name = "bridge", version, after_help = AFTER)]
pub struct Args {
    /// Port on 127.0.0.1 (and ::1); 0 takes any that is free
    #[arg(long, value_name = "PORT", default_value_t = 8765)]
    pub port: u16,

    /// Do not open the browser
    #[arg(long)]
    pub no_open: bool,

    /// Serve the site from this directory instead of the one inside this program
    #[arg(long, value_name = "DIR")]
    pub site: Option<PathBuf>,

    /// Let sockets connect to a service of your own on this computer, by its port: 8000, or 127.0.0.1:8000 for one address
    /// alone; may be given several times. (Ports that the page itself binds need no leave.)
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = Allow::parse)]
    pub allow: Vec<Allow>,

    /// Let programs use this host name; the addresses behind it must still be allowed. May be given several times
    /// (localhost and this computer's own name need no leave)
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub allow_host: Vec<String>,

    /// Let sockets reach private addresses (10.*, 172.16-31.*, 192.168.*, 100.64-127.*, 198.18-19.*, fc00::/7), and let them
    /// bind to all interfaces, where others on your network reach them
    #[arg(long)]
    pub allow_lan: bool,

    /// Let sockets reach public addresses on the internet
    #[arg(long)]
    pub allow_net: bool,

    /// Let pages of this origin use the bridge too, if they have the token: https://example.org. Exactly this origin, no
    /// patterns; may be given several times
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub allow_origin: Vec<String>,

    /// Accept programs that send no Origin (no browser leaves it out), if they have the token
    #[arg(long)]
    pub cli: bool,

    /// What to log: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log: String,

    /// Most open sockets of one page
    #[arg(long, value_name = "COUNT", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub max_sockets: u16,
}

const AFTER: &str = "The bridge listens on this computer alone and admits a page only with the token in the address that it \
prints at each start; keep that address to yourself. Sockets connect to ports that the page itself bound, and to nothing \
else unless an option above says so. Link-local, multicast and cloud-metadata addresses are always refused.";

/// A place on loopback that sockets may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allow {
    /// The only address, or any of loopback.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
}

impl Allow {
    /// Reads `8000`, `127.0.0.1:8000` or `[::1]:8000`.
    ///
    /// # Errors
    /// Anything else, port 0, and addresses that are not loopback.
    pub fn parse(text: &str) -> Result<Allow, String> {
        let allow = match (text.parse::<u16>(), text.parse::<SocketAddr>()) {
            (Ok(port), _) => Allow { address: None, port },
            (_, Ok(address)) => Allow { address: Some(address.ip().to_canonical()), port: address.port() },
            _ => return Err(
                "write a port, such as 8000, or an address and a port, such as 127.0.0.1:8000 or [::1]:8000"
                    .into(),
            ),
        };
        if allow.port == 0 {
            return Err("ports go from 1 to 65535".into());
        }
        match allow.address {
            Some(address) if !address.is_loopback() => Err(format!(
                "{address} is not an address of this computer's loopback: for other hosts there are --allow-lan and --allow-net"
            )),
            _ => Ok(allow),
        }
    }

    /// Whether it covers this address.
    pub fn covers(&self, address: SocketAddr) -> bool {
        self.port == address.port() && self.address.is_none_or(|only| only == address.ip())
    }
}

fn host_name(text: &str) -> Result<String, String> {
    match sockets::Host::parse(text) {
        Ok(sockets::Host::Name(name)) => Ok(name),
        Ok(_) => {
            Err("this is not a name: addresses need no --allow-host, but --allow-lan or --allow-net".into())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// An origin as browsers write it (RFC 6454, 6.2): scheme, host, port if it is not the scheme's own, nothing after it.
fn origin(text: &str) -> Result<String, String> {
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['/', '*', '?', '#', '@', ' ', ',', '\\']) => Ok(lower),
        _ => Err("write an origin as the browser does: https://example.org, without a path and without a slash at its end".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_strictly() {
        assert_eq!(Allow::parse("8000"), Ok(Allow { address: None, port: 8000 }));
        assert!(
            Allow::parse("[::1]:8000")
                .is_ok_and(|allow| allow.covers(([0, 0, 0, 0, 0, 0, 0, 1], 8000).into()))
        );
        for wrong in ["0", "70000", "192.168.0.1:80", "localhost:80", "127.1:80", ""] {
            assert!(Allow::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(origin("HTTPS://Example.org"), Ok("https://example.org".into()));
        for wrong in ["*", "null", "https://a.org/", "https://*.a.org", "a.org", "https://", "ftp://a.org"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
