//! ewebsock, by its callback.

use std::cell::RefCell;
use std::ops::ControlFlow;

use ewebsock::{Options, WsEvent, WsMessage, WsSender};
use wasm_bindgen::prelude::*;

use crate::{URL, log};

thread_local! {
    static SENDER: RefCell<Option<WsSender>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
fn start() {
    let on_event = Box::new(|event| {
        match event {
            WsEvent::Opened => SENDER.with_borrow_mut(|sender| {
                if let Some(sender) = sender {
                    sender.send(WsMessage::Text("hello".to_owned()));
                }
            }),
            WsEvent::Message(WsMessage::Text(text)) => {
                log(text.len());
                if !text.is_empty() {
                    return ControlFlow::Continue(());
                }
                SENDER.with_borrow_mut(|sender| {
                    if let Some(sender) = sender {
                        sender.close();
                    }
                });
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    if let Ok(sender) = ewebsock::ws_connect(URL.to_owned(), Options::default(), on_event) {
        SENDER.set(Some(sender));
    }
}
