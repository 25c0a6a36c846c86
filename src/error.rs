//! What a caller can do wrong. A connection that fails or ends is no error: it is an event.

use crate::{InvalidProtocol, ReadyState, RedactedUrl};

/// Why the constructor made no socket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConstructorError {
    /// `SyntaxError`: the URL can't be parsed, has a scheme other than `ws`, `wss`, `http` or `https`, or has a fragment.
    #[error("{url} is no URL of a WebSocket: it wants ws, wss, http or https, and no fragment")]
    InvalidUrl {
        /// The URL given, redacted.
        url: RedactedUrl,
    },
    /// `SyntaxError`: a subprotocol is malformed or given twice.
    #[error(transparent)]
    InvalidProtocol(#[from] InvalidProtocol),
    /// `SecurityError`: the browser does not allow this connection, such as `ws` from a page of `https`.
    #[error("the browser does not allow this page to connect to {url}")]
    Security {
        /// The URL given, redacted.
        url: RedactedUrl,
    },
    /// There is no WebSocket here: on a native target, or in a JavaScript host without one.
    #[error("there is no WebSocket in this environment")]
    Unsupported,
    /// The browser threw an exception that the standard does not name.
    #[error("the browser's constructor threw {name} for {url}")]
    Other {
        /// The exception's name.
        name: String,
        /// The URL given, redacted.
        url: RedactedUrl,
    },
}

/// Why nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The socket is not OPEN. The browser itself throws in CONNECTING, and drops the data in silence later on.
    #[error("nothing can be sent while the socket is {state}: it has to be OPEN")]
    NotOpen {
        /// The state it is in.
        state: ReadyState,
    },
    /// The browser threw: the data is of no kind that can be sent, such as a detached buffer.
    #[error("the browser's send threw {name}")]
    Rejected {
        /// The exception's name.
        name: String,
    },
}

/// Why the payload of a message event can't be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// It is a Blob, and its bytes can't be had at once: set `binaryType` to ArrayBuffer, or read it asynchronously.
    #[error("the payload of {bytes} bytes is a Blob, which can only be read asynchronously")]
    Blob {
        /// The Blob's size.
        bytes: usize,
    },
    /// There is not enough memory for a copy. The message is still in JavaScript.
    #[error("there is no memory for a copy of {bytes} bytes")]
    OutOfMemory {
        /// How many bytes were asked for.
        bytes: usize,
    },
    /// The browser failed to read the Blob.
    #[error("the browser failed to read a Blob of {bytes} bytes")]
    Unreadable {
        /// The Blob's size.
        bytes: usize,
    },
}
