//! How a reconnecting socket is made.

use std::rc::Rc;

use super::ReconnectingWebSocket;
use super::endpoint::Endpoint;
use super::greeting::{Greeter, Greeting};
use super::hub::{Hub, MAX_MATCHED, Matcher, Provision};
use super::probe::Probe;
use crate::driver::{Driver, TurnOn};
use crate::machine::{Config, Heartbeat, Machine, Phase, ProbeRule};
use crate::{BinaryType, ConstructorError, Message, MessageRef};

/// Makes a [`ReconnectingWebSocket`]: see [`ReconnectingWebSocket::builder`].
///
/// ```no_run
/// # fn run() -> Result<(), tautline::ConstructorError> {
/// use std::time::Duration;
/// use tautline::machine::{ClosePolicy, CloseAction, Config, Heartbeat};
/// use tautline::{MessageRef, ReconnectingWebSocket};
///
/// let socket = ReconnectingWebSocket::builder("wss://example.com/live")
///     .config(Config {
///         max_retries: Some(50),
///         close_policy: ClosePolicy::default().with(4401..=4401, CloseAction::Never),
///         ..Config::default()
///     })
///     .heartbeat(Heartbeat::default(), "ping", |message| message == MessageRef::Text("pong"))
///     .connect()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until it connects"]
pub struct Builder {
    config: Config,
    provision: Provision,
    /// What else of the machine is linked.
    turn_on: Option<TurnOn>,
    binary_type: Option<(BinaryType, SetBinaryType)>,
    start: bool,
}

type SetBinaryType = fn(&ReconnectingWebSocket, BinaryType);

impl Builder {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        let provision = Provision { endpoints: vec![endpoint], ..Provision::default() };
        Self { config: Config::default(), provision, turn_on: None, binary_type: None, start: true }
    }

    /// Another place to connect to. They are tried in turn, from a random one on; the next one after each attempt that failed, after a
    /// connection that did not last, and after the server has sent everybody away.
    pub fn endpoint(mut self, endpoint: impl Into<Endpoint>) -> Self {
        self.provision.endpoints.push(endpoint.into());
        self
    }

    /// All that can be chosen about staying connected. What the other methods set up goes before it, in whichever order they are called:
    /// the heartbeat, the handshake and the probe. The number of endpoints is counted. A heartbeat that sends something needs the message
    /// that [`heartbeat`](Self::heartbeat) gives: without that one is left out.
    ///
    /// It brings along the code of all that the configuration can ask for; who is content with the defaults does not call it.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self.turn_on = Some(Machine::turn_on);
        self
    }

    /// In which form binary messages arrive: the `binaryType` of every connection.
    pub fn binary_type(mut self, binary_type: BinaryType) -> Self {
        self.binary_type = Some((binary_type, ReconnectingWebSocket::set_binary_type));
        self
    }

    /// Looks for dead connections: sends this message when it has been quiet, and waits for anything to arrive. A fixed text can be answered
    /// by a server without waking an application.
    ///
    /// `reply` says which messages are the answer: they are measured as a round trip, and not handed on. Only messages of up to 1,024
    /// characters or bytes are asked about.
    pub fn heartbeat(
        mut self,
        rule: Heartbeat,
        message: impl Into<Message>,
        reply: impl Fn(MessageRef<'_>) -> bool + 'static,
    ) -> Self {
        self.provision.heartbeat = Some(rule.ping(true));
        let message = message.into();
        self.provision.ping = Some(Rc::new(move || message.clone().into()));
        self.provision.reply = Some(matcher(reply));
        self
    }

    /// Looks for dead connections by listening alone: the server has to send something within `interval` + `timeout`.
    pub fn watchdog(mut self, rule: Heartbeat) -> Self {
        self.provision.heartbeat = Some(rule.ping(false));
        self.provision.ping = None;
        self
    }

    /// A handshake of the application's own, after which a connection counts as up: to send a token and await the welcome. Until it is
    /// done `readyState` is CONNECTING, and what is sent is queued. An `Err` is a failed attempt, and so is one that takes longer than
    /// [`Config::handshake_timeout`]; then its future is dropped.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), tautline::ConstructorError> {
    /// use tautline::{Greeting, ReconnectingWebSocket};
    ///
    /// let socket = ReconnectingWebSocket::builder("wss://example.com/live")
    ///     .handshake(|mut greeting: Greeting| async move {
    ///         greeting.send("token …").map_err(|_| ())?;
    ///         if greeting.next().await.as_text() == Some("welcome") { Ok(()) } else { Err(()) }
    ///     })
    ///     .connect()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn handshake<F, E>(mut self, greet: impl Fn(Greeting) -> F + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + 'static,
    {
        self.provision.greet = Some(Rc::new(Greeter::new(greet)));
        self
    }

    /// Asks in the place of an attempt, now and then, whether another is of any use: so that a bad token is not tried for ever.
    pub fn probe(mut self, rule: ProbeRule, probe: Probe) -> Self {
        self.provision.probe = Some((rule, probe));
        self.turn_on.get_or_insert(Machine::turn_on_probing);
        self
    }

    /// Says by which message the server asks for the connection to be replaced, since it is about to go. Another one is opened beside it and
    /// takes over. The message is handed on too. Only messages of up to 1,024 characters or bytes are asked about.
    pub fn drain_on(mut self, asks: impl Fn(MessageRef<'_>) -> bool + 'static) -> Self {
        let asks = matcher(asks);
        self.provision.drain = Some(Rc::new(move |driver, payload| {
            if asks(payload) {
                driver.try_act(Machine::drain);
            }
        }));
        self
    }

    /// Does not connect until [`reconnect`](ReconnectingWebSocket::reconnect) is called. What is sent before is queued.
    pub fn start_closed(mut self) -> Self {
        self.start = false;
        self
    }

    /// Makes the socket, which begins to connect.
    ///
    /// # Errors
    /// As [`WebSocket::new`](crate::WebSocket::new), where the URL and the subprotocols are values: what a function gives later is looked at
    /// when it is there, and a bad one is a failed attempt.
    pub fn connect(self) -> Result<ReconnectingWebSocket, ConstructorError> {
        if cfg!(not(all(target_arch = "wasm32", target_os = "unknown"))) {
            return Err(ConstructorError::Unsupported);
        }
        let Self { mut config, provision, turn_on, binary_type, start } = self;
        provision.endpoints.iter().try_for_each(Endpoint::check)?;
        provision.complete(&mut config);
        let driver = Driver::new(config, turn_on, |this| Hub::new(this, provision));
        let socket = ReconnectingWebSocket::owner(driver);
        if let Some((binary_type, set)) = binary_type {
            set(&socket, binary_type);
        }
        socket.driver.watch_page();
        if start {
            socket.driver.try_act(Machine::connect);
        }
        // The browser's constructor may have thrown at once.
        match socket.driver.constructor_error() {
            Some(error) if socket.phase() == Phase::Closed => Err(error),
            _ => Ok(socket),
        }
    }
}

fn matcher(matches: impl Fn(MessageRef<'_>) -> bool + 'static) -> Matcher {
    Rc::new(move |payload| payload.length() <= MAX_MATCHED && payload.data().is_ok_and(&matches))
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("endpoints", &self.provision.endpoints)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
