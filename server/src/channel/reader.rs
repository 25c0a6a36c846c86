//! What one client reads of a channel: from the place it asks for on, in order and without gaps.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use tautline::channel::wire::{Frame, Hello, Known, VERSION};
use tokio::sync::watch;

use super::broker::{Batch, Budget, Data, Delivery, Position};
use super::end::End;
use super::request::Asked;
use super::service::Service;

/// How much is read at a time for a connection that stays.
const STREAMED: Budget = Budget { messages: 64, bytes: 64 * 1024 };

/// Where a client is.
#[derive(Debug)]
pub(super) struct Reader {
    service: Arc<Service>,
    channel: String,
    news: watch::Receiver<Position>,
    /// Where the channel was when the client came: it is not too slow for having been away.
    opened: Position,
    after: u64,
    /// As [`Position::bytes`].
    bytes: u64,
    /// Keeps the session.
    _hold: Option<Arc<dyn Any + Send + Sync>>,
}

/// How a client is greeted.
pub(super) struct Opening {
    pub(super) hello: Hello,
    /// What the first batch has.
    pub(super) messages: Vec<Delivery>,
}

impl Opening {
    pub(super) fn hello(&self) -> Data {
        Data::frame(&Frame::Hello { version: VERSION, fields: &self.hello.to_string() })
    }

    /// The hello, and what comes with it.
    pub(super) fn frames(&self) -> Vec<Data> {
        let messages = self.messages.iter().map(|message| message.frame.clone());
        [self.hello()].into_iter().chain(messages).collect()
    }

    /// Whether there is nothing in it that the client doesn't know.
    pub(super) fn is_no_news(&self, asked: &Asked) -> bool {
        let place = asked.place().filter(|_| !asked.hello);
        let same = place.is_some_and(|place| place.epoch == self.hello.epoch && place.after == self.hello.after);
        same && self.messages.is_empty() && self.hello.missed.is_none() && self.hello.session != Known::New
    }
}

impl Reader {
    /// Begins where the client asks to.
    pub(super) async fn open(
        service: Arc<Service>,
        channel: &str,
        asked: &Asked,
        client: &str,
        beat: Duration,
        budget: Option<Budget>,
    ) -> Result<(Self, Opening), End> {
        let met = match &asked.session {
            None => None,
            Some(session) => Some(service.meet(channel, session, asked.begin, client).await?),
        };
        let mut news = service.broker.watch(channel).await?;
        let opened = news.borrow_and_update().clone();
        let batch = service.broker.read(channel, asked.place(), budget.unwrap_or(STREAMED)).await?;
        if asked.place().is_some_and(|place| place.epoch == &*batch.epoch && place.after > batch.newest) {
            return Err(End::bad("tl_after is ahead of the channel"));
        }
        let hello = Hello {
            epoch: batch.epoch.to_string(),
            offset: batch.newest,
            after: batch.after,
            missed: batch.missed,
            session: met.as_ref().map_or(Known::None, |met| met.known),
            beat: u64::try_from(beat.as_millis()).unwrap_or(u64::MAX),
            limit: service.limits.message as u64,
        };
        // The epoch of what was read, should another one have begun in between.
        let opened = Position { epoch: batch.epoch.clone(), ..opened };
        let hold = met.map(|met| met.hold);
        let mut reader =
            Self { service, channel: channel.to_owned(), news, opened, after: batch.after, bytes: 0, _hold: hold };
        reader.advance(&batch);
        let opening = Opening { hello, messages: batch.messages };
        Ok((reader, opening))
    }

    /// The next messages, at least one. Where it is dropped before it is ready, nothing is lost.
    pub(super) async fn next(&mut self) -> Result<Vec<Delivery>, End> {
        loop {
            let position = self.news.borrow_and_update().clone();
            if position.epoch != self.opened.epoch {
                return Err(End::new(1012, "the channel begins anew"));
            }
            if position.newest > self.after {
                let place = super::broker::Place { epoch: &self.opened.epoch, after: self.after };
                let batch = self.service.broker.read(&self.channel, Some(place), STREAMED).await?;
                if batch.epoch != self.opened.epoch {
                    return Err(End::new(1012, "the channel begins anew"));
                }
                if batch.missed.is_some() {
                    return Err(End::too_slow());
                }
                self.advance(&batch);
                if !batch.messages.is_empty() {
                    return Ok(batch.messages);
                }
            }
            if self.news.changed().await.is_err() {
                return Err(End::new(1012, "the channel is gone"));
            }
        }
    }

    fn advance(&mut self, batch: &Batch) {
        if let Some(last) = batch.messages.last() {
            self.after = last.offset;
            self.bytes = last.bytes;
        }
    }

    /// The channel's newest offset.
    pub(super) fn newest(&self) -> u64 {
        self.news.borrow().newest
    }

    /// Waits until there is something new. It may be said too early.
    pub(super) async fn news(&mut self) -> Result<(), End> {
        self.news.changed().await.map_err(|_| End::new(1012, "the channel is gone"))
    }

    /// Returns once the client is further behind than it may be, while what was read last is still being written.
    pub(super) fn overrun(&self) -> impl Future<Output = ()> + use<> {
        let mut news = self.news.clone();
        let (after, bytes) = (self.after.max(self.opened.newest), self.bytes.max(self.opened.bytes));
        let (messages, size) = (self.service.limits.backlog_messages, self.service.limits.backlog_bytes);
        let patience = self.service.limits.backlog_time;
        async move {
            loop {
                let (behind, unread) = {
                    let position = news.borrow_and_update();
                    (position.newest.saturating_sub(after), position.bytes.saturating_sub(bytes))
                };
                if behind > messages || unread > size {
                    return tokio::time::sleep(patience).await;
                }
                if news.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}
