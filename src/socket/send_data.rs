//! What `send` takes.

use crate::transport::Outgoing;
use crate::{Message, MessageRef};

/// What can be sent. Text goes out as a text message, all else as a binary one.
///
/// It is implemented for `str`, `String`, `Cow<str>`, `[u8]`, `[u8; N]`, `Vec<u8>`, [`Message`], [`MessageRef`] and references to them; where
/// there is JavaScript also for `JsString`, `ArrayBuffer`, `SharedArrayBuffer`, `DataView`, the typed arrays and `Blob`. Shared memory is
/// copied first. A lone surrogate in a `JsString` goes out as U+FFFD, as in JavaScript.
///
/// The trait is sealed: there is nothing else that a WebSocket can send.
pub trait SendData: sealed::Sealed {}

impl<T: sealed::Sealed + ?Sized> SendData for T {}

mod sealed {
    use crate::transport::Outgoing;

    pub trait Sealed {
        #[expect(private_interfaces, reason = "the trait is sealed")]
        fn outgoing(&self) -> Outgoing<'_>;
    }
}

use sealed::Sealed;

macro_rules! send_data {
    ($($type:ty: |$value:ident| $outgoing:expr;)*) => {
        $(impl Sealed for $type {
            #[allow(private_interfaces, reason = "the trait is sealed")]
            fn outgoing(&self) -> Outgoing<'_> {
                let $value = self;
                $outgoing
            }
        })*
    };
}

send_data! {
    str: |text| Outgoing::Text(text);
    String: |text| Outgoing::Text(text);
    std::borrow::Cow<'_, str>: |text| Outgoing::Text(text);
    [u8]: |bytes| Outgoing::Binary(bytes);
    Vec<u8>: |bytes| Outgoing::Binary(bytes);
    Message: |message| match message {
        Message::Text(text) => Outgoing::Text(text),
        Message::Binary(bytes) => Outgoing::Binary(bytes),
    };
    MessageRef<'_>: |message| match message {
        MessageRef::Text(text) => Outgoing::Text(text),
        MessageRef::Binary(bytes) => Outgoing::Binary(bytes),
    };
}

impl<const N: usize> Sealed for [u8; N] {
    #[allow(private_interfaces, reason = "the trait is sealed")]
    fn outgoing(&self) -> Outgoing<'_> {
        Outgoing::Binary(self)
    }
}

impl<T: Sealed + ?Sized> Sealed for &T {
    #[allow(private_interfaces, reason = "the trait is sealed")]
    fn outgoing(&self) -> Outgoing<'_> {
        T::outgoing(self)
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
send_data! {
    js_sys::JsString: |value| Outgoing::Value(value);
    js_sys::ArrayBuffer: |value| Outgoing::Value(value);
    js_sys::SharedArrayBuffer: |value| Outgoing::Value(value);
    js_sys::DataView: |value| Outgoing::Value(value);
    js_sys::Int8Array: |value| Outgoing::Value(value);
    js_sys::Uint8Array: |value| Outgoing::Value(value);
    js_sys::Uint8ClampedArray: |value| Outgoing::Value(value);
    js_sys::Int16Array: |value| Outgoing::Value(value);
    js_sys::Uint16Array: |value| Outgoing::Value(value);
    js_sys::Int32Array: |value| Outgoing::Value(value);
    js_sys::Uint32Array: |value| Outgoing::Value(value);
    js_sys::Float32Array: |value| Outgoing::Value(value);
    js_sys::Float64Array: |value| Outgoing::Value(value);
    js_sys::BigInt64Array: |value| Outgoing::Value(value);
    js_sys::BigUint64Array: |value| Outgoing::Value(value);
    web_sys::Blob: |value| Outgoing::Value(value);
}
