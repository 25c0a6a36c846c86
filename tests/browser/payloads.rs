//! Payloads of every size and kind, received in every way: owned, borrowed, left in JavaScript.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{ArrayBuffer, JsString};
use tautline::{BinaryType, Message, MessageKind, MessageRef, PayloadError};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Engine, connect, engine, log, next, open, within};

/// At each border: of frames (125, 126, 65,535, 65,536), of the receive buffer (1,365 and 1,366 code units, 4,096 and 4,097
/// bytes), and one of 16 MiB.
const SIZES: [usize; 13] =
    [0, 1, 125, 126, 1365, 1366, 4096, 4097, 65_535, 65_536, 1_048_576, 1_048_577, 16 * 1024 * 1024];

/// Text that has characters of one to four bytes, of at least `units` UTF-16 code units.
fn mixed_text(units: usize) -> String {
    let mut text = String::new();
    let mut length = 0;
    for character in ['a', 'é', '你', '🦀'].iter().cycle() {
        if length >= units {
            return text;
        }
        text.push(*character);
        length += character.len_utf16();
    }
    text
}

#[wasm_bindgen_test]
async fn text_of_every_size_arrives_intact() {
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    for size in SIZES {
        for text in ["x".repeat(size), mixed_text(size)] {
            socket.send(&text).unwrap();
            let echo = next(&mut messages).await;
            assert!(echo.as_text() == Some(&text), "{size}: {echo:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn binary_of_every_size_arrives_intact() {
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    for size in SIZES {
        let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        socket.send(&bytes).unwrap();
        let echo = next(&mut messages).await;
        assert!(echo.as_binary() == Some(&bytes), "{size}: {echo:?}");
    }
}

#[wasm_bindgen_test]
async fn blobs_of_every_size_arrive_intact_and_in_order() {
    let socket = open("/echo").await;
    socket.set_binary_type(BinaryType::Blob);
    let mut messages = socket.messages();
    // The large ones first: they take longer to read, and what is small must not overtake them.
    for (at, size) in SIZES.iter().rev().enumerate() {
        socket.send(vec![at as u8; *size]).unwrap();
        socket.send(format!("after {at}")).unwrap();
    }
    for (at, size) in SIZES.iter().rev().enumerate() {
        let echo = next(&mut messages).await;
        assert!(echo == Message::from(vec![at as u8; *size]), "{size}: {echo:?}");
        assert_eq!(next(&mut messages).await, Message::from(format!("after {at}")));
    }
    assert_eq!(messages.dropped().messages, 0);
}

#[wasm_bindgen_test]
async fn blobs_are_read_to_the_end_after_the_connection_has_closed() {
    let socket = connect("/flood?count=20&size=100000&kind=binary");
    socket.set_binary_type(BinaryType::Blob);
    let mut messages = socket.messages();
    within("close", socket.closed()).await;
    for at in 0..20_u32 {
        let message = next(&mut messages).await;
        assert_eq!(message.as_binary().unwrap()[..4], at.to_le_bytes());
    }
    assert_eq!(within("the end", futures_util::StreamExt::next(&mut messages)).await, None);
}

#[wasm_bindgen_test]
async fn a_handler_borrows_owns_or_leaves_a_payload() {
    let socket = open("/echo").await;
    let (tell, mut told) = log();
    socket.set_onmessage(move |event| {
        let borrowed = match event.data().unwrap() {
            MessageRef::Text(text) => (event.text() == Some(text), event.binary().is_none()),
            MessageRef::Binary(bytes) => (event.binary() == Some(bytes), event.text().is_none()),
            _ => (false, false),
        };
        assert_eq!(borrowed, (true, true));
        let owned = event.to_message().unwrap();
        assert_eq!(owned.borrow(), event.data().unwrap());
        tell((event.kind(), event.length(), owned, event.js_data()));
    });
    for size in [0, 5, 1366, 100_000] {
        let text = mixed_text(size);
        socket.send(&text).unwrap();
        let (kind, length, owned, left) = told.next().await;
        assert_eq!((kind, length), (MessageKind::Text, text.encode_utf16().count()));
        assert!(owned.as_text() == Some(&text) && left.as_string().as_ref() == Some(&text), "{size}");

        let bytes = vec![7; size];
        socket.send(&bytes).unwrap();
        let (kind, length, owned, left) = told.next().await;
        assert_eq!(
            (kind, length, left.unchecked_ref::<ArrayBuffer>().byte_length()),
            (MessageKind::Binary, size, size as u32)
        );
        assert!(left.is_instance_of::<ArrayBuffer>() && owned.as_binary() == Some(&bytes), "{size}");
    }
}

#[wasm_bindgen_test]
async fn a_large_text_left_in_javascript_is_never_copied() {
    let spy = "
        let calls = 0;
        const { encodeInto } = TextEncoder.prototype;
        TextEncoder.prototype.encodeInto = function (...args) {
            calls += 1;
            return encodeInto.apply(this, args);
        };
        return () => calls;";
    let spy: js_sys::Function = js_sys::Function::new_no_args(spy).call0(&JsValue::UNDEFINED).unwrap().unchecked_into();
    let calls = || spy.call0(&JsValue::UNDEFINED).unwrap().as_f64().unwrap();
    let socket = open("/echo").await;
    let (tell, mut told) = log();
    let copy = Rc::new(Cell::new(false));
    let copies = Rc::clone(&copy);
    socket.set_onmessage(move |event| {
        let copied = if copies.get() { event.text().map(str::len) } else { None };
        tell((event.length(), event.js_data(), copied));
    });
    let units = 4 * 1024 * 1024;
    let text = JsString::from("x").repeat(units);
    socket.send(&text).unwrap();
    let before = calls();
    let (length, left, copied) = told.next().await;
    assert_eq!((length, left.unchecked_into::<JsString>().length(), copied), (units as usize, units as u32, None));
    assert_eq!(calls(), before);
    copy.set(true);
    socket.send(&text).unwrap();
    let before = calls();
    assert_eq!(told.next().await.2, Some(units as usize));
    assert_eq!(calls(), before + 1.0, "asked for, it is copied once: the spy sees copies");
}

#[wasm_bindgen_test]
async fn what_arrives_after_wasm_memory_has_grown_is_intact() {
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    let buffer = || js_sys::WebAssembly::Memory::from(wasm_bindgen::memory()).buffer();
    let before = buffer();
    let mut ballast = Vec::new();
    // A buffer that was replaced has no bytes to see any more: a view of it must not be written to.
    while js_sys::Object::is(&before, &buffer()) {
        ballast.push(vec![1_u8; 16 * 1024 * 1024]);
    }
    socket.send("hello").unwrap();
    socket.send([1_u8, 2, 3]).unwrap();
    assert_eq!(next(&mut messages).await, "hello".into());
    assert_eq!(next(&mut messages).await, vec![1, 2, 3].into());
}

#[wasm_bindgen_test]
async fn a_blob_is_left_where_it_is_until_it_is_read() {
    let socket = open("/echo").await;
    socket.set_binary_type(BinaryType::Blob);
    let (tell, mut told) = log();
    socket.set_onmessage(move |event| {
        let refused = Err(PayloadError::Blob { bytes: event.length() });
        assert_eq!((event.kind(), event.data()), (MessageKind::Blob, refused));
        assert_eq!((event.text(), event.binary()), (None, None));
        assert_eq!(event.to_message(), Err(PayloadError::Blob { bytes: 3 }));
        assert!(event.js_data().is_instance_of::<web_sys::Blob>());
        let (tell, read) = (tell.clone(), event.read());
        wasm_bindgen_futures::spawn_local(async move { tell(read.await) });
    });
    socket.send([1_u8, 2, 3]).unwrap();
    assert_eq!(told.next().await, Ok(Message::from(vec![1, 2, 3])));
}

#[wasm_bindgen_test]
async fn invalid_utf_8_and_invalid_frames_fail_the_connection() {
    for (frame, what) in [
        ("8103fffefd", "invalid UTF-8"),
        ("8300", "a reserved opcode"),
        ("c10161", "a reserved bit without an extension"),
        ("09020101", "a fragmented ping"),
        ("800161", "a continuation of nothing"),
    ] {
        let socket = open("/control").await;
        let mut messages = socket.messages();
        socket.send(format!("raw {frame}")).unwrap();
        let closed = within(what, socket.closed()).await;
        assert_eq!((closed.code.get(), closed.was_clean), (1006, false), "{what}: {closed}");
        assert_eq!(within(what, futures_util::StreamExt::next(&mut messages)).await, None, "{what}");
    }
}

#[wasm_bindgen_test]
async fn a_masked_frame_from_the_server_fails_the_connection_but_in_firefox() {
    let socket = open("/control").await;
    let mut events = socket.events();
    // "Hi", masked. RFC 6455 §5.1: a client must close the connection. Firefox unmasks it.
    socket.send("raw 818201020304496b").unwrap();
    let event = within("an event", futures_util::StreamExt::next(&mut events)).await;
    match engine() {
        Engine::Firefox => assert_eq!(event, Some(tautline::SocketEvent::Message("Hi".into()))),
        _ => assert_eq!(within("close", socket.closed()).await.code.get(), 1006),
    }
}

#[wasm_bindgen_test]
async fn fragments_and_pings_between_them_make_one_message() {
    // "Hel", ping, "lo" by hand.
    let socket = connect("/raw?hex=010348656c890080026c6f&then=close");
    let mut messages = socket.messages();
    assert_eq!(next(&mut messages).await, Message::from("Hello"));
}

#[wasm_bindgen_test]
fn wasm_memory_is_shared_where_it_was_built_so() {
    let memory = js_sys::WebAssembly::Memory::from(wasm_bindgen::memory());
    // The tag, as a page without cross-origin isolation has no SharedArrayBuffer to compare with.
    let tag = memory.buffer().unchecked_into::<js_sys::Object>().to_string();
    let expected = if cfg!(target_feature = "atomics") { "[object SharedArrayBuffer]" } else { "[object ArrayBuffer]" };
    assert_eq!(tag, expected);
}
