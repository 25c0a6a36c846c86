//! What a message event carries: the payload of the event that is handled now, or one that was kept for a while.

use crate::transport::{Blob, Payload};
use crate::{Message, MessageKind, MessageRef, PayloadError};

#[derive(Debug)]
pub(crate) enum Received<'a> {
    /// It came with the event that the browser fires now.
    Now(Payload<'a>),
    /// It came earlier, and was copied.
    Kept(Message),
    /// It came earlier, and its bytes are still to be read.
    KeptBlob(Blob),
}

impl Received<'_> {
    /// Copies it, unless it is a Blob, so that it outlives its event.
    pub(crate) fn keep(&self) -> Result<Received<'static>, PayloadError> {
        match self.blob() {
            Some(blob) => Ok(Received::KeptBlob(blob)),
            None => self.to_message().map(Received::Kept),
        }
    }

    pub(crate) fn kind(&self) -> MessageKind {
        match self {
            Self::Now(payload) => payload.kind(),
            Self::Kept(Message::Text(_)) => MessageKind::Text,
            Self::Kept(Message::Binary(_)) => MessageKind::Binary,
            Self::KeptBlob(_) => MessageKind::Blob,
        }
    }

    /// As JavaScript has it: UTF-16 code units of text, bytes of binary. Of a text that was kept they are counted.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Now(payload) => payload.length(),
            Self::Kept(Message::Text(text)) => text.encode_utf16().count(),
            Self::Kept(Message::Binary(bytes)) => bytes.len(),
            Self::KeptBlob(blob) => blob.byte_len(),
        }
    }

    /// The size in bytes: exact for binary and for text that was copied, a lower bound for text that was not.
    pub(crate) fn size_hint(&self) -> usize {
        match self {
            Self::Now(payload) => payload.size_hint(),
            Self::Kept(message) => message.byte_len(),
            Self::KeptBlob(blob) => blob.byte_len(),
        }
    }

    pub(crate) fn data(&self) -> Result<MessageRef<'_>, PayloadError> {
        match self {
            Self::Now(payload) => payload.data(),
            Self::Kept(message) => Ok(message.borrow()),
            Self::KeptBlob(blob) => Err(PayloadError::Blob { bytes: blob.byte_len() }),
        }
    }

    pub(crate) fn to_message(&self) -> Result<Message, PayloadError> {
        match self {
            Self::Now(payload) => payload.to_message(),
            Self::Kept(message) => {
                let bytes = message.byte_len();
                message.borrow().try_to_message().map_err(|_| PayloadError::OutOfMemory { bytes })
            }
            Self::KeptBlob(blob) => Err(PayloadError::Blob { bytes: blob.byte_len() }),
        }
    }

    pub(crate) fn blob(&self) -> Option<Blob> {
        match self {
            Self::Now(payload) => payload.blob(),
            Self::Kept(_) => None,
            Self::KeptBlob(blob) => Some(blob).cloned(),
        }
    }

    /// As JavaScript's own value.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    pub(crate) fn js_data(&self) -> wasm_bindgen::JsValue {
        match self {
            Self::Now(payload) => payload.js_data(),
            Self::Kept(Message::Text(text)) => text.into(),
            Self::Kept(Message::Binary(bytes)) => js_sys::Uint8Array::from(&**bytes).buffer().into(),
            Self::KeptBlob(blob) => blob.js_data(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_message_answers_as_one_that_comes_now() {
        let text = Received::Kept("é你🦀".into());
        assert_eq!((text.kind(), text.length(), text.size_hint()), (MessageKind::Text, 4, 9));
        assert_eq!(text.data(), Ok(MessageRef::Text("é你🦀")));
        let binary = Received::Kept(vec![0, 255].into());
        assert_eq!((binary.kind(), binary.length(), binary.size_hint()), (MessageKind::Binary, 2, 2));
        assert_eq!(binary.data(), Ok(MessageRef::Binary(&[0, 255])));
        for (received, message) in [(text, Message::from("é你🦀")), (binary, vec![0, 255].into())] {
            assert_eq!(received.to_message(), Ok(message.clone()));
            assert!(received.blob().is_none());
            assert_eq!(received.keep().unwrap().data(), Ok(message.borrow()));
        }
    }
}
