//! The values of `tests/vectors/values.json` against the Rust types: those that need no browser. `tests/browser/vectors.rs` has the others.
//! The npm package's JavaScript is held against the same file, in `tests/js/vectors.test.js`.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;

use serde::Deserialize;
use tautline::{CloseCode, CloseReason, MAX_CLOSE_REASON, ReadyState};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    close_codes: Codes,
    close_reasons: Vec<Reason>,
    ready_states: BTreeMap<String, u16>,
}

#[derive(Deserialize)]
struct Codes {
    accepted: Vec<u16>,
    refused: Vec<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    text: Option<String>,
    /// UTF-16 code units, for strings of JavaScript that are no text.
    units: Option<Vec<u16>>,
    #[serde(default = "once")]
    repeat: usize,
    bytes: usize,
}

impl Reason {
    /// The reason as it gets to Rust: a lone surrogate is U+FFFD.
    fn text(&self) -> String {
        match (&self.text, &self.units) {
            (Some(text), None) => text.repeat(self.repeat),
            (None, Some(units)) => String::from_utf16_lossy(units).repeat(self.repeat),
            _ => panic!("a reason has a text or units"),
        }
    }
}

fn once() -> usize {
    1
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/values.json")).unwrap()
}

#[test]
fn close_codes_are_taken_or_refused_as_the_vectors_say() {
    let codes = vectors().close_codes;
    for code in codes.accepted {
        assert_eq!(CloseCode::new(code).map(CloseCode::get), Ok(code));
    }
    for code in codes.refused {
        assert!(CloseCode::new(code).is_err(), "{code}");
    }
}

#[test]
fn close_reasons_have_the_bytes_that_the_vectors_say_and_no_more_than_fit() {
    for vector in vectors().close_reasons {
        let (reason, bytes) = (vector.text(), vector.bytes);
        assert_eq!(reason.len(), bytes, "{reason:?}");
        match CloseReason::new(reason) {
            Ok(reason) => assert!(bytes <= MAX_CLOSE_REASON, "{reason:?}"),
            Err(error) => assert!(bytes > MAX_CLOSE_REASON && error.bytes == bytes, "{error}"),
        }
    }
}

#[test]
fn ready_states_have_the_numbers_that_the_vectors_say() {
    let states = vectors().ready_states;
    let all = [ReadyState::Connecting, ReadyState::Open, ReadyState::Closing, ReadyState::Closed];
    assert_eq!(states.len(), all.len());
    for state in all {
        assert_eq!(states.get(&state.to_string()), Some(&u16::from(state)), "{state}");
    }
}
