//! Why a connection ended, and what a page may give as the reason.
//!
//! Two kinds of numbers share one range, and so there are two types: [`StatusCode`], whatever a close event may carry,
//! and [`CloseCode`], the few that a page may send.

use std::fmt;

/// The most bytes of UTF-8 that a close reason may have (RFC 6455 §5.5: a control frame holds 125, two are the code).
pub const MAX_CLOSE_REASON: usize = 123;

/// The code of a close event: RFC 6455 §7.4's status code, as the `code` attribute gives it.
///
/// That of an event is kept as it came, even where a browser took one off the wire that no server may send: it may lie outside the
/// range that [`new`](Self::new) accepts.
///
/// ```
/// use tautline::StatusCode;
///
/// let code = StatusCode::new(1006)?;
/// assert_eq!(code, StatusCode::ABNORMAL_CLOSURE);
/// assert_eq!(code.name(), Some("Abnormal Closure"));
/// assert_eq!(StatusCode::new(4321)?.name(), None);
/// assert!(StatusCode::new(999).is_err());
/// # Ok::<(), tautline::InvalidStatusCode>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

/// A number outside the range of status codes, 1000 to 4999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no WebSocket status code: they run from 1000 to 4999")]
pub struct InvalidStatusCode(
    /// The number given.
    pub u16,
);

macro_rules! registered {
    ($($constant:ident = $number:literal, $name:literal, $meaning:literal;)*) => {
        impl StatusCode {
            $(#[doc = concat!(stringify!($number), ", ", $name, ": ", $meaning)]
            pub const $constant: Self = Self($number);)*

            /// The name in IANA's WebSocket Close Code Number Registry, if the code is registered there.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)*
                    _ => None,
                }
            }
        }

        /// Every registered code with its name.
        #[cfg(test)]
        const REGISTERED: &[(u16, &str)] = &[$(($number, $name)),*];
    };
}

registered! {
    NORMAL_CLOSURE = 1000, "Normal Closure", "the purpose of the connection has been fulfilled.";
    GOING_AWAY = 1001, "Going Away", "the server goes down, or the browser has left the page.";
    PROTOCOL_ERROR = 1002, "Protocol error", "the peer broke the WebSocket protocol.";
    UNSUPPORTED_DATA = 1003, "Unsupported Data", "a kind of data came that the endpoint can't accept.";
    NO_STATUS_RECEIVED = 1005, "No Status Rcvd", "the close frame had no code. Never on the wire.";
    ABNORMAL_CLOSURE = 1006, "Abnormal Closure", "no close frame came, or the connection never opened. Never on the wire.";
    INVALID_PAYLOAD = 1007, "Invalid frame payload data", "a message did not fit its type, such as text that is not UTF-8.";
    POLICY_VIOLATION = 1008, "Policy Violation", "a message broke the endpoint's policy.";
    MESSAGE_TOO_BIG = 1009, "Message Too Big", "a message was too big to process.";
    MANDATORY_EXTENSION = 1010, "Mandatory Ext.", "the client missed an extension in the server's answer.";
    INTERNAL_ERROR = 1011, "Internal Error", "the server met an unexpected condition.";
    SERVICE_RESTART = 1012, "Service Restart", "the service restarts; a client may come back after a random delay.";
    TRY_AGAIN_LATER = 1013, "Try Again Later", "the service is overloaded.";
    BAD_GATEWAY = 1014, "Bad Gateway", "a gateway got an invalid answer from the server behind it.";
    TLS_HANDSHAKE = 1015, "TLS handshake", "the TLS handshake failed. Never on the wire.";
    UNAUTHORIZED = 3000, "Unauthorized", "the endpoint is not authorised to use the service.";
    FORBIDDEN = 3003, "Forbidden", "authorised, but not for this.";
    TIMEOUT = 3008, "Timeout", "the endpoint took too long to answer.";
}

impl StatusCode {
    /// Checks a status code.
    ///
    /// # Errors
    /// [`InvalidStatusCode`] outside 1000 to 4999: below is unused and above is undefined (RFC 6455 §7.4.2).
    pub const fn new(code: u16) -> Result<Self, InvalidStatusCode> {
        match code {
            1000..=4999 => Ok(Self(code)),
            _ => Err(InvalidStatusCode(code)),
        }
    }

    /// Takes a close event's number as it is: Firefox, for one, reports any that the server sends.
    #[must_use]
    pub const fn received(code: u16) -> Self {
        Self(code)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Whether the code is of the range 3000 to 3999, for libraries and frameworks, registered with IANA.
    #[must_use]
    pub const fn is_library(self) -> bool {
        matches!(self.0, 3000..=3999)
    }

    /// Whether the code is of the range 4000 to 4999, for private use between applications.
    #[must_use]
    pub const fn is_private(self) -> bool {
        matches!(self.0, 4000..=4999)
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusCode({self})")
    }
}

impl fmt::Display for StatusCode {
    /// Writes the number and, where it is registered, the name: `1001 Going Away`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        self.name().map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

impl TryFrom<u16> for StatusCode {
    type Error = InvalidStatusCode;

    fn try_from(code: u16) -> Result<Self, Self::Error> {
        Self::new(code)
    }
}

impl From<StatusCode> for u16 {
    fn from(code: StatusCode) -> Self {
        code.0
    }
}

/// A code that a page may close with: 1000, or 3000 to 4999.
///
/// The standard's [`close()`](https://websockets.spec.whatwg.org/#dom-websocket-close) throws an `InvalidAccessError`
/// for any other number; a value of this type can't make it throw.
///
/// ```
/// use tautline::CloseCode;
///
/// assert_eq!(CloseCode::new(4001)?.get(), 4001);
/// assert!(CloseCode::new(1001).is_err(), "a page may not send Going Away");
/// # Ok::<(), tautline::InvalidCloseCode>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

/// A number that a page may not close with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no code to close with: a page may give 1000, or 3000 to 4999")]
pub struct InvalidCloseCode(
    /// The number given.
    pub u16,
);

impl CloseCode {
    /// 1000: the purpose of the connection has been fulfilled.
    pub const NORMAL: Self = Self(1000);

    /// 4009, what Tautline closes with when a bounded receive queue is full, or a message for it can't be read, and its policy is
    /// to close.
    ///
    /// It is of the private range, since 1009 (Message Too Big) is not for a page to send.
    pub const RECEIVE_QUEUE_FULL: Self = Self(4009);

    /// 4010, what a reconnecting socket closes with when its page is put away: hidden for long, frozen, or left. A page may not send
    /// 1001 (Going Away).
    pub const PAGE_SUSPENDED: Self = Self(4010);

    /// Checks a code.
    ///
    /// # Errors
    /// [`InvalidCloseCode`] for anything but 1000 and 3000 to 4999.
    pub const fn new(code: u16) -> Result<Self, InvalidCloseCode> {
        match code {
            1000 | 3000..=4999 => Ok(Self(code)),
            _ => Err(InvalidCloseCode(code)),
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloseCode({})", self.0)
    }
}

impl fmt::Display for CloseCode {
    /// Writes what [`StatusCode`] writes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        StatusCode::from(*self).fmt(f)
    }
}

impl TryFrom<u16> for CloseCode {
    type Error = InvalidCloseCode;

    fn try_from(code: u16) -> Result<Self, Self::Error> {
        Self::new(code)
    }
}

impl TryFrom<StatusCode> for CloseCode {
    type Error = InvalidCloseCode;

    fn try_from(code: StatusCode) -> Result<Self, Self::Error> {
        Self::new(code.0)
    }
}

impl From<CloseCode> for StatusCode {
    fn from(code: CloseCode) -> Self {
        Self(code.0)
    }
}

/// A reason to close with: at most 123 bytes of UTF-8.
///
/// The standard's `close()` throws a `SyntaxError` for a longer one; a value of this type can't make it throw.
///
/// ```
/// use tautline::CloseReason;
///
/// let reason = CloseReason::new("done for today")?;
/// assert_eq!(reason.as_str(), "done for today");
/// assert_eq!(CloseReason::new("再见".repeat(21)).unwrap_err().bytes, 126);
/// # Ok::<(), tautline::InvalidCloseReason>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CloseReason(String);

/// A close reason that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a close reason of {bytes} bytes is too long: it may have {MAX_CLOSE_REASON} bytes of UTF-8")]
pub struct InvalidCloseReason {
    /// The length of the reason given, in bytes of UTF-8.
    pub bytes: usize,
}

impl CloseReason {
    /// Checks a reason.
    ///
    /// # Errors
    /// [`InvalidCloseReason`] when it has more than [`MAX_CLOSE_REASON`] bytes of UTF-8.
    pub fn new(reason: impl Into<String>) -> Result<Self, InvalidCloseReason> {
        let reason = reason.into();
        match reason.len() {
            0..=MAX_CLOSE_REASON => Ok(Self(reason)),
            bytes => Err(InvalidCloseReason { bytes }),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<&str> for CloseReason {
    type Error = InvalidCloseReason;

    fn try_from(reason: &str) -> Result<Self, Self::Error> {
        Self::new(reason)
    }
}

impl TryFrom<String> for CloseReason {
    type Error = InvalidCloseReason;

    fn try_from(reason: String) -> Result<Self, Self::Error> {
        Self::new(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_close_with_1000_and_3000_to_4999_only() {
        for number in 0..=u16::MAX {
            let allowed = number == 1000 || (3000..=4999).contains(&number);
            assert_eq!(CloseCode::new(number).is_ok(), allowed, "{number}");
        }
    }

    #[test]
    fn status_codes_run_from_1000_to_4999() {
        for number in 0..=u16::MAX {
            assert_eq!(StatusCode::new(number).is_ok(), (1000..=4999).contains(&number), "{number}");
        }
    }

    #[test]
    fn registered_codes_have_their_names_and_others_none() {
        for number in 1000..=4999 {
            let expected = REGISTERED.iter().find(|(code, _)| *code == number).map(|(_, name)| *name);
            assert_eq!(StatusCode::received(number).name(), expected, "{number}");
        }
        assert_eq!(StatusCode::GOING_AWAY.to_string(), "1001 Going Away");
        assert_eq!(StatusCode::received(4000).to_string(), "4000");
    }

    #[test]
    fn a_reason_is_measured_in_bytes_not_in_characters() {
        for bytes in 0..=200 {
            assert_eq!(CloseReason::new("x".repeat(bytes)).is_ok(), bytes <= 123, "{bytes}");
        }
        assert!(CloseReason::new("é".repeat(61)).is_ok());
        assert_eq!(CloseReason::new("é".repeat(62)), Err(InvalidCloseReason { bytes: 124 }));
    }
}
