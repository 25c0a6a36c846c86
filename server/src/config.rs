//! What a server is told when it starts.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use crate::channel;

/// The settings of a [`Server`](crate::Server).
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on. With the default, 127.0.0.1, the server also tries the same port of `[::1]`, since `localhost` may
    /// mean either; it makes do without.
    pub host: IpAddr,
    /// The port; 0 lets the system choose one. Default: 8080.
    pub port: u16,
    /// The folder whose files are served. Default: none.
    pub static_dir: Option<PathBuf>,
    /// How many TCP connections may be open at once, WebSockets included. One more is answered 503. Default: 2,000.
    pub max_connections: usize,
    /// How long the head of a request may take to arrive, and a connection may idle between requests. Default: 10 seconds.
    pub head_timeout: Duration,
    /// How `/channel/{name}` is served.
    pub channel: channel::Settings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 8080,
            static_dir: None,
            max_connections: 2_000,
            head_timeout: Duration::from_secs(10),
            channel: channel::Settings::default(),
        }
    }
}
