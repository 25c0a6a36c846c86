//! Who is there: how many connections of a link or a ledger are open, how many there were, and how many at once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::query::{BadParameter, Query};

/// Two connections are open at once if both are for twice this long: 20 ms. The end of one and the beginning of the next, seen by two
/// tasks, may seem to overlap for less.
const SETTLE: Duration = Duration::from_millis(10);

/// The longest that a request waits for something to be so, in milliseconds.
const PATIENCE_MS: u64 = 20_000;

/// The connections of one link or ledger.
#[derive(Debug, Default)]
pub(crate) struct Attendance {
    crowd: Mutex<Crowd>,
    news: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Crowd {
    /// The numbers of those that are open, in the order in which they came.
    open: BTreeSet<u64>,
    accepted: u64,
    closed_by_client: u64,
    most_open: usize,
}

/// How many connections there are and were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) open: usize,
    pub(crate) accepted: u64,
    pub(crate) closed: u64,
    pub(crate) closed_by_client: u64,
    pub(crate) most_open: usize,
}

impl Attendance {
    /// One more is open, until it leaves.
    pub(crate) fn enter(self: &Arc<Self>) -> Guest {
        let mut crowd = self.crowd();
        let number = crowd.accepted;
        crowd.accepted += 1;
        crowd.open.insert(number);
        crowd.most_open = crowd.most_open.max(1);
        drop(crowd);
        self.tell();
        Guest { attendance: self.clone(), number }
    }

    /// One more was accepted, and closed at once.
    pub(crate) fn turn_away(&self) {
        self.crowd().accepted += 1;
        self.tell();
    }

    pub(crate) fn counts(&self) -> Counts {
        let crowd = self.crowd();
        Counts {
            open: crowd.open.len(),
            accepted: crowd.accepted,
            closed: crowd.accepted - crowd.open.len() as u64,
            closed_by_client: crowd.closed_by_client,
            most_open: crowd.most_open,
        }
    }

    /// Something has changed that [`Attendance::until`] may be waiting for.
    pub(crate) fn tell(&self) {
        self.news.send_replace(());
    }

    /// Waits until it `fits`.
    pub(crate) async fn until(&self, mut fits: impl FnMut(Counts) -> bool) {
        let mut news = self.news.subscribe();
        // The sender lives as long as this.
        while !fits(self.counts()) && news.changed().await.is_ok() {}
    }

    fn crowd(&self) -> MutexGuard<'_, Crowd> {
        // Nothing panics while it holds this lock.
        self.crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open connection. It leaves when this is dropped, if it hasn't before.
#[derive(Debug)]
pub(crate) struct Guest {
    attendance: Arc<Attendance>,
    /// 0 for the first connection.
    pub(crate) number: u64,
}

impl Guest {
    /// Finds out whether it is there at once with others. To be polled beside whatever the connection does.
    pub(crate) async fn settle(&self) {
        // In two parts: where this process was held up, others have their turn in between.
        sleep(SETTLE).await;
        sleep(SETTLE).await;
        let mut crowd = self.attendance.crowd();
        if crowd.open.contains(&self.number) {
            let at_once = crowd.open.range(..=self.number).count();
            crowd.most_open = crowd.most_open.max(at_once);
        }
        drop(crowd);
        self.attendance.tell();
    }

    /// It has ended, and who began to end it. Only the first call counts.
    pub(crate) fn leave(&self, by_client: bool) {
        let mut crowd = self.attendance.crowd();
        if crowd.open.remove(&self.number) {
            crowd.closed_by_client += u64::from(by_client);
            drop(crowd);
            self.attendance.tell();
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.leave(false);
    }
}

/// What a request waits for.
#[derive(Debug)]
pub(crate) struct Awaited {
    open: Option<u64>,
    accepted: Option<u64>,
    closed: Option<u64>,
    most_open: Option<u64>,
    patience: Duration,
}

impl Awaited {
    pub(crate) fn take_from(query: &mut Query) -> Result<Self, BadParameter> {
        Ok(Self {
            open: query.optional_number("open", 0..=u64::MAX)?,
            accepted: query.optional_number("accepted", 0..=u64::MAX)?,
            closed: query.optional_number("closed", 0..=u64::MAX)?,
            most_open: query.optional_number("most_open", 0..=u64::MAX)?,
            patience: Duration::from_millis(query.number("ms", PATIENCE_MS, 1..=PATIENCE_MS)?),
        })
    }

    /// Waits until `attendance` is as wanted, and `fits` is so too. False if that takes too long.
    pub(crate) async fn wait(&self, attendance: &Attendance, mut fits: impl FnMut() -> bool) -> bool {
        let exactly = |wanted: Option<u64>, count: u64| wanted.is_none_or(|wanted| count == wanted);
        let at_least = |wanted: Option<u64>, count: u64| wanted.is_none_or(|wanted| count >= wanted);
        let until = attendance.until(|counts| {
            exactly(self.open, counts.open as u64)
                && at_least(self.accepted, counts.accepted)
                && at_least(self.closed, counts.closed)
                && at_least(self.most_open, counts.most_open as u64)
                && fits()
        });
        timeout(self.patience, until).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn those_that_stay_are_at_once_and_those_that_pass_are_not() {
        let attendance = Arc::new(Attendance::default());
        let first = attendance.enter();
        assert_eq!(attendance.counts().most_open, 1);
        let second = attendance.enter();
        first.leave(true);
        first.leave(false);
        second.settle().await;
        let counts = Counts { open: 1, accepted: 2, closed: 1, closed_by_client: 1, most_open: 1 };
        assert_eq!(attendance.counts(), counts);
        let third = attendance.enter();
        third.settle().await;
        drop((second, third));
        attendance.turn_away();
        let counts = Counts { open: 0, accepted: 4, closed: 4, closed_by_client: 1, most_open: 2 };
        assert_eq!(attendance.counts(), counts);
    }
}
