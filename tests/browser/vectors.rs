//! The URLs and subprotocols of `tests/vectors/values.json`, which JavaScript's `ReconnectingWebSocket` is held against too.

use serde::Deserialize;
use tautline::{ConstructorError, ReconnectingWebSocket, Target, WebSocket};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Engine, engine, url};

#[derive(Deserialize)]
struct Vectors {
    urls: Urls,
    protocols: Protocols,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Urls {
    accepted: Vec<(String, String)>,
    refused: Vec<String>,
    relative: Vec<(String, String, String)>,
    relative_refused: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Protocols {
    accepted: Vec<Vec<String>>,
    refused: Vec<Vec<String>>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/values.json")).unwrap()
}

/// Runs with this base URL of the page.
fn with_base<T>(href: &str, run: impl FnOnce() -> T) -> T {
    let get = |object: &js_sys::Object, name: &str| js_sys::Reflect::get(object, &name.into()).unwrap();
    let call = |object: &js_sys::Object, name: &str, value: &wasm_bindgen::JsValue| {
        let function: js_sys::Function = get(object, name).unchecked_into();
        function.call1(object, value).unwrap().unchecked_into::<js_sys::Object>()
    };
    let document: js_sys::Object = get(&js_sys::global(), "document").unchecked_into();
    let head: js_sys::Object = get(&document, "head").unchecked_into();
    let base = call(&document, "createElement", &"base".into());
    js_sys::Reflect::set(&base, &"href".into(), &href.into()).unwrap();
    call(&head, "append", &base);
    let result = run();
    call(&head, "removeChild", &base);
    result
}

fn assert_refused(text: &str, context: &str) {
    assert!(matches!(WebSocket::new(text), Err(ConstructorError::InvalidUrl { .. })), "{text} {context}");
    assert!(matches!(ReconnectingWebSocket::new(text), Err(ConstructorError::InvalidUrl { .. })), "{text} {context}");
}

#[wasm_bindgen_test]
fn urls_are_resolved_or_refused_as_the_vectors_say() {
    let urls = vectors().urls;
    for (text, resolved) in urls.accepted {
        assert_eq!(WebSocket::new(&text).unwrap().url(), resolved, "{text}");
        assert!(ReconnectingWebSocket::new(text.as_str()).is_ok(), "{text}");
    }
    for text in urls.refused {
        assert_refused(&text, "");
    }
}

#[wasm_bindgen_test]
fn relative_urls_are_resolved_or_refused_as_the_vectors_say() {
    let urls = vectors().urls;
    // Firefox takes the page's own URL for the base, and no empty URL.
    let relative = if engine() == Engine::Firefox { Vec::new() } else { urls.relative };
    for (base, text, resolved) in relative {
        let found = with_base(&base, || WebSocket::new(&text).map(|socket| socket.url()));
        assert_eq!(found.unwrap(), resolved, "{text} at {base}");
        assert!(with_base(&base, || ReconnectingWebSocket::new(text.as_str()).is_ok()), "{text} at {base}");
    }
    for (base, text) in urls.relative_refused {
        with_base(&base, || assert_refused(&text, &base));
    }
}

#[wasm_bindgen_test]
fn subprotocols_are_taken_or_refused_as_the_vectors_say() {
    let protocols = vectors().protocols;
    let made = |list: &[String]| {
        let target = list.iter().fold(Target::new(url("/protocol")), |target, one| target.protocol(one.as_str()));
        let reconnecting = ReconnectingWebSocket::builder(target).connect().map(|_| ());
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        [WebSocket::with_protocols(&url("/protocol"), &list).map(|_| ()), reconnecting]
    };
    for list in protocols.accepted {
        assert_eq!(made(&list), [Ok(()), Ok(())], "{list:?}");
    }
    for list in protocols.refused {
        for result in made(&list) {
            assert!(matches!(result, Err(ConstructorError::InvalidProtocol(_))), "{list:?}");
        }
    }
}
