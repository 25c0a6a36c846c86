//! `send`: every kind of data arrives as it was, and nothing is swallowed in silence.

use js_sys::{ArrayBuffer, DataView, Float64Array, Function, JsString, SharedArrayBuffer, Uint8Array, Uint16Array};
use tautline::{Message, ReadyState, SendError, WebSocket};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Wire, connect, next, open, url, within};

const BYTES: [u8; 5] = [0, 1, 127, 128, 255];

#[wasm_bindgen_test]
async fn every_kind_of_data_arrives_as_it_was() {
    let socket = open("/echo").await;
    let mut messages = socket.messages();

    socket.send("Grüße 你好 🦀").unwrap();
    socket.send("owned".to_owned()).unwrap();
    socket.send(Message::from("message")).unwrap();
    socket.send(Message::from("borrowed").borrow()).unwrap();
    for text in ["Grüße 你好 🦀", "owned", "message", "borrowed"] {
        assert_eq!(next(&mut messages).await, Message::from(text));
    }

    let buffer: ArrayBuffer = Uint8Array::from(&BYTES[..]).buffer();
    socket.send(&BYTES[..]).unwrap();
    socket.send(BYTES).unwrap();
    socket.send(BYTES.to_vec()).unwrap();
    socket.send(&buffer).unwrap();
    socket.send(Uint8Array::new(&buffer)).unwrap();
    socket.send(DataView::new(&buffer, 0, 5)).unwrap();
    socket.send(web_sys::Blob::new_with_buffer_source_sequence(&js_sys::Array::of1(&buffer)).unwrap()).unwrap();
    for kind in ["slice", "array", "Vec", "ArrayBuffer", "Uint8Array", "DataView", "Blob"] {
        assert_eq!(next(&mut messages).await, Message::from(&BYTES[..]), "{kind}");
    }
}

#[wasm_bindgen_test]
async fn a_view_sends_the_bytes_it_shows_and_no_others() {
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    let buffer: ArrayBuffer = Uint8Array::from(&[9, 8, 7, 6, 5, 4, 3, 2][..]).buffer();
    socket.send(Uint8Array::new_with_byte_offset_and_length(&buffer, 2, 3)).unwrap();
    assert_eq!(next(&mut messages).await, Message::from(&[7, 6, 5][..]));
    socket.send(Uint16Array::new_with_byte_offset_and_length(&buffer, 4, 1)).unwrap();
    assert_eq!(next(&mut messages).await, Message::from(&[5, 4][..]));
    socket.send(Float64Array::new(&buffer)).unwrap();
    assert_eq!(next(&mut messages).await, Message::from(&[9, 8, 7, 6, 5, 4, 3, 2][..]));
}

#[wasm_bindgen_test]
async fn typed_arrays_of_every_kind_are_sent() {
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    macro_rules! sent {
        ($($kind:ident $bytes:literal,)*) => {$(
            socket.send(js_sys::$kind::new_with_length(3)).unwrap();
            assert_eq!(next(&mut messages).await, Message::from(vec![0; 3 * $bytes]), stringify!($kind));
        )*};
    }
    sent! {
        Int8Array 1, Uint8ClampedArray 1, Int16Array 2, Int32Array 4, Uint32Array 4, Float32Array 4, BigInt64Array 8,
        BigUint64Array 8,
    }
}

#[wasm_bindgen_test]
async fn shared_memory_is_copied_first() {
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    // Shared wasm memory is shared memory that every page may make, isolated or not.
    let make = "return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer";
    let shared: SharedArrayBuffer = Function::new_no_args(make).call0(&JsValue::UNDEFINED).unwrap().unchecked_into();
    let view = Uint8Array::new(&shared).subarray(0, 5);
    view.copy_from(&BYTES);
    socket.send(&view).unwrap();
    assert_eq!(next(&mut messages).await, Message::from(&BYTES[..]));
    socket.send(DataView::new_with_shared_array_buffer(&shared, 1, 2)).unwrap();
    assert_eq!(next(&mut messages).await, Message::from(&BYTES[1..3]));
    socket.send(&shared).unwrap();
    assert_eq!(next(&mut messages).await.byte_len(), 65_536);
}

#[wasm_bindgen_test]
async fn lone_surrogates_go_out_as_the_replacement_character() {
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    let string = JsString::from_char_code(&[0x61, 0xd800, 0x62, 0xdc00, 0xd83e, 0xdd80]);
    socket.send(&string).unwrap();
    assert_eq!(next(&mut messages).await, Message::from("a\u{fffd}b\u{fffd}🦀"));
}

#[wasm_bindgen_test]
async fn sending_in_any_state_but_open_is_an_error_that_names_the_state() {
    let not_open = |state| Err(SendError::NotOpen { state });
    let mut wire = Wire::watch().await;
    let socket = connect(&wire.path("/echo"));
    let blob = web_sys::Blob::new().unwrap();
    let send_all = |socket: &WebSocket| {
        let results =
            [socket.send("a"), socket.send(&[1_u8][..]), socket.send(&blob), socket.send(JsString::from("b"))];
        assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
        results[0].clone()
    };
    assert_eq!(send_all(&socket), not_open(ReadyState::Connecting));
    within("open", socket.opened()).await.unwrap();
    assert_eq!(send_all(&socket), Ok(()));
    socket.close();
    assert_eq!(send_all(&socket), not_open(ReadyState::Closing));
    within("close", socket.closed()).await;
    assert_eq!(send_all(&socket), not_open(ReadyState::Closed));
    assert_eq!(socket.buffered_amount(), 0, "nothing was swallowed");

    let mut sent = 0;
    while !wire.find(|record| record.is_frame("up")).await.is_close("up") {
        sent += 1;
    }
    assert_eq!(sent, 4, "what came while OPEN, and nothing else");
}

#[wasm_bindgen_test]
async fn sending_while_the_server_closes_is_an_error_too() {
    let socket = open("/control").await;
    socket.send("close 4000 done").unwrap();
    let closed = within("close", socket.closed()).await;
    assert_eq!(closed.code.get(), 4000);
    assert_eq!(socket.send("late"), Err(SendError::NotOpen { state: ReadyState::Closed }));
}

#[wasm_bindgen_test]
async fn a_detached_buffer_disturbs_nothing() {
    // The engines differ: to send a detached buffer is an error or an empty message. Either way the socket goes on.
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    let buffer = ArrayBuffer::new(8);
    let detach = Function::new_with_args("buffer", "structuredClone(buffer, { transfer: [buffer] })");
    detach.call1(&JsValue::UNDEFINED, &buffer).unwrap();
    let sent = socket.send(&buffer);
    socket.send("after").unwrap();
    match sent {
        Ok(()) => assert_eq!(next(&mut messages).await, Message::from(vec![])),
        Err(error) => assert!(matches!(error, SendError::Rejected { .. }), "{error:?}"),
    }
    assert_eq!(next(&mut messages).await, Message::from("after"));
}

#[wasm_bindgen_test]
async fn the_wire_carries_text_as_text_and_binary_as_binary() {
    let mut wire = Wire::watch().await;
    let socket = WebSocket::new(&url(&wire.path("/echo"))).unwrap();
    within("open", socket.opened()).await.unwrap();
    socket.send("hé").unwrap();
    socket.send([0xff_u8]).unwrap();
    let text = wire.find(|record| record.is_frame("up")).await;
    assert_eq!((text.opcode, text.length, text.payload_text.as_deref()), (1, 3, Some("hé")));
    let binary = wire.find(|record| record.is_frame("up")).await;
    assert_eq!((binary.opcode, binary.length, binary.payload_hex.as_str()), (2, 1, "ff"));
}
