//! The sending half as a handle that frameworks can keep anywhere.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicU64, Ordering};

use super::hub::Hub;
use super::{ReconnectingSendError, ReconnectingWebSocket, SendOptions};
use crate::driver::Driver;
use crate::machine::MessageId;
use crate::table::Table;
use crate::{ReadyState, SendData};

/// Sends on a [`ReconnectingWebSocket`]: `Send`, `Sync` and cheap to clone, as the signals and contexts of frameworks want it. It keeps
/// nothing: when the last handle of the socket is dropped, the socket goes, and this answers
/// [`Unreachable`](ReconnectingSendError::Unreachable).
///
/// A socket stays on the thread that made it, and so does what it sends: on another thread the answer is `Unreachable` too. (A page has
/// one thread, unless it is built with shared wasm memory.)
///
/// ```no_run
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use tautline::{ReconnectingWebSocket, Sender};
///
/// fn keep_it_in_a_context<T: Clone + Send + Sync + 'static>(_: T) {}
///
/// let socket = ReconnectingWebSocket::new("wss://example.com/chat")?;
/// let sender: Sender = socket.sender();
/// keep_it_in_a_context(sender.clone());
/// sender.send("hello")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sender {
    id: u64,
}

/// Never used again, on no thread.
static NEXT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static SOCKETS: RefCell<Table<u64, Weak<Driver<Hub>>>> = const { RefCell::new(Table::new()) };
}

/// The number under which a socket's senders find it. Given out when it is first asked for. Behind a `dyn`, so that an application without
/// senders has no code of them, not even to drop them.
pub(super) trait Registered {
    fn number(&self) -> u64;
}

struct Registration(u64);

impl Registration {
    fn register(driver: &Rc<Driver<Hub>>) -> Rc<dyn Registered> {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let replaced = SOCKETS.with(|sockets| sockets.borrow_mut().insert(id, Rc::downgrade(driver)));
        drop(replaced);
        Rc::new(Self(id))
    }
}

impl Registered for Registration {
    fn number(&self) -> u64 {
        self.0
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // While a thread ends its table may be gone already.
        let _ = SOCKETS.try_with(|sockets| sockets.borrow_mut().remove(self.0));
    }
}

impl ReconnectingWebSocket {
    /// The sending half as a handle that is `Send` and `Sync`.
    #[must_use]
    pub fn sender(&self) -> Sender {
        Sender { id: self.driver.host.registration.get_or_init(|| Registration::register(&self.driver)).number() }
    }
}

impl Sender {
    /// As [`ReconnectingWebSocket::send`].
    ///
    /// # Errors
    /// As there, and [`ReconnectingSendError::Unreachable`].
    pub fn send(&self, data: impl SendData) -> Result<MessageId, ReconnectingSendError> {
        self.socket()?.send(data)
    }

    /// As [`ReconnectingWebSocket::send_with`].
    ///
    /// # Errors
    /// As there, and [`ReconnectingSendError::Unreachable`].
    pub fn send_with(&self, data: impl SendData, options: SendOptions) -> Result<MessageId, ReconnectingSendError> {
        self.socket()?.send_with(data, options)
    }

    /// As [`ReconnectingWebSocket::send_now`].
    ///
    /// # Errors
    /// As there, and [`ReconnectingSendError::Unreachable`].
    pub fn send_now(&self, data: impl SendData) -> Result<MessageId, ReconnectingSendError> {
        self.socket()?.send_now(data)
    }

    /// The socket's state; CLOSED where it can't be reached.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.socket().map_or(ReadyState::Closed, |socket| socket.ready_state())
    }

    fn socket(&self) -> Result<ReconnectingWebSocket, ReconnectingSendError> {
        let driver = SOCKETS.with(|sockets| sockets.borrow().get(self.id).and_then(Weak::upgrade));
        let driver = driver.filter(|driver| !driver.has_ended()).ok_or(ReconnectingSendError::Unreachable)?;
        Ok(ReconnectingWebSocket::target_of_event(driver))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_may_go_anywhere_and_says_so_where_it_can_reach_nothing() {
        fn check<T: Clone + Send + Sync + 'static>(_: &T) {}
        let sender = Sender { id: u64::MAX };
        check(&sender);
        assert_eq!(sender.send("x"), Err(ReconnectingSendError::Unreachable));
        assert_eq!(sender.ready_state(), ReadyState::Closed);
    }
}
