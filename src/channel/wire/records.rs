//! Records: frames one after the other, in the body of a request or an answer.

use thiserror::Error;

use super::number;
use crate::MessageRef;

/// Appends a record with this frame.
///
/// ```
/// use tautline::MessageRef;
/// use tautline::channel::wire::write_record;
///
/// let mut body = Vec::new();
/// write_record(&mut body, MessageRef::Text("m1:a"));
/// write_record(&mut body, MessageRef::Binary(b"m2:\0"));
/// assert_eq!(body, b"t4:m1:ab4:m2:\0");
/// ```
pub fn write_record(body: &mut Vec<u8>, frame: MessageRef<'_>) {
    let (letter, bytes) = match frame {
        MessageRef::Text(text) => ('t', text.as_bytes()),
        MessageRef::Binary(bytes) => ('b', bytes),
    };
    body.extend_from_slice(format!("{letter}{}:", bytes.len()).as_bytes());
    body.extend_from_slice(bytes);
}

/// Reads the frames of a whole body. After an error nothing comes any more.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
}

/// Why a body is not of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// A record does not begin with its letter, its length and a colon.
    #[error("a record begins with t or b, a length and a colon")]
    NoHeader,
    /// The body ends inside of a record.
    #[error("a record of {length} bytes, and {there} of them are there")]
    Short {
        /// How long it says it is.
        length: u64,
        /// How many bytes are left of the body.
        there: usize,
    },
    /// A text frame that is not UTF-8.
    #[error("a text record is not UTF-8")]
    NotUtf8,
}

impl<'a> Records<'a> {
    /// Of this body.
    #[must_use]
    pub fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    fn take_one(&mut self) -> Result<MessageRef<'a>, RecordError> {
        let header = self.rest.get(..self.rest.len().min(18)).unwrap_or_default();
        let colon = header.iter().position(|byte| *byte == b':').ok_or(RecordError::NoHeader)?;
        let [letter @ (b't' | b'b'), digits @ ..] = header.get(..colon).unwrap_or_default() else {
            return Err(RecordError::NoHeader);
        };
        let length = number(digits).ok_or(RecordError::NoHeader)?;
        let body = self.rest.get(colon + 1..).unwrap_or_default();
        let short = RecordError::Short { length, there: body.len() };
        let size = usize::try_from(length).map_err(|_| short)?;
        let (frame, rest) = body.split_at_checked(size).ok_or(short)?;
        self.rest = rest;
        if *letter == b'b' {
            return Ok(MessageRef::Binary(frame));
        }
        std::str::from_utf8(frame).map(MessageRef::Text).map_err(|_| RecordError::NotUtf8)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<MessageRef<'a>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let one = self.take_one();
        if one.is_err() {
            self.rest = &[];
        }
        Some(one)
    }
}
