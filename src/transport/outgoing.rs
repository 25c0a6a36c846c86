//! What can be sent: lent for one call, or kept until it is sent later.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen::JsValue;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use super::shim::{self, Receiver};
use crate::{Message, MessageRef};

/// What can be sent, without a copy of it.
#[cfg_attr(not(all(target_arch = "wasm32", target_os = "unknown")), allow(dead_code, reason = "nothing is sent there"))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outgoing<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    /// A buffer, a view, a Blob or a string of JavaScript's.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    Value(&'a JsValue, &'static dyn Foreign),
}

/// What is done with values of JavaScript's. Behind a `dyn`, so that an application which sends none has no code for them.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) trait Foreign {
    fn byte_len(&self, value: &JsValue) -> Result<usize, NotCopied>;
    fn keep(&self, value: &JsValue) -> Result<JsValue, NotCopied>;
    fn send(&self, receiver: &Receiver, value: &JsValue) -> u16;
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl std::fmt::Debug for dyn Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Foreign")
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) struct Values;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl Foreign for Values {
    fn byte_len(&self, value: &JsValue) -> Result<usize, NotCopied> {
        match shim::Values::byte_length(value) {
            thrown if thrown < 0.0 => Err(NotCopied::Rejected { name: shim::words() }),
            // A cast from floating point saturates.
            bytes => Ok(bytes as usize),
        }
    }

    fn keep(&self, value: &JsValue) -> Result<JsValue, NotCopied> {
        let kept = shim::Values::keep(value);
        if kept.is_undefined() { Err(NotCopied::Rejected { name: shim::words() }) } else { Ok(kept) }
    }

    fn send(&self, receiver: &Receiver, value: &JsValue) -> u16 {
        shim::Values::send_value(receiver, value)
    }
}

impl Outgoing<'_> {
    /// How many bytes it is on the wire. Costs no copy, so that a queue is asked for room before there is one.
    pub(crate) fn byte_len(&self) -> Result<usize, NotCopied> {
        match *self {
            Self::Text(text) => Ok(text.len()),
            Self::Binary(bytes) => Ok(bytes.len()),
            #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
            Self::Value(value, values) => values.byte_len(value),
        }
    }

    /// A copy that can be kept. What is JavaScript's stays there.
    pub(crate) fn to_owned_data(self) -> Result<OwnedData, NotCopied> {
        let message = match self {
            Self::Text(text) => MessageRef::Text(text),
            Self::Binary(bytes) => MessageRef::Binary(bytes),
            #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
            Self::Value(value, values) => {
                let value = values.keep(value)?;
                let bytes = values.byte_len(&value)?;
                return Ok(OwnedData::Value { value, bytes, values });
            }
        };
        let copy = message.try_to_message();
        copy.map(OwnedData::Message).map_err(|_| NotCopied::OutOfMemory { bytes: message.byte_len() })
    }
}

/// Data that waits to be sent.
#[derive(Clone)]
pub(crate) enum OwnedData {
    Message(Message),
    /// A string, a Blob or a Uint8Array of JavaScript's that nobody changes, and how many bytes it is on the wire.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    Value {
        value: JsValue,
        bytes: usize,
        values: &'static dyn Foreign,
    },
}

impl OwnedData {
    /// How many bytes it is on the wire.
    pub(crate) fn byte_len(&self) -> usize {
        match self {
            Self::Message(message) => message.byte_len(),
            #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
            Self::Value { bytes, .. } => *bytes,
        }
    }

    pub(crate) fn outgoing(&self) -> Outgoing<'_> {
        match self {
            Self::Message(Message::Text(text)) => Outgoing::Text(text),
            Self::Message(Message::Binary(bytes)) => Outgoing::Binary(bytes),
            #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
            Self::Value { value, values, .. } => Outgoing::Value(value, *values),
        }
    }
}

impl crate::machine::Payload for OwnedData {
    fn byte_len(&self) -> usize {
        Self::byte_len(self)
    }
}

impl From<Message> for OwnedData {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl std::fmt::Debug for OwnedData {
    /// Writes what [`Message`] writes; of JavaScript's values only the size.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(message) => message.fmt(f),
            #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
            Self::Value { bytes, .. } => write!(f, "Value({bytes} bytes)"),
        }
    }
}

/// Why data could not be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotCopied {
    #[error("there is no memory for a copy of {bytes} bytes")]
    OutOfMemory { bytes: usize },
    /// The browser threw, such as for a detached buffer.
    #[cfg_attr(
        not(all(target_arch = "wasm32", target_os = "unknown")),
        allow(dead_code, reason = "no browser throws there")
    )]
    #[error("the browser threw {name} when the data was copied")]
    Rejected { name: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_goes_out_as_what_was_given() {
        for message in [Message::from(""), Message::from("é🦀"), Message::from(vec![]), Message::from(vec![0, 255])]
        {
            let given = OwnedData::from(message.clone());
            let kept = given.outgoing().to_owned_data().unwrap();
            assert_eq!((kept.byte_len(), kept.outgoing().byte_len()), (message.byte_len(), Ok(message.byte_len())));
            assert_eq!(format!("{kept:?}"), format!("{message:?}"));
            match (kept.outgoing(), message.borrow()) {
                (Outgoing::Text(kept), MessageRef::Text(given)) => assert_eq!(kept, given),
                (Outgoing::Binary(kept), MessageRef::Binary(given)) => assert_eq!(kept, given),
                (kept, given) => panic!("{given:?} became {kept:?}"),
            }
        }
    }
}
