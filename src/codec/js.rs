//! JavaScript values, through the browser's own JSON.

use serde::{Serialize, de::DeserializeOwned};

use super::{Codec, DecodeError, EncodeError, MAX_DEPTH, text};
use crate::{Message, MessageRef};

/// JSON in text messages, parsed and written by the browser's `JSON` object, with the values passed as JavaScript values: smaller
/// than [`Json`](super::Json), whose parser it does without. Values may be nested 128 deep. Where there is no JavaScript, on native
/// targets, encoding and decoding are errors that say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Js;

const FORMAT: &str = "JavaScript";

impl Codec for Js {
    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Message, EncodeError> {
        engine::encode(value)
    }

    fn decode<T: DeserializeOwned>(&self, message: MessageRef<'_>) -> Result<T, DecodeError> {
        let text = text(FORMAT, message)?;
        if depth(text) > MAX_DEPTH {
            return Err(malformed(format!("it is nested more than {MAX_DEPTH} deep")));
        }
        engine::decode(text)
    }
}

fn malformed(reason: String) -> DecodeError {
    DecodeError::Value { format: FORMAT, path: ".".to_owned(), reason }
}

fn unwritable(reason: String) -> EncodeError {
    EncodeError { format: FORMAT, path: ".".to_owned(), reason }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod engine {
    use serde::{Serialize, de::DeserializeOwned};
    use serde_wasm_bindgen::{Deserializer, Serializer};
    use wasm_bindgen::{JsCast, JsValue};

    use super::{DecodeError, EncodeError, FORMAT, malformed, unwritable};
    use crate::Message;

    pub(super) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Message, EncodeError> {
        let mut track = serde_path_to_error::Track::new();
        let serializer = Serializer::json_compatible();
        let tracked = serde_path_to_error::Serializer::new(&serializer, &mut track);
        let value = value.serialize(tracked).map_err(|error| EncodeError::at(FORMAT, &track.path(), &error))?;
        let text = js_sys::JSON::stringify(&value).map_err(|exception| unwritable(described(&exception)))?;
        // `JSON.stringify(undefined)` is undefined.
        text.as_string().map(Message::Text).ok_or_else(|| unwritable("it has no value".to_owned()))
    }

    pub(super) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
        let value = js_sys::JSON::parse(text).map_err(|exception| malformed(described(&exception)))?;
        serde_path_to_error::deserialize(Deserializer::from(value)).map_err(|error| DecodeError::at(FORMAT, &error))
    }

    fn described(exception: &JsValue) -> String {
        exception.dyn_ref::<js_sys::Error>().map_or_else(|| "an exception".to_owned(), |error| error.message().into())
    }
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod engine {
    use super::{DecodeError, EncodeError, malformed, unwritable};
    use crate::Message;

    const NONE: &str = "there is no JavaScript in this environment";

    pub(super) fn encode<T: ?Sized>(_value: &T) -> Result<Message, EncodeError> {
        Err(unwritable(NONE.to_owned()))
    }

    pub(super) fn decode<T>(_text: &str) -> Result<T, DecodeError> {
        Err(malformed(NONE.to_owned()))
    }
}

/// How deep the brackets of a JSON text are nested; the text may be malformed.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
