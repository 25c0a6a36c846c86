//! The channel as the application holds it.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::Builder;
use super::link::Link;
use super::machine::{Cause, Kind, Machine, MessageId, Phase, Position, SendError};
use super::sending::Confirmed;
use crate::{ConstructorError, Message};

/// A channel: messages in both directions that arrive once and in order, or whose loss is told, across dropped connections and whatever
/// carries them: WebSocket, Server-Sent Events, long polling or polling.
///
/// The server has to speak the protocol of PROTOCOL.md. Handles are cheap to clone; the channel ends with [`close`](Self::close), or when
/// its last handle and its last stream are dropped.
///
/// Native targets have the same type, inert: every transport is missing there, and so the channel ends at once.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use tautline::channel::{Channel, Item};
///
/// let channel = Channel::new("https://example.com/channel/news")?;
/// let mut messages = channel.messages();
/// channel.send("hello")?;
/// while let Some(item) = messages.next().await {
///     match item {
///         Item::Message { offset, message } => println!("{offset}: {message:?}"),
///         // The history did not reach back far enough: ask for the state as a whole.
///         Item::Missed(gap) => println!("missed: {gap:?}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Channel {
    pub(super) handle: Rc<Handle>,
}

/// The last one ends the channel.
pub(super) struct Handle(pub(super) Rc<Link>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Channel {
    /// Opens a channel with default options. `url` is the channel's, with any of the schemes http, https, ws and wss, or relative to the
    /// page.
    ///
    /// # Errors
    /// [`ConstructorError::InvalidUrl`] for what is no URL. Whatever happens later is told by [`events`](Self::events).
    pub fn new(url: &str) -> Result<Self, ConstructorError> {
        Self::builder(url).open()
    }

    /// A channel with options of your own.
    pub fn builder(url: &str) -> Builder {
        Builder::new(url)
    }

    pub(super) fn from_link(link: Rc<Link>) -> Self {
        Self { handle: Rc::new(Handle(link)) }
    }

    pub(super) fn link(&self) -> &Rc<Link> {
        &self.handle.0
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.link().phase()
    }

    /// The transport that it runs over, or would.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.link().look(|machine| Some(machine.kind())).unwrap_or(Kind::WebSocket)
    }

    /// The last message that was delivered: where [`Builder::start_at`] goes on, in another visit perhaps.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.link().look(|machine| machine.position().cloned())
    }

    /// How many messages, and how many bytes of them, are sent and not acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> (usize, usize) {
        self.link().look(Machine::unacknowledged)
    }

    /// How many messages came twice and were dropped: no more than what two transports had in common while one took over from the other.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.link().look(Machine::repeated)
    }

    /// Sends a message, now or once there is a connection. It is kept until the server has acknowledged it.
    ///
    /// # Errors
    /// [`SendError`]: the channel is closed, or there is no room. The message is not sent then.
    pub fn send(&self, message: impl Into<Message>) -> Result<MessageId, SendError> {
        let message = message.into();
        if self.link().has_ended() {
            return Err(SendError::Closed);
        }
        self.link().act(|machine, _| Some(machine.send(message))).unwrap_or(Err(SendError::Closed))
    }

    /// Sends a message, and follows it: the future says what has become of it.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_confirmed(&self, message: impl Into<Message>) -> Result<Confirmed, SendError> {
        let id = self.send(message)?;
        Ok(Confirmed::new(self.link(), id))
    }

    /// Takes no more messages, waits until those that were sent are acknowledged, for
    /// [`close_timeout`](super::Config::close_timeout) at most, and ends.
    pub fn close(&self) {
        self.link().act(Machine::close);
    }

    /// Tries at once, or begins again after the end.
    pub fn reconnect(&self) {
        self.link().closed.set(None);
        self.link().act(Machine::reconnect);
    }

    /// Waits until it is up.
    ///
    /// # Errors
    /// Why it has ended instead.
    pub fn opened(&self) -> Opened {
        Opened { channel: self.clone(), wait: None }
    }
}

impl std::fmt::Debug for Channel {
    /// Without the URL, which may have secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel").field("phase", &self.phase()).field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// Waits until a channel is up: see [`Channel::opened`].
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Opened {
    channel: Channel,
    wait: Option<u64>,
}

impl Future for Opened {
    type Output = Result<Kind, Cause>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let channel = self.channel.clone();
        if channel.phase() == Phase::Up {
            return Poll::Ready(Ok(channel.kind()));
        }
        if let Some(cause) = channel.link().closed.get() {
            return Poll::Ready(Err(cause));
        }
        let wait = &mut self.wait;
        let _replaced = channel.link().waits.with(|waits| waits.wait(wait, context.waker()));
        Poll::Pending
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let _removed = self.channel.link().waits.with(|waits| waits.remove(self.wait));
    }
}
