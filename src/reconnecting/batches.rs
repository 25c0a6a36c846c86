//! For screens that can't show a thousand updates a second: all that has arrived since the last animation frame, or the latest of each
//! kind.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::ReconnectingWebSocket;
use crate::browser::frame::Frame;
use crate::socket::Messages;
use crate::{Message, ReceiveLimits};

impl ReconnectingWebSocket {
    /// The messages in batches: each item is all that has arrived since the last one, and comes with an animation frame; where there is
    /// none, as in a hidden page and in a worker, by a timer, after a tenth of a second.
    pub fn batches(&self, limits: ReceiveLimits) -> Batches {
        Batches { messages: self.messages_with(limits), gate: Gate::default(), ended: false }
    }

    /// The latest message of each key: each item has, for every key that has had messages since the last one, the newest of them, in the
    /// order in which the keys came first; and how many messages were left out for newer ones. It comes as [`batches`](Self::batches) do.
    ///
    /// ```no_run
    /// # async fn run(socket: tautline::ReconnectingWebSocket) {
    /// use futures_util::StreamExt;
    /// use tautline::ReceiveLimits;
    ///
    /// // Prices such as "EURUSD 1.0842".
    /// let symbol = |message: &tautline::Message| message.as_text()?.split(' ').next().map(str::to_owned);
    /// let mut prices = socket.latest_by(ReceiveLimits::default(), move |message| symbol(message).unwrap_or_default());
    /// while let Some(latest) = prices.next().await {
    ///     for (symbol, message) in latest.values { /* show it */ }
    /// }
    /// # }
    /// ```
    pub fn latest_by<K: Ord + Clone + 'static>(
        &self,
        limits: ReceiveLimits,
        key: impl Fn(&Message) -> K + 'static,
    ) -> LatestBy<K> {
        LatestBy { batches: self.batches(limits), key: Box::new(key) }
    }
}

/// Opens with the next frame.
#[derive(Debug, Default)]
struct Gate {
    frame: Option<Frame>,
    open: Rc<Cell<bool>>,
    /// Of the task that waits: it may be another one than that which asked first.
    waker: Rc<RefCell<Option<Waker>>>,
}

impl Gate {
    /// Whether it has opened since it was asked first.
    fn poll(&mut self, context: &Context<'_>) -> bool {
        if self.frame.is_some() && self.open.get() {
            self.frame = None;
            self.open.set(false);
            return true;
        }
        if self.frame.is_none() {
            let (open, waker) = (Rc::clone(&self.open), Rc::clone(&self.waker));
            self.frame = Some(Frame::next(move || {
                open.set(true);
                let waker = waker.borrow_mut().take();
                if let Some(waker) = waker {
                    waker.wake();
                }
            }));
        }
        let replaced = self.waker.borrow_mut().replace(context.waker().clone());
        drop(replaced);
        false
    }
}

/// Messages in batches: see [`ReconnectingWebSocket::batches`].
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct Batches {
    messages: Messages<ReconnectingWebSocket>,
    gate: Gate,
    ended: bool,
}

impl Stream for Batches {
    type Item = Vec<Message>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Vec<Message>>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        // The first message wakes this task, then the frame does, and no other message.
        if !this.messages.poll_waiting(context) || !this.gate.poll(context) {
            return Poll::Pending;
        }
        let mut batch = Vec::new();
        loop {
            match Pin::new(&mut this.messages).poll_next(context) {
                Poll::Ready(Some(message)) => batch.push(message),
                Poll::Ready(None) => {
                    this.ended = true;
                    return Poll::Ready((!batch.is_empty()).then_some(batch));
                }
                Poll::Pending if batch.is_empty() => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Some(batch)),
            }
        }
    }
}

/// The newest message of each key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Latest<K> {
    /// The keys in the order in which they came first, each with its newest message.
    pub values: Vec<(K, Message)>,
    /// How many messages were left out for newer ones of their key.
    pub left_out: u64,
}

/// The newest message of each key, in batches: see [`ReconnectingWebSocket::latest_by`].
#[must_use = "a stream does nothing unless it is polled"]
pub struct LatestBy<K> {
    batches: Batches,
    key: Box<dyn Fn(&Message) -> K>,
}

impl<K> std::fmt::Debug for LatestBy<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LatestBy").field("batches", &self.batches).finish_non_exhaustive()
    }
}

impl<K: Ord + Clone> Stream for LatestBy<K> {
    type Item = Latest<K>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Latest<K>>> {
        let next = Pin::new(&mut self.batches).poll_next(context);
        next.map(|batch| batch.map(|batch| latest(batch, &self.key)))
    }
}

fn latest<K: Ord + Clone>(batch: Vec<Message>, key: impl Fn(&Message) -> K) -> Latest<K> {
    let mut latest = Latest { values: Vec::new(), left_out: 0 };
    let mut places = BTreeMap::new();
    for message in batch {
        let key = key(&message);
        let place = *places.entry(key.clone()).or_insert(latest.values.len());
        match latest.values.get_mut(place) {
            Some((_, newest)) => {
                *newest = message;
                latest.left_out += 1;
            }
            None => latest.values.push((key, message)),
        }
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_key_is_kept_and_the_rest_is_counted() {
        let batch = ["a 1", "b 1", "a 2", "c 1", "a 3", "b 2"].map(Message::from).to_vec();
        let latest = latest(batch, |message| message.as_text().unwrap()[..1].to_owned());
        let values: Vec<_> =
            latest.values.iter().map(|(key, message)| (key.as_str(), message.as_text().unwrap())).collect();
        assert_eq!(values, [("a", "a 3"), ("b", "b 2"), ("c", "c 1")]);
        assert_eq!(latest.left_out, 3);
    }
}
