//! Where there is no browser: types of the same shape that no value can have.
//!
//! So a server-rendered application builds without flags of its own, and what would need a socket can't be reached.

use crate::{BinaryType, CloseCode, CloseReason, ConstructorError, Message, MessageKind, MessageRef, PayloadError};
use crate::{ReadyState, SendError};

use super::{Incoming, Outgoing};

#[derive(Debug)]
pub(crate) enum Connection {}

impl Connection {
    pub(crate) fn new(_url: &str, _protocols: &str) -> Result<Self, ConstructorError> {
        Err(ConstructorError::Unsupported)
    }

    #[cfg(feature = "channel")]
    pub(crate) fn push(_url: &str, _with: &super::Opening<'_>) -> Result<Self, ConstructorError> {
        Err(ConstructorError::Unsupported)
    }

    pub(crate) fn listen(self, _deliver: impl Fn(Incoming<'_>) + 'static) -> Transport {
        match self {}
    }
}

#[derive(Debug)]
pub(crate) enum Transport {}

impl Transport {
    pub(crate) fn ready_state(&self) -> ReadyState {
        match *self {}
    }

    pub(crate) fn url(&self) -> String {
        match *self {}
    }

    pub(crate) fn protocol(&self) -> String {
        match *self {}
    }

    pub(crate) fn extensions(&self) -> String {
        match *self {}
    }

    pub(crate) fn buffered_amount(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn binary_type(&self) -> BinaryType {
        match *self {}
    }

    pub(crate) fn set_binary_type(&self, _binary_type: BinaryType) {
        match *self {}
    }

    pub(crate) fn send(&self, _data: Outgoing<'_>) -> Result<(), SendError> {
        match *self {}
    }

    pub(crate) fn close(&self, _code_and_reason: Option<(CloseCode, &CloseReason)>) {
        match *self {}
    }

    pub(crate) fn detach(&self) {
        match *self {}
    }
}

#[derive(Debug)]
pub(crate) struct Payload<'a> {
    never: Never,
    _lent: std::marker::PhantomData<&'a [u8]>,
}

#[derive(Debug)]
enum Never {}

impl Payload<'_> {
    pub(crate) fn kind(&self) -> MessageKind {
        match self.never {}
    }

    pub(crate) fn length(&self) -> usize {
        match self.never {}
    }

    pub(crate) fn size_hint(&self) -> usize {
        match self.never {}
    }

    pub(crate) fn data(&self) -> Result<MessageRef<'_>, PayloadError> {
        match self.never {}
    }

    pub(crate) fn to_message(&self) -> Result<Message, PayloadError> {
        match self.never {}
    }

    pub(crate) fn blob(&self) -> Option<Blob> {
        match self.never {}
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Blob {}

impl Blob {
    pub(crate) fn byte_len(&self) -> usize {
        match *self {}
    }

    pub(crate) async fn read(self) -> Result<Message, PayloadError> {
        match self {}
    }
}
