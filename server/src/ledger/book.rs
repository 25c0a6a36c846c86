//! The ledgers and what is written in them. All of it is bounded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::attendance::Attendance;
use crate::wire::WireId;

const MAX_LEDGERS: usize = 64;
const MAX_MESSAGES: usize = 100_000;
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// How long a ledger is kept that nobody uses.
const LIFE: Duration = Duration::from_secs(600);

/// All ledgers.
#[derive(Debug, Default)]
pub(crate) struct Ledgers {
    all: Mutex<HashMap<WireId, Arc<Ledger>>>,
}

impl Ledgers {
    /// The ledger with this id, which is made where there is none. None if there is no room.
    pub(super) fn entry(&self, id: &WireId, now: Instant) -> Option<Arc<Ledger>> {
        let mut all = lock(&self.all);
        all.retain(|_, ledger| ledger.idle_since().is_none_or(|since| now.saturating_duration_since(since) < LIFE));
        if !all.contains_key(id) && all.len() >= MAX_LEDGERS {
            let idle = all.iter().filter_map(|(id, ledger)| Some((id, ledger.idle_since()?)));
            let idlest = idle.min_by_key(|&(_, since)| since)?.0.clone();
            all.remove(&idlest);
        }
        let ledger = all.entry(id.clone()).or_default().clone();
        lock(&ledger.page).touched = now;
        Some(ledger)
    }
}

/// What arrived with one id.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) attendance: Arc<Attendance>,
    page: Mutex<Page>,
}

#[derive(Debug)]
struct Page {
    /// The number of its connection, and the text.
    messages: Vec<(u64, String)>,
    bytes: usize,
    pushed: u64,
    touched: Instant,
}

impl Default for Page {
    fn default() -> Self {
        Self { messages: Vec::new(), bytes: 0, pushed: 0, touched: Instant::now() }
    }
}

/// There is no room for a message.
#[derive(Debug)]
pub(super) struct Full;

impl Ledger {
    fn idle_since(&self) -> Option<Instant> {
        let idle = self.attendance.counts().open == 0;
        idle.then(|| lock(&self.page).touched)
    }

    /// Writes down what `connection` has sent.
    pub(super) fn append(&self, connection: u64, text: &str) -> Result<(), Full> {
        let mut page = lock(&self.page);
        if page.messages.len() >= MAX_MESSAGES || page.bytes + text.len() > MAX_BYTES {
            return Err(Full);
        }
        page.messages.push((connection, text.to_owned()));
        page.bytes += text.len();
        page.touched = Instant::now();
        drop(page);
        self.attendance.tell();
        Ok(())
    }

    /// The number of the next push.
    pub(super) fn push(&self) -> u64 {
        let mut page = lock(&self.page);
        let number = page.pushed;
        page.pushed += 1;
        drop(page);
        self.attendance.tell();
        number
    }

    /// How many messages and pushes there are.
    pub(super) fn lengths(&self) -> (u64, u64) {
        let page = lock(&self.page);
        (page.messages.len() as u64, page.pushed)
    }

    pub(super) fn state(&self) -> Value {
        let counts = self.attendance.counts();
        let page = lock(&self.page);
        json!({
            "messages": page.messages,
            "pushed": page.pushed,
            "open": counts.open,
            "accepted": counts.accepted,
            "closed": counts.closed,
            "closed_by_client": counts.closed_by_client,
            "most_open": counts.most_open,
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds a lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> WireId {
        WireId::parse(&number.to_string()).unwrap()
    }

    #[test]
    fn a_ledger_is_kept_while_it_is_used_and_forgotten_after_ten_minutes() {
        let ledgers = Ledgers::default();
        let now = Instant::now();
        let ledger = ledgers.entry(&id(0), now).unwrap();
        ledger.append(0, "m 0").unwrap();
        let kept = |now| ledgers.entry(&id(0), now).unwrap().lengths().0 == 1;
        assert!(kept(now + LIFE / 2));
        assert!(kept(now + LIFE));
        let guest = ledger.attendance.enter();
        assert!(kept(now + 3 * LIFE));
        drop(guest);
        assert!(!kept(now + 4 * LIFE));
    }

    #[test]
    fn the_ledger_idle_for_longest_makes_room_but_not_one_in_use() {
        let ledgers = Ledgers::default();
        let now = Instant::now();
        let entry = |number| ledgers.entry(&id(number), now + Duration::from_millis(number as u64));
        let guests: Vec<_> = (0..MAX_LEDGERS).map(|number| entry(number).unwrap().attendance.enter()).collect();
        assert!(entry(MAX_LEDGERS).is_none());
        drop(guests);
        let second = entry(1).unwrap();
        let new = entry(MAX_LEDGERS).unwrap();
        assert!(Arc::ptr_eq(&second, &entry(1).unwrap()) && Arc::ptr_eq(&new, &entry(MAX_LEDGERS).unwrap()));
        assert_eq!(lock(&ledgers.all).len(), MAX_LEDGERS);
        assert!(!lock(&ledgers.all).contains_key(&id(0)));
    }

    #[test]
    fn a_ledger_is_full_after_so_many_messages_or_bytes() {
        let ledger = Ledger::default();
        assert!((0..MAX_MESSAGES).all(|_| ledger.append(0, "").is_ok()));
        assert!(ledger.append(0, "").is_err());
        let ledger = Ledger::default();
        ledger.append(0, &"x".repeat(MAX_BYTES)).unwrap();
        assert!(ledger.append(0, "x").is_err());
    }
}
