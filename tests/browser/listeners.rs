//! Handlers and listeners: order, removal, and what one may do from inside an event.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tautline::{CloseCode, CloseReason, EventListener, ReadyState, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Wire, connect, log, open, within};

#[wasm_bindgen_test]
async fn the_four_handlers_see_the_events_with_their_fields() {
    let socket = connect("/control");
    let (tell, mut told) = log();
    let (on_message, on_error, on_close) = (tell.clone(), tell.clone(), tell.clone());
    socket.set_onopen(move |event| tell(format!("open {}", event.target().ready_state())));
    socket.set_onmessage(move |event| on_message(format!("message {:?}", event.text())));
    socket.set_onerror(move |event| on_error(format!("error {}", event.target().ready_state())));
    socket.set_onclose(move |event| {
        on_close(format!(
            "close {} {:?} {} {}",
            event.code(),
            event.reason(),
            event.was_clean(),
            event.target().ready_state()
        ));
    });
    assert_eq!(told.next().await, "open OPEN");
    socket.send("hello").unwrap();
    assert_eq!(told.next().await, "message Some(\"hello\")");
    socket.send("close 1001 going").unwrap();
    assert_eq!(told.next().await, "close 1001 Going Away \"going\" true CLOSED");

    let refused = connect("/refuse?status=500");
    let (tell, mut told) = log();
    let on_close = tell.clone();
    refused.set_onerror(move |event| tell(format!("error {}", event.target().ready_state())));
    refused.set_onclose(move |event| on_close(format!("close {} {}", event.code(), event.was_clean())));
    assert_eq!(told.next().await, "error CLOSED");
    assert_eq!(told.next().await, "close 1006 Abnormal Closure false");
}

#[wasm_bindgen_test]
async fn handlers_are_replaced_and_removed_and_listeners_keep_their_order() {
    let socket = open("/echo").await;
    let (tell, mut told) = log();
    let says = |word: &'static str| {
        let tell = tell.clone();
        move |_: &tautline::MessageEvent<'_>| tell(word)
    };
    let _first = socket.add_message_listener(says("first"));
    socket.set_onmessage(says("handler"));
    let last = socket.add_message_listener(says("last"));
    socket.set_onmessage(says("new handler"));
    socket.send("").unwrap();
    for expected in ["first", "new handler", "last"] {
        assert_eq!(told.next().await, expected);
    }
    socket.remove_onmessage();
    drop(last);
    socket.add_message_listener(says("kept")).keep();
    socket.send("").unwrap();
    assert_eq!((told.next().await, told.next().await), ("first", "kept"));
    assert_eq!(told.rest(), Vec::<&str>::new());
}

#[wasm_bindgen_test]
async fn a_handler_may_send_and_close() {
    let socket = connect("/echo");
    socket.set_onopen(|event| event.target().send("from open").unwrap());
    socket.set_onmessage(|event| {
        assert_eq!(event.text(), Some("from open"));
        event.target().close_with(CloseCode::new(3333).unwrap(), &CloseReason::default());
    });
    assert_eq!(within("close", socket.closed()).await.code.get(), 3333);
}

#[wasm_bindgen_test]
async fn a_listener_may_add_and_remove_listeners_itself_included() {
    let socket = open("/echo").await;
    let (tell, mut told) = log();
    let held: Rc<RefCell<Vec<EventListener>>> = Rc::default();
    let inner = Rc::clone(&held);
    let listener = socket.add_message_listener(move |event| {
        tell("once");
        let tell = tell.clone();
        let added = event.target().add_message_listener(move |_| tell("added"));
        // Drops the listener that is running, and puts another in its place.
        *inner.borrow_mut() = vec![added];
    });
    held.borrow_mut().push(listener);
    for expected in ["once", "added", "added"] {
        socket.send("x").unwrap();
        assert_eq!(told.next().await, expected);
    }
    assert_eq!(told.rest(), Vec::<&str>::new());
}

#[wasm_bindgen_test]
async fn every_handler_can_be_replaced_and_removed() {
    for path in ["/control", "/refuse?status=500"] {
        let socket = connect(path);
        let (tell, mut told) = log();
        macro_rules! replaced_and_removed {
            ($set:ident, $remove:ident, $name:literal) => {{
                let (old, removed, new) = (tell.clone(), tell.clone(), tell.clone());
                socket.$set(move |_| old(concat!($name, ", replaced")));
                socket.$set(move |_| removed(concat!($name, ", removed")));
                socket.$remove();
                socket.$set(move |_| new($name));
                socket.$set(|event| event.target().close());
                socket.$remove();
                let new = tell.clone();
                socket.$set(move |_| new($name));
            }};
        }
        replaced_and_removed!(set_onopen, remove_onopen, "open");
        replaced_and_removed!(set_onmessage, remove_onmessage, "message");
        replaced_and_removed!(set_onerror, remove_onerror, "error");
        replaced_and_removed!(set_onclose, remove_onclose, "close");
        if within("open or close", socket.opened()).await.is_ok() {
            socket.send("text hello").unwrap();
            assert_eq!((told.next().await, told.next().await), ("open", "message"));
            socket.send("close 1000").unwrap();
            assert_eq!(told.next().await, "close");
        } else {
            assert_eq!((told.next().await, told.next().await), ("error", "close"));
        }
        assert_eq!(told.rest(), Vec::<&str>::new());
    }
}

/// Does all that a handler may do to its socket, and says what `send` answered.
fn do_everything(socket: &WebSocket) -> bool {
    let sent = socket.send("from inside").is_ok();
    let dropped = socket.add_message_listener(|_| {});
    socket.add_close_listener(|_| {}).keep();
    socket.set_onmessage(|_| {});
    socket.set_onclose(|_| {});
    socket.remove_onopen();
    drop(dropped);
    socket.close();
    sent
}

#[wasm_bindgen_test]
async fn a_handler_may_send_close_and_change_listeners_inside_any_event() {
    for (path, event, can_send) in [
        ("/echo", "open", true),
        ("/flood?count=3&size=5", "message", true),
        ("/refuse?status=500", "error", false),
        ("/close?code=1000", "close", false),
    ] {
        let socket = connect(path);
        let (tell, mut told) = log();
        let listener = match event {
            "open" => socket.add_open_listener(move |event| tell(do_everything(event.target()))),
            "message" => socket.add_message_listener(move |event| tell(do_everything(event.target()))),
            "error" => socket.add_error_listener(move |event| tell(do_everything(event.target()))),
            _ => socket.add_close_listener(move |event| tell(do_everything(event.target()))),
        };
        assert_eq!(told.next().await, can_send, "{event}");
        within("close", socket.closed()).await;
        drop(listener);
    }
}

#[wasm_bindgen_test]
async fn a_sibling_removed_during_the_dispatch_is_not_called() {
    let socket = open("/echo").await;
    let (tell, mut told) = log();
    let victim: Rc<RefCell<Option<EventListener>>> = Rc::default();
    let (inner, survivor) = (Rc::clone(&victim), tell.clone());
    let _killer = socket.add_message_listener(move |_| drop(inner.take()));
    victim.replace(Some(socket.add_message_listener(move |_| tell("victim"))));
    let _last = socket.add_message_listener(move |_| survivor("survivor"));
    socket.send("x").unwrap();
    assert_eq!(told.next().await, "survivor");
}

/// Runs `scenario` with a socket of which only a cell holds a handle; what it is given takes that out and drops it.
async fn dropped_inside(path: &str, scenario: impl FnOnce(&WebSocket, Box<dyn Fn()>)) {
    let mut wire = Wire::watch().await;
    let socket = connect(&wire.path(path));
    let cell = Rc::new(RefCell::new(None));
    let (tell, mut told) = log();
    let inner = Rc::clone(&cell);
    let drop_it = move || tell(inner.take().map(|socket: WebSocket| drop(socket)));
    scenario(&socket, Box::new(drop_it));
    cell.replace(Some(socket));
    assert_eq!(told.next().await, Some(()), "the handler ran");
    wire.over().await;
    assert_eq!(told.rest(), [], "and it ran once");
}

#[wasm_bindgen_test]
async fn a_handler_may_drop_the_socket_inside_any_event() {
    dropped_inside("/echo", |socket, drop_it| socket.set_onopen(move |_| drop_it())).await;
    dropped_inside("/flood?count=3&size=5000", |socket, drop_it| {
        socket.set_onmessage(move |event| {
            drop_it();
            // The event outlives the last handle: what it lends is still there, and its target answers.
            assert_eq!(event.text().unwrap().len(), 5000);
            assert!(event.target().send("x").is_err());
            assert_eq!(event.target().ready_state(), ReadyState::Closing);
        });
    })
    .await;
    dropped_inside("/refuse?status=500", |socket, drop_it| socket.set_onerror(move |_| drop_it())).await;
    dropped_inside("/close?code=1000", |socket, drop_it| socket.set_onclose(move |_| drop_it())).await;
}

#[wasm_bindgen_test]
async fn after_a_drop_inside_a_listener_its_siblings_are_not_called() {
    let (tell, mut told) = log();
    dropped_inside("/echo", |socket, drop_it| {
        socket.add_open_listener(move |_| drop_it()).keep();
        socket.add_open_listener(move |_| tell("sibling")).keep();
    })
    .await;
    assert_eq!(told.rest(), Vec::<&str>::new());
}

#[wasm_bindgen_test]
async fn listeners_are_freed_after_the_close_event() {
    let socket = open("/echo").await;
    let captured = Rc::new(());
    let (message, close, own) = (Rc::clone(&captured), Rc::clone(&captured), socket.clone());
    // A listener that captures its own socket: the cycle ends with the connection.
    socket.add_message_listener(move |_| drop((Rc::clone(&message), own.ready_state()))).keep();
    socket.set_onclose(move |_| drop(Rc::clone(&close)));
    assert_eq!(Rc::strong_count(&captured), 3);
    socket.close();
    within("close", socket.closed()).await;
    assert_eq!(Rc::strong_count(&captured), 1);
}

#[wasm_bindgen_test]
async fn a_listener_added_after_the_close_event_is_not_kept() {
    let socket = connect("/close?code=1000");
    within("close", socket.closed()).await;
    let captured = Rc::new(());
    let (one, two, own) = (Rc::clone(&captured), Rc::clone(&captured), socket.clone());
    socket.set_onclose(move |_| drop((Rc::clone(&one), own.ready_state())));
    socket.add_message_listener(move |_| drop(Rc::clone(&two))).keep();
    assert_eq!(Rc::strong_count(&captured), 1);
}

#[wasm_bindgen_test]
async fn a_message_dispatched_from_inside_a_handler_waits_its_turn() {
    // By a second listener of the page's own on the browser's socket, reached through the constructor.
    let socket = open("/echo").await;
    let native = native_socket(&socket);
    let depth = Rc::new(Cell::new(0));
    let (tell, mut told) = log();
    socket.set_onmessage(move |event| {
        assert_eq!(depth.replace(depth.get() + 1), 0, "a handler is never entered twice");
        let text = event.text().unwrap().to_owned();
        if text == "outer" {
            let init = web_sys::MessageEventInit::new();
            init.set_data(&"inner".into());
            let inner = web_sys::MessageEvent::new_with_event_init_dict("message", &init).unwrap();
            native.dispatch_event(&inner).unwrap();
        }
        assert_eq!(event.text(), Some(text.as_str()), "what was lent is not overwritten");
        depth.set(depth.get() - 1);
        tell(text);
    });
    socket.send("outer").unwrap();
    assert_eq!((told.next().await, told.next().await), ("outer".to_owned(), "inner".to_owned()));
}

/// The browser's object behind a socket: `send` is called on it once.
pub(crate) fn native_socket(socket: &WebSocket) -> web_sys::WebSocket {
    use wasm_bindgen::JsCast;
    let spy = "const native = WebSocket.prototype.send; \
               WebSocket.prototype.send = function () { globalThis.spied = this; }; \
               return () => { WebSocket.prototype.send = native; return globalThis.spied; };";
    let spy = js_sys::Function::new_no_args(spy).call0(&js_sys::global()).unwrap();
    socket.send("seen by the spy only").unwrap();
    spy.unchecked_into::<js_sys::Function>().call0(&js_sys::global()).unwrap().unchecked_into()
}
