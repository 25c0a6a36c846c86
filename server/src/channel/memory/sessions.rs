//! The sequence numbers of clients.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use tautline::channel::wire::Known;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::lock;
use crate::channel::broker::{BrokerError, Claim, Met};

/// All sessions, by channel and name.
#[derive(Debug)]
pub(super) struct Sessions {
    all: Mutex<HashMap<Key, Arc<Session>>>,
    most: usize,
    life: Duration,
}

type Key = (String, String);

#[derive(Debug)]
struct Session {
    accepted: Arc<tokio::sync::Mutex<u64>>,
    touched: Mutex<Instant>,
}

impl Session {
    fn touch(&self) {
        *lock(&self.touched) = Instant::now();
    }
}

/// Keeps a session from being forgotten.
#[derive(Debug)]
struct Hold(Arc<Session>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.touch();
    }
}

impl Sessions {
    pub(super) fn new(most: usize, life: Duration) -> Self {
        Self { all: Mutex::default(), most, life }
    }

    pub(super) async fn meet(&self, channel: &str, name: &str, begin: bool) -> Result<Met, BrokerError> {
        let Some(session) = self.find_or_make(channel, name, begin)? else {
            return Ok(Met { known: Known::New, hold: Arc::new(()) });
        };
        let hold = Arc::new(Hold(session.clone()));
        // A message that is being handled counts or does not: this waits until that is clear.
        let accepted = *session.accepted.lock().await;
        Ok(Met { known: Known::Known { accepted }, hold })
    }

    fn find_or_make(&self, channel: &str, name: &str, make: bool) -> Result<Option<Arc<Session>>, BrokerError> {
        let now = Instant::now();
        let mut all = lock(&self.all);
        let key = (channel.to_owned(), name.to_owned());
        if let Some(session) = all.get(&key) {
            if !self.is_over(session, now) {
                session.touch();
                return Ok(Some(session.clone()));
            }
            all.remove(&key);
        }
        if !make {
            return Ok(None);
        }
        if all.len() >= self.most {
            all.retain(|_, session| !self.is_over(session, now));
            if all.len() >= self.most {
                return Err(BrokerError::NoRoomForSession);
            }
        }
        let session = Arc::new(Session { accepted: Arc::default(), touched: Mutex::new(now) });
        all.insert(key, session.clone());
        Ok(Some(session))
    }

    pub(super) async fn claim(&self, channel: &str, name: &str) -> Option<Box<dyn Claim>> {
        let key = (channel.to_owned(), name.to_owned());
        let session = lock(&self.all).get(&key).filter(|session| !self.is_over(session, Instant::now())).cloned()?;
        session.touch();
        let accepted = session.accepted.clone().lock_owned().await;
        Some(Box::new(Claimed { accepted, _hold: Hold(session) }))
    }

    pub(super) fn forget(&self, channel: &str) {
        lock(&self.all).retain(|(of, _), _| of != channel);
    }

    pub(super) fn sweep(&self, now: Instant) {
        lock(&self.all).retain(|_, session| !self.is_over(session, now));
    }

    pub(super) fn of(&self, channel: &str) -> Vec<(String, Option<u64>)> {
        let all = lock(&self.all);
        let of_channel = all.iter().filter(|((of, _), _)| of == channel);
        of_channel
            .map(|((_, name), session)| (name.clone(), session.accepted.try_lock().ok().map(|number| *number)))
            .collect()
    }

    fn is_over(&self, session: &Arc<Session>, now: Instant) -> bool {
        Arc::strong_count(session) == 1 && now.saturating_duration_since(*lock(&session.touched)) >= self.life
    }
}

struct Claimed {
    accepted: OwnedMutexGuard<u64>,
    _hold: Hold,
}

impl Claim for Claimed {
    fn accepted(&self) -> u64 {
        *self.accepted
    }

    fn advance(&mut self, sequence: u64) -> BoxFuture<'_, Result<(), BrokerError>> {
        *self.accepted = sequence.max(*self.accepted);
        ready(Ok(())).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(120);

    #[tokio::test]
    async fn a_session_is_known_from_when_it_is_met_and_remembers_its_number() {
        let sessions = Sessions::new(9, LIFE);
        assert!(sessions.claim("c", "a").await.is_none());
        assert_eq!(sessions.meet("c", "a").await.unwrap().known, Known::New);
        assert_eq!(sessions.meet("c", "a").await.unwrap().known, Known::Known { accepted: 0 });
        sessions.claim("c", "a").await.unwrap().advance(7).await.unwrap();
        assert_eq!(sessions.meet("c", "a").await.unwrap().known, Known::Known { accepted: 7 });
        assert_eq!(sessions.meet("d", "a").await.unwrap().known, Known::New, "another channel's");
        sessions.forget("c");
        assert!(sessions.claim("c", "a").await.is_none());
        assert_eq!(sessions.of("d"), [("a".to_owned(), Some(0))]);
    }

    #[tokio::test]
    async fn a_session_is_moved_by_one_at_a_time_and_who_asks_meanwhile_waits() {
        let sessions = Sessions::new(9, LIFE);
        sessions.meet("c", "a").await.unwrap();
        let mut claim = sessions.claim("c", "a").await.unwrap();
        let (met, ()) = tokio::join!(sessions.meet("c", "a"), async {
            tokio::task::yield_now().await;
            claim.advance(1).await.unwrap();
            drop(claim);
        });
        assert_eq!(met.unwrap().known, Known::Known { accepted: 1 });
    }

    #[tokio::test]
    async fn one_that_nobody_uses_is_forgotten_and_one_in_use_is_not() {
        let sessions = Sessions::new(2, LIFE);
        let held = sessions.meet("c", "held").await.unwrap();
        sessions.meet("c", "left").await.unwrap();
        assert_eq!(sessions.meet("c", "new").await.unwrap_err(), BrokerError::NoRoomForSession);
        sessions.sweep(Instant::now() + LIFE);
        assert_eq!(sessions.of("c"), [("held".to_owned(), Some(0))]);
        drop(held);
        sessions.sweep(Instant::now() + LIFE / 2);
        assert_eq!(sessions.of("c").len(), 1, "its time begins when it is let go");
        sessions.sweep(Instant::now() + LIFE);
        assert!(sessions.of("c").is_empty());
    }
}
