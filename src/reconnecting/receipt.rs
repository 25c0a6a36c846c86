//! What became of one message, to be awaited.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use super::ReconnectingWebSocket;
use super::notice::MessageFate;
use crate::machine::{Fate, MessageId};

impl ReconnectingWebSocket {
    /// Follows one message. Ask in the task that has sent it: of a message whose end was reported before nothing is kept, and its fate is
    /// `None`.
    ///
    /// ```no_run
    /// # async fn run(socket: tautline::ReconnectingWebSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// use tautline::machine::Fate;
    ///
    /// let receipt = socket.receipt(socket.send("order 17")?);
    /// if receipt.settled().await != Some(Fate::HandedOver) {
    ///     // dropped, expired or failed: it never left
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn receipt(&self, id: MessageId) -> Receipt {
        let fate = self.driver.look(|machine| machine.fate_of(id));
        let receipts = self.driver.host.receipts.get_or_init(|| Rc::new(Receipts::default()));
        Receipt { id, state: receipts.follow(id, fate) }
    }
}

/// One message's way: see [`ReconnectingWebSocket::receipt`].
#[derive(Debug)]
#[must_use = "a receipt says something only when it is asked"]
pub struct Receipt {
    id: MessageId,
    state: Rc<State>,
}

#[derive(Debug)]
pub(super) struct State {
    fate: Cell<Option<Fate>>,
    wakers: RefCell<Vec<Waker>>,
}

impl Receipt {
    /// The message's number.
    #[must_use]
    pub fn id(&self) -> MessageId {
        self.id
    }

    /// What has become of it by now. `HandedOver` may still become `Unknown`, when the connection ends.
    #[must_use]
    pub fn fate(&self) -> Option<Fate> {
        self.state.fate.get()
    }

    /// Waits until it is queued no more. It may be queued again, where [`Config::requeue`](crate::machine::Config::requeue) is on.
    pub fn settled(&self) -> impl Future<Output = Option<Fate>> + 'static {
        let state = Rc::clone(&self.state);
        Settled(state)
    }
}

struct Settled(Rc<State>);

impl Future for Settled {
    type Output = Option<Fate>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Fate>> {
        match self.0.fate.get() {
            Some(Fate::Queued) => {
                let mut wakers = self.0.wakers.borrow_mut();
                if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                    wakers.push(context.waker().clone());
                }
                Poll::Pending
            }
            fate => Poll::Ready(fate),
        }
    }
}

/// Those whose messages are followed. Behind a `dyn`, so that an application which follows none has no code of it.
pub(super) trait Follow {
    fn follow(&self, id: MessageId, fate: Option<Fate>) -> Rc<State>;
    /// Nothing more will be told: what waited was never sent, and of what was handed over nobody knows.
    fn end(&self);
    /// Notes what became of messages.
    fn note(&self, told: &MessageFate);
}

/// In the order of their numbers: there may be as many as there are messages.
#[derive(Debug, Default)]
struct Receipts(RefCell<Vec<(MessageId, Weak<State>)>>);

impl Follow for Receipts {
    fn follow(&self, id: MessageId, fate: Option<Fate>) -> Rc<State> {
        let mut followed = self.0.borrow_mut();
        let at = followed.binary_search_by_key(&id, |(id, _)| *id);
        let known = at.ok().and_then(|at| followed.get_mut(at));
        if let Some(state) = known.as_ref().and_then(|(_, state)| state.upgrade()) {
            return state;
        }
        let state = Rc::new(State { fate: Cell::new(fate), wakers: RefCell::default() });
        if fate.is_some() {
            match (known, at) {
                (Some(place), _) => place.1 = Rc::downgrade(&state),
                (None, Ok(at) | Err(at)) => followed.insert(at, (id, Rc::downgrade(&state))),
            }
        }
        state
    }

    fn end(&self) {
        let followed = self.0.take();
        for state in followed.into_iter().filter_map(|(_, state)| state.upgrade()) {
            match state.fate.get() {
                Some(Fate::Queued) => state.fate.set(Some(Fate::Failed)),
                Some(Fate::HandedOver) => state.fate.set(Some(Fate::Unknown)),
                _ => {}
            }
            state.wakers.take().into_iter().for_each(Waker::wake);
        }
    }

    fn note(&self, told: &MessageFate) {
        if self.0.borrow().is_empty() {
            return;
        }
        let mut concerned = Vec::new();
        self.0.borrow_mut().retain(|(id, state)| {
            let Some(state) = state.upgrade() else { return false };
            if (told.first..=told.last).contains(id) {
                concerned.push(state);
            }
            true
        });
        for state in concerned {
            // A range may lie across messages that wait, or have met another end.
            let one = told.first == told.last;
            if one || (told.fate == Fate::Unknown && state.fate.get() == Some(Fate::HandedOver)) {
                state.fate.set(Some(told.fate));
                let wakers = state.wakers.take();
                wakers.into_iter().for_each(Waker::wake);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::machine::{Config, Instant, Machine};

    /// Two numbers as a machine gives them.
    fn ids() -> [MessageId; 2] {
        let mut machine = Machine::<()>::new(Rc::new(Config::default()), 0);
        [(), ()].map(|message| machine.send(Instant::ZERO, message, None).unwrap())
    }

    fn told(first: MessageId, last: MessageId, fate: Fate) -> MessageFate {
        MessageFate { first, last, fate, messages: 1, bytes: 0 }
    }

    #[test]
    fn a_receipt_is_settled_when_its_message_is_queued_no_more() {
        let ([one, two], receipts) = (ids(), Receipts::default());
        let state = receipts.follow(one, Some(Fate::Queued));
        let mut settled = Settled(Rc::clone(&state));
        assert_eq!((&mut settled).now_or_never(), None);
        receipts.note(&told(two, two, Fate::Dropped));
        assert_eq!((&mut settled).now_or_never(), None, "another message");
        receipts.note(&told(one, one, Fate::HandedOver));
        assert_eq!(settled.now_or_never(), Some(Some(Fate::HandedOver)));
        receipts.note(&told(one, two, Fate::Unknown));
        assert_eq!(state.fate.get(), Some(Fate::Unknown));
    }

    #[test]
    fn a_range_of_unknown_ones_leaves_those_alone_that_wait() {
        let ([one, two], receipts) = (ids(), Receipts::default());
        let state = receipts.follow(one, Some(Fate::Queued));
        receipts.note(&told(one, two, Fate::Unknown));
        assert_eq!(state.fate.get(), Some(Fate::Queued));
    }

    #[test]
    fn the_end_of_the_socket_settles_every_receipt() {
        let ([one, two], receipts) = (ids(), Receipts::default());
        let (waits, sent) = (receipts.follow(one, Some(Fate::Queued)), receipts.follow(two, Some(Fate::HandedOver)));
        let mut settled = Settled(waits);
        assert_eq!((&mut settled).now_or_never(), None);
        receipts.end();
        assert_eq!(settled.now_or_never(), Some(Some(Fate::Failed)));
        assert_eq!(sent.fate.get(), Some(Fate::Unknown));
    }

    #[test]
    fn a_receipt_that_is_dropped_leaves_nothing_behind() {
        let ([one, two], receipts) = (ids(), Receipts::default());
        drop(receipts.follow(one, Some(Fate::Queued)));
        let _kept = receipts.follow(two, Some(Fate::Queued));
        receipts.note(&told(two, two, Fate::HandedOver));
        assert_eq!(receipts.0.borrow().len(), 1);
        assert_eq!(Settled(receipts.follow(one, None)).now_or_never(), Some(None), "nothing is known of it");
    }
}
