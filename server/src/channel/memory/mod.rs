//! Channels and sessions in this process's memory.

mod history;
mod sessions;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use tautline::MessageRef;
use tokio::sync::watch;
use tokio::time::Instant;

use self::history::History;
pub(super) use self::history::HistorySize;
use self::sessions::Sessions;
use super::broker::{Batch, Broker, BrokerError, Budget, Claim, Met, Place, Position};

/// How much a [`MemoryBroker`] keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryLimits {
    /// Messages of a channel's history. Default: 1,000.
    pub history_messages: usize,
    /// Bytes of a channel's history, payloads only. Default: 4 MiB.
    pub history_bytes: usize,
    /// How old a message of the history gets. Default: 5 minutes.
    pub history_age: Duration,
    /// Bytes of all histories; beyond it a channel keeps nothing but its newest message. Default: 256 MiB.
    pub all_history_bytes: u64,
    /// Channels. One that nobody watches and whose history is empty makes room. Default: 1,000.
    pub channels: usize,
    /// Sessions. Default: 10,000.
    pub sessions: usize,
    /// How long a session is remembered that nobody uses. Default: 2 minutes.
    pub session_life: Duration,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            history_messages: 1_000,
            history_bytes: 4 * 1024 * 1024,
            history_age: Duration::from_secs(300),
            all_history_bytes: 256 * 1024 * 1024,
            channels: 1_000,
            sessions: 10_000,
            session_life: Duration::from_secs(120),
        }
    }
}

/// The broker that is in this process, and ends with it.
#[derive(Debug)]
pub struct MemoryBroker {
    limits: MemoryLimits,
    channels: Mutex<HashMap<String, Arc<Channel>>>,
    sessions: Sessions,
    /// Bytes of all histories.
    total: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Channel {
    history: Mutex<History>,
    news: watch::Sender<Position>,
}

/// How a channel loses its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It begins anew, with another epoch and at offset 0.
    Epoch,
    /// Its messages are gone, and its offsets go on.
    Trim,
}

impl MemoryBroker {
    /// With these limits.
    #[must_use]
    pub fn new(limits: MemoryLimits) -> Self {
        let sessions = Sessions::new(limits.sessions, limits.session_life);
        Self { limits, channels: Mutex::default(), sessions, total: Arc::default() }
    }

    /// The channel loses its history; those who read it are told.
    pub fn lose(&self, channel: &str, loss: Loss) {
        let Some(channel) = lock(&self.channels).get(channel).cloned() else { return };
        let mut history = lock(&channel.history);
        match loss {
            Loss::Epoch => history.begin_anew(),
            Loss::Trim => history.clear(),
        }
        channel.news.send_replace(history.position());
    }

    /// Forgets the sessions of a channel.
    pub fn forget(&self, channel: &str) {
        self.sessions.forget(channel);
    }

    /// Drops what is too old.
    pub fn sweep(&self) {
        let now = Instant::now();
        let mut channels = lock(&self.channels);
        for channel in channels.values() {
            lock(&channel.history).expire(now);
        }
        Self::drop_unused(&mut channels);
        drop(channels);
        self.sessions.sweep(now);
    }

    /// Sessions of a channel, each with the highest number accepted, if it is not being moved.
    pub(super) fn sessions_of(&self, channel: &str) -> Vec<(String, Option<u64>)> {
        self.sessions.of(channel)
    }

    pub(super) fn size_of(&self, channel: &str) -> Option<(Position, HistorySize)> {
        let channel = lock(&self.channels).get(channel).cloned()?;
        let mut history = lock(&channel.history);
        history.expire(Instant::now());
        Some((history.position(), history.size()))
    }

    fn drop_unused(channels: &mut HashMap<String, Arc<Channel>>) {
        // One that somebody has in hands at this moment has a second owner.
        channels.retain(|_, channel| {
            Arc::strong_count(channel) > 1 || channel.news.receiver_count() > 0 || !lock(&channel.history).is_empty()
        });
    }

    fn channel(&self, name: &str) -> Result<Arc<Channel>, BrokerError> {
        let mut channels = lock(&self.channels);
        if let Some(channel) = channels.get(name) {
            return Ok(channel.clone());
        }
        if channels.len() >= self.limits.channels {
            let now = Instant::now();
            channels.values().for_each(|channel| lock(&channel.history).expire(now));
            Self::drop_unused(&mut channels);
            if channels.len() >= self.limits.channels {
                return Err(BrokerError::NoRoomForChannel);
            }
        }
        let history = History::new(&self.limits, self.total.clone());
        let news = watch::Sender::new(history.position());
        let channel = Arc::new(Channel { history: Mutex::new(history), news });
        channels.insert(name.to_owned(), channel.clone());
        Ok(channel)
    }

    fn add(&self, name: &str, payload: MessageRef<'_>) -> Result<u64, BrokerError> {
        let channel = self.channel(name)?;
        let mut history = lock(&channel.history);
        let offset = history.push(payload, Instant::now());
        if self.total.load(Ordering::Relaxed) > self.limits.all_history_bytes {
            history.keep_newest();
        }
        // While it is locked, so that positions come in order.
        channel.news.send_replace(history.position());
        Ok(offset)
    }

    fn look(&self, name: &str, place: Option<Place<'_>>, budget: Budget) -> Result<Batch, BrokerError> {
        let channel = self.channel(name)?;
        let mut history = lock(&channel.history);
        history.expire(Instant::now());
        Ok(history.read(place, budget))
    }
}

impl Broker for MemoryBroker {
    fn watch<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<watch::Receiver<Position>, BrokerError>> {
        ready(self.channel(channel).map(|channel| channel.news.subscribe())).boxed()
    }

    fn read<'a>(
        &'a self,
        channel: &'a str,
        place: Option<Place<'a>>,
        budget: Budget,
    ) -> BoxFuture<'a, Result<Batch, BrokerError>> {
        ready(self.look(channel, place, budget)).boxed()
    }

    fn publish<'a>(&'a self, channel: &'a str, payload: MessageRef<'a>) -> BoxFuture<'a, Result<u64, BrokerError>> {
        ready(self.add(channel, payload)).boxed()
    }

    fn meet<'a>(&'a self, channel: &'a str, session: &'a str) -> BoxFuture<'a, Result<Met, BrokerError>> {
        self.sessions.meet(channel, session).boxed()
    }

    fn claim<'a>(
        &'a self,
        channel: &'a str,
        session: &'a str,
    ) -> BoxFuture<'a, Result<Option<Box<dyn Claim>>, BrokerError>> {
        self.sessions.claim(channel, session).map(Ok).boxed()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds a lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
