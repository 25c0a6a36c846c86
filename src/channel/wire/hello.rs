//! The hello: who the server is, and from where on it speaks.

use std::fmt;

use thiserror::Error;

use super::{VERSION, is_epoch, number};

/// What a server's first frame says. The fields are those of PROTOCOL.md.
///
/// ```
/// use tautline::channel::wire::{Hello, Known};
///
/// let hello = Hello::read(1, "epoch=e1&offset=9&after=7&session=known&ack=3&beat=15000&limit=1048576")?;
/// assert_eq!((hello.after, hello.session), (7, Known::Known { accepted: 3 }));
/// # Ok::<(), tautline::channel::wire::HelloError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Names this life of the channel.
    pub epoch: String,
    /// The channel's newest offset; 0 before its first message.
    pub offset: u64,
    /// The next message has the offset after this one.
    pub after: u64,
    /// What was asked for and is gone.
    pub missed: Option<Missed>,
    /// What the server knows of the client's session.
    pub session: Known,
    /// After how many milliseconds of silence a beat comes; 0 for never.
    pub beat: u64,
    /// The largest message that the server takes, in bytes.
    pub limit: u64,
}

/// Offsets that are gone, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The first.
    pub from: u64,
    /// The last.
    pub to: u64,
}

/// What the server knows of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It remembers its sequence numbers.
    Known {
        /// The highest one that is accepted; 0 for none.
        accepted: u64,
    },
    /// It does not; the next one it takes is 1.
    New,
    /// The client named none.
    None,
}

/// Why something is no hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HelloError {
    /// Another version of the protocol.
    #[error("the server speaks version {version} of the protocol, this is for {VERSION}")]
    Version {
        /// The server's.
        version: u64,
    },
    /// Something that is no `key=value`, or a key twice.
    #[error("a hello is keys and values, each key once")]
    Shape,
    /// A field is not there.
    #[error("the hello has no {field:?}")]
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// A field has a value that it can't have.
    #[error("the hello's {field:?} has no value that it may have")]
    Value {
        /// Its name.
        field: &'static str,
    },
}

const FIELDS: [&str; 8] = ["epoch", "offset", "after", "missed", "session", "ack", "beat", "limit"];

impl Hello {
    /// Reads the payload of a frame `h` with this number.
    ///
    /// # Errors
    /// [`HelloError`], of whatever the peer may have sent.
    pub fn read(version: u64, fields: &str) -> Result<Self, HelloError> {
        if version != VERSION {
            return Err(HelloError::Version { version });
        }
        let mut found: [Option<&str>; FIELDS.len()] = [None; FIELDS.len()];
        for pair in fields.split('&') {
            let (key, value) = pair.split_once('=').ok_or(HelloError::Shape)?;
            for (name, place) in FIELDS.iter().zip(&mut found) {
                if *name == key && place.replace(value).is_some() {
                    return Err(HelloError::Shape);
                }
            }
        }
        let [epoch, offset, after, missed, session, accepted, beat, limit] = found;
        let hello = Self {
            epoch: value("epoch", epoch, |text| is_epoch(text).then(|| text.to_owned()))?,
            offset: value("offset", offset, count)?,
            after: value("after", after, count)?,
            missed: missed.map(|text| range(text).ok_or(HelloError::Value { field: "missed" })).transpose()?,
            session: match value("session", session, Some)? {
                "known" => Known::Known { accepted: value("ack", accepted, count)? },
                "new" => Known::New,
                "none" => Known::None,
                _ => return Err(HelloError::Value { field: "session" }),
            },
            beat: value("beat", beat, count)?,
            limit: value("limit", limit, count)?,
        };
        if hello.after > hello.offset {
            return Err(HelloError::Value { field: "after" });
        }
        if hello.missed.is_some_and(|missed| missed.to != hello.after) {
            return Err(HelloError::Value { field: "missed" });
        }
        Ok(hello)
    }
}

impl fmt::Display for Hello {
    /// The payload of its frame.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch={}&offset={}&after={}", self.epoch, self.offset, self.after)?;
        if let Some(Missed { from, to }) = self.missed {
            write!(f, "&missed={from}-{to}")?;
        }
        match self.session {
            Known::Known { accepted } => write!(f, "&session=known&ack={accepted}")?,
            Known::New => f.write_str("&session=new")?,
            Known::None => f.write_str("&session=none")?,
        }
        write!(f, "&beat={}&limit={}", self.beat, self.limit)
    }
}

fn value<'a, T>(
    field: &'static str,
    text: Option<&'a str>,
    read: impl FnOnce(&'a str) -> Option<T>,
) -> Result<T, HelloError> {
    let text = text.ok_or(HelloError::Missing { field })?;
    read(text).ok_or(HelloError::Value { field })
}

fn count(text: &str) -> Option<u64> {
    number(text.as_bytes())
}

fn range(text: &str) -> Option<Missed> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (count(from)?, count(to)?);
    (0 < from && from <= to).then_some(Missed { from, to })
}
