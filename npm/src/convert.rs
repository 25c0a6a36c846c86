//! From Rust's values to JavaScript's.

use js_sys::{Array, Error, Object, Reflect};
use tautline::{CloseEvent, ConstructorError, MessageEvent, MessageKind, SendError};
use wasm_bindgen::JsValue;

/// An `Error` with the name that the standard gives the exception.
pub(crate) fn exception(name: &str, error: &dyn std::error::Error) -> JsValue {
    let exception = Error::new(&error.to_string());
    exception.set_name(name);
    exception.into()
}

pub(crate) fn constructor_exception(error: &ConstructorError) -> JsValue {
    let name = match error {
        ConstructorError::InvalidUrl { .. } | ConstructorError::InvalidProtocol(_) => "SyntaxError",
        ConstructorError::Security { .. } => "SecurityError",
        ConstructorError::Unsupported => "NotSupportedError",
        _ => "Error",
    };
    exception(name, error)
}

pub(crate) fn send_exception(error: &SendError) -> JsValue {
    let name = match error {
        SendError::NotOpen { .. } => "InvalidStateError",
        SendError::Rejected { name } => name,
        _ => "Error",
    };
    exception(name, error)
}

/// An event that is nothing but its type.
pub(crate) fn plain(kind: &str) -> JsValue {
    object([("type", kind.into())])
}

pub(crate) fn message(event: &MessageEvent<'_>) -> JsValue {
    let (kind, data) = match event.kind() {
        MessageKind::Text => ("text", event.js_data()),
        MessageKind::Blob => ("blob", event.js_data()),
        _ => ("binary", js_sys::Uint8Array::new(&event.js_data()).into()),
    };
    object([("type", "message".into()), ("kind", kind.into()), ("data", data)])
}

pub(crate) fn close(event: &CloseEvent<'_>) -> JsValue {
    object([
        ("type", "close".into()),
        ("code", event.code().get().into()),
        ("name", event.code().name().map_or(JsValue::UNDEFINED, JsValue::from)),
        ("reason", event.reason().into()),
        ("wasClean", event.was_clean().into()),
    ])
}

fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // A plain object takes every property.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}

/// The strings of an array, or what else stands in it.
pub(crate) fn strings(array: &Array) -> Result<Vec<String>, JsValue> {
    let string =
        |value: JsValue| value.as_string().ok_or_else(|| js_sys::TypeError::new("a subprotocol is a string").into());
    array.iter().map(string).collect()
}
