//! What crosses a channel's wire: whatever comes is an error, or is written back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/channel/reading.rs"]
mod reading;

fuzz_target!(|data: &[u8]| reading::check(data));
