//! The payload of one message while its event is handled: copied already, or left in JavaScript until asked for.

use std::cell::{OnceCell, Ref, RefCell};

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::shim::Receiver;
use crate::{Message, MessageKind, MessageRef, PayloadError};

/// A payload. It lives as long as the event is handled, and what it lends lives no longer.
pub(crate) struct Payload<'a> {
    pub(super) kind: MessageKind,
    /// As JavaScript has it: UTF-16 code units of text, bytes of binary.
    pub(super) length: usize,
    pub(super) receiver: &'a Receiver,
    /// Where a large payload is copied to when it is asked for: used again for the next.
    pub(super) large: &'a RefCell<Vec<u8>>,
    pub(super) bytes: OnceCell<Bytes<'a>>,
}

/// Bytes in wasm memory.
pub(super) enum Bytes<'a> {
    Small(&'a [u8]),
    Large(Ref<'a, Vec<u8>>),
    Own(Vec<u8>),
}

impl Bytes<'_> {
    fn get(&self) -> &[u8] {
        match self {
            Self::Small(bytes) => bytes,
            Self::Large(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

impl std::fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payload").field("kind", &self.kind).field("length", &self.length).finish_non_exhaustive()
    }
}

impl Payload<'_> {
    pub(crate) fn kind(&self) -> MessageKind {
        self.kind
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The size in bytes: exact for binary and for text that was copied, a lower bound for text that was not.
    pub(crate) fn size_hint(&self) -> usize {
        self.bytes.get().map_or(self.length, |bytes| bytes.get().len())
    }

    /// Copies the payload into wasm memory, unless it is there, and lends it.
    pub(crate) fn data(&self) -> Result<MessageRef<'_>, PayloadError> {
        if self.bytes.get().is_none() {
            let filled = match self.large.try_borrow_mut() {
                Ok(mut large) => self.fill(&mut large).map(|()| true)?,
                // A handler that panicked still holds it: without unwinding nothing is ever given back.
                Err(_) => false,
            };
            let bytes = match self.large.try_borrow() {
                Ok(large) if filled => Bytes::Large(large),
                _ => {
                    let mut own = Vec::new();
                    self.fill(&mut own)?;
                    Bytes::Own(own)
                }
            };
            let _ = self.bytes.set(bytes);
        }
        let bytes = self.bytes.get().map_or(&[][..], Bytes::get);
        Ok(match self.kind {
            MessageKind::Text => MessageRef::Text(utf8(bytes)),
            _ => MessageRef::Binary(bytes),
        })
    }

    /// An owned copy, made at once where it is to stay.
    pub(crate) fn to_message(&self) -> Result<Message, PayloadError> {
        if self.bytes.get().is_some() {
            return Ok(self.data()?.to_message());
        }
        if self.kind == MessageKind::Binary {
            return self.to_bytes().map(Message::Binary);
        }
        let mut bytes = Vec::new();
        self.fill(&mut bytes)?;
        Ok(Message::Text(String::from_utf8(bytes).unwrap_or_default()))
    }

    /// An owned copy of an ArrayBuffer that was left in JavaScript. js-sys makes it without filling it with zeros first, but would trap
    /// where there is no memory: that is asked before.
    fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        let mut room = Vec::<u8>::new();
        room.try_reserve_exact(self.length).map_err(|_| PayloadError::OutOfMemory { bytes: self.length })?;
        // The compiler may not think that nobody needs it.
        drop(std::hint::black_box(room));
        Ok(Uint8Array::new(&self.receiver.data()).to_vec())
    }

    /// The payload as JavaScript's own value.
    pub(crate) fn js_data(&self) -> JsValue {
        match (self.bytes.get(), self.kind) {
            (Some(Bytes::Small(bytes)), MessageKind::Text) => JsValue::from_str(utf8(bytes)),
            (Some(Bytes::Small(bytes)), _) => Uint8Array::from(*bytes).buffer().into(),
            _ => self.receiver.data(),
        }
    }

    /// The Blob, if it is one.
    pub(crate) fn blob(&self) -> Option<Blob> {
        let blob = (self.kind == MessageKind::Blob).then(|| self.receiver.data())?;
        blob.dyn_into().ok().map(|blob| Blob { blob, bytes: self.length })
    }

    fn fill(&self, target: &mut Vec<u8>) -> Result<(), PayloadError> {
        match self.kind {
            MessageKind::Text => self.fill_text(target),
            MessageKind::Binary => {
                self.grow(target, self.length)?;
                self.receiver.copy(target.as_mut_ptr() as usize, self.length);
                Ok(())
            }
            MessageKind::Blob => Err(PayloadError::Blob { bytes: self.length }),
        }
    }

    /// The length in UTF-8 is not known beforehand: as many bytes as code units do for ASCII, and what is left over is
    /// written in a second step that has room for the worst case.
    fn fill_text(&self, target: &mut Vec<u8>) -> Result<(), PayloadError> {
        self.grow(target, self.length)?;
        let read = self.receiver.encode(target.as_mut_ptr() as usize, self.length, 0);
        let mut written = self.receiver.written();
        if read < self.length {
            let room = (self.length - read).saturating_mul(3);
            self.grow(target, written.saturating_add(room))?;
            self.receiver.encode((target.as_mut_ptr() as usize).saturating_add(written), room, read);
            written = written.saturating_add(self.receiver.written());
        }
        target.truncate(written);
        Ok(())
    }

    fn grow(&self, target: &mut Vec<u8>, length: usize) -> Result<(), PayloadError> {
        // A failed allocation would trap and end the whole instance; this one can be refused.
        let more = length.saturating_sub(target.len());
        target.try_reserve_exact(more).map_err(|_| PayloadError::OutOfMemory { bytes: length })?;
        target.resize(length, 0);
        Ok(())
    }
}

/// The shim writes nothing but UTF-8.
fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A Blob whose bytes are still to be read.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    blob: web_sys::Blob,
    bytes: usize,
}

impl Blob {
    pub(crate) fn byte_len(&self) -> usize {
        self.bytes
    }

    pub(crate) fn js_data(&self) -> JsValue {
        self.blob.clone().into()
    }

    pub(crate) async fn read(self) -> Result<Message, PayloadError> {
        let unreadable = |_| PayloadError::Unreadable { bytes: self.bytes };
        let buffer = JsFuture::from(self.blob.array_buffer()).await.map_err(unreadable)?;
        let source = Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>());
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(self.bytes).map_err(|_| PayloadError::OutOfMemory { bytes: self.bytes })?;
        bytes.resize(source.length() as usize, 0);
        source.copy_to(&mut bytes);
        Ok(Message::Binary(bytes))
    }
}
