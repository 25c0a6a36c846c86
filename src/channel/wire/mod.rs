//! What crosses the wire, as PROTOCOL.md has it: frames, the hello, records. Pure, and the same for client and server.

mod frame;
mod hello;
mod records;

pub use frame::{FRAME_OVERHEAD, Frame, FrameError, MAX_NUMBER};
pub use hello::{Hello, HelloError, Known, Missed};
pub use records::{RecordError, Records, write_record};

/// The subprotocol that a WebSocket handshake names.
pub const SUBPROTOCOL: &str = "tautline.channel.v1";

/// The version that a hello names.
pub const VERSION: u64 = 1;

/// The content type of bodies that are records.
pub const CONTENT_TYPE: &str = "application/vnd.tautline.frames";

/// Whether this may be an epoch: 1 to 32 characters of `A-Z a-z 0-9 _ -`.
#[must_use]
pub fn is_epoch(text: &str) -> bool {
    (1..=32).contains(&text.len()) && is_token(text)
}

/// Whether this may be a session: 16 to 64 characters of `A-Z a-z 0-9 _ -`.
#[must_use]
pub fn is_session(text: &str) -> bool {
    (16..=64).contains(&text.len()) && is_token(text)
}

/// Whether this may be a channel's name: 1 to 64 characters of `A-Z a-z 0-9 _ -`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && is_token(text)
}

fn is_token(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A number as the protocol writes it: decimal, no sign, no leading zeros, at most [`MAX_NUMBER`].
fn number(digits: &[u8]) -> Option<u64> {
    let starts_well = matches!(digits, [b'0'] | [b'1'..=b'9', ..]);
    if !starts_well || digits.len() > 16 {
        return None;
    }
    let mut number = 0u64;
    for &digit in digits {
        let value = digit.checked_sub(b'0').filter(|value| *value < 10)?;
        number = number.checked_mul(10)?.checked_add(value.into())?;
    }
    (number <= MAX_NUMBER).then_some(number)
}
