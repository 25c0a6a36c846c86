//! Why a message was not accepted.

use crate::driver::Busy;
use crate::machine::{NotAccepted, OutboxError};
use crate::transport::NotCopied;
use crate::{ReadyState, SendError};

/// Why a message was not accepted by a reconnecting socket. Nothing was sent or queued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReconnectingSendError {
    /// The socket is CLOSING or CLOSED; for `send_now`: it is not OPEN.
    #[error("nothing can be sent while the socket is {state}")]
    NotOpen {
        /// The state it is in.
        state: ReadyState,
    },
    /// It would have to wait, and has no room in the outbox.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The browser threw: the data is of no kind that can be sent, such as a detached buffer.
    #[error("the browser refused the data with {name}")]
    Rejected {
        /// The exception's name.
        name: String,
    },
    /// It would have to wait, and there is not enough memory for a copy.
    #[error("there is no memory for a copy of {bytes} bytes")]
    OutOfMemory {
        /// How many bytes were asked for.
        bytes: usize,
    },
    /// The socket's own backoff or close policy asks a function of the application's, which can't send.
    #[error("nothing can be sent by a function that the socket asks for its backoff or its close policy")]
    Busy,
    /// A [`Sender`](super::Sender) was used on another thread than its socket's.
    #[error("the socket of this sender is on another thread, or was dropped")]
    Unreachable,
}

impl From<NotAccepted> for ReconnectingSendError {
    fn from(error: NotAccepted) -> Self {
        match error {
            NotAccepted::NotOpen { state } => Self::NotOpen { state },
            NotAccepted::Outbox(error) => Self::Outbox(error),
        }
    }
}

impl From<Busy> for ReconnectingSendError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl From<SendError> for ReconnectingSendError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::NotOpen { state } => Self::NotOpen { state },
            SendError::Rejected { name } => Self::Rejected { name },
        }
    }
}

impl From<NotCopied> for ReconnectingSendError {
    fn from(error: NotCopied) -> Self {
        match error {
            NotCopied::OutOfMemory { bytes } => Self::OutOfMemory { bytes },
            NotCopied::Rejected { name } => Self::Rejected { name },
        }
    }
}
