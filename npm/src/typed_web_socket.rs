//! `TypedWebSocket`: the browser's WebSocket through Rust, with one callback for all events.

use js_sys::{Array, ArrayBuffer, DataView, Function, JsString, TypeError};
use tautline::{BinaryType, CloseCode, CloseReason, WebSocket};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use crate::convert;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** An event of a {@link TypedWebSocket}. */
export type SocketEvent =
  | { readonly type: 'open' }
  | { readonly type: 'message'; readonly kind: 'text'; readonly data: string }
  | { readonly type: 'message'; readonly kind: 'binary'; readonly data: Uint8Array }
  | { readonly type: 'message'; readonly kind: 'blob'; readonly data: Blob }
  | { readonly type: 'error' }
  | {
      readonly type: 'close';
      readonly code: number;
      /** The registered name of the code, if it has one. */
      readonly name: string | undefined;
      readonly reason: string;
      readonly wasClean: boolean;
    };
"#;

#[wasm_bindgen]
extern "C" {
    /// A function that takes an event.
    #[wasm_bindgen(extends = Function, typescript_type = "(event: SocketEvent) => void")]
    pub type EventCallback;

    /// What can be sent.
    #[wasm_bindgen(typescript_type = "string | ArrayBuffer | ArrayBufferView | Blob")]
    pub type Data;

    #[wasm_bindgen(js_name = reportError, catch)]
    fn report_error(exception: &JsValue) -> Result<(), JsValue>;
}

/// The browser's WebSocket through Tautline's Rust types, with one callback for all events.
#[wasm_bindgen]
#[derive(Debug)]
pub struct TypedWebSocket {
    socket: WebSocket,
}

#[wasm_bindgen]
impl TypedWebSocket {
    /// Connects. Throws an `Error` named `SyntaxError`, `SecurityError` or `NotSupportedError`.
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str, protocols: &Array, callback: EventCallback) -> Result<TypedWebSocket, JsValue> {
        let protocols = convert::strings(protocols)?;
        let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
        let socket =
            WebSocket::with_protocols(url, &protocols).map_err(|error| convert::constructor_exception(&error))?;

        let callback = std::rc::Rc::new(callback);
        let tell = move |event: JsValue| {
            // What the callback throws is reported as the browser reports what a listener throws.
            if let Err(exception) = callback.call1(&JsValue::UNDEFINED, &event) {
                let _ = report_error(&exception);
            }
        };
        let (on_open, on_message, on_error) = (tell.clone(), tell.clone(), tell.clone());
        socket.set_onopen(move |_| on_open(convert::plain("open")));
        socket.set_onmessage(move |event| on_message(convert::message(event)));
        socket.set_onerror(move |_| on_error(convert::plain("error")));
        socket.set_onclose(move |event| tell(convert::close(event)));
        Ok(Self { socket })
    }

    /// 0 CONNECTING, 1 OPEN, 2 CLOSING, 3 CLOSED.
    #[wasm_bindgen(getter, js_name = readyState)]
    pub fn ready_state(&self) -> u16 {
        self.socket.ready_state().into()
    }

    /// The URL that was resolved.
    #[wasm_bindgen(getter)]
    pub fn url(&self) -> String {
        self.socket.url()
    }

    /// The subprotocol that the server has chosen.
    #[wasm_bindgen(getter)]
    pub fn protocol(&self) -> String {
        self.socket.protocol()
    }

    /// The extensions that the server has chosen.
    #[wasm_bindgen(getter)]
    pub fn extensions(&self) -> String {
        self.socket.extensions()
    }

    /// How many bytes wait to be handed to the network.
    #[wasm_bindgen(getter, js_name = bufferedAmount)]
    pub fn buffered_amount(&self) -> f64 {
        // Exact up to 2^53 bytes.
        self.socket.buffered_amount() as f64
    }

    /// `'arraybuffer'` (the default here) or `'blob'`.
    #[wasm_bindgen(getter, js_name = binaryType, unchecked_return_type = "BinaryType")]
    pub fn binary_type(&self) -> String {
        match self.socket.binary_type() {
            BinaryType::Blob => "blob".to_owned(),
            BinaryType::ArrayBuffer => "arraybuffer".to_owned(),
        }
    }

    /// Sets it; as in the browser, other values are ignored.
    #[wasm_bindgen(setter, js_name = binaryType)]
    pub fn set_binary_type(&self, #[wasm_bindgen(unchecked_param_type = "BinaryType")] binary_type: &str) {
        match binary_type {
            "blob" => self.socket.set_binary_type(BinaryType::Blob),
            "arraybuffer" => self.socket.set_binary_type(BinaryType::ArrayBuffer),
            _ => {}
        }
    }

    /// Sends one message. Throws an `Error` named `InvalidStateError` in any state but OPEN.
    pub fn send(&self, data: &Data) -> Result<(), JsValue> {
        let data: &JsValue = data.as_ref();
        let socket = &self.socket;
        let sent = if let Some(text) = data.dyn_ref::<JsString>() {
            socket.send(text)
        } else if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
            socket.send(buffer)
        } else if ArrayBuffer::is_view(data) {
            // Whichever view it is: the browser sends the bytes it shows.
            socket.send(data.unchecked_ref::<DataView>())
        } else if let Some(blob) = data.dyn_ref::<Blob>() {
            socket.send(blob)
        } else {
            return Err(TypeError::new("send takes a string, an ArrayBuffer, a view of one, or a Blob").into());
        };
        sent.map_err(|error| convert::send_exception(&error))
    }

    /// Starts the closing handshake. Throws an `Error` named `InvalidAccessError` for a code other than 1000 and 3000 to 4999, and
    /// `SyntaxError` for a reason of more than 123 bytes.
    pub fn close(&self, code: Option<f64>, reason: Option<String>) -> Result<(), JsValue> {
        // `[Clamp] unsigned short`: a cast from floating point saturates, and NaN is 0.
        let code = code.map(|code| code.round_ties_even() as u16);
        let Some(code) = code.or_else(|| reason.as_ref().map(|_| CloseCode::NORMAL.get())) else {
            self.socket.close();
            return Ok(());
        };
        let code = CloseCode::new(code).map_err(|error| convert::exception("InvalidAccessError", &error))?;
        let reason =
            CloseReason::new(reason.unwrap_or_default()).map_err(|error| convert::exception("SyntaxError", &error))?;
        self.socket.close_with(code, &reason);
        Ok(())
    }
}
