//! What transports bring.

use super::attempts::Sequel;
use super::output::{Cause, Event, Gap, Output, PipeId, Position, ProtocolError};
use super::{Machine, Pipe, State};
use crate::MessageRef;
use crate::channel::wire::{Frame, Hello, Known};
use crate::machine::{Instant, Payload};

/// A message for the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received<'a> {
    /// Its place in the channel.
    pub offset: u64,
    /// The message.
    pub payload: MessageRef<'a>,
}

impl<M: Payload> Machine<M> {
    /// A frame from a transport. What it returns is to be handed to the application, after the outputs that there are. `now` is asked only
    /// where the time matters.
    pub fn received<'a>(
        &mut self,
        now: impl FnOnce() -> Instant,
        id: PipeId,
        data: MessageRef<'a>,
    ) -> Option<Received<'a>> {
        if self.candidate.as_ref().is_some_and(|candidate| candidate.id == id) {
            self.received_by_candidate(now(), data);
            return None;
        }
        let (State::Opening(pipe) | State::Up(pipe) | State::Closing { pipe, .. }) = &mut self.state else {
            return None;
        };
        if pipe.id != id {
            return None;
        }
        pipe.heard = true;
        pipe.doubted = false;
        let frame = match Frame::read(data) {
            Ok(frame) => frame,
            Err(error) => {
                self.broken(now(), error.into());
                return None;
            }
        };
        let Frame::Message { offset, payload } = frame else {
            let now = now();
            if let Err(error) = self.control(now, frame) {
                self.broken(now, error);
            }
            return None;
        };
        self.received_message(now, id, offset).then_some(Received { offset, payload })
    }

    /// A frame of so many bytes has arrived. `false`: it is too large, and is not to be read.
    pub fn takes(&mut self, now: impl FnOnce() -> Instant, id: PipeId, bytes: usize) -> bool {
        let limit = self.config.max_frame;
        let error = ProtocolError::TooLarge { bytes, limit };
        if bytes <= limit {
            return true;
        }
        if self.candidate.as_ref().is_some_and(|candidate| candidate.id == id) {
            self.candidate_failed(now());
        } else if let State::Opening(pipe) | State::Up(pipe) | State::Closing { pipe, .. } = &self.state
            && pipe.id == id
        {
            self.broken(now(), error);
        }
        false
    }

    /// A message of which the offset alone was read. `true`: it is to be handed to the application.
    pub fn received_message(&mut self, now: impl FnOnce() -> Instant, id: PipeId, offset: u64) -> bool {
        let (State::Opening(pipe) | State::Up(pipe) | State::Closing { pipe, .. }) = &mut self.state else {
            return false;
        };
        if pipe.id != id {
            // Of a candidate it is out of its place; of any other it is late.
            if self.candidate.as_ref().is_some_and(|candidate| candidate.id == id) {
                self.candidate_failed(now());
            }
            return false;
        }
        pipe.heard = true;
        pipe.doubted = false;
        self.message(offset).unwrap_or_else(|error| {
            self.broken(now(), error);
            false
        })
    }

    /// `true`: it is the next one. `false`: it was there already, as it may.
    fn message(&mut self, found: u64) -> Result<bool, ProtocolError> {
        let (State::Up(pipe) | State::Closing { pipe, .. }) = &self.state else { return Err(ProtocolError::NoHello) };
        let Some(position) = &mut self.position else { return Err(ProtocolError::NoHello) };
        let expected = position.offset + 1;
        if found == expected {
            position.offset = found;
            return Ok(true);
        }
        if found > expected {
            return Err(ProtocolError::Jumped { expected, found });
        }
        if found > pipe.overlap {
            return Err(ProtocolError::Repeated { last: position.offset, found });
        }
        self.repeated += 1;
        Ok(false)
    }

    /// Any frame but a message.
    fn control(&mut self, now: Instant, frame: Frame<'_>) -> Result<(), ProtocolError> {
        match frame {
            Frame::Hello { version, fields } => {
                let hello = Hello::read(version, fields)?;
                return self.hello(now, &hello);
            }
            // The transport ends now, with this code.
            Frame::End { .. } => {
                if let State::Opening(pipe) | State::Up(pipe) | State::Closing { pipe, .. } = &mut self.state {
                    pipe.told = true;
                }
                return Ok(());
            }
            Frame::Message { .. } | Frame::Send { .. } => return Err(ProtocolError::Misplaced),
            Frame::Accepted { .. } | Frame::Beat { .. } => {}
        }
        if matches!(self.state, State::Opening(_)) {
            return Err(ProtocolError::NoHello);
        }
        if let Frame::Accepted { sequence } = frame {
            self.accepted(sequence)?;
        }
        Ok(())
    }

    fn accepted(&mut self, sequence: u64) -> Result<(), ProtocolError> {
        let event = self.outbox.accept(sequence)?;
        self.tell_all([event]);
        if matches!(self.state, State::Closing { .. }) && self.outbox.is_empty() {
            self.end(Cause::Closed);
        }
        Ok(())
    }

    fn hello(&mut self, now: Instant, hello: &Hello) -> Result<(), ProtocolError> {
        let first = matches!(self.state, State::Opening(_));
        let recovered = self.take_position(hello)?;
        self.limit = Some(hello.limit);
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Opening(mut pipe) => {
                pipe.greet(now, hello.beat);
                pipe.overlap = self.position.as_ref().map_or(0, |position| position.offset);
                let kind = pipe.kind;
                self.state = State::Up(pipe);
                (self.steady_at, self.steady) = (now + self.config.stable_after, false);
                self.was_up = true;
                self.ladder.plan_upgrade(now, &self.config, &mut self.rng);
                self.tell(Event::Opened { kind, recovered });
            }
            state => self.state = state,
        }
        self.meet_session(now, hello, first)
    }

    /// What the server knows of what was sent.
    fn meet_session(&mut self, now: Instant, hello: &Hello, first: bool) -> Result<(), ProtocolError> {
        // Of a poll's later answers the server has written some before it got what was posted since.
        if self.is_forgotten(hello) && (first || hello.session == Known::New) {
            self.forget_session(now);
            return Ok(());
        }
        self.met = true;
        if let Known::Known { accepted } = hello.session {
            self.accepted(accepted)?;
        }
        self.transmit();
        Ok(())
    }

    /// Goes on under another name: something of this one may still be on its way.
    fn forget_session(&mut self, now: Instant) {
        if matches!(self.state, State::Closing { .. }) {
            return self.end(Cause::Closed);
        }
        self.abandon();
        self.begin_session();
        self.tell(Event::Lost { cause: Cause::Forgotten });
        // Where no session is kept, as by servers that do not share them, another one at once would be forgotten at once.
        if std::mem::replace(&mut self.forgotten, true) {
            self.wait(now, Sequel::Retry, false);
        } else {
            self.open(now);
        }
    }

    /// Whether the server has forgotten the session, or a part of it.
    fn is_forgotten(&self, hello: &Hello) -> bool {
        match hello.session {
            Known::Known { accepted } => self.outbox.is_beyond(accepted),
            Known::New | Known::None => self.met,
        }
    }

    /// Where the hello stands to what was delivered. `true`: nothing is missed.
    fn take_position(&mut self, hello: &Hello) -> Result<bool, ProtocolError> {
        let after = Position { epoch: hello.epoch.clone(), offset: hello.after };
        let Some(position) = &mut self.position else {
            self.position = Some(after);
            return Ok(true);
        };
        if position.epoch != hello.epoch {
            let before = std::mem::replace(position, after.clone());
            self.tell(Event::Missed(Gap::NewEpoch { before, after }));
            return Ok(false);
        }
        let last = position.offset;
        match hello.missed {
            // What another transport has brought meanwhile is not missed.
            Some(missed) if missed.to > last => {
                // What lies before it is not said to be missed, and would not come.
                if missed.from > last + 1 {
                    return Err(ProtocolError::Elsewhere { asked: last, found: missed.from - 1 });
                }
                position.offset = missed.to;
                let from = last + 1;
                self.tell(Event::Missed(Gap::Trimmed { from, to: missed.to }));
                Ok(false)
            }
            _ if hello.after > last => Err(ProtocolError::Elsewhere { asked: last, found: hello.after }),
            _ => Ok(true),
        }
    }

    /// A candidate says its hello, and so takes over; anything else before that is wrong.
    fn received_by_candidate(&mut self, now: Instant, data: MessageRef<'_>) {
        let hello = match Frame::read(data) {
            Ok(Frame::Hello { version, fields }) => Hello::read(version, fields).ok(),
            _ => None,
        };
        let (Some(hello), State::Up(_)) = (hello, &self.state) else { return self.candidate_failed(now) };
        let Some(mut candidate) = self.candidate.take() else { return };
        // A server that knows it may have said so before it got what the live transport has sent since.
        if matches!(hello.session, Known::New | Known::None) && self.is_forgotten(&hello) {
            // Nothing can be sent over the live transport either.
            self.candidate = Some(candidate);
            return self.forget_session(now);
        }
        // Another life of the channel: the live transport says so in its own time, if it is so.
        if self.position.as_ref().is_none_or(|position| position.epoch != hello.epoch) {
            self.candidate = Some(candidate);
            return self.candidate_failed(now);
        }
        candidate.greet(now, hello.beat);
        candidate.overlap = self.position.as_ref().map_or(0, |position| position.offset);
        self.take_over(now, candidate);
        if let Err(error) = self.hello(now, &hello) {
            self.broken(now, error);
        }
    }

    fn take_over(&mut self, now: Instant, candidate: Pipe) {
        let (rung, to) = (candidate.rung, candidate.kind);
        let State::Up(old) = std::mem::replace(&mut self.state, State::Up(candidate)) else { return };
        self.outputs.push_back(Output::Abort { id: old.id });
        self.ladder.climb(rung);
        self.ladder.plan_upgrade(now, &self.config, &mut self.rng);
        (self.steady_at, self.steady) = (now + self.config.stable_after, false);
        self.tell(Event::Moved { from: old.kind, to });
    }

    /// The server broke the protocol: that connection is given up.
    fn broken(&mut self, now: Instant, error: ProtocolError) {
        if matches!(self.state, State::Closing { .. }) {
            return self.end(Cause::Closed);
        }
        self.abandon();
        self.lost(now, Cause::Protocol(error), Sequel::Retry);
    }
}
