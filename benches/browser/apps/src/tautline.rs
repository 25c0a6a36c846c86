//! Our `WebSocket`.

use std::cell::RefCell;

use tautline::WebSocket;
use wasm_bindgen::prelude::*;

use crate::{URL, log};

thread_local! {
    static SOCKET: RefCell<Option<WebSocket>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
fn start() -> Result<(), JsValue> {
    let socket = WebSocket::new(URL).map_err(|_| JsValue::NULL)?;
    socket.set_onopen(|event| drop(event.target().send("hello")));
    socket.set_onmessage(|event| {
        if let Some(text) = event.text() {
            log(text.len());
            if text.is_empty() {
                event.target().close();
            }
        }
    });
    SOCKET.set(Some(socket));
    Ok(())
}
