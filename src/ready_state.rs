//! The state of a connection, as the `readyState` attribute gives it.

/// Where a connection stands: the value of the WHATWG attribute [`readyState`].
///
/// It only ever grows: CONNECTING, then OPEN, then CLOSING, then CLOSED, and it may skip states.
///
/// [`readyState`]: https://websockets.spec.whatwg.org/#dom-websocket-readystate
///
/// ```
/// use tautline::ReadyState;
///
/// assert_eq!(u16::from(ReadyState::Open), 1);
/// assert_eq!(ReadyState::try_from(3), Ok(ReadyState::Closed));
/// assert!(ReadyState::Open < ReadyState::Closing);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum ReadyState {
    /// CONNECTING (0): the connection has not yet been established.
    Connecting = 0,
    /// OPEN (1): the connection is established; `send` is possible.
    Open = 1,
    /// CLOSING (2): the closing handshake has begun, or `close()` was called.
    Closing = 2,
    /// CLOSED (3): the connection has ended or could not be opened.
    Closed = 3,
}

/// A number that is no `readyState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no readyState: it is 0, 1, 2 or 3")]
pub struct InvalidReadyState(
    /// The number given.
    pub u16,
);

impl TryFrom<u16> for ReadyState {
    type Error = InvalidReadyState;

    fn try_from(value: u16) -> Result<Self, Self::Error> {
        match value {
            0 => Ok(Self::Connecting),
            1 => Ok(Self::Open),
            2 => Ok(Self::Closing),
            3 => Ok(Self::Closed),
            other => Err(InvalidReadyState(other)),
        }
    }
}

impl From<ReadyState> for u16 {
    fn from(state: ReadyState) -> Self {
        state as Self
    }
}

impl std::fmt::Display for ReadyState {
    /// Writes the name of the standard's constant, such as `OPEN`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connecting => "CONNECTING",
            Self::Open => "OPEN",
            Self::Closing => "CLOSING",
            Self::Closed => "CLOSED",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_numbers_and_no_other_are_states() {
        for number in 0..=u16::MAX {
            match ReadyState::try_from(number) {
                Ok(state) => assert_eq!(u16::from(state), number),
                Err(error) => assert!(number > 3, "{error}"),
            }
        }
    }
}
