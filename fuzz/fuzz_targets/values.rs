//! URLs that are shown, close reasons and codes: no secret is shown, and nothing is taken that the standard forbids.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/values/reading.rs"]
mod reading;

fuzz_target!(|text: &str| reading::check(text));
