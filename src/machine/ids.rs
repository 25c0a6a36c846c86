//! Numbers that name transports and messages.

use std::fmt;

/// Names an attempt, the transport it leads to, or a probe. It is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransportId(pub(super) u64);

impl TransportId {
    /// The id with this number, where it has crossed a boundary that only numbers cross. One that the machine never gave out names nothing,
    /// and an input about it is ignored.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// The number of an accepted message: the first is 0, and each has a larger one than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub(super) u64);

impl MessageId {
    /// The id with this number, where it has crossed a boundary that only numbers cross.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
