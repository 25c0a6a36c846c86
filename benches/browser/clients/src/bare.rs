//! Web-sys by hand, thin: one closure for each event, freed with the socket.

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};

use crate::TEXT;
use crate::tally::{Laps, Tally};

fn connect(url: &str) -> WebSocket {
    let socket = WebSocket::new(url).expect("it connects");
    socket.set_binary_type(BinaryType::Arraybuffer);
    socket
}

fn on_message(socket: &WebSocket, handler: impl Fn(MessageEvent) + 'static) {
    let closure = Closure::<dyn Fn(MessageEvent)>::new(handler);
    socket.set_onmessage(Some(closure.as_ref().unchecked_ref()));
    closure.forget();
}

pub fn receive(_: &str, url: &str, tally: Tally) {
    on_message(&connect(url), move |event| {
        let data = event.data();
        if let Some(text) = data.as_string() {
            tally.text(&text);
        } else if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
            tally.binary(&Uint8Array::new(buffer).to_vec());
        }
    });
}

pub fn echo(_: &str, url: &str, laps: Laps) {
    let socket = connect(url);
    let (sending, answering, starting) = (socket.clone(), laps.clone(), socket.clone());
    on_message(&socket, move |_| {
        if answering.end() {
            answering.start();
            sending.send_with_str(TEXT).expect("it sends");
        }
    });
    let on_open = Closure::<dyn Fn()>::new(move || {
        laps.start();
        starting.send_with_str(TEXT).expect("it sends");
    });
    socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    on_open.forget();
}

async fn event(set: impl Fn(Option<&js_sys::Function>)) {
    let mut closure = None;
    let promise = Promise::new(&mut |resolve, _| {
        let once = Closure::<dyn FnMut(Event)>::new(move |_| drop(resolve.call0(&JsValue::UNDEFINED)));
        set(Some(once.as_ref().unchecked_ref()));
        closure = Some(once);
    });
    JsFuture::from(promise).await.expect("it comes");
    set(None);
}

pub async fn cycle(_: &str, url: &str) {
    let socket = connect(url);
    event(|handler| socket.set_onopen(handler)).await;
    socket.close().expect("it closes");
    event(|handler| socket.set_onclose(handler)).await;
}

pub struct Sender(WebSocket);

pub async fn open(_: &str, url: &str) -> Sender {
    let socket = connect(url);
    event(|handler| socket.set_onopen(handler)).await;
    Sender(socket)
}

impl Sender {
    pub fn send(&mut self, text: &str) {
        self.0.send_with_str(text).expect("it sends");
    }
}
