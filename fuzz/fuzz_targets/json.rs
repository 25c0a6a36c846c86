//! JSON: whatever comes is an error, or a value that comes back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tautline::MessageRef;
use tautline::codec::Json;

#[path = "../../tests/codecs/reading.rs"]
mod reading;

fuzz_target!(|text: &str| reading::check(&Json, MessageRef::Text(text)));
