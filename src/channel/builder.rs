//! What a channel is opened with.

use super::handle::Channel;
use super::link::Link;
use super::machine::{Config, Position};
use crate::{ConstructorError, RedactedUrl};

/// Options of a channel: see [`Channel::builder`].
///
/// ```no_run
/// use tautline::channel::{Channel, Config, Kind};
///
/// let config = Config { transports: vec![Kind::WebSocket, Kind::LongPolling], ..Config::default() };
/// let channel = Channel::builder("wss://example.com/channel/news").config(config).open()?;
/// # Ok::<(), tautline::ConstructorError>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until it opens a channel"]
pub struct Builder {
    url: String,
    config: Config,
    start: Option<Position>,
    remembers: bool,
}

impl Builder {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), config: Config::default(), start: None, remembers: true }
    }

    /// How it behaves.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Goes on after this position. Default: only what is new.
    pub fn start_at(mut self, position: Position) -> Self {
        self.start = Some(position);
        self
    }

    /// Whether the transport that works is remembered for the next visit, in the page's `localStorage`, for a day. Default: yes.
    pub fn remember(mut self, remembers: bool) -> Self {
        self.remembers = remembers;
        self
    }

    /// Opens the channel.
    ///
    /// # Errors
    /// As [`Channel::new`].
    pub fn open(self) -> Result<Channel, ConstructorError> {
        if !crate::transport::check_url(&self.url) {
            return Err(ConstructorError::InvalidUrl { url: RedactedUrl::new(&self.url) });
        }
        let link = Link::new(self.url, self.config, self.start, self.remembers);
        let channel = Channel::from_link(link);
        channel.link().begin();
        Ok(channel)
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = RedactedUrl::new(&self.url);
        f.debug_struct("Builder").field("url", &url).field("config", &self.config).finish_non_exhaustive()
    }
}
