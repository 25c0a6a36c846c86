//! Messages as values: owned, and borrowed.

use std::collections::TryReserveError;

/// What kind of data a message carries: an opcode of RFC 6455 §5.6, and for binary the form the browser gives it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageKind {
    /// Text.
    Text,
    /// Binary, while `binaryType` is `"arraybuffer"`.
    Binary,
    /// Binary, while `binaryType` is `"blob"`: its bytes can only be had later.
    Blob,
}

/// One message, owned.
///
/// Text is always valid Unicode: the wire carries UTF-8, and a browser replaces lone surrogates by U+FFFD.
///
/// ```
/// use tautline::Message;
///
/// let message = Message::from("hello");
/// assert_eq!(message.as_text(), Some("hello"));
/// assert_eq!(message.byte_len(), 5);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Message {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

/// One message, borrowed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageRef<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
}

impl Message {
    /// The payload's length in bytes; of text, in bytes of UTF-8.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.borrow().byte_len()
    }

    /// The text, if it is a text message.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// The bytes, if it is a binary message.
    #[must_use]
    pub fn as_binary(&self) -> Option<&[u8]> {
        match self {
            Self::Text(_) => None,
            Self::Binary(bytes) => Some(bytes),
        }
    }

    /// The text, if it is a text message; otherwise the message back.
    ///
    /// # Errors
    /// The message itself, when it is not text.
    pub fn into_text(self) -> Result<String, Self> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(other),
        }
    }

    /// The bytes, if it is a binary message; otherwise the message back.
    ///
    /// # Errors
    /// The message itself, when it is not binary.
    pub fn into_binary(self) -> Result<Vec<u8>, Self> {
        match self {
            Self::Binary(bytes) => Ok(bytes),
            other => Err(other),
        }
    }

    /// The same message, borrowed.
    #[must_use]
    pub fn borrow(&self) -> MessageRef<'_> {
        match self {
            Self::Text(text) => MessageRef::Text(text),
            Self::Binary(bytes) => MessageRef::Binary(bytes),
        }
    }
}

impl MessageRef<'_> {
    /// The payload's length in bytes; of text, in bytes of UTF-8.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// A copy that is owned, unless there is no memory for it: a failed allocation would trap.
    pub(crate) fn try_to_message(&self) -> Result<Message, TryReserveError> {
        match *self {
            Self::Text(text) => {
                let mut copy = String::new();
                copy.try_reserve_exact(text.len())?;
                copy.push_str(text);
                Ok(Message::Text(copy))
            }
            Self::Binary(bytes) => {
                let mut copy = Vec::new();
                copy.try_reserve_exact(bytes.len())?;
                copy.extend_from_slice(bytes);
                Ok(Message::Binary(copy))
            }
        }
    }

    /// A copy that is owned.
    #[must_use]
    pub fn to_message(&self) -> Message {
        match *self {
            Self::Text(text) => Message::Text(text.to_owned()),
            Self::Binary(bytes) => Message::Binary(bytes.to_owned()),
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(bytes.to_owned())
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

/// How many characters or bytes of a payload `Debug` shows: a 16 MiB message must not fill a log.
const DEBUG_PREVIEW: usize = 32;

impl std::fmt::Debug for MessageRef<'_> {
    /// Writes the kind, the length, and the first 32 characters or bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => {
                let end = text.char_indices().nth(DEBUG_PREVIEW).map_or(text.len(), |(at, _)| at);
                let preview = text.get(..end).unwrap_or(text);
                write!(f, "Text({} bytes, {preview:?}{})", text.len(), if end < text.len() { "…" } else { "" })
            }
            Self::Binary(bytes) => {
                let preview = bytes.get(..DEBUG_PREVIEW).unwrap_or(bytes);
                let more = if preview.len() < bytes.len() { "…" } else { "" };
                write!(f, "Binary({} bytes, {preview:02x?}{more})", bytes.len())
            }
        }
    }
}

impl std::fmt::Debug for Message {
    /// Writes what [`MessageRef`] writes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.borrow().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_a_short_preview_of_a_long_payload() {
        let text = format!("{:?}", Message::from("再".repeat(1000)));
        assert!(text.starts_with("Text(3000 bytes, \"再") && text.chars().count() < 60, "{text}");
        let binary = format!("{:?}", Message::from(vec![7_u8; 1 << 20]));
        assert!(binary.starts_with("Binary(1048576 bytes, [07, ") && binary.len() < 200, "{binary}");
    }

    #[test]
    fn borrowing_and_owning_again_gives_the_same_message() {
        for message in [Message::from(""), Message::from("é"), Message::from(vec![]), Message::from(vec![0, 255])] {
            assert_eq!(message.borrow().to_message(), message);
            assert_eq!(message.borrow().try_to_message(), Ok(message.clone()));
            assert_eq!(message.borrow().byte_len(), message.byte_len());
            assert_eq!(message.clone().into_text().map_or_else(|other| other, Message::from), message);
            assert_eq!(message.clone().into_binary().map_or_else(|other| other, Message::from), message);
        }
    }
}
