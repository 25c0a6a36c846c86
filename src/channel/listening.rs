//! Handlers: of messages and of events.

use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::handle::Channel;
use super::link::Link;
use super::machine::{Event, Received};
use crate::slot::Slot;
use crate::socket::EventListener;
use crate::{Message, MessageRef};

/// A message as a listener sees it: lent for as long as the listener runs.
#[derive(Debug)]
pub struct Delivery<'a> {
    received: Received<'a>,
}

impl<'a> Delivery<'a> {
    pub(super) fn new(received: Received<'a>) -> Self {
        Self { received }
    }

    /// Its place in the channel.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.received.offset
    }

    /// The message.
    #[must_use]
    pub fn data(&self) -> MessageRef<'a> {
        self.received.payload
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        match self.received.payload {
            MessageRef::Text(text) => Some(text),
            MessageRef::Binary(_) => None,
        }
    }

    /// The bytes, if it is binary.
    #[must_use]
    pub fn binary(&self) -> Option<&'a [u8]> {
        match self.received.payload {
            MessageRef::Binary(bytes) => Some(bytes),
            MessageRef::Text(_) => None,
        }
    }

    /// A copy that is owned.
    #[must_use]
    pub fn to_message(&self) -> Message {
        self.received.payload.to_message()
    }
}

impl Channel {
    /// Calls `listener` for each message, in their order. It is detached when the value returned is dropped. Of messages that are missed
    /// the [`events`](Self::events) tell, at their place in the order.
    pub fn add_message_listener(&self, listener: impl Fn(&Delivery<'_>) + 'static) -> EventListener {
        let id = self.link().deliveries.add(Rc::new(listener));
        EventListener::new(Rc::downgrade(self.link()), move |link: &Link| link.deliveries.remove(id))
    }

    /// Calls `listener` for each event. It is detached when the value returned is dropped.
    pub fn add_event_listener(&self, listener: impl Fn(&Event) + 'static) -> EventListener {
        let id = self.link().events.add(Rc::new(listener));
        EventListener::new(Rc::downgrade(self.link()), move |link: &Link| link.events.remove(id))
    }

    /// The events as a stream, from now on. It has no end: a channel that is closed may be opened again.
    pub fn events(&self) -> Events {
        let queue = Rc::new(EventQueue::default());
        self.link().queues.with(|queues| {
            queues.retain(|queue| queue.strong_count() > 0);
            queues.push(Rc::downgrade(&queue));
        });
        Events { _channel: self.clone(), queue }
    }
}

/// The events of a channel: see [`Channel::events`].
#[must_use = "a stream does nothing until it is polled"]
pub struct Events {
    _channel: Channel,
    queue: Rc<EventQueue>,
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

/// Events that wait to be taken. There are few of them: what becomes of messages is put together.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    waiting: Slot<VecDeque<Event>>,
    waker: Slot<Option<Waker>>,
}

impl EventQueue {
    pub(super) fn push(&self, event: Event) {
        self.waiting.with(|waiting| {
            if let (Some(Event::Fate { last, fate, .. }), Event::Fate { last: more, fate: same, .. }) =
                (waiting.back_mut(), &event)
                && fate == same
            {
                *last = *more;
            } else {
                waiting.push_back(event);
            }
        });
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Events {
    /// The next event.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some(event) = self.queue.waiting.with(VecDeque::pop_front) {
            return Poll::Ready(Some(event));
        }
        self.queue.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}
