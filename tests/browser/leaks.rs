//! A thousand connections opened and dropped leave no listener and no growing memory.
//!
//! Wasm memory grows by pages of 64 KiB, so a leak of some 60 bytes a connection and more is seen. What the engine itself keeps is measured in Chromium, by its debugging protocol, in tests/e2e/leaks.test.mjs.

use js_sys::{ArrayBuffer, Function, WebAssembly::Memory};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{connect, next, open, within};

/// Counts listeners on all sockets made from now on: those that were added and not removed.
fn count_listeners() -> impl Fn() -> f64 {
    let install = "
        const attached = new Map();
        const count = () => [...attached.values()].reduce((sum, set) => sum + set.size, 0);
        const { addEventListener, removeEventListener } = EventTarget.prototype;
        const ids = new WeakMap();
        const id = (listener) => ids.get(listener) ?? (ids.set(listener, Math.random()), ids.get(listener));
        EventTarget.prototype.addEventListener = function (type, listener, ...rest) {
            if (this instanceof WebSocket) {
                if (!attached.has(this)) attached.set(this, new Set());
                attached.get(this).add(`${type} ${id(listener)}`);
            }
            return addEventListener.call(this, type, listener, ...rest);
        };
        EventTarget.prototype.removeEventListener = function (type, listener, ...rest) {
            const own = attached.get(this);
            if (own?.delete(`${type} ${id(listener)}`) && own.size === 0) attached.delete(this);
            return removeEventListener.call(this, type, listener, ...rest);
        };
        return count;";
    let count = Function::new_no_args(install).call0(&JsValue::UNDEFINED).unwrap().unchecked_into::<Function>();
    move || count.call0(&JsValue::UNDEFINED).unwrap().as_f64().unwrap()
}

fn wasm_bytes() -> u32 {
    Memory::from(wasm_bindgen::memory()).buffer().unchecked_into::<ArrayBuffer>().byte_length()
}

/// One connection's life: a listener of each kind, a stream, a message each way, and the drop.
async fn live_and_drop(number: u32) {
    let socket = connect("/echo");
    let mut messages = socket.messages();
    socket.set_onopen(|_| {});
    socket.add_error_listener(|_| {}).keep();
    socket.add_close_listener(|_| {}).keep();
    // Every tenth is dropped before it has opened.
    if !number.is_multiple_of(10) {
        within("open", socket.opened()).await.unwrap();
        socket.send("x".repeat(2000)).unwrap();
        next(&mut messages).await;
    }
}

#[wasm_bindgen_test]
async fn a_thousand_connections_leave_no_listener_and_no_growing_memory() {
    let listeners = count_listeners();
    for number in 0..100 {
        live_and_drop(number).await;
    }
    let (bytes, before) = (wasm_bytes(), listeners());
    for number in 0..1000 {
        live_and_drop(number).await;
    }
    assert_eq!((listeners(), before), (0.0, 0.0), "listeners");
    assert_eq!(wasm_bytes(), bytes, "wasm memory after a warm-up of a hundred");
    // And a socket after all that works as the first did.
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    assert_eq!(listeners(), 4.0, "open, message, error, close");
    socket.send("last").unwrap();
    assert_eq!(next(&mut messages).await, "last".into());
}
