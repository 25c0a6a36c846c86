//! What can be chosen: in which form binary arrives, and how much waits for whom.

/// In which form the browser hands over binary messages: the [`binaryType`] attribute.
///
/// [`binaryType`]: https://websockets.spec.whatwg.org/#dom-websocket-binarytype
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BinaryType {
    /// `"blob"`: as a Blob, which the browser may keep on disk. Its bytes are read asynchronously.
    Blob,
    /// `"arraybuffer"`: in memory, there at once. Tautline's default (the standard's is `"blob"`), since Rust wants
    /// bytes, and a Blob gives them only later.
    #[default]
    ArrayBuffer,
}

/// What happens to a message that arrives while the receive queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// Close the connection with [`CloseCode::RECEIVE_QUEUE_FULL`](crate::CloseCode::RECEIVE_QUEUE_FULL) and a reason that
    /// names the limit. The message is counted as dropped, and what is queued stays to be read; what the server sends after
    /// that the browser throws away, as on every socket that closes. The default: a loss that can't be overlooked.
    #[default]
    Close,
    /// Drop the oldest messages until the new one fits, and count them.
    DropOldest,
    /// Drop the new message, and count it.
    DropNewest,
}

/// How much may wait for a slow consumer: the bounds of one receive queue.
///
/// A browser's WebSocket can't be asked to stop reading, so what arrives has to wait somewhere; without a bound a fast
/// server fills the page's memory. A message is queued only while both bounds hold.
///
/// ```
/// use tautline::{Overflow, ReceiveLimits};
///
/// let limits = ReceiveLimits { messages: 100, overflow: Overflow::DropOldest, ..ReceiveLimits::default() };
/// assert_eq!(limits.bytes, 64 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiveLimits {
    /// The most messages that wait. Default: 65,536. A queue of no messages drops them all.
    pub messages: usize,
    /// The most bytes of payload that wait; of text, bytes of UTF-8. Default: 64 MiB, so that is also the largest
    /// message a queue takes.
    pub bytes: usize,
    /// What happens when a message doesn't fit. Default: [`Overflow::Close`].
    pub overflow: Overflow,
}

impl Default for ReceiveLimits {
    fn default() -> Self {
        Self { messages: 65_536, bytes: 64 * 1024 * 1024, overflow: Overflow::Close }
    }
}

/// When a sink asks its producer to wait: two marks on [`bufferedAmount`], in bytes.
///
/// From `high` on the sink is not ready; it is ready again at `low`. The gap keeps a fast producer from being woken for
/// each few bytes. A `low` above `high` counts as `high`.
///
/// [`bufferedAmount`]: https://websockets.spec.whatwg.org/#dom-websocket-bufferedamount
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendMarks {
    /// Not ready while this many bytes or more are buffered. Default: 1 MiB. 0 means never ready, and so counts as 1.
    pub high: u64,
    /// Ready again at this many bytes or fewer. Default: 256 KiB.
    pub low: u64,
}

impl Default for SendMarks {
    fn default() -> Self {
        Self { high: 1024 * 1024, low: 256 * 1024 }
    }
}
