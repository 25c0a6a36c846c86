//! A hundred connections cut during traffic both ways: every message is accounted for.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use js_sys::{ArrayBuffer, WebAssembly::Memory};
use tautline::ReconnectingWebSocket;
use tautline::machine::{Fate, MessageId};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use super::connect;
use crate::support::link::{Ledger, Link};
use crate::support::{log, within};

const DROPS: u32 = 100;

/// What the client was told of each of its messages.
#[derive(Default)]
struct Book {
    /// By number: the text, and the fate. What passes straight to the browser is handed over when `send` returns.
    sent: RefCell<BTreeMap<MessageId, (String, Fate)>>,
    next: Cell<u32>,
}

impl Book {
    fn send(&self, socket: &ReconnectingWebSocket) {
        let text = format!("m {}", self.next.replace(self.next.get() + 1));
        let id = socket.send(&text).unwrap();
        let fate = socket.receipt(id).fate().expect("queued or handed over");
        self.sent.borrow_mut().insert(id, (text, fate));
    }

    fn note(&self, first: MessageId, last: MessageId, fate: Fate) {
        for (_, (_, known)) in self.sent.borrow_mut().range_mut(first..=last) {
            if first == last || *known == Fate::HandedOver {
                *known = fate;
            }
        }
    }
}

fn wasm_bytes() -> u32 {
    Memory::from(wasm_bindgen::memory()).buffer().unchecked_into::<ArrayBuffer>().byte_length()
}

fn number(text: &str) -> u64 {
    text.split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}

#[wasm_bindgen_test]
async fn a_hundred_drops_during_traffic_lose_nothing_in_silence() {
    let (link, ledger) = (Link::new().await, Ledger::new());
    let socket = connect(&link.url(&ledger.path("push_ms=5")));
    let book = Rc::new(Book::default());
    let (noting, opens) = (Rc::clone(&book), Rc::new(Cell::new(0_u32)));
    socket.add_fate_listener(move |told| noting.note(told.first, told.last, told.fate)).keep();
    // Every connection delivers in its order, and the old one nothing any more once the new one is open.
    let pushed = Rc::new(RefCell::new(Vec::<(u32, u64)>::new()));
    let (pushing, connection) = (Rc::clone(&pushed), Rc::clone(&opens));
    socket
        .add_message_listener(move |event| {
            let text = event.text().unwrap();
            if text.starts_with("p ") {
                pushing.borrow_mut().push((connection.get(), number(text)));
            }
        })
        .keep();
    let (opened, opening) = log();
    let (count, sender, talking) = (Rc::clone(&opens), socket.sender(), Rc::clone(&book));
    socket
        .add_open_listener(move |event| {
            count.set(count.get() + 1);
            talking.send(event.target());
            opened(());
        })
        .keep();
    let mut opening = opening;
    let mut warm = 0;
    for drop in 0..DROPS {
        opening.next().await;
        for burst in 0..(drop % 7) {
            book.send(&socket);
            if burst % 3 == 0 {
                // A part of the messages is under way when the connection is cut, a part is answered already.
                gloo_timers::future::TimeoutFuture::new(drop % 4).await;
            }
        }
        link.cut(if drop % 2 == 0 { "reset" } else { "fin" }).await;
        book.send(&socket);
        if drop == DROPS / 2 {
            warm = wasm_bytes();
        }
    }
    opening.next().await;
    assert!(sender.send("m 1000000").is_ok());
    let state = within("the ledger", ledger.wait("open=1")).await;
    while !ledger.state().await.messages.iter().any(|(_, text)| text == "m 1000000") {}
    let growth = wasm_bytes() - warm;
    assert!(growth <= 128 * 1024, "wasm memory grew by {growth} bytes in fifty drops");
    assert_eq!(state.most_open.max(link.stats().await.most_open), 1, "never two connections");
    assert_eq!((opens.get(), socket.metrics().opens), (DROPS + 1, u64::from(DROPS) + 1));

    // Up: what did not arrive is unknown, or has another end; and what arrived is in order, once.
    let ledger = ledger.state().await;
    let arrived: Vec<u64> = ledger.messages.iter().map(|(_, text)| number(text)).collect();
    assert!(arrived.windows(2).all(|pair| pair[0] < pair[1]), "in order, and once: {arrived:?}");
    let arrived: BTreeSet<&str> = ledger.messages.iter().map(|(_, text)| text.as_str()).collect();
    let book = book.sent.borrow();
    assert!(book.len() > 300);
    let mut unknown = 0;
    for (text, fate) in book.values() {
        match fate {
            Fate::HandedOver => assert!(arrived.contains(text.as_str()), "{text} was lost in silence"),
            Fate::Unknown => unknown += 1,
            other => panic!("{text}: {other:?} with an outbox that has room"),
        }
    }
    assert_eq!(socket.metrics().unknown, unknown);

    // Down: what one connection delivers comes before what the next one does, and in order.
    let pushed = pushed.borrow();
    assert!(pushed.windows(2).all(|pair| pair[0] < pair[1]), "two connections deliver");
    assert!(pushed.len() > 20, "{}", pushed.len());
}
