//! What is sent: handed over at once where that keeps the order, otherwise by way of the outbox.

use std::time::Duration;

use super::metrics::count;
use super::outbox::{Entry, Offered};
use super::state::{Live, State};
use super::time::{Instant, Span};
use super::timer::Timer;
use super::{Event, Fate, Machine, MessageId, OutboxError, Output, Payload, TransportId};
use crate::ReadyState;

/// Why a message was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAccepted {
    /// The socket is CLOSING or CLOSED; or it is not OPEN, where that was asked for.
    #[error("nothing can be sent while the socket is {state}")]
    NotOpen {
        /// The state it is in.
        state: ReadyState,
    },
    /// It has no room in the outbox.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

/// Whether a message may go straight to the browser, so that it need not be owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Hand it over now, under this number. It counts as handed over; if the browser does not take it, say
    /// [`Machine::withdraw`].
    Now {
        /// The transport.
        id: TransportId,
        /// The message's number.
        message_id: MessageId,
    },
    /// Look at `bufferedAmount`, tell it with [`Input::Buffered`](super::Input::Buffered), and ask again.
    Ask {
        /// The transport.
        id: TransportId,
    },
    /// It has to be queued, with [`Machine::send`].
    Queue,
}

/// Looks at `bufferedAmount` follow each other after 1, 2, 4 … ms, and not less often than each 32 ms: browsers have no event for it.
fn look_again(looks: u32) -> Span {
    Span(1000 << looks.min(5))
}

impl<M: Payload> Machine<M> {
    /// Sends a message, or queues it while there is no connection or too much is buffered. It fails to be accepted in CLOSING and
    /// CLOSED, and when the outbox is full. In `Idle` it is queued.
    ///
    /// `ttl`: for how long it may wait. Changes the outputs and the timer.
    ///
    /// # Errors
    /// [`NotAccepted`]: nothing was queued, and nothing else was disturbed, but for messages that had expired.
    pub fn send(&mut self, now: Instant, message: M, ttl: Option<Duration>) -> Result<MessageId, NotAccepted> {
        let Some(ttl) = ttl else { return self.accept(now, message, Instant::NEVER) };
        // Here, so that whoever gives no message a time has no code for it.
        self.expire = Some(Self::drop_expired);
        self.accept(now, message, now + ttl)
    }

    /// The same, with the time at which it expires.
    pub(crate) fn accept(&mut self, now: Instant, message: M, expires: Instant) -> Result<MessageId, NotAccepted> {
        let bytes = message.byte_len();
        if matches!(self.state, State::Closing { .. } | State::Closed) {
            return Err(NotAccepted::NotOpen { state: self.ready_state() });
        }
        self.fold();
        let id = MessageId(self.next_message);
        let entry = Entry { id, message, bytes, expires, tried: false };
        if self.outbox.is_empty()
            && let State::Up(live) = &mut self.state
            && live.announced
            && !live.carrier.stalled
            && live.carrier.buffered < self.config.marks.high.max(1)
        {
            self.next_message = self.next_message.saturating_add(1);
            let output = hand_over(live, entry);
            self.count_sent(bytes);
            self.out.push_back(output);
            return Ok(id);
        }
        self.look_at_buffer(now);
        if !self.outbox.has_room(bytes, &self.config.outbox) {
            // The timer may be late.
            self.expire(now);
        }
        while let Some(oldest) = self.outbox.make_room(bytes, &self.config.outbox) {
            self.lose(&oldest, Fate::Dropped);
        }
        if self.outbox.offer(entry, &self.config.outbox)? == Offered::Dropped {
            count(&mut self.metrics.dropped, 1);
            self.fate(id, bytes, Fate::Dropped);
        }
        self.next_message = self.next_message.saturating_add(1);
        self.set_expiry();
        self.flush(now);
        Ok(id)
    }

    /// Sends a message now or not at all: what is stale must never be replayed. What is queued goes first. In the `open` event it
    /// goes before the queue. It is never queued again. Changes the outputs.
    ///
    /// # Errors
    /// [`NotAccepted::NotOpen`] unless the socket is OPEN.
    pub fn send_now(&mut self, now: Instant, message: M) -> Result<MessageId, NotAccepted> {
        self.fold();
        let mut live = match std::mem::replace(&mut self.state, State::Idle) {
            State::Up(live) if !live.carrier.stalled => live,
            state => {
                self.state = state;
                let state = self.ready_state();
                // The browser knows more than this machine, which has not seen the close event.
                let state = if state == ReadyState::Open { ReadyState::Closing } else { state };
                return Err(NotAccepted::NotOpen { state });
            }
        };
        if live.announced {
            self.hand_over_all(now, &mut live);
        }
        let id = MessageId(self.next_message);
        self.next_message = self.next_message.saturating_add(1);
        self.urgent.push(id);
        let bytes = message.byte_len();
        live.carrier.handed.add(id, bytes);
        live.carrier.buffered = live.carrier.buffered.saturating_add(bytes as u64);
        if let Some(kept) = &mut live.carrier.kept {
            kept.add(id, bytes, None);
        }
        self.count_sent(bytes);
        self.out.push_back(Output::Send { id: live.carrier.id, message_id: id, message, expires: None });
        self.state = State::Up(live);
        Ok(id)
    }

    /// Asks whether a message of this size may go straight to the browser, without being owned: a shorter way for [`send`](Self::send)
    /// and, with `urgent`, for [`send_now`](Self::send_now).
    pub fn pass(&mut self, bytes: usize, urgent: bool) -> Pass {
        self.fold();
        let State::Up(live) = &mut self.state else { return Pass::Queue };
        let in_turn = self.outbox.is_empty() && live.announced || urgent && !live.announced;
        if !in_turn || !self.out.is_empty() || live.carrier.stalled || live.carrier.kept.is_some() {
            return Pass::Queue;
        }
        let id = live.carrier.id;
        if !urgent && live.carrier.buffered >= self.config.marks.high.max(1) {
            // After the answer it is less, or there is a timer that asks again.
            return if self.timers.get(Timer::Flush).is_some() { Pass::Queue } else { Pass::Ask { id } };
        }
        let message_id = MessageId(self.next_message);
        self.next_message = self.next_message.saturating_add(1);
        live.carrier.handed.add(message_id, bytes);
        live.carrier.buffered = live.carrier.buffered.saturating_add(bytes as u64);
        self.count_sent(bytes);
        Pass::Now { id, message_id }
    }

    /// The browser did not take a message that was to pass: it was never accepted. If the socket was only not OPEN any more, the message
    /// can be given to [`send`](Self::send) after [`stall`](Self::stall).
    pub fn withdraw(&mut self, id: TransportId, message_id: MessageId, bytes: usize) {
        self.take_back(id, message_id, bytes);
    }

    /// A message that passed has more bytes than it was counted with: the length of a text is known for sure once it is encoded.
    pub fn measured(&mut self, id: TransportId, message_id: MessageId, more: usize) {
        if let State::Up(live) = &mut self.state
            && live.carrier.id == id
        {
            live.carrier.handed.measured(message_id, more);
            live.carrier.buffered = live.carrier.buffered.saturating_add(more as u64);
            count(&mut self.metrics.bytes_sent, more as u64);
        }
    }

    /// The browser did not take a message, and never will: it is of no kind that can be sent. Its fate is `Failed`.
    pub fn not_sent(&mut self, id: TransportId, message_id: MessageId, bytes: usize) {
        self.take_back(id, message_id, bytes);
        count(&mut self.metrics.failed, 1);
        self.fate(message_id, bytes, Fate::Failed);
    }

    /// The browser's socket was not OPEN any more when a message was to be handed over; its close event is on the way. The message is
    /// queued again where it was, but for one of [`send_now`](Self::send_now), whose fate is `Failed`. To be called for each such message
    /// in their order, before the next output is taken.
    pub fn put_back(&mut self, id: TransportId, message_id: MessageId, message: M, expires: Option<Instant>) {
        let bytes = message.byte_len();
        self.take_back(id, message_id, bytes);
        let entry = Entry { id: message_id, message, bytes, expires: expires.unwrap_or(Instant::NEVER), tried: false };
        if matches!(self.state, State::Closing { .. } | State::Closed) || self.urgent.contains(&message_id) {
            count(&mut self.metrics.failed, 1);
            return self.fate(message_id, bytes, Fate::Failed);
        }
        self.outbox.put_back(entry);
        self.set_expiry();
        if self.carrier().is_some_and(|carrier| carrier != id) {
            // Another connection has taken over meanwhile: nothing else may ask for the message to go.
            self.timers.set(Timer::Flush, Instant::ZERO);
        }
        self.fate(message_id, bytes, Fate::Queued);
    }

    fn take_back(&mut self, id: TransportId, message_id: MessageId, bytes: usize) {
        self.metrics.messages_sent = self.metrics.messages_sent.saturating_sub(1);
        self.metrics.bytes_sent = self.metrics.bytes_sent.saturating_sub(bytes as u64);
        let carrier = match &mut self.state {
            State::Up(live) if live.carrier.id == id => &mut live.carrier,
            State::Closing { carrier: Some(carrier), .. } if carrier.id == id => carrier,
            _ => match &mut self.retiring {
                Some(carrier) if carrier.id == id => carrier,
                _ => return,
            },
        };
        carrier.handed.take_back(message_id, bytes);
        if let Some(kept) = &mut carrier.kept {
            kept.remove(message_id);
        }
    }

    /// When all outputs are carried out, the browser has taken what was handed over, or it was taken back.
    fn fold(&mut self) {
        if !self.out.is_empty() {
            return;
        }
        self.urgent.clear();
        if let State::Up(live) = &mut self.state {
            live.carrier.handed.fold();
        }
    }

    /// The browser's socket is not OPEN any more, though its close event has not come: nothing more is handed over to it.
    pub fn stall(&mut self, now: Instant, id: TransportId) {
        if let State::Up(live) = &mut self.state
            && live.carrier.id == id
        {
            live.carrier.stalled = true;
            self.timers.clear(Timer::Flush);
            // A browser may take a minute to say so.
            if self.timers.get(Timer::Closing).is_none() {
                self.timers.set(Timer::Closing, now + self.config.close_timeout);
            }
        }
    }

    /// Sees to it that `bufferedAmount` is looked at where nothing is handed over for its sake. The outbox may take nothing that could
    /// wait for it.
    fn look_at_buffer(&mut self, now: Instant) {
        if let State::Up(live) = &self.state
            && live.announced
            && !live.carrier.stalled
            && live.carrier.buffered >= self.config.marks.high.max(1)
            && self.timers.get(Timer::Flush).is_none()
        {
            self.timers.set(Timer::Flush, now + look_again(live.carrier.looks));
        }
    }

    /// Hands over as much of the outbox as may be buffered.
    pub(super) fn flush(&mut self, now: Instant) {
        let State::Up(live) = &self.state else { return };
        if !live.announced || live.carrier.stalled {
            return;
        }
        self.expire(now);
        self.fold();
        let State::Up(live) = &mut self.state else { return };
        let high = self.config.marks.high.max(1);
        let from = self.out.len();
        while live.carrier.buffered < high
            && let Some(entry) = self.outbox.pop()
        {
            self.out.push_back(hand_over(live, entry));
        }
        if !self.outbox.is_empty() && self.timers.get(Timer::Flush).is_none() {
            let wait = look_again(live.carrier.looks);
            self.timers.set(Timer::Flush, now + wait);
        }
        self.note_sent(from);
    }

    /// Hands over all that waits, whatever is buffered: the connection is about to be closed, or something urgent follows.
    pub(super) fn hand_over_all(&mut self, now: Instant, live: &mut Live<M>) {
        if live.carrier.stalled {
            return;
        }
        self.expire(now);
        let from = self.out.len();
        while let Some(entry) = self.outbox.pop() {
            self.out.push_back(hand_over(live, entry));
        }
        self.timers.clear(Timer::Flush);
        self.note_sent(from);
    }

    /// Counts what the outputs hand over from this one on, and tells it after the last of them.
    fn note_sent(&mut self, from: usize) {
        for at in from..self.out.len() {
            if let Some(Output::Send { message_id, message, .. }) = self.out.get(at) {
                let (id, bytes) = (*message_id, message.byte_len());
                self.count_sent(bytes);
                self.fate(id, bytes, Fate::HandedOver);
            }
        }
        self.set_expiry();
    }

    pub(super) fn announced(&mut self, now: Instant, id: TransportId) {
        if let State::Up(live) = &mut self.state
            && live.carrier.id == id
        {
            live.announced = true;
            self.flush(now);
        }
    }

    pub(super) fn buffered(&mut self, now: Instant, id: TransportId, bytes: u64) {
        let marks = self.config.marks;
        let State::Up(live) = &mut self.state else { return };
        if live.carrier.id != id || live.carrier.stalled {
            return;
        }
        let before = live.carrier.buffered;
        live.carrier.note_buffered(bytes);
        live.carrier.looks = if bytes < before { 0 } else { live.carrier.looks.saturating_add(1) };
        if bytes <= marks.low.min(marks.high.max(1).saturating_sub(1)) {
            self.timers.clear(Timer::Flush);
            self.flush(now);
        } else if !self.outbox.is_empty() || bytes >= marks.high.max(1) {
            let wait = look_again(live.carrier.looks);
            self.timers.set(Timer::Flush, now + wait);
        }
    }

    pub(super) fn flush_due(&mut self) {
        if let State::Up(live) = &self.state {
            self.out.push_back(Output::AskBuffered { id: live.carrier.id });
        }
    }

    fn count_sent(&mut self, bytes: usize) {
        count(&mut self.metrics.messages_sent, 1);
        count(&mut self.metrics.bytes_sent, bytes as u64);
    }

    pub(super) fn fate(&mut self, id: MessageId, bytes: usize, fate: Fate) {
        self.event(Event::Fate { first: id, last: id, fate, messages: 1, bytes: bytes as u64 });
    }
}

fn hand_over<M: Payload>(live: &mut Live<M>, entry: Entry<M>) -> Output<M> {
    let carrier = &mut live.carrier;
    carrier.handed.add(entry.id, entry.bytes);
    carrier.buffered = carrier.buffered.saturating_add(entry.bytes as u64);
    if let Some(kept) = &mut carrier.kept {
        kept.add(entry.id, entry.bytes, Some(&entry));
    }
    let expires = (entry.expires != Instant::NEVER).then_some(entry.expires);
    Output::Send { id: carrier.id, message_id: entry.id, message: entry.message, expires }
}
