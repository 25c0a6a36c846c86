//! What `send` takes.

use crate::transport::{NotCopied, Outgoing, OwnedData};
use crate::{Message, MessageRef};

/// What can be sent. Text goes out as a text message, all else as a binary one.
///
/// It is implemented for `str`, `String`, `Cow<str>`, `[u8]`, `[u8; N]`, `Vec<u8>`, [`Message`], [`MessageRef`], and for references, `Box`,
/// `Rc` and `Arc` of them; where there is JavaScript also for `JsString`, `ArrayBuffer`, `SharedArrayBuffer`, `DataView`, the typed arrays and `Blob`. Shared memory is
/// copied first. A lone surrogate in a `JsString` goes out as U+FFFD, as in JavaScript.
///
/// The trait is sealed: there is nothing else that a WebSocket can send.
pub trait SendData: sealed::Sealed {}

impl<T: sealed::Sealed + ?Sized> SendData for T {}

mod sealed {
    use crate::transport::{NotCopied, Outgoing, OwnedData};

    pub trait Sealed {
        #[expect(private_interfaces, reason = "the trait is sealed")]
        fn outgoing(&self) -> Outgoing<'_>;

        /// Makes it data that waits to be sent: without a copy, where it is owned already.
        #[expect(private_interfaces, reason = "the trait is sealed")]
        fn into_owned_data(self) -> Result<OwnedData, NotCopied>
        where
            Self: Sized,
        {
            self.outgoing().to_owned_data()
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use crate::transport::Values;
use sealed::Sealed;

macro_rules! send_data {
    ($($type:ty: |$value:ident| $outgoing:expr $(, owned: $message:expr)?;)*) => {
        $(impl Sealed for $type {
            #[allow(private_interfaces, reason = "the trait is sealed")]
            fn outgoing(&self) -> Outgoing<'_> {
                let $value = self;
                $outgoing
            }

            $(
                #[allow(private_interfaces, reason = "the trait is sealed")]
                fn into_owned_data(self) -> Result<OwnedData, NotCopied> {
                    Ok(OwnedData::Message($message(self)))
                }
            )?
        })*
    };
}

send_data! {
    str: |text| Outgoing::Text(text);
    String: |text| Outgoing::Text(text), owned: Message::Text;
    std::borrow::Cow<'_, str>: |text| Outgoing::Text(text);
    [u8]: |bytes| Outgoing::Binary(bytes);
    Vec<u8>: |bytes| Outgoing::Binary(bytes), owned: Message::Binary;
    Message: |message| match message {
        Message::Text(text) => Outgoing::Text(text),
        Message::Binary(bytes) => Outgoing::Binary(bytes),
    }, owned: std::convert::identity;
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

macro_rules! send_data_behind {
    ($($pointer:ty),*) => {
        $(impl<T: Sealed + ?Sized> Sealed for $pointer {
            #[allow(private_interfaces, reason = "the trait is sealed")]
            fn outgoing(&self) -> Outgoing<'_> {
                T::outgoing(self)
            }
        })*
    };
}

send_data_behind!(&T, Box<T>, std::rc::Rc<T>, std::sync::Arc<T>);

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
send_data! {
    js_sys::JsString: |value| Outgoing::Value(value, &Values);
    js_sys::ArrayBuffer: |value| Outgoing::Value(value, &Values);
    js_sys::SharedArrayBuffer: |value| Outgoing::Value(value, &Values);
    js_sys::DataView: |value| Outgoing::Value(value, &Values);
    js_sys::Int8Array: |value| Outgoing::Value(value, &Values);
    js_sys::Uint8Array: |value| Outgoing::Value(value, &Values);
    js_sys::Uint8ClampedArray: |value| Outgoing::Value(value, &Values);
    js_sys::Int16Array: |value| Outgoing::Value(value, &Values);
    js_sys::Uint16Array: |value| Outgoing::Value(value, &Values);
    js_sys::Int32Array: |value| Outgoing::Value(value, &Values);
    js_sys::Uint32Array: |value| Outgoing::Value(value, &Values);
    js_sys::Float32Array: |value| Outgoing::Value(value, &Values);
    js_sys::Float64Array: |value| Outgoing::Value(value, &Values);
    js_sys::BigInt64Array: |value| Outgoing::Value(value, &Values);
    js_sys::BigUint64Array: |value| Outgoing::Value(value, &Values);
    web_sys::Blob: |value| Outgoing::Value(value, &Values);
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::rc::Rc;
    use std::sync::Arc;

    use super::*;

    /// The message as it goes out, after it has waited.
    fn kept(data: impl SendData) -> Message {
        match data.into_owned_data() {
            Ok(OwnedData::Message(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_is_kept_as_text_and_bytes_as_binary() {
        let text = "é🦀";
        for kept in [kept(text), kept(text.to_owned()), kept(Cow::from(text)), kept(Message::from(text))] {
            assert_eq!(kept, Message::from(text));
        }
        for kept in [kept(Arc::<str>::from(text)), kept(Box::<str>::from(text)), kept(Rc::<str>::from(text))] {
            assert_eq!(kept, Message::from(text));
        }
        let bytes = [0_u8, 255];
        for kept in [kept(bytes), kept(&bytes[..]), kept(bytes.to_vec()), kept(Arc::<[u8]>::from(bytes))] {
            assert_eq!(kept, Message::from(&bytes[..]));
        }
        for message in [Message::from(text), Message::from(&bytes[..])] {
            assert_eq!((kept(message.borrow()), kept(&message)), (message.clone(), message.clone()));
            assert_eq!(kept(message.clone()), message);
        }
    }

    #[test]
    fn what_is_owned_is_kept_without_a_copy() {
        let (text, bytes) = ("é🦀".to_owned(), vec![0_u8, 255]);
        let places = (text.as_ptr(), bytes.as_ptr());
        let (text, bytes) = (kept(text).into_text().unwrap(), kept(Message::from(bytes)).into_binary().unwrap());
        assert_eq!((text.as_ptr(), bytes.as_ptr()), places);
    }
}
