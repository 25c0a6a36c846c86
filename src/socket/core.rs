//! What all handles of one socket share: its transport, its listeners and what has happened so far.

use std::cell::{Cell, OnceCell};
use std::rc::{Rc, Weak};
use std::task::Waker;

use super::event::{CloseEvent, Event, MessageEvent, OnClose, OnEvent, OnMessage};
use super::handlers::HandlerList;
use super::received::Received;
use super::{WebSocket, waits::Waits};
use crate::slot::Slot;
use crate::transport::{Connection, Incoming, Transport};
use crate::{Closed, StatusCode};

pub(super) struct Core {
    pub(super) transport: Transport,
    pub(super) on_open: HandlerList<OnEvent>,
    pub(super) on_message: HandlerList<OnMessage>,
    pub(super) on_error: HandlerList<OnEvent>,
    pub(super) on_close: HandlerList<OnClose>,
    /// How many handles keep the connection.
    owners: Cell<usize>,
    opened: Cell<bool>,
    closed: OnceCell<Closed>,
    waits: Slot<Waits>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("transport", &self.transport).finish_non_exhaustive()
    }
}

impl Core {
    pub(super) fn new(connection: Connection) -> Rc<Self> {
        Rc::new_cyclic(|core: &Weak<Self>| {
            let core = Weak::clone(core);
            Self {
                transport: connection.listen(move |incoming| {
                    if let Some(core) = core.upgrade() {
                        core.handle(incoming);
                    }
                }),
                on_open: HandlerList::default(),
                on_message: HandlerList::default(),
                on_error: HandlerList::default(),
                on_close: HandlerList::default(),
                owners: Cell::new(0),
                opened: Cell::new(false),
                closed: OnceCell::new(),
                waits: Slot::default(),
            }
        })
    }

    fn handle(self: Rc<Self>, incoming: Incoming<'_>) {
        let handle = WebSocket::target_of_event(Rc::clone(&self));
        let target = &handle;
        match incoming {
            Incoming::Open => {
                self.opened.set(true);
                self.on_open.dispatch(|listener| listener(&Event { target }));
                self.wake();
            }
            Incoming::Message(payload) => {
                let event = MessageEvent { target: handle, payload: Received::Now(payload) };
                self.on_message.dispatch(|listener| listener(&event));
            }
            Incoming::Error => self.on_error.dispatch(|listener| listener(&Event { target })),
            Incoming::Close(closed) => {
                _ = self.closed.set(closed);
                if let Some(closed) = self.closed.get() {
                    self.on_close.dispatch(|listener| listener(&CloseEvent { target, closed }));
                }
                self.release();
                self.wake();
            }
        }
    }

    /// Detaches and frees all that listens. What the listeners have captured may be the last handle of this socket.
    fn release(&self) {
        self.transport.detach();
        self.on_open.end();
        self.on_message.end();
        self.on_error.end();
        self.on_close.end();
    }

    pub(super) fn opened(&self) -> bool {
        self.opened.get()
    }

    pub(super) fn closed(&self) -> Option<&Closed> {
        self.closed.get()
    }

    pub(super) fn add_owner(&self) {
        self.owners.set(self.owners.get() + 1);
    }

    /// Gives a handle back. With the last one goes the connection.
    pub(super) fn remove_owner(&self) {
        let owners = self.owners.get().saturating_sub(1);
        self.owners.set(owners);
        if owners == 0 {
            self.transport.detach();
            self.transport.close(None);
            // A handler may still make a handle of its event's target. To that, the connection has ended.
            _ = self.closed.set(Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false));
            self.release();
        }
    }

    pub(super) fn wait(&self, id: &mut Option<u64>, waker: &Waker) {
        let replaced = self.waits.with(|waits| waits.wait(id, waker));
        drop(replaced);
    }

    pub(super) fn stop_waiting(&self, id: Option<u64>) {
        let waker = self.waits.with(|waits| waits.remove(id));
        drop(waker);
    }

    fn wake(&self) {
        let wakers = self.waits.with(Waits::take);
        for (_, waker) in wakers {
            waker.wake();
        }
    }
}
