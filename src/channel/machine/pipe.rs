//! One transport while it is open.

use std::time::Duration;

use super::Kind;
use super::output::PipeId;
use crate::machine::Instant;

/// What a transport that is opening, or live, is known by.
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) id: PipeId,
    pub(super) kind: Kind,
    /// Where on the ladder it stands.
    pub(super) rung: usize,
    /// Until when there has to be a hello; later, when it is looked whether anything was heard.
    pub(super) deadline: Instant,
    /// Whether anything was heard since that was looked at last.
    pub(super) heard: bool,
    /// Whether the silence was answered with a question, or with patience, already.
    pub(super) doubted: bool,
    /// How long a silence may be; `None` where the server promises no beats.
    pub(super) silence: Option<Duration>,
    /// Offsets up to this one came over another transport already, and may come again.
    pub(super) overlap: u64,
    /// The highest sequence number that it was handed.
    pub(super) handed: u64,
    /// Whether the server has said why it ends it.
    pub(super) told: bool,
}

impl Pipe {
    pub(super) fn new(id: PipeId, kind: Kind, rung: usize, deadline: Instant) -> Self {
        Self {
            id,
            kind,
            rung,
            deadline,
            heard: false,
            doubted: false,
            silence: None,
            overlap: 0,
            handed: 0,
            told: false,
        }
    }

    /// It is up: from now on silence counts. `beat` is the hello's, in milliseconds.
    pub(super) fn greet(&mut self, now: Instant, beat: u64) {
        let patience = || {
            let beat = Duration::from_millis(beat);
            beat.saturating_add((beat / 2).max(Duration::from_secs(5)))
        };
        self.silence = (beat > 0 && self.kind.beats()).then(patience);
        self.deadline = self.silence.map_or(Instant::NEVER, |silence| now + silence);
    }
}
