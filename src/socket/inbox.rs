//! From message events to what a stream yields: the bounded queue between the browser, which can't be asked to wait, and a
//! consumer that may be slow.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::event::MessageEvent;
use super::{EventListener, WebSocket};
use crate::queue::{Admission, BoundedQueue, Dropped};
use crate::{CloseCode, CloseReason, Closed, Message, PayloadError, ReceiveLimits};

/// How a message becomes an item.
pub(super) trait Intake: 'static {
    type Item: 'static;

    /// Takes a message whose payload can be had at once, and says how many bytes it has.
    fn take(&self, event: &MessageEvent<'_>) -> Result<(Self::Item, usize), PayloadError>;

    /// Takes a message that was a Blob.
    fn take_read(&self, message: Message) -> Self::Item;

    /// The item for the close event, if it has one.
    fn take_close(&self, _closed: Closed) -> Option<Self::Item> {
        None
    }
}

enum Slot<T> {
    Ready(T),
    /// A Blob that is being read; what came later waits behind it, so that the order is kept.
    Reading(u64),
    /// A Blob that could not be read, and was counted as dropped.
    Lost,
}

struct State<T> {
    queue: BoundedQueue<Slot<T>>,
    waker: Option<Waker>,
    next_read: u64,
    /// Whether the close event has come: after it comes nothing.
    ended: bool,
}

/// A queue that fills while its listeners are attached.
pub(super) struct Inbox<I: Intake> {
    pub(super) socket: WebSocket,
    state: Rc<RefCell<State<I::Item>>>,
    _listeners: Vec<EventListener>,
}

/// Pushes items that are no messages, such as an `open` event.
pub(super) struct Feed<T>(Rc<RefCell<State<T>>>);

impl<T> Feed<T> {
    pub(super) fn push(&self, item: T) {
        let mut state = self.0.borrow_mut();
        state.queue.push_unsized(Slot::Ready(item));
        wake(state);
    }
}

/// Ends the borrow, then wakes the consumer: once for all that it finds when it runs.
fn wake<T>(mut state: std::cell::RefMut<'_, State<T>>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<I: Intake> Inbox<I> {
    pub(super) fn new(socket: &WebSocket, limits: ReceiveLimits, intake: I) -> Self {
        let ended = socket.core.closed().is_some();
        let state = State { queue: BoundedQueue::new(limits), waker: None, next_read: 0, ended };
        let state = Rc::new(RefCell::new(state));
        let (received, closing) = (Rc::clone(&state), Rc::clone(&state));
        let intake = Rc::new(intake);
        let last = Rc::clone(&intake);
        let listeners = vec![
            socket.add_message_listener(move |event| receive(&received, &intake, event)),
            socket.add_close_listener(move |event| {
                let item = last.take_close(event.to_closed());
                let mut state = closing.borrow_mut();
                if let Some(item) = item {
                    state.queue.push_unsized(Slot::Ready(item));
                }
                state.ended = true;
                wake(state);
            }),
        ];
        Self { socket: socket.clone(), state, _listeners: listeners }
    }

    pub(super) fn feed(&self) -> Feed<I::Item> {
        Feed(Rc::clone(&self.state))
    }

    pub(super) fn listen(&mut self, listener: EventListener) {
        self._listeners.push(listener);
    }

    pub(super) fn dropped(&self) -> Dropped {
        self.state.borrow().queue.dropped()
    }

    /// The next item; `None` once the connection has ended and everything was taken.
    pub(super) fn poll_next(&self, context: &Context<'_>) -> Poll<Option<I::Item>> {
        let mut state = self.state.borrow_mut();
        while let Some(Slot::Lost) = state.queue.front_mut() {
            let _ = state.queue.pop();
        }
        if let Some(Slot::Ready(_)) = state.queue.front_mut()
            && let Some(Slot::Ready(item)) = state.queue.pop()
        {
            return Poll::Ready(Some(item));
        }
        if state.queue.front_mut().is_none() && state.ended {
            return Poll::Ready(None);
        }
        let replaced = state.waker.replace(context.waker().clone());
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

impl<I: Intake> std::fmt::Debug for Inbox<I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").field("socket", &self.socket).field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

fn receive<I: Intake>(state: &Rc<RefCell<State<I::Item>>>, intake: &Rc<I>, event: &MessageEvent<'_>) {
    // Asked before the copy: what finds no room must not cost memory.
    let hint = event.payload.size_hint();
    if !admit(state, event.target(), hint) {
        return;
    }
    if let Some(blob) = event.payload.blob() {
        let mut entered = state.borrow_mut();
        let id = entered.next_read;
        entered.next_read += 1;
        entered.queue.push(Slot::Reading(id), hint);
        drop(entered);
        let (state, intake) = (Rc::clone(state), Rc::clone(intake));
        spawn(async move {
            let read = blob.read().await.map(|message| intake.take_read(message));
            let mut state = state.borrow_mut();
            if read.is_err() {
                state.queue.count_dropped(hint);
            }
            let reading = |slot: &&mut Slot<I::Item>| matches!(slot, Slot::Reading(reading) if *reading == id);
            if let Some(slot) = state.queue.iter_mut().find(reading) {
                *slot = read.map_or(Slot::Lost, Slot::Ready);
            }
            wake(state);
        });
        return;
    }
    // The application's code may run in here, to decode: no borrow is held.
    match intake.take(event) {
        // Now the length in bytes is known, which of a text left in JavaScript it was not.
        Ok((item, bytes)) => {
            if bytes == hint || admit(state, event.target(), bytes) {
                let mut state = state.borrow_mut();
                state.queue.push(Slot::Ready(item), bytes);
                wake(state);
            }
        }
        Err(_) => refuse(state, event.target(), hint),
    }
}

fn admit<T>(state: &Rc<RefCell<State<T>>>, socket: &WebSocket, bytes: usize) -> bool {
    let mut evicted = Vec::new();
    let admission = state.borrow_mut().queue.admit(bytes, &mut evicted);
    drop(evicted);
    if admission == Admission::CloseNow {
        close_as_full(state, socket);
    }
    admission == Admission::Admitted
}

/// Counts a message for which there was no memory.
fn refuse<T>(state: &Rc<RefCell<State<T>>>, socket: &WebSocket, bytes: usize) {
    state.borrow_mut().queue.count_dropped(bytes);
    if state.borrow().queue.limits().overflow == crate::Overflow::Close {
        close_as_full(state, socket);
    }
}

fn close_as_full<T>(state: &Rc<RefCell<State<T>>>, socket: &WebSocket) {
    let limits = state.borrow().queue.limits();
    let reason = format!("receive queue full: {} messages, {} bytes", limits.messages, limits.bytes);
    socket.close_with(CloseCode::RECEIVE_QUEUE_FULL, &CloseReason::new(reason).unwrap_or_default());
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
fn spawn(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}

/// Nothing arrives here, so nothing has to be read.
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
fn spawn(task: impl Future<Output = ()> + 'static) {
    drop(task);
}
