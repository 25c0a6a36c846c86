//! Web-sys with listeners that are freed.

use std::cell::RefCell;

use gloo_events::EventListener;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, WebSocket};

use crate::{URL, log};

thread_local! {
    static LISTENERS: RefCell<Option<[EventListener; 2]>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
fn start() -> Result<(), JsValue> {
    let socket = WebSocket::new(URL)?;
    let (opened, received) = (socket.clone(), socket.clone());
    let listeners = [
        EventListener::new(&socket, "open", move |_| drop(opened.send_with_str("hello"))),
        EventListener::new(&socket, "message", move |event| {
            if let Some(text) = event.unchecked_ref::<MessageEvent>().data().as_string() {
                log(text.len());
                if text.is_empty() {
                    drop(received.close());
                }
            }
        }),
    ];
    LISTENERS.set(Some(listeners));
    Ok(())
}
