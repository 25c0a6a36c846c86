//! A web object in, [`Incoming`] out. One file for each kind of transport, and one for targets that have none.

use crate::Closed;

mod outgoing;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) use outgoing::Values;
pub(crate) use outgoing::{NotCopied, Outgoing, OwnedData};

#[cfg(feature = "channel")]
pub(crate) mod memory;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod payload;
#[cfg(all(feature = "channel", target_arch = "wasm32", target_os = "unknown"))]
mod push;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod shim;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod websocket;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) use {
    payload::{Blob, Payload},
    websocket::{Connection, Transport},
};

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod inert;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(crate) use inert::{Blob, Connection, Payload, Transport};

/// Whether the constructor would take this URL. Where there is no constructor, every one.
pub(crate) fn check_url(url: &str) -> bool {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    return shim::is_websocket_url(url);
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    {
        let _ = url;
        true
    }
}

/// What one of a channel's transports is opened with.
#[cfg(feature = "channel")]
#[cfg_attr(
    not(all(target_arch = "wasm32", target_os = "unknown")),
    allow(dead_code, reason = "nothing is opened there")
)]
#[derive(Debug)]
pub(crate) struct Opening<'a> {
    /// Which one: the numbers that `push/open.js` has.
    pub(crate) kind: u8,
    /// Empty where it is used alone: then it gives messages rather than frames.
    pub(crate) session: &'a str,
    pub(crate) begin: bool,
    /// The epoch and the offset to go on after.
    pub(crate) position: Option<(&'a str, u64)>,
    /// How long a poll may be held, in milliseconds.
    pub(crate) wait: u32,
    /// The time between two polls, in milliseconds.
    pub(crate) every: u32,
    /// Whether polls are made at a fixed rate, rather than after the last answer.
    pub(crate) rate: bool,
    /// How long it may take to open, in milliseconds; 0 for as long as anything else.
    pub(crate) opening: u32,
}

/// How long a poll may be held, in milliseconds: an hour at most.
#[cfg(feature = "channel")]
pub(crate) fn held_millis(duration: std::time::Duration) -> u32 {
    u32::try_from(crate::machine::micros(duration) / 1000).unwrap_or(u32::MAX).min(3_600_000)
}

/// A time between two polls, in milliseconds: at least 1, and no longer than a browser's timer counts.
#[cfg(feature = "channel")]
pub(crate) fn timer_millis(duration: std::time::Duration) -> u32 {
    let millis = u32::try_from(crate::machine::micros(duration) / 1000).unwrap_or(u32::MAX);
    millis.clamp(1, i32::MAX.unsigned_abs())
}

/// What comes from the browser.
#[cfg_attr(not(all(target_arch = "wasm32", target_os = "unknown")), allow(dead_code, reason = "nothing comes there"))]
#[derive(Debug)]
pub(crate) enum Incoming<'a> {
    /// The connection is established.
    Open,
    /// A message.
    Message(Payload<'a>),
    /// The connection failed; a close follows.
    Error,
    /// The connection has ended; nothing follows.
    Close(Closed),
}
