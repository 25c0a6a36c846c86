//! The server of the world: what it knows, without a network.

use std::collections::BTreeMap;

use tautline::channel::Position;
use tautline::channel::wire::{Frame, Hello, Known, Missed};
use tautline::{Message, MessageRef};

/// The server: one channel, and what it knows of sessions.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) lives: u64,
    /// The offset of the newest message, and how many of the newest the history has.
    pub(crate) offset: u64,
    pub(crate) kept: u64,
    pub(crate) sessions: BTreeMap<String, u64>,
    /// What was handled, in this order.
    pub(crate) handled: Vec<String>,
}

impl Server {
    pub(crate) fn epoch(&self) -> String {
        format!("life-{}", self.lives)
    }

    pub(crate) fn hello(&mut self, session: &str, begin: bool, position: Option<&Position>) -> (Hello, u64) {
        let first = self.offset - self.kept;
        let same = position.filter(|position| position.epoch == self.epoch());
        let after = match (position, same) {
            (None, _) => self.offset,
            (Some(_), None) => first,
            (_, Some(same)) => same.offset.max(first),
        };
        let missed = same.filter(|same| same.offset < after).map(|same| Missed { from: same.offset + 1, to: after });
        if begin {
            self.sessions.entry(session.to_owned()).or_default();
        }
        let known = self.sessions.get(session).map_or(Known::New, |accepted| Known::Known { accepted: *accepted });
        let epoch = self.epoch();
        (Hello { epoch, offset: self.offset, after, missed, session: known, beat: 10_000, limit: 1000 }, after)
    }

    /// `None`: there is a gap before it, or nobody knows the session.
    pub(crate) fn handle(&mut self, session: &str, frame: &Message) -> Option<u64> {
        let (sequence, text) = match Frame::read(frame.borrow()) {
            Ok(Frame::Send { sequence, payload: MessageRef::Text(text) }) => (sequence, text),
            // A question that is late.
            Ok(Frame::Beat { .. }) => return None,
            other => panic!("{other:?}"),
        };
        let accepted = self.sessions.get_mut(session)?;
        if sequence == *accepted + 1 {
            *accepted = sequence;
            self.handled.push(text.to_owned());
        } else if sequence > *accepted {
            return None;
        }
        Some(*accepted)
    }
}
