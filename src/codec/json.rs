//! JSON, in text messages.

use serde::{Serialize, de::DeserializeOwned};

use super::{Codec, DecodeError, EncodeError, text};
use crate::{Message, MessageRef};

/// JSON (RFC 8259) in text messages. Values may be nested 128 deep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json;

const FORMAT: &str = "JSON";

impl Codec for Json {
    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Message, EncodeError> {
        let mut bytes = Vec::new();
        let mut track = serde_path_to_error::Track::new();
        let mut serializer = serde_json::Serializer::new(&mut bytes);
        let tracked = serde_path_to_error::Serializer::new(&mut serializer, &mut track);
        match value.serialize(tracked) {
            Ok(()) => Ok(Message::Text(String::from_utf8(bytes).unwrap_or_default())),
            Err(error) => Err(EncodeError::at(FORMAT, &track.path(), &error)),
        }
    }

    fn decode<T: DeserializeOwned>(&self, message: MessageRef<'_>) -> Result<T, DecodeError> {
        let mut deserializer = serde_json::Deserializer::from_str(text(FORMAT, message)?);
        let value =
            serde_path_to_error::deserialize(&mut deserializer).map_err(|error| DecodeError::at(FORMAT, &error))?;
        deserializer.end().map_err(|error| DecodeError::Value {
            format: FORMAT,
            path: ".".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn an_error_names_the_place_the_line_and_the_column() {
        let message = Message::from("{\n \"a\": {\"b\": [1, \"x\"]}}");
        let error = Json.decode::<BTreeMap<String, BTreeMap<String, Vec<u8>>>>(message.borrow()).unwrap_err();
        assert_eq!(error.path(), "a.b[1]");
        assert!(error.to_string().contains("line 2 column"), "{error}");
    }

    #[test]
    fn malformed_trailing_and_deeply_nested_text_are_errors() {
        for bad in ["", "[1", "[1] x", "nul", &"[".repeat(100_000)] {
            assert!(Json.decode::<serde_json::Value>(MessageRef::Text(bad)).is_err(), "{bad:.20}");
        }
    }

    #[test]
    fn a_binary_message_is_of_the_wrong_kind() {
        let error = Json.decode::<u8>(MessageRef::Binary(b"1")).unwrap_err();
        assert_eq!(error.to_string(), "JSON comes in Text messages, and this one is Binary");
    }

    #[test]
    fn a_value_that_json_cannot_express_is_an_error_that_names_the_place() {
        let mut inner = BTreeMap::new();
        inner.insert((1, 2), 3);
        let error = Json.encode(&BTreeMap::from([("points", inner)])).unwrap_err();
        assert!(error.path.starts_with("points"), "{error}");
    }
}
