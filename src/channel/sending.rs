//! What became of messages that were sent, to be awaited.

use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use super::link::Link;
use super::machine::{Fate, MessageId};

/// The messages that somebody follows.
#[derive(Debug, Default)]
pub(super) struct Confirmations(Vec<Followed>);

#[derive(Debug)]
struct Followed {
    id: MessageId,
    fate: Option<Fate>,
    waker: Option<Waker>,
}

impl Confirmations {
    fn follow(&mut self, id: MessageId) {
        self.0.push(Followed { id, fate: None, waker: None });
    }

    /// Notes what has become of some, and returns who is to be woken.
    pub(super) fn settle(&mut self, first: MessageId, last: MessageId, fate: Fate) -> Vec<Waker> {
        // In the order of their numbers, since each is followed when it is sent.
        let from = self.0.partition_point(|followed| followed.id < first);
        let those = self.0.iter_mut().skip(from).take_while(|followed| followed.id <= last);
        those
            .filter_map(|followed| {
                followed.fate = Some(fate);
                followed.waker.take()
            })
            .collect()
    }

    /// Whom to wake where nothing is told any more.
    pub(super) fn wakers(&mut self) -> Vec<Waker> {
        self.0.iter_mut().filter_map(|followed| followed.waker.take()).collect()
    }

    fn position(&self, id: MessageId) -> Option<usize> {
        self.0.binary_search_by_key(&id, |followed| followed.id).ok()
    }

    /// The waker that is replaced is the caller's to drop, once it holds no borrow.
    fn poll(&mut self, id: MessageId, waker: &Waker) -> (Option<Fate>, Option<Waker>) {
        let Some(followed) = self.position(id).and_then(|at| self.0.get_mut(at)) else { return (None, None) };
        match followed.fate {
            Some(fate) => (Some(fate), None),
            None => (None, followed.waker.replace(waker.clone())),
        }
    }

    fn forget(&mut self, id: MessageId) -> Option<Waker> {
        let at = self.position(id)?;
        self.0.remove(at).waker
    }
}

/// What becomes of one message: see [`Channel::send_confirmed`](super::Channel::send_confirmed).
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Confirmed {
    id: MessageId,
    link: Weak<Link>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("phase", &self.phase()).finish_non_exhaustive()
    }
}

impl Confirmed {
    pub(super) fn new(link: &Rc<Link>, id: MessageId) -> Self {
        link.confirmations.with(|confirmations| confirmations.follow(id));
        Self { id, link: Rc::downgrade(link) }
    }

    /// The message's number.
    #[must_use]
    pub fn id(&self) -> MessageId {
        self.id
    }
}

impl Future for Confirmed {
    type Output = Fate;

    /// A channel that was dropped tells nothing any more: unknown.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Fate> {
        let Some(link) = self.link.upgrade().filter(|link| !link.is_dropped()) else {
            return Poll::Ready(Fate::Unknown);
        };
        let (fate, _replaced) = link.confirmations.with(|confirmations| confirmations.poll(self.id, context.waker()));
        fate.map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Confirmed {
    fn drop(&mut self) {
        if let Some(link) = self.link.upgrade() {
            let _waker = link.confirmations.with(|confirmations| confirmations.forget(self.id));
        }
    }
}
