//! MessagePack: whatever comes is an error, or a value that comes back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tautline::MessageRef;
use tautline::codec::MessagePack;

#[path = "../../tests/codecs/reading.rs"]
mod reading;

fuzz_target!(|bytes: &[u8]| reading::check(&MessagePack, MessageRef::Binary(bytes)));
