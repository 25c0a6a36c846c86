//! Typed messages over a real connection.

use futures_util::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use tautline::codec::{Codec, Js, Json, MessagePack};
use tautline::{BinaryType, Message, MessageRef, Overflow, ReceiveLimits, SendMarks, Typed, TypedSendError};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{connect, open, within};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    name: String,
    at: Vec<f64>,
    tag: Option<u8>,
}

fn point() -> Point {
    Point { name: "Ünï 🦀".into(), at: vec![1.5, -2.0, 1e300], tag: None }
}

/// What each codec has to do.
async fn carries_values<C: Codec + 'static>(codec: C, wrong_kind: Message, wrong_shape: Message, path: &str) {
    let mut typed = Typed::<Point, Point, C>::new(open("/echo").await, codec);
    typed.send(point()).await.unwrap();
    assert_eq!(within("a value", typed.next()).await.unwrap(), Ok(point()));

    typed.socket().send(&wrong_kind).unwrap();
    assert_eq!(within("an error", typed.next()).await.unwrap().unwrap_err().path(), ".");
    typed.socket().send(&wrong_shape).unwrap();
    assert_eq!(within("an error", typed.next()).await.unwrap().unwrap_err().path(), path);

    // The stream goes on, and what comes as a Blob is decoded too.
    typed.socket().set_binary_type(BinaryType::Blob);
    typed.send_now(&point()).unwrap();
    assert_eq!(within("a value", typed.next()).await.unwrap(), Ok(point()));

    within("close", typed.close()).await.unwrap();
    assert!(within("the end", typed.next()).await.is_none());
    assert!(matches!(typed.send_now(&point()), Err(TypedSendError::Send(_))));
}

#[wasm_bindgen_test]
async fn json_carries_values_and_names_the_place_of_an_error() {
    let shape = r#"{"name": "x", "at": [1, 2, "three"], "tag": null}"#;
    carries_values(Json, vec![1_u8].into(), shape.into(), "at[2]").await;
}

#[wasm_bindgen_test]
async fn javascript_values_carry_values_and_name_the_place_of_an_error() {
    let shape = r#"{"name": "x", "at": [1, 2, "three"], "tag": null}"#;
    carries_values(Js, vec![1_u8].into(), shape.into(), "at[2]").await;
}

#[wasm_bindgen_test]
async fn message_pack_carries_values_and_names_the_place_of_an_error() {
    #[derive(Serialize)]
    struct Wrong {
        name: &'static str,
        at: (f64, &'static str),
    }
    let shape = MessagePack.encode(&Wrong { name: "x", at: (1.0, "two") }).unwrap();
    carries_values(MessagePack, "text".into(), shape, "at[1]").await;
}

#[wasm_bindgen_test]
async fn the_limits_hold_for_typed_messages() {
    let socket = connect("/flood?count=100&size=3&kind=text");
    let mut limits = ReceiveLimits::default();
    (limits.messages, limits.overflow) = (10, Overflow::DropNewest);
    // Each message is a number, cut to three bytes and filled up with a space: 0 to 9 are "0 x", which is no JSON.
    let mut typed = Typed::<(), u32, Json>::with_limits(socket, Json, limits, SendMarks::default());
    within("close", typed.socket().closed()).await;
    for _ in 0..10 {
        assert!(within("an error", typed.next()).await.unwrap().is_err());
    }
    assert!(within("the end", typed.next()).await.is_none());
    assert_eq!((typed.dropped().messages, typed.dropped().bytes), (90, 270));
}

#[wasm_bindgen_test]
fn no_codec_traps_on_deep_nesting() {
    let deep = |brackets: usize| "[".repeat(brackets) + &"]".repeat(brackets);
    for depth in [127, 129, 10_000, 1_000_000] {
        let text = deep(depth);
        let json = Json.decode::<serde_json::Value>(MessageRef::Text(&text));
        let js = Js.decode::<serde_json::Value>(MessageRef::Text(&text));
        let msgpack = [vec![0x91; depth - 1], vec![0x90]].concat();
        let msgpack = MessagePack.decode::<serde_json::Value>(MessageRef::Binary(&msgpack));
        assert_eq!((json.is_ok(), js.is_ok(), msgpack.is_ok()), (depth == 127, depth == 127, depth == 127), "{depth}");
    }
}

#[wasm_bindgen_test]
fn malformed_text_is_an_error_of_the_javascript_codec() {
    for bad in ["", "{", "nul", "[1,]", "\"\\", "{\"a\":}"] {
        let error = Js.decode::<serde_json::Value>(MessageRef::Text(bad)).unwrap_err();
        assert!(error.to_string().starts_with("JavaScript message, at the outermost value: "), "{bad}: {error}");
    }
    assert_eq!(Js.decode::<Vec<String>>(MessageRef::Text(r#"["[[\"]", "}"]"#)).unwrap(), ["[[\"]", "}"]);
}
