//! How far each message of a fan-out has come.

use std::cell::Cell;

use anyhow::{Result, ensure};
use tokio::sync::Notify;

/// How many messages are on their way at once.
pub const WINDOW: u64 = 8;

/// How many of the subscribers each message has reached, of those that are on their way. Messages are numbered from 0.
#[derive(Debug)]
pub struct Progress {
    subscribers: usize,
    /// Of message n, at n modulo the window.
    reached: [Cell<usize>; WINDOW as usize],
    /// How many messages have reached all.
    complete: Cell<u64>,
    news: Notify,
}

impl Progress {
    /// Nothing has been published.
    #[must_use]
    pub fn new(subscribers: usize) -> Self {
        Self { subscribers, reached: Default::default(), complete: Cell::default(), news: Notify::new() }
    }

    /// Message `number` has reached one more subscriber. To each they come in order.
    ///
    /// # Errors
    /// It can't have been sent yet: the server sends what nobody published.
    pub fn reached_one(&self, number: u64) -> Result<()> {
        let complete = self.complete.get();
        ensure!((complete..complete + WINDOW).contains(&number), "message {number}, when {complete} have reached all");
        let reached = &self.reached[(number % WINDOW) as usize];
        reached.set(reached.get() + 1);
        if reached.get() == self.subscribers {
            reached.set(0);
            self.complete.set(complete + 1);
            self.news.notify_one();
        }
        Ok(())
    }

    /// Returns when message `number` may be sent. For one publisher.
    pub async fn room_for(&self, number: u64) {
        while number >= self.complete.get() + WINDOW {
            self.news.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_message_may_be_sent_when_the_eighth_before_it_has_reached_all() {
        let progress = Progress::new(2);
        let may_send = |number| progress.room_for(number).now_or_never().is_some();
        assert!(may_send(7) && !may_send(8));
        // One is far ahead of the other.
        for number in 0..8 {
            progress.reached_one(number).unwrap();
        }
        assert!(!may_send(8));
        assert!(progress.reached_one(8).is_err(), "nobody has sent it");
        progress.reached_one(0).unwrap();
        assert!(may_send(8) && !may_send(9));
        progress.reached_one(8).unwrap();
    }
}
