//! Web-sys by hand: closures that are never freed.

use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, WebSocket};

use crate::{URL, log};

#[wasm_bindgen(start)]
fn start() -> Result<(), JsValue> {
    let socket = WebSocket::new(URL)?;
    let opened = socket.clone();
    let on_open = Closure::<dyn FnMut()>::new(move || drop(opened.send_with_str("hello")));
    let received = socket.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            log(text.len());
            if text.is_empty() {
                drop(received.close());
            }
        }
    });
    socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_open.forget();
    on_message.forget();
    Ok(())
}
