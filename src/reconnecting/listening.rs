//! Handlers and listeners: those of the standard's four events, and of those that only a reconnecting socket has.

use std::rc::Rc;

use super::ReconnectingWebSocket;
use super::hub::Hub;
use super::notice::{Connecting, MessageFate, Notice, Retry};
use crate::driver::Driver;
use crate::machine::{GaveUp, Phase};
use crate::socket::{CloseEvent, Event, EventListener, MessageEvent};

macro_rules! listening {
    ($list:ident, $event:ty, $name:literal, $when:literal, $set:ident, $remove:ident, $add:ident) => {
        #[doc = concat!("Sets the `on", $name, "` handler, in the place of the one there was: ", $when)]
        ///
        /// It may send, close, reconnect, set or remove handlers and listeners, and drop the socket.
        pub fn $set(&self, handler: impl Fn(&$event) + 'static) {
            self.driver.host.$list.set_handler(Rc::new(handler));
        }

        #[doc = concat!("Removes the `on", $name, "` handler, if there is one.")]
        pub fn $remove(&self) {
            self.driver.host.$list.remove_handler();
        }

        #[doc = concat!("Adds a listener for `", $name, "` events: ", $when)]
        ///
        /// Any number of them, called in the order in which they were added. It is detached when the value returned
        /// is dropped; [`EventListener::keep`] leaves it attached for the socket's life.
        pub fn $add(&self, listener: impl Fn(&$event) + 'static) -> EventListener {
            let id = self.driver.host.$list.add(Rc::new(listener));
            EventListener::new(Rc::downgrade(&self.driver), move |driver: &Driver<Hub>| driver.host.$list.remove(id))
        }
    };
}

type Plain<'a> = Event<'a, ReconnectingWebSocket>;
type Received<'a> = MessageEvent<'a, ReconnectingWebSocket>;
type Ended<'a> = CloseEvent<'a, ReconnectingWebSocket>;

/// Events. The first attempt begins in the constructor, before anybody can listen.
impl ReconnectingWebSocket {
    listening!(
        on_open,
        Plain<'_>,
        "open",
        "each time a connection is up; the place to subscribe again.",
        set_onopen,
        remove_onopen,
        add_open_listener
    );
    listening!(
        on_message,
        Received<'_>,
        "message",
        "a message has arrived.",
        set_onmessage,
        remove_onmessage,
        add_message_listener
    );
    listening!(
        on_error,
        Plain<'_>,
        "error",
        "an attempt or a connection failed.",
        set_onerror,
        remove_onerror,
        add_error_listener
    );
    listening!(
        on_close,
        Ended<'_>,
        "close",
        "a connection that was up has ended, or the socket for good.",
        set_onclose,
        remove_onclose,
        add_close_listener
    );
    listening!(
        on_connecting,
        Notice<'_, Connecting>,
        "connecting",
        "an attempt begins.",
        set_onconnecting,
        remove_onconnecting,
        add_connecting_listener
    );
    listening!(
        on_retry,
        Notice<'_, Retry>,
        "retry",
        "an attempt follows after a wait.",
        set_onretry,
        remove_onretry,
        add_retry_listener
    );
    listening!(
        on_gave_up,
        Notice<'_, GaveUp>,
        "gaveup",
        "there will be no further attempt.",
        set_ongaveup,
        remove_ongaveup,
        add_gave_up_listener
    );
    listening!(
        on_fate,
        Notice<'_, MessageFate>,
        "fate",
        "what became of messages that were queued, or handed to a connection that has ended.",
        set_onfate,
        remove_onfate,
        add_fate_listener
    );
    listening!(
        on_phase,
        Notice<'_, Phase>,
        "phase",
        "the socket is in another phase.",
        set_onphase,
        remove_onphase,
        add_phase_listener
    );
}
