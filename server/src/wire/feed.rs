//! The feeds: what was recorded under each id, for those who ask later and those who listen now. All of it is bounded.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::watch;

use super::WireId;
use super::record::{Body, Record};

/// How many ids are kept. The one idle for longest makes room, but never one with a live subscriber.
pub(crate) const MAX_FEEDS: usize = 1_000;

/// How much one feed keeps, in records and in bytes of JSON.
#[derive(Debug)]
struct Limit {
    records: usize,
    bytes: usize,
}

/// While nobody subscribes: for replay.
const IDLE: Limit = Limit { records: 1_000, bytes: 512 * 1024 };

/// While somebody does: how far a subscriber may fall behind.
const LIVE: Limit = Limit { records: 10_000, bytes: 8 * 1024 * 1024 };

/// How many records a subscriber takes at a time.
const BATCH: usize = 64;

/// All feeds.
#[derive(Debug, Default)]
pub(crate) struct Feeds {
    feeds: Mutex<HashMap<WireId, Arc<Feed>>>,
}

impl Feeds {
    /// The feed for a connection to be recorded, and the connection's number in it. None if there is no room.
    pub(crate) fn attach(&self, id: &WireId) -> Option<(Arc<Feed>, u64)> {
        let mut feeds = lock(&self.feeds);
        let feed = Self::entry(&mut feeds, id)?;
        let mut state = lock(&feed.state);
        let connection = state.connections;
        state.connections += 1;
        drop(state);
        Some((feed, connection))
    }

    /// Listens to a feed from its oldest kept record on. None if there is no room.
    pub(crate) fn subscribe(&self, id: &WireId) -> Option<Subscription> {
        let mut feeds = lock(&self.feeds);
        let feed = Self::entry(&mut feeds, id)?;
        let mut state = lock(&feed.state);
        state.subscribers += 1;
        let cursor = state.oldest();
        let news = feed.news.subscribe();
        drop(state);
        Some(Subscription { feed, cursor, news })
    }

    fn entry(feeds: &mut HashMap<WireId, Arc<Feed>>, id: &WireId) -> Option<Arc<Feed>> {
        if !feeds.contains_key(id) && feeds.len() >= MAX_FEEDS {
            let (idlest, _) = feeds
                .iter()
                .filter_map(|(id, feed)| Some((id, lock(&feed.state).idle_since()?)))
                .min_by_key(|&(_, since)| since)?;
            let idlest = idlest.clone();
            feeds.remove(&idlest);
        }
        Some(feeds.entry(id.clone()).or_default().clone())
    }
}

/// What was recorded under one id.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    state: Mutex<State>,
    news: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    records: VecDeque<Utf8Bytes>,
    bytes: usize,
    next_seq: u64,
    connections: u64,
    subscribers: usize,
    touched: Instant,
}

impl Default for State {
    fn default() -> Self {
        Self {
            records: VecDeque::new(),
            bytes: 0,
            next_seq: 0,
            connections: 0,
            subscribers: 0,
            touched: Instant::now(),
        }
    }
}

impl State {
    fn idle_since(&self) -> Option<Instant> {
        (self.subscribers == 0).then_some(self.touched)
    }

    /// The number of the oldest record kept, or of the next one.
    fn oldest(&self) -> u64 {
        self.next_seq - self.records.len() as u64
    }

    fn trim(&mut self) {
        let limit = if self.subscribers == 0 { IDLE } else { LIVE };
        while self.records.len() > limit.records || self.bytes > limit.bytes {
            let Some(record) = self.records.pop_front() else {
                return;
            };
            self.bytes -= record.len();
        }
    }
}

impl Feed {
    /// Adds a record of the feed's connection `connection`, which was accepted at `accepted`.
    pub(crate) fn push(&self, connection: u64, accepted: Instant, body: &Body) {
        let at_ms = (accepted.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        let mut state = lock(&self.state);
        let record = Record { seq: state.next_seq, at_ms, connection, body };
        let Ok(json) = serde_json::to_string(&record) else {
            return;
        };
        state.next_seq += 1;
        state.bytes += json.len();
        state.records.push_back(json.into());
        state.touched = Instant::now();
        state.trim();
        drop(state);
        self.news.send_replace(());
    }
}

/// A place in a feed that is being listened to.
#[derive(Debug)]
pub(crate) struct Subscription {
    feed: Arc<Feed>,
    cursor: u64,
    news: watch::Receiver<()>,
}

/// The subscriber was so slow that records were dropped before it took them.
#[derive(Debug)]
pub(crate) struct Lagged {
    /// How many.
    pub(crate) missed: u64,
}

impl Subscription {
    /// Waits for records, and takes some of them. Loses nothing when cancelled.
    pub(crate) async fn next(&mut self) -> Result<Vec<Utf8Bytes>, Lagged> {
        loop {
            self.news.mark_unchanged();
            let batch = self.take()?;
            if !batch.is_empty() {
                return Ok(batch);
            }
            // The sender is in the feed, which this subscription keeps alive.
            if self.news.changed().await.is_err() {
                return Ok(Vec::new());
            }
        }
    }

    fn take(&mut self) -> Result<Vec<Utf8Bytes>, Lagged> {
        let state = lock(&self.feed.state);
        let oldest = state.oldest();
        let Some(behind) = self.cursor.checked_sub(oldest) else {
            let missed = oldest - self.cursor;
            return Err(Lagged { missed });
        };
        let batch: Vec<_> =
            state.records.iter().skip(usize::try_from(behind).unwrap_or(usize::MAX)).take(BATCH).cloned().collect();
        drop(state);
        self.cursor += batch.len() as u64;
        Ok(batch)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = lock(&self.feed.state);
        state.subscribers -= 1;
        state.touched = Instant::now();
        state.trim();
    }
}

/// Nothing in here panics while it holds a lock, so a poisoned one is still sound.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> WireId {
        WireId::parse(text).unwrap()
    }

    fn record(feed: &Feed, count: usize) {
        for _ in 0..count {
            feed.push(0, Instant::now(), &Body::Over);
        }
    }

    #[tokio::test]
    async fn a_late_subscriber_gets_the_last_thousand_records() {
        let feeds = Feeds::default();
        let (feed, _) = feeds.attach(&id("a")).unwrap();
        record(&feed, 1_200);
        let mut subscription = feeds.subscribe(&id("a")).unwrap();
        let mut records = Vec::new();
        while records.len() < 1_000 {
            records.extend(subscription.next().await.unwrap());
        }
        assert_eq!(records.len(), 1_000);
        assert!(records[0].contains("\"seq\":200,"));
        assert!(records[999].contains("\"seq\":1199,"));
    }

    #[tokio::test]
    async fn a_slow_subscriber_is_told_how_much_it_missed() {
        let feeds = Feeds::default();
        let mut subscription = feeds.subscribe(&id("a")).unwrap();
        let (feed, _) = feeds.attach(&id("a")).unwrap();
        record(&feed, LIVE.records + 7);
        assert_eq!(subscription.next().await.unwrap_err().missed, 7);
    }

    #[test]
    fn the_id_idle_for_longest_makes_room_but_none_with_a_subscriber() {
        let feeds = Feeds::default();
        let subscription = feeds.subscribe(&id("listened")).unwrap();
        for number in 1..MAX_FEEDS {
            feeds.attach(&id(&number.to_string())).unwrap();
        }
        feeds.attach(&id("one-more")).unwrap();
        let kept = lock(&feeds.feeds);
        assert_eq!(kept.len(), MAX_FEEDS);
        assert!(kept.contains_key(&id("listened")));
        assert!(kept.contains_key(&id("one-more")));
        assert!(!kept.contains_key(&id("1")));
        drop(kept);
        drop(subscription);
    }

    #[test]
    fn without_an_idle_id_there_is_no_room() {
        let feeds = Feeds::default();
        let subscriptions: Vec<_> =
            (0..MAX_FEEDS).map(|number| feeds.subscribe(&id(&number.to_string())).unwrap()).collect();
        assert!(feeds.subscribe(&id("one-more")).is_none());
        assert!(feeds.attach(&id("one-more")).is_none());
        drop(subscriptions);
        assert!(feeds.subscribe(&id("one-more")).is_some());
    }
}
