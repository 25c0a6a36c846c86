//! Dropping: at any time, everything is detached, the connection is closed, and all is freed.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use futures_util::{FutureExt, StreamExt};
use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Wire, connect, hanging, log, open};

#[wasm_bindgen_test]
async fn dropping_an_open_socket_closes_it_with_the_handshake() {
    let mut wire = Wire::watch().await;
    let socket = open(&wire.path("/echo")).await;
    let (tell, mut told) = log();
    socket.set_onclose(move |_| tell("close"));
    drop(socket);
    let frame = wire.client_close().await;
    assert_eq!((frame.length, frame.code), (0, None));
    wire.over().await;
    // Whatever this connection had to say comes before another has opened.
    drop(open("/echo").await);
    assert_eq!(told.rest(), Vec::<&str>::new(), "nobody listens any more");
}

#[wasm_bindgen_test]
async fn dropping_a_connecting_socket_ends_its_connection() {
    let mut wire = Wire::watch().await;
    let socket = connect(&wire.path(hanging()));
    wire.find(|record| record.kind == "request").await;
    drop(socket);
    wire.over().await;
}

#[wasm_bindgen_test]
async fn dropping_frees_what_the_listeners_captured() {
    let socket = open("/echo").await;
    let captured = Rc::new(());
    let (one, two, three) = (Rc::clone(&captured), Rc::clone(&captured), Rc::clone(&captured));
    socket.set_onmessage(move |_| drop(Rc::clone(&one)));
    socket.add_close_listener(move |_| drop(Rc::clone(&two))).keep();
    let held = socket.add_error_listener(move |_| drop(Rc::clone(&three)));
    assert_eq!(Rc::strong_count(&captured), 4);
    drop(socket);
    assert_eq!(Rc::strong_count(&captured), 1);
    drop(held);
}

#[wasm_bindgen_test]
async fn the_last_of_several_handles_closes() {
    let mut wire = Wire::watch().await;
    let socket = open(&wire.path("/echo")).await;
    let clone = socket.clone();
    let stream = clone.messages();
    let mut sink = clone.sink(tautline::SendMarks::default());
    let closed = clone.closed();
    drop((socket, clone, stream));
    futures_util::SinkExt::send(&mut sink, "still here".into()).await.unwrap();
    let frame = wire.find(|record| record.is_frame("up")).await;
    assert_eq!(frame.payload_text.as_deref(), Some("still here"));
    drop(sink);
    crate::support::turn().await;
    drop(closed);
    wire.client_close().await;
}

#[wasm_bindgen_test]
async fn a_cancelled_future_takes_its_socket_with_it() {
    let mut wire = Wire::watch().await;
    let path = wire.path("/echo");
    let mut task = Box::pin(async move {
        let socket = connect(&path);
        let mut messages = socket.messages();
        socket.opened().await.unwrap();
        socket.send("started").unwrap();
        while messages.next().await.is_some() {}
    });
    assert_eq!((&mut task).now_or_never(), None);
    let seen = {
        let down = Box::pin(wire.find(|record| record.is_frame("down")));
        let first = futures_util::future::select(&mut task, down).await;
        matches!(first, futures_util::future::Either::Right(_))
    };
    assert!(seen, "the task has no end");
    drop(task);
    wire.client_close().await;
    wire.over().await;
}

/// A waker that counts its clones.
struct Counted;

impl Wake for Counted {
    fn wake(self: Arc<Self>) {}
}

#[wasm_bindgen_test]
async fn cancelled_waits_leave_nothing_behind() {
    let socket = connect("/echo");
    let counted = Arc::new(Counted);
    let waker = Waker::from(Arc::clone(&counted));
    for _ in 0..100 {
        let (mut opened, mut closed) = (socket.opened(), socket.closed());
        let mut context = Context::from_waker(&waker);
        assert!(opened.poll_unpin(&mut context).is_pending() && closed.poll_unpin(&mut context).is_pending());
        assert_eq!(Arc::strong_count(&counted), 4, "this one, its waker, and the two that wait");
    }
    assert_eq!(Arc::strong_count(&counted), 2);
}

/// Writes down each call of a method on a socket, from now on, and gives back what was written.
fn spy() -> impl Fn(&str) -> String {
    let install = "
        let log = [];
        const { removeEventListener } = EventTarget.prototype;
        const { close } = WebSocket.prototype;
        EventTarget.prototype.removeEventListener = function (...args) {
            if (this instanceof WebSocket) log.push(`detach ${args[0]}`);
            return removeEventListener.apply(this, args);
        };
        WebSocket.prototype.close = function (...args) {
            log.push('close');
            return close.apply(this, args);
        };
        return (entry) => {
            if (entry !== '') return void log.push(entry);
            Object.assign(EventTarget.prototype, { removeEventListener });
            Object.assign(WebSocket.prototype, { close });
            return log.join(', ');
        };";
    let spy: Function = Function::new_no_args(install).call0(&JsValue::UNDEFINED).unwrap().unchecked_into();
    move |entry| spy.call1(&JsValue::UNDEFINED, &entry.into()).unwrap().as_string().unwrap_or_default()
}

/// Tells when it is freed.
struct Freed<F: Fn(&str) -> String>(Rc<F>);

impl<F: Fn(&str) -> String> Drop for Freed<F> {
    fn drop(&mut self) {
        self.0("free");
    }
}

#[wasm_bindgen_test]
async fn a_drop_detaches_then_closes_then_frees() {
    let socket = open("/echo").await;
    let spy = Rc::new(spy());
    let captured = Freed(Rc::clone(&spy));
    socket.set_onmessage(move |_| drop(captured.0("never")));
    drop(socket);
    assert_eq!(spy(""), "detach open, detach message, detach error, detach close, close, free");
}

#[wasm_bindgen_test]
async fn dropping_a_closing_socket_and_one_with_unread_blobs_is_harmless() {
    let mut wire = Wire::watch().await;
    let socket = open(&wire.path("/echo")).await;
    socket.close();
    drop(socket);
    wire.client_close().await;
    wire.over().await;

    let socket = open("/echo").await;
    socket.set_binary_type(tautline::BinaryType::Blob);
    let mut messages = socket.messages();
    let (tell, mut told) = log();
    socket.add_message_listener(move |_| tell(())).keep();
    socket.send(vec![1; 1_000_000]).unwrap();
    told.next().await;
    // The read has begun when the stream is dropped.
    assert_eq!(messages.next().now_or_never(), None);
    drop((messages, socket));
    crate::support::turn().await;
}

#[wasm_bindgen_test]
async fn a_handle_made_after_the_last_was_dropped_is_of_a_closed_socket() {
    let (tell, mut told) = log();
    let cell = Rc::new(std::cell::RefCell::new(Some(connect("/echo"))));
    let inner = Rc::clone(&cell);
    cell.borrow().as_ref().unwrap().set_onopen(move |event| {
        drop(inner.take());
        tell(event.target().clone());
    });
    let late = told.next().await;
    assert_eq!(crate::support::within("closed", late.closed()).await.code.get(), 1006);
    assert_eq!(crate::support::within("the end", late.messages().next()).await, None);
}
