//! What was handed over to one transport, as far as nobody has answered for it.

use super::MessageId;
use super::time::Instant;

/// Messages that were handed over one after the other, with numbers one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: MessageId,
    pub(super) last: MessageId,
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

/// Numbers have gaps where messages were dropped, and what is sent in the `open` event goes before what was queued. When there are more
/// runs than this, the oldest ones become one.
const MAX_RUNS: usize = 64;

/// When more heartbeats than this wait for their answers, the last ones count as one that is answered when all of them are.
const MAX_MARKS: usize = 8;

#[derive(Clone, Debug, Default)]
pub(super) struct Handed {
    /// In the order in which they were handed over.
    runs: Vec<Run>,
    /// From here on each is a single message, which the browser may not have taken yet.
    loose: usize,
    /// The heartbeats without an answer, the oldest first.
    marks: Vec<Mark>,
    /// When the last of them was sent.
    asked: Option<Instant>,
}

/// A heartbeat that was sent, or the last few.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Instant,
    /// How many runs came before it.
    runs: usize,
    /// How many answers have to come.
    answers: u32,
    many: bool,
}

impl Handed {
    pub(super) fn add(&mut self, id: MessageId, bytes: usize) {
        self.runs.push(Run { first: id, last: id, messages: 1, bytes: bytes as u64 });
    }

    /// The browser has taken all there is.
    pub(super) fn fold(&mut self) {
        let mut at = self.loose;
        while let Some(run) = self.runs.get(at).copied() {
            // What comes after a heartbeat is not answered for together with what came before it.
            let marked = self.marks.iter().any(|mark| mark.runs == at);
            let before = at.checked_sub(1).and_then(|before| self.runs.get_mut(before));
            match before.filter(|before| !marked && before.last.0.checked_add(1) == Some(run.first.0)) {
                Some(before) => {
                    before.last = run.last;
                    before.messages = before.messages.saturating_add(run.messages);
                    before.bytes = before.bytes.saturating_add(run.bytes);
                    self.remove(at);
                }
                None => at = at.saturating_add(1),
            }
        }
        while self.runs.len() > MAX_RUNS {
            self.join_oldest();
        }
        self.loose = self.runs.len();
    }

    /// Makes one run of the oldest two: the older one may then be answered for later than it could be.
    fn join_oldest(&mut self) {
        let Some(oldest) = self.remove(0) else { return };
        if let Some(next) = self.runs.first_mut() {
            next.first = next.first.min(oldest.first);
            next.last = next.last.max(oldest.last);
            next.messages = next.messages.saturating_add(oldest.messages);
            next.bytes = next.bytes.saturating_add(oldest.bytes);
        }
    }

    fn remove(&mut self, at: usize) -> Option<Run> {
        let places = self.marks.iter_mut().map(|mark| &mut mark.runs).chain([&mut self.loose]);
        for place in places.filter(|place| **place > at) {
            *place = place.saturating_sub(1);
        }
        let run = self.runs.get(at).copied();
        remove(&mut self.runs, at, 1);
        run
    }

    /// The run that a message is in: among the last ones, mostly.
    fn place(&self, id: MessageId) -> Option<usize> {
        self.runs.iter().rposition(|run| (run.first..=run.last).contains(&id))
    }

    /// Takes out a message that was not taken by the browser, or may be sent again: one of the loose ones, or the last one.
    pub(super) fn take_back(&mut self, id: MessageId, bytes: usize) {
        let Some(at) = self.place(id) else { return };
        let Some(run) = self.runs.get_mut(at) else { return };
        run.messages = run.messages.saturating_sub(1);
        run.bytes = run.bytes.saturating_sub(bytes as u64);
        if id == run.last {
            run.last = MessageId(id.0.saturating_sub(1));
        }
        if run.messages == 0 {
            self.remove(at);
        }
    }

    /// A message turns out to have more bytes.
    pub(super) fn measured(&mut self, id: MessageId, more: usize) {
        if let Some(run) = self.place(id).and_then(|at| self.runs.get_mut(at)) {
            run.bytes = run.bytes.saturating_add(more as u64);
        }
    }

    /// A heartbeat is sent.
    pub(super) fn mark(&mut self, at: Instant) {
        self.asked = Some(at);
        let full = self.marks.len() >= MAX_MARKS;
        match self.marks.last_mut() {
            Some(last) if full => {
                last.answers = last.answers.saturating_add(1);
                last.many = true;
            }
            _ => self.marks.push(Mark { at, runs: self.runs.len(), answers: 1, many: false }),
        }
    }

    /// When the last heartbeat without an answer was sent.
    pub(super) fn last_mark(&self) -> Option<Instant> {
        self.asked
    }

    /// A heartbeat was answered: what was handed over before it has been read by whoever answered. Says when it was sent, if that is known.
    pub(super) fn answer(&mut self) -> Option<Instant> {
        let mark = self.marks.first_mut()?;
        mark.answers = mark.answers.saturating_sub(1);
        if mark.answers > 0 {
            return None;
        }
        let mark = *mark;
        remove(&mut self.marks, 0, 1);
        remove(&mut self.runs, 0, mark.runs);
        for place in self.marks.iter_mut().map(|mark| &mut mark.runs).chain([&mut self.loose]) {
            *place = place.saturating_sub(mark.runs);
        }
        if self.marks.is_empty() {
            self.asked = None;
        }
        (!mark.many).then_some(mark.at)
    }

    pub(super) fn contains(&self, id: MessageId) -> bool {
        self.place(id).is_some()
    }

    /// The messages that nobody has answered for.
    pub(super) fn open(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter()
    }
}

/// Takes out so many, from one of them on. `Vec::remove` and `Vec::drain` have messages for panics, and code that writes them.
fn remove<T: Copy>(items: &mut Vec<T>, at: usize, count: usize) {
    let (length, mut to) = (items.len(), at);
    for from in at.saturating_add(count)..length {
        if let Some(item) = items.get(from).copied()
            && let Some(place) = items.get_mut(to)
        {
            *place = item;
            to += 1;
        }
    }
    items.truncate(to);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed(ids: &[u64]) -> Handed {
        let mut handed = Handed::default();
        ids.iter().for_each(|id| handed.add(MessageId(*id), 10));
        handed
    }

    fn open(handed: &mut Handed) -> Vec<(u64, u64, u64, u64)> {
        handed.fold();
        handed.open().map(|run| (run.first.0, run.last.0, run.messages, run.bytes)).collect()
    }

    #[test]
    fn what_came_before_an_answered_heartbeat_is_open_no_more() {
        let mut some = handed(&[3, 4, 7]);
        assert_eq!(open(&mut some), [(3, 4, 2, 20), (7, 7, 1, 10)]);
        some.mark(Instant::ZERO);
        some.add(MessageId(8), 10);
        some.mark(Instant::from_micros(1));
        // What was queued before comes after what was sent in the open event.
        some.add(MessageId(1), 10);
        assert_eq!(open(&mut some), [(3, 4, 2, 20), (7, 7, 1, 10), (8, 8, 1, 10), (1, 1, 1, 10)]);
        assert!(some.contains(MessageId(4)) && !some.contains(MessageId(5)));
        assert_eq!(some.answer(), Some(Instant::ZERO));
        assert_eq!(open(&mut some), [(8, 8, 1, 10), (1, 1, 1, 10)]);
        assert_eq!(some.last_mark(), Some(Instant::from_micros(1)));
        assert_eq!(some.answer(), Some(Instant::from_micros(1)));
        assert_eq!((open(&mut some), some.last_mark()), (vec![(1, 1, 1, 10)], None));
        assert_eq!(some.answer(), None, "an answer to nothing answers for nothing");
        some.mark(Instant::ZERO);
        some.answer();
        assert_eq!(open(&mut some), []);
    }

    #[test]
    fn what_the_browser_did_not_take_is_none_that_was_handed_over() {
        let mut some = handed(&[9, 1, 2]);
        some.fold();
        [3, 4].into_iter().for_each(|id| some.add(MessageId(id), 10));
        some.mark(Instant::ZERO);
        [5, 6, 7].into_iter().for_each(|id| some.add(MessageId(id), id as usize));
        [3, 5, 6].into_iter().for_each(|id| some.take_back(MessageId(id), if id == 3 { 10 } else { id as usize }));
        assert_eq!(open(&mut some), [(9, 9, 1, 10), (1, 2, 2, 20), (4, 4, 1, 10), (7, 7, 1, 7)]);
        some.answer();
        assert_eq!(open(&mut some), [(7, 7, 1, 7)], "what came after the heartbeat");
    }

    #[test]
    fn what_may_be_sent_again_is_taken_from_the_end() {
        let mut some = handed(&[9, 1, 2, 3]);
        some.fold();
        [3, 2].into_iter().for_each(|id| some.take_back(MessageId(id), 10));
        assert_eq!(open(&mut some), [(9, 9, 1, 10), (1, 1, 1, 10)]);
        some.take_back(MessageId(1), 10);
        some.add(MessageId(10), 10);
        assert_eq!(open(&mut some), [(9, 10, 2, 20)]);
    }

    #[test]
    fn heartbeats_that_nobody_answers_in_time_answer_for_nothing_too_much() {
        let mut some = handed(&[0]);
        for id in 1..30 {
            some.mark(Instant::ZERO);
            some.add(MessageId(id), 10);
        }
        for answered in 1..8 {
            assert!(some.answer().is_some());
            assert_eq!(open(&mut some)[0].0, answered);
        }
        for _ in 8..29 {
            assert_eq!(some.answer(), None);
            assert_eq!(open(&mut some)[0].0, 7, "it may be the answer to the eighth");
        }
        assert_eq!(some.answer(), None);
        assert_eq!(open(&mut some), [(8, 29, 22, 220)]);
    }

    #[test]
    fn many_gaps_take_no_more_room_and_every_message_is_counted() {
        let mut some = Handed::default();
        for id in 0..1000 {
            some.add(MessageId(id * 2), 10);
            some.fold();
            if id == 990 {
                some.mark(Instant::ZERO);
            }
        }
        assert_eq!((some.runs.len(), open(&mut some).iter().map(|run| run.2).sum::<u64>()), (MAX_RUNS, 1000));
        some.answer();
        assert_eq!(
            open(&mut some).iter().map(|run| run.0).collect::<Vec<_>>(),
            (1982..2000).step_by(2).collect::<Vec<_>>()
        );
    }
}
