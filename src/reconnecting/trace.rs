//! The machine's events for `tracing`, with the feature of that name. No event has a URL in it, nor what was sent.

use crate::machine::Event;

#[cfg(feature = "tracing")]
pub(super) fn event(event: &Event) {
    use tracing::{debug, info, trace, warn};
    match event {
        Event::Phase(phase) => trace!(?phase, "phase"),
        Event::Connecting { attempt, endpoint } => debug!(attempt, endpoint, "connecting"),
        Event::Open { endpoint, replaced, .. } => info!(endpoint, replaced, "open"),
        Event::Error => debug!("error"),
        Event::Close { closed, retrying } => {
            info!(code = closed.code.get(), was_clean = closed.was_clean, retrying, "close");
        }
        // The reason of a close frame is the server's text, and may have anything in it.
        Event::Retry { delay, attempt, .. } => debug!(?delay, attempt, "retry"),
        Event::ReplaceFailed { delay, .. } => debug!(?delay, "replacing failed"),
        Event::GaveUp { why } => warn!(?why, "gave up"),
        Event::Fate { first, last, fate, messages, bytes } => {
            trace!(first = first.get(), last = last.get(), ?fate, messages, bytes, "fate");
        }
    }
}

#[cfg(not(feature = "tracing"))]
pub(super) fn event(_event: &Event) {}
