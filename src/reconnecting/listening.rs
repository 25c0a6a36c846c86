//! Handlers and listeners: those of the standard's four events, and of those that only a reconnecting socket has.

use std::rc::Rc;

use super::ReconnectingWebSocket;
use super::hub::{Hub, Kind, Listener, What};
use super::notice::{self, Connecting, MessageFate, Notice, ReplaceFailed, Retry};
use crate::Closed;
use crate::driver::Driver;
use crate::machine::{Event as MachineEvent, GaveUp, Phase};
use crate::socket::{CloseEvent, Event, EventListener, MessageEvent};

macro_rules! listening {
    ($kind:ident, $event:ty, $listener:expr, $name:literal, $when:literal, $set:ident, $remove:ident, $add:ident) => {
        #[doc = concat!("Sets the `on", $name, "` handler, in the place of the one there was: ", $when)]
        ///
        /// It may send, close, reconnect, set or remove handlers and listeners, and drop the socket.
        pub fn $set(&self, handler: impl Fn(&$event) + 'static) {
            self.set_handler(Kind::$kind, $listener(handler));
        }

        #[doc = concat!("Removes the `on", $name, "` handler, if there is one.")]
        pub fn $remove(&self) {
            self.remove_handler(Kind::$kind);
        }

        #[doc = concat!("Adds a listener for `", $name, "` events: ", $when)]
        ///
        /// Any number of them, called in the order in which they were added. It is detached when the value returned
        /// is dropped; [`EventListener::keep`] leaves it attached for the socket's life.
        pub fn $add(&self, listener: impl Fn(&$event) + 'static) -> EventListener {
            self.add_listener(Kind::$kind, $listener(listener))
        }
    };
}

type Plain<'a> = Event<'a, ReconnectingWebSocket>;
type Received<'a> = MessageEvent<'a, ReconnectingWebSocket>;
type Ended<'a> = CloseEvent<'a, ReconnectingWebSocket>;

fn plain(handler: impl Fn(&Plain<'_>) + 'static) -> Rc<Listener> {
    Rc::new(move |target, _| handler(&Event { target }))
}

fn message(handler: impl Fn(&Received<'_>) + 'static) -> Rc<Listener> {
    Rc::new(move |_, what| {
        if let What::Message(event) = what {
            handler(event);
        }
    })
}

fn close(handler: impl Fn(&Ended<'_>) + 'static) -> Rc<Listener> {
    Rc::new(move |target, what| {
        if let What::Event(MachineEvent::Close { closed, .. }) = what {
            handler(&CloseEvent { target, closed });
        }
    })
}

fn notice<T: 'static, H: Fn(&Notice<'_, T>) + 'static>(
    of: fn(&MachineEvent) -> Option<T>,
) -> impl Fn(H) -> Rc<Listener> {
    move |handler| {
        Rc::new(move |target, what| {
            if let What::Event(event) = what
                && let Some(what) = of(event)
            {
                handler(&Notice { target, what: &what });
            }
        })
    }
}

/// What all kinds of listeners have in common.
impl ReconnectingWebSocket {
    fn set_handler(&self, kind: Kind, handler: Rc<Listener>) {
        if let Some(list) = self.driver.host.list(kind) {
            list.set_handler(handler);
        }
    }

    fn remove_handler(&self, kind: Kind) {
        if let Some(list) = self.driver.host.list(kind) {
            list.remove_handler();
        }
    }

    fn add_listener(&self, kind: Kind, listener: Rc<Listener>) -> EventListener {
        let id = self.driver.host.list(kind).map(|list| list.add(listener));
        EventListener::new(Rc::downgrade(&self.driver), move |driver: &Driver<Hub>| {
            if let (Some(id), Some(list)) = (id, driver.host.list(kind)) {
                list.remove(id);
            }
        })
    }

    /// Listens to the end, after which no message comes.
    pub(super) fn on_end(&self, listener: impl Fn(Closed) + 'static) -> EventListener {
        self.add_listener(Kind::End, close(move |event| listener(event.to_closed())))
    }
}

/// Events. The first attempt begins in the constructor, before anybody can listen.
impl ReconnectingWebSocket {
    listening!(
        Open,
        Plain<'_>,
        plain,
        "open",
        "each time a connection is up; the place to subscribe again.",
        set_onopen,
        remove_onopen,
        add_open_listener
    );
    listening!(
        Message,
        Received<'_>,
        message,
        "message",
        "a message has arrived.",
        set_onmessage,
        remove_onmessage,
        add_message_listener
    );
    listening!(
        Error,
        Plain<'_>,
        plain,
        "error",
        "an attempt or a connection failed.",
        set_onerror,
        remove_onerror,
        add_error_listener
    );
    listening!(
        Close,
        Ended<'_>,
        close,
        "close",
        "a connection that was up has ended, or the socket for good.",
        set_onclose,
        remove_onclose,
        add_close_listener
    );
    listening!(
        Connecting,
        Notice<'_, Connecting>,
        notice(Connecting::of),
        "connecting",
        "an attempt begins.",
        set_onconnecting,
        remove_onconnecting,
        add_connecting_listener
    );
    listening!(
        Retry,
        Notice<'_, Retry>,
        notice(Retry::of),
        "retry",
        "an attempt follows after a wait.",
        set_onretry,
        remove_onretry,
        add_retry_listener
    );
    listening!(
        ReplaceFailed,
        Notice<'_, ReplaceFailed>,
        notice(ReplaceFailed::of),
        "replacefailed",
        "a connection that was to replace the live one did not come up.",
        set_onreplacefailed,
        remove_onreplacefailed,
        add_replace_failed_listener
    );
    listening!(
        GaveUp,
        Notice<'_, GaveUp>,
        notice(notice::gave_up),
        "gaveup",
        "there will be no further attempt.",
        set_ongaveup,
        remove_ongaveup,
        add_gave_up_listener
    );
    listening!(
        Fate,
        Notice<'_, MessageFate>,
        notice(MessageFate::of),
        "fate",
        "what became of messages that were queued, or handed to a connection that has ended.",
        set_onfate,
        remove_onfate,
        add_fate_listener
    );
    listening!(
        Phase,
        Notice<'_, Phase>,
        notice(notice::phase),
        "phase",
        "the socket is in another phase.",
        set_onphase,
        remove_onphase,
        add_phase_listener
    );
}
