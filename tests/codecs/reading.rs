//! What any bytes have to be for a codec: an error, or a value that is written and read again as it was.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tautline::MessageRef;
use tautline::codec::Codec;

/// A value with everything that types are made of, floats aside: those of JSON need not come back to the last digit.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    name: String,
    count: i64,
    flag: Option<bool>,
    letter: char,
    bytes: Vec<u8>,
    map: BTreeMap<String, u64>,
    kind: Kind,
    children: Vec<Node>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Plain,
    Number(u32),
    Pair(i8, String),
    Fields { small: u16, none: () },
}

/// Reads them as values of several types.
pub(crate) fn check(codec: &impl Codec, message: MessageRef<'_>) {
    again::<Node>(codec, message);
    again::<Vec<Option<i64>>>(codec, message);
    again::<BTreeMap<String, String>>(codec, message);
    again::<(u8, char, bool)>(codec, message);
    // Of any shape: it is enough that it ends.
    _ = codec.decode::<serde_json::Value>(message);
}

fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(codec: &impl Codec, message: MessageRef<'_>) {
    match codec.decode::<T>(message) {
        Ok(value) => {
            let written = codec.encode(&value).expect("what was read can be written");
            assert_eq!(codec.decode::<T>(written.borrow()).as_ref(), Ok(&value));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
