//! One frame: a letter, a number, a colon and a payload.

use thiserror::Error;

use super::number;
use crate::MessageRef;

/// The largest number that a frame may have, 2^53 − 1: JavaScript counts no further.
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// How many bytes a frame has at most beside its payload.
pub const FRAME_OVERHEAD: usize = 18;

/// A frame of PROTOCOL.md. What it carries is borrowed from where it was read.
///
/// ```
/// use tautline::MessageRef;
/// use tautline::channel::wire::Frame;
///
/// let frame = Frame::read(MessageRef::Text("m41:Hello"))?;
/// assert_eq!(frame, Frame::Message { offset: 41, payload: MessageRef::Text("Hello") });
/// assert_eq!(frame.to_bytes(), b"m41:Hello");
/// # Ok::<(), tautline::channel::wire::FrameError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// `h`: the first frame of the server's.
    Hello {
        /// The protocol's version.
        version: u64,
        /// What [`Hello`](super::Hello) reads.
        fields: &'a str,
    },
    /// `m`: a message of the channel's.
    Message {
        /// Its place in the channel, from 1.
        offset: u64,
        /// The message.
        payload: MessageRef<'a>,
    },
    /// `s`: a message of the client's.
    Send {
        /// Its place in the session, from 1.
        sequence: u64,
        /// The message.
        payload: MessageRef<'a>,
    },
    /// `a`: all up to this sequence number are accepted.
    Accepted {
        /// The highest of them; 0 for none.
        sequence: u64,
    },
    /// `b`: nothing to say; of the client, the question whether anybody is there.
    Beat {
        /// The channel's newest offset; of the client 0.
        offset: u64,
    },
    /// `x`: the last frame of the server's.
    End {
        /// Why, as a number.
        code: u16,
        /// Why, as text.
        reason: &'a str,
    },
}

/// Why something is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// It does not begin with a letter, a number and a colon.
    #[error("a frame begins with a letter, a number up to 9007199254740991 and a colon")]
    NoHeader,
    /// The letter means nothing in this version.
    #[error("no frame has the letter {letter:?}")]
    UnknownLetter {
        /// The letter.
        letter: char,
    },
    /// The number is out of the range that frames with this letter have.
    #[error("a frame {letter:?} can't have the number {number}")]
    BadNumber {
        /// The letter.
        letter: char,
        /// The number.
        number: u64,
    },
    /// Only messages have bytes for their payload.
    #[error("a frame {letter:?} is text, and this one is binary")]
    Binary {
        /// The letter.
        letter: char,
    },
    /// A frame that has no payload has one, or a reason is longer than 123 bytes.
    #[error("a frame {letter:?} has no payload of {length} bytes")]
    Payload {
        /// The letter.
        letter: char,
        /// The payload's length.
        length: usize,
    },
}

impl<'a> Frame<'a> {
    /// Reads one whole frame.
    ///
    /// # Errors
    /// [`FrameError`], of whatever the peer may have sent.
    pub fn read(data: MessageRef<'a>) -> Result<Self, FrameError> {
        let bytes = match data {
            MessageRef::Text(text) => text.as_bytes(),
            MessageRef::Binary(bytes) => bytes,
        };
        let header = bytes.get(..bytes.len().min(FRAME_OVERHEAD)).unwrap_or_default();
        let colon = header.iter().position(|byte| *byte == b':').ok_or(FrameError::NoHeader)?;
        let [letter, digits @ ..] = header.get(..colon).unwrap_or_default() else {
            return Err(FrameError::NoHeader);
        };
        let number = number(digits).ok_or(FrameError::NoHeader)?;
        let letter = char::from(*letter);
        let payload = match data {
            MessageRef::Text(text) => MessageRef::Text(text.get(colon + 1..).unwrap_or_default()),
            MessageRef::Binary(bytes) => MessageRef::Binary(bytes.get(colon + 1..).unwrap_or_default()),
        };
        Self::from_parts(letter, number, payload)
    }

    fn from_parts(letter: char, number: u64, payload: MessageRef<'a>) -> Result<Self, FrameError> {
        let bad_number = FrameError::BadNumber { letter, number };
        let text = || match payload {
            MessageRef::Text(text) => Ok(text),
            MessageRef::Binary(_) => Err(FrameError::Binary { letter }),
        };
        let empty = || match text()? {
            "" => Ok(()),
            text => Err(FrameError::Payload { letter, length: text.len() }),
        };
        Ok(match letter {
            'm' | 's' if number == 0 => return Err(bad_number),
            'm' => Self::Message { offset: number, payload },
            's' => Self::Send { sequence: number, payload },
            'a' => {
                empty()?;
                Self::Accepted { sequence: number }
            }
            'b' => {
                empty()?;
                Self::Beat { offset: number }
            }
            'h' => Self::Hello { version: number, fields: text()? },
            'x' => {
                let code = u16::try_from(number).ok().filter(|code| (1000..5000).contains(code)).ok_or(bad_number)?;
                let reason = text()?;
                if reason.len() > 123 {
                    return Err(FrameError::Payload { letter, length: reason.len() });
                }
                Self::End { code, reason }
            }
            _ => return Err(FrameError::UnknownLetter { letter }),
        })
    }

    /// Its letter, number and payload.
    fn parts(&self) -> (char, u64, MessageRef<'a>) {
        match *self {
            Self::Hello { version, fields } => ('h', version, MessageRef::Text(fields)),
            Self::Message { offset, payload } => ('m', offset, payload),
            Self::Send { sequence, payload } => ('s', sequence, payload),
            Self::Accepted { sequence } => ('a', sequence, MessageRef::Text("")),
            Self::Beat { offset } => ('b', offset, MessageRef::Text("")),
            Self::End { code, reason } => ('x', code.into(), MessageRef::Text(reason)),
        }
    }

    /// Whether it is a text frame.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self.parts().2, MessageRef::Text(_))
    }

    /// The frame's bytes; of a text frame they are UTF-8.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (letter, number, payload) = self.parts();
        let payload = match payload {
            MessageRef::Text(text) => text.as_bytes(),
            MessageRef::Binary(bytes) => bytes,
        };
        let mut bytes = Vec::with_capacity(payload.len() + FRAME_OVERHEAD);
        bytes.extend_from_slice(format!("{letter}{number}:").as_bytes());
        bytes.extend_from_slice(payload);
        bytes
    }

    /// The frame as a text, if it is one.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        let (letter, number, payload) = self.parts();
        match payload {
            MessageRef::Text(text) => Some(format!("{letter}{number}:{text}")),
            MessageRef::Binary(_) => None,
        }
    }
}
