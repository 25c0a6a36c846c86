//! What a channel is opened with.

use std::rc::Rc;

use super::handle::Channel;
use super::link::{Link, Provider};
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
    provider: Option<Rc<Provider>>,
    config: Config,
    start: Option<Position>,
    remembers: bool,
}

impl Builder {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), provider: None, config: Config::default(), start: None, remembers: true }
    }

    /// Asks for the URL before each connection and each question, for a token that expires, say. It has to lead to the same channel. The
    /// builder's own URL is only checked, and names what is remembered.
    ///
    /// ```no_run
    /// # fn token() -> String { String::new() }
    /// use tautline::channel::Channel;
    ///
    /// let url = "https://example.com/channel/news";
    /// let channel = Channel::builder(url).url(move || format!("{url}?token={}", token())).open()?;
    /// # Ok::<(), tautline::ConstructorError>(())
    /// ```
    pub fn url(mut self, provider: impl Fn() -> String + 'static) -> Self {
        self.provider = Some(Rc::new(provider));
        self
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
        let link = Link::new(self.url, self.provider, self.config, self.start, self.remembers);
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
