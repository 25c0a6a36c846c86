//! From message events to what a stream yields: the bounded queue between the browser, which can't be asked to wait, and a
//! consumer that may be slow.

use std::cell::{RefCell, RefMut};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::event::MessageEvent;
use super::{EventListener, WebSocket};
use crate::queue::{Admission, BoundedQueue, Dropped};
use crate::transport::Blob;
use crate::{CloseCode, CloseReason, Closed, Message, Overflow, PayloadError, ReceiveLimits};

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
    /// It is read when its turn has come, so that nothing overtakes it.
    Blob(Blob),
}

struct State<T> {
    queue: BoundedQueue<Slot<T>>,
    waker: Option<Waker>,
    /// Whether the close event has come: after it comes nothing.
    ended: bool,
}

/// A queue that fills while its listeners are attached.
pub(super) struct Inbox<I: Intake> {
    pub(super) socket: WebSocket,
    state: Rc<RefCell<State<I::Item>>>,
    intake: Rc<I>,
    /// The Blob whose turn it is, and its size. It counts no more for the limits.
    reading: Option<(usize, Reading)>,
    listeners: Vec<EventListener>,
}

type Reading = Pin<Box<dyn Future<Output = Result<Message, PayloadError>>>>;

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
fn wake<T>(mut state: RefMut<'_, State<T>>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<I: Intake> Inbox<I> {
    pub(super) fn new(socket: &WebSocket, limits: ReceiveLimits, intake: I) -> Self {
        let ended = socket.core.closed().is_some();
        let state = Rc::new(RefCell::new(State { queue: BoundedQueue::new(limits), waker: None, ended }));
        let intake = Rc::new(intake);
        let (received, receiving) = (Rc::clone(&state), Rc::clone(&intake));
        let (closed, closing) = (Rc::clone(&state), Rc::clone(&intake));
        let listeners = vec![
            socket.add_message_listener(move |event| receive(&received, &*receiving, event)),
            socket.add_close_listener(move |event| {
                let item = closing.take_close(event.to_closed());
                let mut state = closed.borrow_mut();
                if let Some(item) = item {
                    state.queue.push_unsized(Slot::Ready(item));
                }
                state.ended = true;
                wake(state);
            }),
        ];
        Self { socket: socket.clone(), state, intake, reading: None, listeners }
    }

    pub(super) fn feed(&self) -> Feed<I::Item> {
        Feed(Rc::clone(&self.state))
    }

    /// Adds a listener that feeds this inbox, to be detached with it.
    pub(super) fn listen(&mut self, listener: EventListener) {
        self.listeners.push(listener);
    }

    pub(super) fn dropped(&self) -> Dropped {
        self.state.borrow().queue.dropped()
    }

    /// The next item; `None` once the connection has ended and everything was taken.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<I::Item>> {
        loop {
            if let Some((bytes, reading)) = &mut self.reading {
                let bytes = *bytes;
                let Poll::Ready(read) = reading.as_mut().poll(context) else { return Poll::Pending };
                self.reading = None;
                match read {
                    Ok(message) => return Poll::Ready(Some(self.intake.take_read(message))),
                    Err(_) => lose(&self.state, &self.socket, bytes),
                }
            }
            let mut state = self.state.borrow_mut();
            match state.queue.pop() {
                Some((Slot::Ready(item), _)) => return Poll::Ready(Some(item)),
                Some((Slot::Blob(blob), bytes)) => self.reading = Some((bytes, Box::pin(blob.read()))),
                None if state.ended => return Poll::Ready(None),
                None => {
                    let replaced = state.waker.replace(context.waker().clone());
                    drop(state);
                    drop(replaced);
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<I: Intake> std::fmt::Debug for Inbox<I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").field("socket", &self.socket).field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

fn receive<I: Intake>(state: &RefCell<State<I::Item>>, intake: &I, event: &MessageEvent<'_>) {
    // Looked at before the copy: what has no chance must not cost memory.
    let at_least = event.payload.size_hint();
    let hopeless = state.borrow().queue.is_hopeless(at_least);
    if hopeless {
        admit(state, event.target(), at_least);
    } else if let Some(blob) = event.payload.blob() {
        enter(state, event.target(), Slot::Blob(blob), at_least);
    } else {
        // The application's code may run in here, to decode: no borrow is held. Now the size is known, which of a text that was
        // left in JavaScript it was not.
        match intake.take(event) {
            Ok((item, bytes)) => enter(state, event.target(), Slot::Ready(item), bytes),
            Err(_) => lose(state, event.target(), at_least),
        }
    }
}

/// Queues a message, if there is room for it.
fn enter<T>(state: &RefCell<State<T>>, socket: &WebSocket, slot: Slot<T>, bytes: usize) {
    if admit(state, socket, bytes) {
        let mut state = state.borrow_mut();
        state.queue.push(slot, bytes);
        wake(state);
    }
}

fn admit<T>(state: &RefCell<State<T>>, socket: &WebSocket, bytes: usize) -> bool {
    let mut evicted = Vec::new();
    let admission = state.borrow_mut().queue.admit(bytes, &mut evicted);
    drop(evicted);
    if admission == Admission::CloseNow {
        let limits = state.borrow().queue.limits();
        close(socket, format!("receive queue full: {} messages, {} bytes", limits.messages, limits.bytes));
    }
    admission == Admission::Admitted
}

/// Counts a message for which there was no memory, or that the browser could not read.
fn lose<T>(state: &RefCell<State<T>>, socket: &WebSocket, bytes: usize) {
    let mut entered = state.borrow_mut();
    entered.queue.count_dropped(bytes);
    let closes = entered.queue.limits().overflow == Overflow::Close;
    drop(entered);
    if closes {
        close(socket, format!("a message of {bytes} bytes could not be read"));
    }
}

fn close(socket: &WebSocket, reason: String) {
    socket.close_with(CloseCode::RECEIVE_QUEUE_FULL, &CloseReason::new(reason).unwrap_or_default());
}
