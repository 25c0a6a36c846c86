//! Messages as a stream, bounded: a channel whose application is behind lets the server keep what comes.

use std::cell::Cell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::handle::Channel;
use super::link::Link;
use super::machine::{Event, Gap, Machine};
use crate::slot::Slot;
use crate::socket::EventListener;
use crate::{Message, ReceiveLimits};

/// What a stream of messages has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// A message.
    Message {
        /// Its place in the channel.
        offset: u64,
        /// The message.
        message: Message,
    },
    /// Here messages are missing.
    Missed(Gap),
}

/// The messages of a channel, in their order, and where some are missing. It ends with the channel.
#[must_use = "a stream does nothing until it is polled"]
pub struct Messages {
    channel: Channel,
    queue: Rc<Queue>,
    _listeners: [EventListener; 2],
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messages").field("waiting", &self.queue.waiting()).finish_non_exhaustive()
    }
}

struct Queue {
    items: Slot<VecDeque<Item>>,
    bytes: Cell<usize>,
    /// Whether the channel waits for this stream.
    is_full: Cell<bool>,
    has_ended: Cell<bool>,
    limits: ReceiveLimits,
    waker: Slot<Option<Waker>>,
    link: Weak<Link>,
}

impl Queue {
    fn waiting(&self) -> usize {
        self.items.with(|items| items.len())
    }

    fn push(&self, item: Item, bytes: usize) {
        self.bytes.set(self.bytes.get() + bytes);
        self.items.with(|items| items.push_back(item));
        let full = self.waiting() >= self.limits.messages || self.bytes.get() >= self.limits.bytes;
        if full
            && !self.is_full.replace(true)
            && let Some(link) = self.link.upgrade()
        {
            link.pause();
        }
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            crate::browser::turn::wake(waker);
        }
    }

    fn pop(&self) -> Option<Item> {
        let item = self.items.with(VecDeque::pop_front)?;
        if let Item::Message { message, .. } = &item {
            self.bytes.set(self.bytes.get().saturating_sub(message.byte_len()));
        }
        let low = self.waiting() <= self.limits.messages / 2 && self.bytes.get() <= self.limits.bytes / 2;
        if low && self.is_full.replace(false) {
            self.release();
        }
        Some(item)
    }

    fn release(&self) {
        if let Some(link) = self.link.upgrade() {
            link.unpause();
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if self.is_full.get() {
            self.release();
        }
    }
}

impl Link {
    /// One more stream is full.
    fn pause(&self) {
        self.full.set(self.full.get() + 1);
        self.act(|machine, _| machine.fall_behind());
    }

    /// One less.
    fn unpause(&self) {
        self.full.set(self.full.get().saturating_sub(1));
        if self.full.get() == 0 {
            self.act(Machine::catch_up);
        }
    }
}

impl Channel {
    /// The messages as a stream, from now on, with default limits.
    pub fn messages(&self) -> Messages {
        self.messages_with(ReceiveLimits::default())
    }

    /// The messages as a stream with limits of your own, of which [`overflow`](ReceiveLimits::overflow) has no meaning: a stream that is
    /// full makes the channel give up its connection, so that what comes meanwhile waits in the server's history; once half of it was taken
    /// the channel goes on from there.
    pub fn messages_with(&self, limits: ReceiveLimits) -> Messages {
        let queue = Rc::new(Queue {
            items: Slot::default(),
            bytes: Cell::new(0),
            is_full: Cell::new(false),
            has_ended: Cell::new(self.link().has_ended()),
            limits,
            waker: Slot::default(),
            link: Rc::downgrade(self.link()),
        });
        let taken = Rc::clone(&queue);
        let messages = self.add_message_listener(move |delivery| {
            let (offset, message) = (delivery.offset(), delivery.to_message());
            let bytes = message.byte_len();
            taken.push(Item::Message { offset, message }, bytes);
        });
        let told = Rc::clone(&queue);
        let events = self.add_event_listener(move |event| match event {
            Event::Missed(gap) => told.push(Item::Missed(gap.clone()), 0),
            Event::Opened { .. } => told.has_ended.set(false),
            Event::Closed { .. } => {
                told.has_ended.set(true);
                told.wake();
            }
            _ => {}
        });
        Messages { channel: self.clone(), queue, _listeners: [messages, events] }
    }
}

impl Messages {
    /// The next message, or the next gap; `None` at the end of the channel.
    pub async fn next(&mut self) -> Option<Item> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Its channel.
    #[must_use]
    pub fn channel(&self) -> &Channel {
        &self.channel
    }
}

impl Stream for Messages {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        if let Some(item) = self.queue.pop() {
            return Poll::Ready(Some(item));
        }
        if self.queue.has_ended.get() {
            return Poll::Ready(None);
        }
        self.queue.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}
