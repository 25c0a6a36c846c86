//! Typed messages: how values become messages, and messages values. Pure, but for `Js`, which needs JavaScript.

#[cfg(feature = "js")]
mod js;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "msgpack")]
mod msgpack;

#[cfg(feature = "js")]
pub use js::Js;
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "msgpack")]
pub use msgpack::MessagePack;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Message, MessageKind, MessageRef};

/// How deep values may be nested: each level takes stack, and a browser gives wasm one MiB of it. (`serde_json` has the same
/// limit built in.)
#[cfg(any(feature = "msgpack", feature = "js"))]
const MAX_DEPTH: usize = 128;

/// A format for typed messages.
///
/// ```
/// # #[cfg(feature = "json")] {
/// use tautline::codec::{Codec, Json};
///
/// let message = Json.encode(&vec![1, 2, 3])?;
/// assert_eq!(message.as_text(), Some("[1,2,3]"));
///
/// let error = Json.decode::<Vec<u8>>(tautline::Message::from("[1, 2, 300]").borrow()).unwrap_err();
/// assert_eq!(error.path(), "[2]");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Codec {
    /// Makes a message of a value.
    ///
    /// # Errors
    /// [`EncodeError`] when the format can't express the value.
    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Message, EncodeError>;

    /// Makes a value of a message.
    ///
    /// # Errors
    /// [`DecodeError`] when the message is of the wrong kind, malformed, or of another shape; it names the place.
    fn decode<T: DeserializeOwned>(&self, message: MessageRef<'_>) -> Result<T, DecodeError>;
}

/// A value that can't be expressed in a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("can't write {path} as {format}: {reason}", path = shown(.path))]
#[non_exhaustive]
pub struct EncodeError {
    /// The format, such as `JSON`.
    pub format: &'static str,
    /// Where in the value, such as `user.tags[3]`; `.` is the value itself.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

/// A message that doesn't decode.
///
/// The reason is the parser's own, and may quote a piece of the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The format is text and the message binary, or the other way round.
    #[error("{format} comes in {expected:?} messages, and this one is {found:?}")]
    Kind {
        /// The format.
        format: &'static str,
        /// The kind of message that the format is sent in.
        expected: MessageKind,
        /// The kind of this message.
        found: MessageKind,
    },
    /// The message is malformed, or of another shape than the type.
    #[error("{format} message, at {path}: {reason}", path = shown(.path))]
    Value {
        /// The format, such as `JSON`.
        format: &'static str,
        /// Where in the message, such as `user.tags[3]`; `.` is the message itself.
        path: String,
        /// What is wrong there. For JSON it ends with the line and column.
        reason: String,
    },
}

fn shown(path: &str) -> &str {
    if path == "." { "the outermost value" } else { path }
}

impl DecodeError {
    /// Where in the message, such as `user.tags[3]`; `.` is the message itself.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Kind { .. } => ".",
            Self::Value { path, .. } => path,
        }
    }

    /// Takes the place and the reason out of an error of a deserializer.
    #[cfg(any(feature = "json", feature = "msgpack", feature = "js"))]
    fn at<E: std::fmt::Display>(format: &'static str, error: &serde_path_to_error::Error<E>) -> Self {
        Self::Value { format, path: error.path().to_string(), reason: error.inner().to_string() }
    }
}

#[cfg(any(feature = "json", feature = "msgpack", feature = "js"))]
impl EncodeError {
    fn at<E: std::fmt::Display>(format: &'static str, path: &serde_path_to_error::Path, error: &E) -> Self {
        Self { format, path: path.to_string(), reason: error.to_string() }
    }
}

#[cfg(any(feature = "json", feature = "js"))]
fn text<'a>(format: &'static str, message: MessageRef<'a>) -> Result<&'a str, DecodeError> {
    match message {
        MessageRef::Text(text) => Ok(text),
        MessageRef::Binary(_) => {
            Err(DecodeError::Kind { format, expected: MessageKind::Text, found: MessageKind::Binary })
        }
    }
}
