//! ewebsock, by its callback.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use ewebsock::{Options, WsEvent, WsMessage, WsSender, ws_connect};
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::TEXT;
use crate::tally::{Laps, Tally};

thread_local! {
    // Its handlers have to be `Send`: what they use stands here.
    static HELD: RefCell<Held> = RefCell::default();
}

#[derive(Default)]
struct Held {
    sender: Option<WsSender>,
    tally: Option<Tally>,
    laps: Option<Laps>,
    opened: Option<Function>,
    closed: Option<Function>,
}

fn connect(url: &str, on_event: Box<dyn Send + Fn(WsEvent) -> ControlFlow<()>>) {
    let sender = ws_connect(url.to_owned(), Options::default(), on_event).expect("it connects");
    HELD.with_borrow_mut(|held| held.sender = Some(sender));
}

fn send(text: &str) {
    HELD.with_borrow_mut(|held| held.sender.as_mut().expect("it is there").send(WsMessage::Text(text.to_owned())));
}

pub fn receive(_: &str, url: &str, tally: Tally) {
    HELD.with_borrow_mut(|held| held.tally = Some(tally));
    connect(
        url,
        Box::new(|event| {
            HELD.with_borrow(|held| match (&held.tally, event) {
                (Some(tally), WsEvent::Message(WsMessage::Text(text))) => tally.text(&text),
                (Some(tally), WsEvent::Message(WsMessage::Binary(bytes))) => tally.binary(&bytes),
                _ => {}
            });
            ControlFlow::Continue(())
        }),
    );
}

pub fn echo(_: &str, url: &str, laps: Laps) {
    HELD.with_borrow_mut(|held| held.laps = Some(laps));
    connect(
        url,
        Box::new(|event| {
            let laps = HELD.with_borrow(|held| held.laps.clone()).expect("it is there");
            let more = match event {
                WsEvent::Opened => true,
                WsEvent::Message(_) => laps.end(),
                _ => false,
            };
            if more {
                laps.start();
                send(TEXT);
            }
            ControlFlow::Continue(())
        }),
    );
}

/// Calls what waits, if something does.
fn call(function: Option<Function>) {
    if let Some(function) = function {
        drop(function.call0(&JsValue::UNDEFINED));
    }
}

async fn opened(url: &str) {
    let promise = Promise::new(&mut |resolve, _| HELD.with_borrow_mut(|held| held.opened = Some(resolve)));
    connect(
        url,
        Box::new(|event| {
            match event {
                WsEvent::Opened => call(HELD.with_borrow_mut(|held| held.opened.take())),
                WsEvent::Closed => call(HELD.with_borrow_mut(|held| held.closed.take())),
                _ => {}
            }
            ControlFlow::Continue(())
        }),
    );
    JsFuture::from(promise).await.expect("it opens");
}

pub async fn cycle(_: &str, url: &str) {
    opened(url).await;
    let closed = Promise::new(&mut |resolve, _| HELD.with_borrow_mut(|held| held.closed = Some(resolve)));
    drop(HELD.with_borrow_mut(|held| held.sender.take()));
    JsFuture::from(closed).await.expect("it closes");
}

/// Its own socket stands with the others'.
pub struct Sender(#[allow(dead_code, reason = "it says that there is one")] Rc<()>);

pub async fn open(_: &str, url: &str) -> Sender {
    opened(url).await;
    Sender(Rc::default())
}

impl Sender {
    pub fn send(&mut self, text: &str) {
        send(text);
    }
}
