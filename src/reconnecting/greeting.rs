//! The application's handshake: what is said before the connection counts as up.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::driver::{Reply, Soon};
use crate::machine::TransportId;
use crate::socket::received::Received;
use crate::table::Table;
use crate::transport::{Payload, Transport};
use crate::{Message, ReceiveLimits, SendData, SendError};

/// How much may arrive before the handshake has taken it; more fails it.
const LIMITS: ReceiveLimits =
    ReceiveLimits { messages: 1024, bytes: 16 * 1024 * 1024, overflow: crate::Overflow::DropNewest };

/// A connection that is being greeted: see [`Builder::handshake`](super::Builder::handshake).
///
/// What arrives meanwhile comes here, and not to the socket's listeners. What was not taken when the handshake has succeeded is handed on
/// to them after the `open` event, in its order.
#[derive(Debug)]
pub struct Greeting {
    transport: Rc<Transport>,
    inbox: Rc<RefCell<Inbox>>,
}

#[derive(Debug, Default)]
struct Inbox {
    waiting: VecDeque<Received<'static>>,
    bytes: usize,
    waker: Option<Waker>,
    /// Something could not be kept: the handshake can't succeed any more.
    spoilt: bool,
}

impl Greeting {
    fn new(transport: &Rc<Transport>) -> (Self, Rc<RefCell<Inbox>>) {
        let inbox = Rc::new(RefCell::new(Inbox::default()));
        (Self { transport: Rc::clone(transport), inbox: Rc::clone(&inbox) }, inbox)
    }

    /// Sends a message on this connection, before anything that waits in the outbox.
    ///
    /// # Errors
    /// As [`WebSocket::send`](crate::WebSocket::send).
    pub fn send(&self, data: impl SendData) -> Result<(), SendError> {
        self.transport.send(data.outgoing())
    }

    /// The subprotocol that the server has chosen.
    #[must_use]
    pub fn protocol(&self) -> String {
        self.transport.protocol()
    }

    /// The next message. If the connection ends, the handshake's future is dropped: it need not look for that. A Blob that can't be read is
    /// passed over, and the handshake fails.
    pub async fn next(&mut self) -> Message {
        loop {
            let received = std::future::poll_fn(|context| {
                let mut inbox = self.inbox.borrow_mut();
                match inbox.waiting.pop_front() {
                    Some(received) => {
                        inbox.bytes = inbox.bytes.saturating_sub(received.size_hint());
                        Poll::Ready(received)
                    }
                    None => {
                        let replaced = inbox.waker.replace(context.waker().clone());
                        drop(inbox);
                        drop(replaced);
                        Poll::Pending
                    }
                }
            })
            .await;
            let message = match (received.blob(), received) {
                (Some(blob), _) => blob.read().await,
                (None, Received::Kept(message)) => return message,
                (None, received) => received.to_message(),
            };
            match message {
                Ok(message) => return message,
                Err(_) => self.inbox.borrow_mut().spoilt = true,
            }
        }
    }
}

/// The application's handshake, and what arrives for it. Behind a `dyn`, so that an application without one has no code of it.
pub(super) trait Greet {
    fn greet(&self, id: TransportId, transport: &Rc<Transport>) -> Soon;
    /// A message for it.
    fn receive(&self, id: TransportId, payload: Payload<'_>);
    /// Takes what was not taken.
    fn take(&self, id: TransportId) -> VecDeque<Received<'static>>;
    /// The transport is no more.
    fn forget(&self, id: TransportId);
    /// No transport is any more.
    fn end(&self);
}

pub(super) struct Greeter<G> {
    greet: G,
    inboxes: RefCell<Table<TransportId, Rc<RefCell<Inbox>>>>,
}

impl<G> Greeter<G> {
    pub(super) fn new(greet: G) -> Self {
        Self { greet, inboxes: RefCell::default() }
    }

    fn remove(&self, id: TransportId) -> Option<Rc<RefCell<Inbox>>> {
        self.inboxes.borrow_mut().remove(id)
    }
}

impl<G, F, E> Greet for Greeter<G>
where
    G: Fn(Greeting) -> F,
    F: Future<Output = Result<(), E>> + 'static,
{
    fn greet(&self, id: TransportId, transport: &Rc<Transport>) -> Soon {
        let (greeting, inbox) = Greeting::new(transport);
        let replaced = self.inboxes.borrow_mut().insert(id, Rc::clone(&inbox));
        drop(replaced);
        let running = (self.greet)(greeting);
        Soon::later(async move { Reply::Greeted(running.await.is_ok() && !inbox.borrow().spoilt) })
    }

    fn receive(&self, id: TransportId, payload: Payload<'_>) {
        let inbox = self.inboxes.borrow().get(id).cloned();
        if let Some(inbox) = inbox {
            receive(&inbox, payload);
        }
    }

    fn take(&self, id: TransportId) -> VecDeque<Received<'static>> {
        self.remove(id).map(|inbox| std::mem::take(&mut inbox.borrow_mut().waiting)).unwrap_or_default()
    }

    fn forget(&self, id: TransportId) {
        drop(self.remove(id));
    }

    fn end(&self) {
        let inboxes = std::mem::take(&mut *self.inboxes.borrow_mut());
        drop(inboxes);
    }
}

/// Keeps a message for the handshake.
fn receive(inbox: &RefCell<Inbox>, payload: Payload<'_>) {
    let received = Received::Now(payload);
    let bytes = received.size_hint();
    let fits = {
        let inbox = inbox.borrow();
        inbox.waiting.len() < LIMITS.messages && bytes <= LIMITS.bytes.saturating_sub(inbox.bytes)
    };
    let kept = if fits { received.keep().ok() } else { None };
    let mut inbox = inbox.borrow_mut();
    match kept {
        Some(received) => {
            inbox.bytes = inbox.bytes.saturating_add(received.size_hint());
            inbox.waiting.push_back(received);
        }
        None => inbox.spoilt = true,
    }
    let waker = inbox.waker.take();
    drop(inbox);
    if let Some(waker) = waker {
        waker.wake();
    }
}
