//! MessagePack, in binary messages.

use serde::{Serialize, de::DeserializeOwned};

use super::{Codec, DecodeError, EncodeError, MAX_DEPTH};
use crate::{Message, MessageKind, MessageRef};

/// MessagePack in binary messages, structures as maps with their field names. Values may be nested 128 deep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessagePack;

const FORMAT: &str = "MessagePack";

impl Codec for MessagePack {
    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Message, EncodeError> {
        let mut bytes = Vec::new();
        let mut track = serde_path_to_error::Track::new();
        let mut serializer = rmp_serde::Serializer::new(&mut bytes).with_struct_map();
        let tracked = serde_path_to_error::Serializer::new(&mut serializer, &mut track);
        match value.serialize(tracked) {
            Ok(()) => Ok(Message::Binary(bytes)),
            Err(error) => Err(EncodeError::at(FORMAT, &track.path(), &error)),
        }
    }

    fn decode<T: DeserializeOwned>(&self, message: MessageRef<'_>) -> Result<T, DecodeError> {
        let MessageRef::Binary(bytes) = message else {
            return Err(DecodeError::Kind { format: FORMAT, expected: MessageKind::Binary, found: MessageKind::Text });
        };
        let mut track = serde_path_to_error::Track::new();
        let mut deserializer = rmp_serde::Deserializer::new(bytes);
        deserializer.set_max_depth(MAX_DEPTH);
        let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
        let value = T::deserialize(tracked).map_err(|error| DecodeError::Value {
            format: FORMAT,
            path: track.path().to_string(),
            reason: error.to_string(),
        })?;
        match deserializer.get_ref() {
            [] => Ok(value),
            rest => Err(DecodeError::Value {
                format: FORMAT,
                path: ".".to_owned(),
                reason: format!("{} bytes follow after the value", rest.len()),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let value = BTreeMap::from([("a".to_owned(), vec![1_u32, 70_000]), ("ü".to_owned(), vec![])]);
        let message = MessagePack.encode(&value).unwrap();
        assert_eq!(MessagePack.decode::<BTreeMap<String, Vec<u32>>>(message.borrow()), Ok(value));
    }

    #[test]
    fn an_error_names_the_place() {
        let message = MessagePack.encode(&BTreeMap::from([("a", vec![1, 300])])).unwrap();
        let error = MessagePack.decode::<BTreeMap<String, Vec<u8>>>(message.borrow()).unwrap_err();
        assert_eq!(error.path(), "a[1]");
    }

    #[test]
    fn lengths_that_lie_are_errors_and_no_room_is_made_for_them() {
        let four_billion = [0xff; 4];
        for first in [0xdd, 0xdf, 0xdb, 0xc6, 0xc9] {
            let bytes = [&[first][..], &four_billion, &[1, 1]].concat();
            let message = MessageRef::Binary(&bytes);
            assert!(MessagePack.decode::<serde_json::Value>(message).is_err(), "{first:x}");
            assert!(MessagePack.decode::<Vec<u64>>(message).is_err(), "{first:x}");
            assert!(MessagePack.decode::<BTreeMap<String, u64>>(message).is_err(), "{first:x}");
            assert!(MessagePack.decode::<String>(message).is_err(), "{first:x}");
            assert!(MessagePack.decode::<serde::de::IgnoredAny>(message).is_err(), "{first:x}");
        }
        let nested = [0xdd, 1, 0xff, 0xff, 0xff].repeat(10_000);
        assert!(MessagePack.decode::<serde_json::Value>(MessageRef::Binary(&nested)).is_err());
    }

    #[test]
    fn cut_trailing_and_deeply_nested_bytes_are_errors() {
        for bad in [&[][..], &[0x92, 1], &[1, 2], &[0xc1], &vec![0x91; 100_000]] {
            assert!(MessagePack.decode::<serde_json::Value>(MessageRef::Binary(bad)).is_err(), "{:.20?}", bad);
        }
    }

    #[test]
    fn a_text_message_is_of_the_wrong_kind() {
        let error = MessagePack.decode::<u8>(MessageRef::Text("1")).unwrap_err();
        assert_eq!(error.to_string(), "MessagePack comes in Binary messages, and this one is Text");
    }

    #[test]
    fn a_value_that_cannot_be_written_is_an_error_that_names_the_place() {
        struct Shy;
        impl Serialize for Shy {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("not today"))
            }
        }
        let error = MessagePack.encode(&BTreeMap::from([("a", [Shy])])).unwrap_err();
        assert_eq!((error.path.as_str(), error.reason.as_str()), ("a[0]", "not today"));
    }
}
