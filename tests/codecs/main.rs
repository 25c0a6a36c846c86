//! The codecs, and whatever may come.
#![cfg(all(not(target_arch = "wasm32"), feature = "json", feature = "msgpack"))]

mod reading;

use proptest::prelude::*;
use tautline::MessageRef;
use tautline::codec::{Json, MessagePack};

proptest! {
    #[test]
    fn any_text_is_an_error_of_json_or_comes_back_as_it_was(text in any::<String>()) {
        reading::check(&Json, MessageRef::Text(&text));
    }

    #[test]
    fn any_bytes_are_an_error_of_messagepack_or_come_back_as_they_were(bytes in any::<Vec<u8>>()) {
        reading::check(&MessagePack, MessageRef::Binary(&bytes));
    }
}

#[test]
fn what_the_fuzzers_begin_with_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus");
    let json = std::fs::read_to_string(format!("{folder}/json/node")).unwrap();
    assert!(tautline::codec::Codec::decode::<reading::Node>(&Json, MessageRef::Text(&json)).is_ok());
    let packed = std::fs::read(format!("{folder}/msgpack/node")).unwrap();
    assert!(tautline::codec::Codec::decode::<reading::Node>(&MessagePack, MessageRef::Binary(&packed)).is_ok());
}
