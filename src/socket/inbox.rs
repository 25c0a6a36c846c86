//! From message events to what a stream yields: the bounded queue between the browser, which can't be asked to wait, and a
//! consumer that may be slow.

use std::cell::{RefCell, RefMut};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::any::Socket;
use super::event::MessageEvent;
use super::{EventListener, WebSocket};
use crate::browser::turn;
use crate::queue::{Admission, BoundedQueue, Dropped};
use crate::transport::Blob;
use crate::{CloseCode, CloseReason, Closed, Message, Overflow, PayloadError, ReceiveLimits};

/// How a message of a socket of type `S` becomes an item.
pub(crate) trait Intake<S = WebSocket>: 'static {
    type Item: 'static;

    /// Takes a message whose payload can be had at once, and says how many bytes it has.
    fn take(&self, event: &MessageEvent<'_, S>) -> Result<(Self::Item, usize), PayloadError>;

    /// Takes a message that was a Blob.
    fn take_read(&self, message: Message) -> Self::Item;

    /// The item for the end of the connection, if it has one.
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
    /// Whether the socket has ended: after that comes nothing.
    ended: bool,
}

/// A queue that fills while its listeners are attached.
pub(crate) struct Inbox<I: Intake<S>, S = WebSocket> {
    pub(crate) socket: S,
    state: Rc<RefCell<State<I::Item>>>,
    intake: Rc<I>,
    /// The Blob whose turn it is, and its size. It counts no more for the limits.
    reading: Option<(usize, Reading)>,
    listeners: Vec<EventListener>,
    /// Whether its consumer has seen the end.
    terminated: bool,
}

type Reading = Pin<Box<dyn Future<Output = Result<Message, PayloadError>>>>;

/// Pushes items that are no messages, such as an `open` event.
pub(crate) struct Feed<T>(Rc<RefCell<State<T>>>);

impl<T> Feed<T> {
    pub(crate) fn push(&self, item: T) {
        let mut state = self.0.borrow_mut();
        if !state.ended {
            state.queue.push_unsized(Slot::Ready(item));
            wake(state, Waker::wake);
        }
    }
}

/// A message of more bytes is large.
const LARGE: usize = 4096;

/// Ends the borrow, then wakes the consumer: once for all that it finds when it runs.
fn wake<T>(mut state: RefMut<'_, State<T>>, wake: fn(Waker)) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        wake(waker);
    }
}

impl<I: Intake<S>, S: Socket> Inbox<I, S> {
    pub(crate) fn new(socket: &S, limits: ReceiveLimits, intake: I) -> Self {
        let ended = socket.has_ended();
        let state = Rc::new(RefCell::new(State { queue: BoundedQueue::new(limits), waker: None, ended }));
        let intake = Rc::new(intake);
        let (received, receiving) = (Rc::clone(&state), Rc::clone(&intake));
        let (closed, closing) = (Rc::clone(&state), Rc::clone(&intake));
        let listeners = vec![
            socket.add_message_listener(move |event| receive(&received, &*receiving, event)),
            socket.add_end_listener(move |how| {
                let item = closing.take_close(how);
                let mut state = closed.borrow_mut();
                if let Some(item) = item {
                    state.queue.push_unsized(Slot::Ready(item));
                }
                state.ended = true;
                wake(state, Waker::wake);
            }),
        ];
        Self { socket: socket.clone(), state, intake, reading: None, listeners, terminated: false }
    }

    pub(crate) fn feed(&self) -> Feed<I::Item> {
        Feed(Rc::clone(&self.state))
    }

    /// Adds a listener that feeds this inbox, to be detached with it.
    pub(crate) fn listen(&mut self, listener: EventListener) {
        self.listeners.push(listener);
    }

    pub(crate) fn dropped(&self) -> Dropped {
        self.state.borrow().queue.dropped()
    }

    /// Whether [`poll_next`](Self::poll_next) has said that nothing more comes.
    pub(crate) fn is_terminated(&self) -> bool {
        self.terminated
    }

    /// Whether there is an item, or the end. If not, the consumer is woken when there is.
    pub(crate) fn poll_waiting(&mut self, context: &Context<'_>) -> bool {
        let mut state = self.state.borrow_mut();
        if self.reading.is_some() || state.ended || !state.queue.is_empty() {
            return true;
        }
        let replaced = state.waker.replace(context.waker().clone());
        drop(state);
        drop(replaced);
        false
    }

    /// The next item; `None` once the socket has ended and everything was taken.
    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<I::Item>> {
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
                None if state.ended => {
                    self.terminated = true;
                    return Poll::Ready(None);
                }
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

impl<I: Intake<S>, S: Socket> std::fmt::Debug for Inbox<I, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").field("socket", &self.socket).field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

fn receive<I: Intake<S>, S: Socket>(state: &RefCell<State<I::Item>>, intake: &I, event: &MessageEvent<'_, S>) {
    // A socket may go on after its end, when it is told to connect anew. A stream that has ended does not.
    if state.borrow().ended {
        return;
    }
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
fn enter<T>(state: &RefCell<State<T>>, socket: &impl Socket, slot: Slot<T>, bytes: usize) {
    if admit(state, socket, bytes) {
        let mut state = state.borrow_mut();
        state.queue.push(slot, bytes);
        // To wake costs little beside a large message, and memory for it is found sooner where the one before is gone.
        wake(state, if bytes > LARGE { Waker::wake } else { turn::wake });
    }
}

fn admit<T>(state: &RefCell<State<T>>, socket: &impl Socket, bytes: usize) -> bool {
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
fn lose<T>(state: &RefCell<State<T>>, socket: &impl Socket, bytes: usize) {
    let mut entered = state.borrow_mut();
    entered.queue.count_dropped(bytes);
    let closes = entered.queue.limits().overflow == Overflow::Close;
    drop(entered);
    if closes {
        close(socket, format!("a message of {bytes} bytes could not be read"));
    }
}

fn close(socket: &impl Socket, reason: String) {
    socket.close_with(CloseCode::RECEIVE_QUEUE_FULL, &CloseReason::new(reason).unwrap_or_default());
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro makes a public stream")]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::task::Wake;

    use futures_util::{FutureExt, StreamExt, stream::FusedStream};

    use super::super::inbox_stream::inbox_stream;
    use super::*;
    use crate::Messages;
    use crate::socket::fake::Fake;

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    /// Whatever a richer stream of events has: the length of a message, a word, or the end.
    #[derive(Debug, PartialEq, Eq)]
    pub enum Item {
        Length(usize),
        Word(&'static str),
        End(Closed),
    }

    struct AsItems;

    impl Intake<Fake> for AsItems {
        type Item = Item;

        fn take(&self, event: &MessageEvent<'_, Fake>) -> Result<(Item, usize), PayloadError> {
            Ok((Item::Length(event.length()), event.data()?.byte_len()))
        }

        fn take_read(&self, message: Message) -> Item {
            Item::Length(message.byte_len())
        }

        fn take_close(&self, closed: Closed) -> Option<Item> {
            Some(Item::End(closed))
        }
    }

    inbox_stream! {
        /// The items of a fake socket.
        Items, Fake, AsItems, Item
    }

    fn limits(messages: usize, overflow: Overflow) -> ReceiveLimits {
        ReceiveLimits { messages, overflow, ..ReceiveLimits::default() }
    }

    /// What is there now.
    fn all<T>(stream: &mut (impl StreamExt<Item = T> + Unpin)) -> Vec<T> {
        std::iter::from_fn(|| stream.next().now_or_never().flatten()).collect()
    }

    #[test]
    fn a_stream_yields_the_messages_of_any_socket_and_ends_with_it() {
        let socket = Fake::default();
        let mut messages = Messages::new(&socket, ReceiveLimits::default());
        assert!(messages.next().now_or_never().is_none(), "it waits");
        socket.receive("a");
        socket.receive(vec![1]);
        socket.end();
        assert!(!messages.is_terminated());
        assert_eq!(all(&mut messages), [Message::from("a"), Message::from(vec![1])]);
        assert!(messages.is_terminated());
        let mut late = Messages::new(&socket, ReceiveLimits::default());
        assert_eq!(late.next().now_or_never(), Some(None), "it has ended before");
    }

    #[test]
    fn a_consumer_that_waits_is_woken_by_a_message_a_feed_and_the_end() {
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(Arc::clone(&wakes));
        let mut context = Context::from_waker(&waker);
        let socket = Fake::default();
        let mut inbox = Inbox::new(&socket, ReceiveLimits::default(), AsItems);
        let feed = inbox.feed();
        let happen: [&dyn Fn(); 3] = [&|| socket.receive("é"), &|| feed.push(Item::Word("open")), &|| socket.end()];
        let end = Item::End(Closed::new(crate::StatusCode::NORMAL_CLOSURE, "", true));
        for (count, (happen, item)) in happen.iter().zip([Item::Length(1), Item::Word("open"), end]).enumerate() {
            assert_eq!(inbox.poll_next(&mut context), Poll::Pending);
            assert_eq!(wakes.0.load(Relaxed), count);
            happen();
            assert_eq!(inbox.poll_next(&mut context), Poll::Ready(Some(item)));
        }
        assert_eq!(inbox.poll_next(&mut context), Poll::Ready(None));
    }

    #[test]
    fn a_full_queue_closes_the_socket_or_drops_and_counts() {
        for (overflow, kept, closed) in [
            (Overflow::Close, ["1", "2"], Some("4009 receive queue full: 2 messages, 67108864 bytes".to_owned())),
            (Overflow::DropNewest, ["1", "2"], None),
            (Overflow::DropOldest, ["2", "3"], None),
        ] {
            let socket = Fake::default();
            let mut messages = Messages::new(&socket, limits(2, overflow));
            ["1", "2", "3"].into_iter().for_each(|text| socket.receive(text));
            assert_eq!(socket.closed_with(), closed);
            assert_eq!(all(&mut messages), kept.map(Message::from));
            assert_eq!((messages.dropped().messages, messages.dropped().bytes), (1, 1));
        }
    }

    #[test]
    fn a_stream_that_is_dropped_detaches_its_listeners() {
        let socket = Fake::default();
        let (messages, mut items) = (
            Messages::new(&socket, ReceiveLimits::default()),
            Items { inbox: Inbox::new(&socket, ReceiveLimits::default(), AsItems) },
        );
        let feed = items.inbox.feed();
        let listener =
            crate::socket::any::sealed::Sealed::add_message_listener(&socket, move |_| feed.push(Item::Word("fed")));
        items.inbox.listen(listener);
        socket.receive("a");
        assert_eq!(all(&mut items), [Item::Length(1), Item::Word("fed")]);
        assert_eq!((items.dropped(), items.socket().listeners()), (Dropped::default(), 3));
        drop((messages, items));
        assert_eq!(socket.listeners(), 0);
    }
}
