//! Where to connect.

use std::fmt;
use std::time::Duration;

use crate::endpoint::add_protocol;
use crate::{InvalidProtocol, RedactedUrl};

/// Where an attempt is to connect: a URL, and the subprotocols to ask for.
///
/// ```
/// use std::time::Duration;
/// use tautline::Target;
///
/// let token = "…";
/// let target = Target::new(format!("wss://example.com/live?token={token}"))
///     .protocol("live.v1")
///     .valid_for(Duration::from_secs(300));
/// assert_eq!(format!("{target:?}"), "Target(wss://example.com/live?…, 1 subprotocols)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    pub(crate) url: String,
    /// As the transport takes them. They are checked here, and what is wrong with them is said when they are used.
    pub(crate) protocols: Result<String, InvalidProtocol>,
    pub(crate) valid_for: Option<Duration>,
}

impl Target {
    /// A URL, as [`WebSocket::new`](crate::WebSocket::new) takes it.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), protocols: Ok(String::new()), valid_for: None }
    }

    /// Asks for a subprotocol too. The best comes first.
    #[must_use]
    pub fn protocol(mut self, protocol: impl Into<String>) -> Self {
        if let Ok(list) = &self.protocols {
            self.protocols = add_protocol(list, &protocol.into());
        }
        self
    }

    /// How long this answer may be used again without asking for another: so that many attempts are no storm on the service which hands
    /// out tokens. Default: for one attempt.
    #[must_use]
    pub fn valid_for(mut self, duration: Duration) -> Self {
        self.valid_for = Some(duration);
        self
    }
}

impl From<&str> for Target {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for Target {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

impl fmt::Debug for Target {
    /// Writes the redacted URL, and how many subprotocols there are: one of them may be a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = RedactedUrl::new(&self.url);
        match &self.protocols {
            Ok(list) => {
                let protocols = list.split(',').filter(|protocol| !protocol.is_empty()).count();
                write!(f, "Target({url}, {protocols} subprotocols)")
            }
            Err(_) => write!(f, "Target({url}, wrong subprotocols)"),
        }
    }
}
