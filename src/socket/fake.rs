//! A socket without a browser: tests of what takes any socket drive it.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::any::{Socket, sealed::Sealed};
use super::event::OnMessage;
use super::handlers::HandlerList;
use super::received::Received;
use super::{EventListener, MessageEvent, SendData};
use crate::transport::OwnedData;
use crate::{CloseCode, CloseReason, Closed, Message, ReadyState, SendMarks, StatusCode};

#[derive(Clone, Debug, Default)]
pub(crate) struct Fake(Rc<State>);

#[derive(Default)]
struct State {
    on_message: HandlerList<OnMessage<Fake>>,
    on_end: HandlerList<dyn Fn(Closed)>,
    ended: Cell<bool>,
    sent: RefCell<Vec<Message>>,
    closed_with: RefCell<Option<String>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

/// Nothing can be sent after the end.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it has ended")]
pub(crate) struct Ended;

impl Fake {
    /// Fires a message event.
    pub(crate) fn receive(&self, message: impl Into<Message>) {
        let event = MessageEvent { target: self.clone(), payload: Received::Kept(message.into()) };
        self.0.on_message.dispatch(|listener| listener(&event));
    }

    /// Ends, as after a close event.
    pub(crate) fn end(&self) {
        self.0.ended.set(true);
        self.0.on_end.dispatch(|listener| listener(Closed::new(StatusCode::NORMAL_CLOSURE, "", true)));
    }

    /// What was sent so far.
    pub(crate) fn sent(&self) -> Vec<Message> {
        self.0.sent.borrow().clone()
    }

    /// The code and the reason of the last close.
    pub(crate) fn closed_with(&self) -> Option<String> {
        self.0.closed_with.borrow().clone()
    }

    /// How many message listeners are attached.
    pub(crate) fn listeners(&self) -> usize {
        let count = Cell::new(0);
        self.0.on_message.dispatch(|_| count.set(count.get() + 1));
        count.get()
    }
}

impl Sealed for Fake {
    fn add_message_listener(&self, listener: impl Fn(&MessageEvent<'_, Self>) + 'static) -> EventListener {
        let id = self.0.on_message.add(Rc::new(listener));
        EventListener::new(Rc::downgrade(&self.0), move |state: &State| state.on_message.remove(id))
    }

    fn add_end_listener(&self, listener: impl Fn(Closed) + 'static) -> EventListener {
        let id = self.0.on_end.add(Rc::new(listener));
        EventListener::new(Rc::downgrade(&self.0), move |state: &State| state.on_end.remove(id))
    }

    fn has_ended(&self) -> bool {
        self.0.ended.get()
    }
}

impl Socket for Fake {
    type SendError = Ended;
    type Sink = FakeSink;

    fn ready_state(&self) -> ReadyState {
        if self.has_ended() { ReadyState::Closed } else { ReadyState::Open }
    }

    fn send(&self, data: impl SendData) -> Result<(), Ended> {
        if self.has_ended() {
            return Err(Ended);
        }
        let Ok(OwnedData::Message(message)) = data.into_owned_data() else { panic!("a fake socket sends messages") };
        self.0.sent.borrow_mut().push(message);
        Ok(())
    }

    fn send_now(&self, data: impl SendData) -> Result<(), Ended> {
        self.send(data)
    }

    fn close_with(&self, code: CloseCode, reason: &CloseReason) {
        *self.0.closed_with.borrow_mut() = Some(format!("{} {}", code.get(), reason.as_str()));
    }

    fn sink(&self, _marks: SendMarks) -> FakeSink {
        FakeSink(self.clone())
    }
}

#[derive(Debug)]
pub(crate) struct FakeSink(Fake);

impl Sink<Message> for FakeSink {
    type Error = Ended;

    fn poll_ready(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        Poll::Ready(if self.0.has_ended() { Err(Ended) } else { Ok(()) })
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Ended> {
        self.0.send(message)
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        self.0.end();
        Poll::Ready(Ok(()))
    }
}
