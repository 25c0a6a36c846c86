//! Messages that are values.

use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use futures_sink::Sink;
use serde::{Serialize, de::DeserializeOwned};

use super::inbox::{Inbox, Intake};
use super::{MessageEvent, MessageSink, WebSocket};
use crate::codec::{Codec, DecodeError, EncodeError};
use crate::queue::Dropped;
use crate::{Message, PayloadError, ReceiveLimits, SendError, SendMarks};

/// A socket whose messages are values: sends `Tx`, and is a stream of `Rx` and a sink of `Tx`.
///
/// A message that doesn't decode is an `Err` item that names the place in it, and the stream goes on. It is decoded from where it
/// was received, without a copy. Make it in the task that made the socket, and nothing can be missed. Read it, also where you only
/// send: with the default limits a queue that nobody empties closes the connection when it is full.
///
/// ```no_run
/// # #[cfg(feature = "json")]
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::StreamExt;
/// use tautline::{Typed, WebSocket, codec::Json};
///
/// #[derive(serde::Serialize)]
/// struct Say { text: String }
/// #[derive(serde::Deserialize)]
/// struct Said { by: String, text: String }
///
/// let mut chat = Typed::<Say, Said, _>::new(WebSocket::new("wss://example.com/chat")?, Json);
/// chat.socket().opened().await?;
/// chat.send_now(&Say { text: "hello".into() })?;
/// while let Some(said) = chat.next().await {
///     match said {
///         Ok(Said { by, text }) => { /* … */ }
///         Err(error) => { /* such as: JSON message, at by: invalid type … */ }
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct Typed<Tx, Rx: DeserializeOwned + 'static, C: Codec + 'static> {
    codec: Rc<C>,
    inbox: Inbox<Decoded<Rx, C>>,
    sink: MessageSink,
    ended: bool,
    _sends: PhantomData<fn(Tx)>,
}

/// Why a value was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypedSendError {
    /// The format can't express it.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The socket did not send it.
    #[error(transparent)]
    Send(#[from] SendError),
}

impl<Tx: Serialize, Rx: DeserializeOwned + 'static, C: Codec + 'static> Typed<Tx, Rx, C> {
    /// Types a socket, with default limits.
    pub fn new(socket: WebSocket, codec: C) -> Self {
        Self::with_limits(socket, codec, ReceiveLimits::default(), SendMarks::default())
    }

    /// Types a socket, with limits of your own. The received bytes are those of the messages, not of the values.
    #[expect(clippy::needless_pass_by_value, reason = "the socket is the typed one's from here on")]
    pub fn with_limits(socket: WebSocket, codec: C, limits: ReceiveLimits, marks: SendMarks) -> Self {
        let codec = Rc::new(codec);
        let intake = Decoded { codec: Rc::clone(&codec), _receives: PhantomData };
        let inbox = Inbox::new(&socket, limits, intake);
        Self { codec, inbox, sink: socket.sink(marks), ended: false, _sends: PhantomData }
    }

    /// Sends one value at once, without waiting for room. (To wait, use it as a sink: `SinkExt::send`.)
    ///
    /// # Errors
    /// [`TypedSendError::Encode`] when the format can't express it, [`TypedSendError::Send`] as [`WebSocket::send`].
    pub fn send_now(&self, value: &Tx) -> Result<(), TypedSendError> {
        let message = self.codec.encode(value)?;
        Ok(self.socket().send(message)?)
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &WebSocket {
        self.sink.socket()
    }

    /// What was dropped so far, since the queue was full.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.inbox.dropped()
    }
}

impl<Tx, Rx: DeserializeOwned + 'static, C: Codec + 'static> std::fmt::Debug for Typed<Tx, Rx, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typed").field("inbox", &self.inbox).finish_non_exhaustive()
    }
}

struct Decoded<Rx, C> {
    codec: Rc<C>,
    _receives: PhantomData<fn() -> Rx>,
}

impl<Rx: DeserializeOwned + 'static, C: Codec + 'static> Intake for Decoded<Rx, C> {
    type Item = Result<Rx, DecodeError>;

    fn take(&self, event: &MessageEvent<'_>) -> Result<(Self::Item, usize), PayloadError> {
        event.data().map(|message| (self.codec.decode(message), message.byte_len()))
    }

    fn take_read(&self, message: Message) -> Self::Item {
        self.codec.decode(message.borrow())
    }
}

impl<Tx, Rx: DeserializeOwned + 'static, C: Codec + 'static> Stream for Typed<Tx, Rx, C> {
    type Item = Result<Rx, DecodeError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.inbox.poll_next(context);
        self.ended |= matches!(next, Poll::Ready(None));
        next
    }
}

impl<Tx, Rx: DeserializeOwned + 'static, C: Codec + 'static> FusedStream for Typed<Tx, Rx, C> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<Tx: Serialize, Rx: DeserializeOwned + 'static, C: Codec + 'static> Sink<Tx> for Typed<Tx, Rx, C> {
    type Error = TypedSendError;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), TypedSendError>> {
        Pin::new(&mut self.sink).poll_ready(context).map_err(Into::into)
    }

    fn start_send(mut self: Pin<&mut Self>, value: Tx) -> Result<(), TypedSendError> {
        let message = self.codec.encode(&value)?;
        Ok(Pin::new(&mut self.sink).start_send(message)?)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), TypedSendError>> {
        Pin::new(&mut self.sink).poll_flush(context).map_err(Into::into)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), TypedSendError>> {
        Pin::new(&mut self.sink).poll_close(context).map_err(Into::into)
    }
}
