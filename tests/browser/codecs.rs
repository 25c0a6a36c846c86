//! What a hostile server may send to a codec. A stack that overflows would be a trap, and end the application: each is an error.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tautline::MessageRef;
use tautline::codec::{Codec, Js, Json, MessagePack};
use wasm_bindgen_test::wasm_bindgen_test;

/// More than any stack has room for, if each level took some.
const LEVELS: [usize; 3] = [129, 10_000, 1_000_000];

/// A type of the application's that is as deep as the message.
#[derive(Debug, Deserialize)]
struct Chain {
    #[serde(rename = "a")]
    _next: Option<Box<Chain>>,
}

fn is_refused<T: DeserializeOwned>(codec: &impl Codec, message: MessageRef<'_>) -> bool {
    codec.decode::<T>(message).is_err()
}

fn text_is_refused(codec: &impl Codec, text: &str) -> bool {
    let message = MessageRef::Text(text);
    is_refused::<serde_json::Value>(codec, message)
        && is_refused::<Chain>(codec, message)
        && is_refused::<Vec<Vec<u8>>>(codec, message)
}

#[wasm_bindgen_test]
fn json_of_10_000_levels_and_more_is_an_error_whether_it_ends_or_not() {
    for levels in LEVELS {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for text in [open.repeat(levels), open.repeat(levels) + "1" + &close.repeat(levels)] {
                assert!(text_is_refused(&Json, &text), "JSON, {levels} of {open}");
                assert!(text_is_refused(&Js, &text), "JavaScript, {levels} of {open}");
            }
        }
    }
    assert!(Json.decode::<serde_json::Value>(MessageRef::Text("[[1]]")).is_ok());
    assert!(Js.decode::<serde_json::Value>(MessageRef::Text("[[1]]")).is_ok());
}

#[wasm_bindgen_test]
fn message_pack_of_10_000_levels_and_more_is_an_error_whether_it_ends_or_not() {
    for levels in LEVELS {
        for open in [&[0x91][..], &[0x81, 0xa1, b'a'], &[0xdd, 0, 0, 0, 1]] {
            for end in [&[][..], &[0xc0]] {
                let bytes = [&open.repeat(levels), end].concat();
                let message = MessageRef::Binary(&bytes);
                assert!(is_refused::<serde_json::Value>(&MessagePack, message), "{levels} of {open:?}");
                assert!(is_refused::<Chain>(&MessagePack, message), "{levels} of {open:?}");
            }
        }
    }
    assert!(MessagePack.decode::<serde_json::Value>(MessageRef::Binary(&[0x91, 0x90])).is_ok());
}

#[wasm_bindgen_test]
fn message_pack_whose_lengths_lie_is_an_error_and_no_room_is_made_for_it() {
    for first in [0xdd, 0xdf, 0xdb, 0xc6, 0xc9] {
        let bytes = [&[first][..], &[0xff; 4], &[1, 1]].concat();
        let message = MessageRef::Binary(&bytes);
        assert!(is_refused::<serde_json::Value>(&MessagePack, message), "{first:x}");
        assert!(is_refused::<Vec<u64>>(&MessagePack, message), "{first:x}");
        assert!(is_refused::<String>(&MessagePack, message), "{first:x}");
    }
    let nested = [0xdd, 1, 0xff, 0xff, 0xff].repeat(10_000);
    assert!(is_refused::<serde_json::Value>(&MessagePack, MessageRef::Binary(&nested)));
}
