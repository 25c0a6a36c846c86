//! Messages that are values.

use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use futures_sink::Sink;
use serde::{Serialize, de::DeserializeOwned};

use super::any::Socket;
use super::inbox::{Inbox, Intake};
use super::{MessageEvent, WebSocket};
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
pub struct Typed<Tx, Rx: DeserializeOwned + 'static, C: Codec + 'static, S: Socket = WebSocket> {
    codec: Rc<C>,
    inbox: Inbox<Decoded<Rx, C>, S>,
    sink: S::Sink,
    _sends: PhantomData<fn(Tx)>,
}

/// Why a value was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypedSendError<E = SendError> {
    /// The format can't express it.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The socket did not send it.
    #[error(transparent)]
    Send(E),
}

impl From<SendError> for TypedSendError {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

impl<Tx: Serialize, Rx: DeserializeOwned + 'static, C: Codec + 'static, S: Socket> Typed<Tx, Rx, C, S> {
    /// Types a socket, with default limits.
    pub fn new(socket: S, codec: C) -> Self {
        Self::with_limits(socket, codec, ReceiveLimits::default(), SendMarks::default())
    }

    /// Types a socket, with limits of your own. The received bytes are those of the messages, not of the values.
    #[expect(clippy::needless_pass_by_value, reason = "the socket is the typed one's from here on")]
    pub fn with_limits(socket: S, codec: C, limits: ReceiveLimits, marks: SendMarks) -> Self {
        let codec = Rc::new(codec);
        let intake = Decoded { codec: Rc::clone(&codec), _receives: PhantomData };
        let inbox = Inbox::new(&socket, limits, intake);
        Self { codec, inbox, sink: socket.sink(marks), _sends: PhantomData }
    }

    /// Sends one value, without waiting for room. (To wait, use it as a sink: `SinkExt::send`.) A reconnecting socket may queue it.
    ///
    /// # Errors
    /// [`TypedSendError::Encode`] when the format can't express it, [`TypedSendError::Send`] as the socket's `send`
    /// (such as [`WebSocket::send`]).
    pub fn post(&self, value: &Tx) -> Result<(), TypedSendError<S::SendError>> {
        let message = self.codec.encode(value)?;
        self.socket().send(message).map_err(TypedSendError::Send)
    }

    /// Sends one value now or not at all: it is never queued, so that nothing stale is replayed.
    ///
    /// # Errors
    /// [`TypedSendError::Encode`] when the format can't express it, [`TypedSendError::Send`] as the socket's `send_now`; unless the socket is
    /// OPEN.
    pub fn send_now(&self, value: &Tx) -> Result<(), TypedSendError<S::SendError>> {
        let message = self.codec.encode(value)?;
        self.socket().send_now(message).map_err(TypedSendError::Send)
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &S {
        &self.inbox.socket
    }

    /// What was dropped so far, since the queue was full.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.inbox.dropped()
    }
}

impl<Tx, Rx: DeserializeOwned + 'static, C: Codec + 'static, S: Socket> std::fmt::Debug for Typed<Tx, Rx, C, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typed").field("inbox", &self.inbox).finish_non_exhaustive()
    }
}

struct Decoded<Rx, C> {
    codec: Rc<C>,
    _receives: PhantomData<fn() -> Rx>,
}

impl<Rx: DeserializeOwned + 'static, C: Codec + 'static, S: Socket> Intake<S> for Decoded<Rx, C> {
    type Item = Result<Rx, DecodeError>;

    fn take(&self, event: &MessageEvent<'_, S>) -> Result<(Self::Item, usize), PayloadError> {
        event.data().map(|message| (self.codec.decode(message), message.byte_len()))
    }

    fn take_read(&self, message: Message) -> Self::Item {
        self.codec.decode(message.borrow())
    }
}

impl<Tx, Rx: DeserializeOwned + 'static, C: Codec + 'static, S: Socket> Stream for Typed<Tx, Rx, C, S> {
    type Item = Result<Rx, DecodeError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inbox.poll_next(context)
    }
}

impl<Tx, Rx: DeserializeOwned + 'static, C: Codec + 'static, S: Socket> FusedStream for Typed<Tx, Rx, C, S> {
    fn is_terminated(&self) -> bool {
        self.inbox.is_terminated()
    }
}

impl<Tx: Serialize, Rx: DeserializeOwned + 'static, C: Codec + 'static, S: Socket> Sink<Tx> for Typed<Tx, Rx, C, S> {
    type Error = TypedSendError<S::SendError>;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.sink).poll_ready(context).map_err(TypedSendError::Send)
    }

    fn start_send(mut self: Pin<&mut Self>, value: Tx) -> Result<(), Self::Error> {
        let message = self.codec.encode(&value)?;
        Pin::new(&mut self.sink).start_send(message).map_err(TypedSendError::Send)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.sink).poll_flush(context).map_err(TypedSendError::Send)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.sink).poll_close(context).map_err(TypedSendError::Send)
    }
}

#[cfg(all(test, feature = "json"))]
mod tests {
    use futures_util::{FutureExt, SinkExt, StreamExt};

    use super::*;
    use crate::codec::Json;
    use crate::socket::fake::{Ended, Fake};

    #[test]
    fn any_socket_can_be_typed_and_its_errors_are_its_own() {
        let socket = Fake::default();
        let mut typed = Typed::<u8, u8, _, _>::new(socket.clone(), Json);
        assert_eq!(typed.send_now(&1), Ok(()));
        assert_eq!(typed.send(2).now_or_never(), Some(Ok(())));
        assert_eq!(socket.sent(), ["1", "2"].map(Message::from));

        ["3", "x", "4"].into_iter().for_each(|text| socket.receive(text));
        assert_eq!(typed.next().now_or_never(), Some(Some(Ok(3))));
        assert_eq!(typed.next().now_or_never().flatten().unwrap().unwrap_err().path(), ".");
        assert_eq!(typed.next().now_or_never(), Some(Some(Ok(4))));

        assert_eq!(typed.close().now_or_never(), Some(Ok(())));
        assert_eq!((typed.next().now_or_never(), typed.is_terminated()), (Some(None), true));
        assert_eq!(typed.send_now(&5), Err(TypedSendError::Send(Ended)));
        assert_eq!(typed.send(5).now_or_never(), Some(Err(TypedSendError::Send(Ended))));
    }
}
