//! Channels and sessions in this process's memory.

mod history;
mod sessions;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
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
    /// Channels. The one unused for longest makes room, of those that nobody watches and whose history is empty. Default: 1,000.
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
    channels: RwLock<HashMap<String, Arc<Channel>>>,
    sessions: Sessions,
    /// Bytes of all histories.
    total: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Channel {
    history: Mutex<History>,
    news: watch::Sender<Position>,
    touched: Mutex<Instant>,
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
        Self { limits, channels: RwLock::default(), sessions, total: Arc::default() }
    }

    /// The channel loses its history; those who read it are told.
    pub fn lose(&self, channel: &str, loss: Loss) {
        let Some(channel) = self.find(channel) else { return };
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
        for channel in self.channels.read().unwrap_or_else(PoisonError::into_inner).values() {
            lock(&channel.history).expire(now);
        }
        self.sessions.sweep(now);
    }

    /// Sessions of a channel, each with the highest number accepted, if it is not being moved.
    pub(super) fn sessions_of(&self, channel: &str) -> Vec<(String, Option<u64>)> {
        self.sessions.of(channel)
    }

    pub(super) fn size_of(&self, channel: &str) -> Option<(Position, HistorySize)> {
        let channel = self.find(channel)?;
        let mut history = lock(&channel.history);
        history.expire(Instant::now());
        Some((history.position(), history.size()))
    }

    /// Drops the channel that nobody has used for longest, if there is one of which nothing is to be kept.
    fn make_room(channels: &mut HashMap<String, Arc<Channel>>, now: Instant) -> Result<(), BrokerError> {
        let unused = channels.iter().filter(|(_, channel)| {
            let mut history = lock(&channel.history);
            history.expire(now);
            // One that somebody has in hands at this moment has a second owner.
            Arc::strong_count(channel) == 1 && channel.news.receiver_count() == 0 && history.is_empty()
        });
        let name = unused.min_by_key(|(_, channel)| *lock(&channel.touched)).map(|(name, _)| name.clone());
        channels.remove(&name.ok_or(BrokerError::NoRoomForChannel)?);
        Ok(())
    }

    fn find(&self, name: &str) -> Option<Arc<Channel>> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn channel(&self, name: &str) -> Result<Arc<Channel>, BrokerError> {
        if let Some(channel) = self.find(name) {
            return Ok(channel);
        }
        let now = Instant::now();
        let mut channels = self.channels.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been here first.
        if let Some(channel) = channels.get(name) {
            return Ok(channel.clone());
        }
        if channels.len() >= self.limits.channels {
            Self::make_room(&mut channels, now)?;
        }
        let history = History::new(&self.limits, self.total.clone());
        let news = watch::Sender::new(history.position());
        let channel = Arc::new(Channel { history: Mutex::new(history), news, touched: Mutex::new(now) });
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
        let watching = self.channel(channel).map(|channel| {
            *lock(&channel.touched) = Instant::now();
            channel.news.subscribe()
        });
        ready(watching).boxed()
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

    fn meet<'a>(&'a self, channel: &'a str, session: &'a str, begin: bool) -> BoxFuture<'a, Result<Met, BrokerError>> {
        self.sessions.meet(channel, session, begin).boxed()
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Budget = Budget { messages: usize::MAX, bytes: usize::MAX };

    fn broker(channels: usize, all_history_bytes: u64, history_age: Duration) -> MemoryBroker {
        MemoryBroker::new(MemoryLimits { channels, all_history_bytes, history_age, ..MemoryLimits::default() })
    }

    #[tokio::test]
    async fn the_channel_unused_for_longest_makes_room_but_not_one_with_readers_or_messages() {
        let broker = broker(3, 1_000, Duration::from_secs(300));
        let reader = broker.watch("read").await.unwrap();
        broker.publish("kept", MessageRef::Text("a")).await.unwrap();
        let idle = broker.watch("idle").await.unwrap().borrow().epoch.clone();
        assert_eq!(broker.watch("idle").await.unwrap().borrow().epoch, idle, "a channel is kept while there is room");
        drop(broker.watch("new").await.unwrap());
        assert_eq!(broker.publish("kept", MessageRef::Text("b")).await, Ok(2));
        let second = broker.watch("newer").await.unwrap();
        assert_eq!(broker.watch("none").await.unwrap_err(), BrokerError::NoRoomForChannel);
        drop((reader, second));
        broker.watch("none").await.unwrap();
    }

    #[tokio::test]
    async fn all_histories_together_have_a_limit() {
        let broker = broker(10, 10, Duration::from_secs(300));
        for channel in ["a", "b"] {
            for _ in 0..3 {
                broker.publish(channel, MessageRef::Text("1234")).await.unwrap();
            }
        }
        let kept = |channel| broker.look(channel, Some(Place { epoch: "", after: 0 }), ALL).unwrap().messages.len();
        assert_eq!((kept("a"), kept("b")), (1, 1));
        assert_eq!(broker.total.load(Ordering::Relaxed), 8);
        broker.lose("a", Loss::Trim);
        broker.lose("b", Loss::Epoch);
        assert_eq!(broker.total.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn what_is_too_old_goes_and_the_offset_stays() {
        let broker = broker(10, 10, Duration::ZERO);
        broker.publish("a", MessageRef::Text("1")).await.unwrap();
        tokio::task::yield_now().await;
        broker.sweep();
        let batch = broker.look("a", None, ALL).unwrap();
        assert_eq!((batch.newest, batch.after, batch.messages.len()), (1, 1, 0));
    }
}
