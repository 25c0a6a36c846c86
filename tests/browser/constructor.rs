//! `new WebSocket(url, protocols)`: which URLs and subprotocols it takes, and the errors for the others.

use tautline::{ConstructorError, InvalidProtocol, ReadyState, WebSocket};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{self, Engine, Wire, engine, next, server, url, within};

#[wasm_bindgen_test]
async fn a_socket_is_connecting_until_it_is_open() {
    let socket = support::connect("/echo");
    assert_eq!(socket.ready_state(), ReadyState::Connecting);
    within("open", socket.opened()).await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Open);
}

#[wasm_bindgen_test]
async fn http_urls_mean_ws_and_the_root_upgrades_as_in_every_tutorial() {
    for (given, resolved) in [
        (format!("http://{}", server()), format!("ws://{}/", server())),
        (format!("ws://{}", server()), format!("ws://{}/", server())),
        (format!("HTTP://{}/echo?x=1", server()), format!("ws://{}/echo?x=1", server())),
    ] {
        let socket = WebSocket::new(&given).unwrap();
        assert_eq!(socket.url(), resolved);
        within("open", socket.opened()).await.unwrap();
    }
}

#[wasm_bindgen_test]
fn https_urls_mean_wss() {
    let socket = WebSocket::new(&format!("https://{}/x", server())).unwrap();
    assert_eq!(socket.url(), format!("wss://{}/x", server()));
}

#[wasm_bindgen_test]
async fn a_relative_url_is_resolved_against_the_page() {
    let base = js_sys::Reflect::get(&js_sys::global(), &"document".into()).unwrap();
    let base = js_sys::Reflect::get(&base, &"baseURI".into()).unwrap().as_string().unwrap();
    let host = base.split('/').nth(2).unwrap();
    for (given, path) in [("/chat?room=1", "/chat?room=1"), ("//127.0.0.1:1/x", ""), ("?a", "/?a")] {
        let socket = WebSocket::new(given).unwrap();
        let expected = if path.is_empty() { "ws://127.0.0.1:1/x".to_owned() } else { format!("ws://{host}{path}") };
        assert_eq!(socket.url(), expected);
        socket.close();
    }
}

#[wasm_bindgen_test]
fn a_url_that_is_none_of_a_websocket_is_an_error_that_names_it() {
    for bad in [
        "ws://",
        "http://",
        "ws://exa^mple/",
        "ws://[::1/",
        "ws://host:99999/",
        "ftp://host/",
        "mailto:a@b",
        "about:blank",
        "javascript:1",
        "data:,x",
        "blob:x",
        "file:///x",
        "wss:",
        "ws://%zz/",
    ] {
        let error = match WebSocket::new(bad) {
            Err(error) => error,
            Ok(socket) => panic!("{bad} was taken as {}", socket.url()),
        };
        let ConstructorError::InvalidUrl { url } = &error else { panic!("{bad}: {error:?}") };
        let shown = bad.replace("a@", "");
        assert_eq!(url.to_string(), shown, "{error}");
    }
}

#[wasm_bindgen_test]
fn a_url_with_a_fragment_is_an_error() {
    for bad in [url("/echo#top"), url("/echo#")] {
        match WebSocket::new(&bad) {
            Err(ConstructorError::InvalidUrl { url }) => assert!(url.to_string().ends_with("/echo#…"), "{url}"),
            other => panic!("{bad}: {other:?}"),
        }
    }
}

#[wasm_bindgen_test]
fn where_javascript_has_no_websocket_the_error_says_so() {
    let global = js_sys::global();
    let class = js_sys::Reflect::get(&global, &"WebSocket".into()).unwrap();
    js_sys::Reflect::set(&global, &"WebSocket".into(), &JsValue::UNDEFINED).unwrap();
    let made = WebSocket::new(&url("/echo"));
    js_sys::Reflect::set(&global, &"WebSocket".into(), &class).unwrap();
    assert_eq!(made.unwrap_err(), ConstructorError::Unsupported);
}

#[wasm_bindgen_test]
fn no_error_shows_user_info_query_or_fragment() {
    let error = WebSocket::new("ws://ann:secret@exa mple/?token=secret#secret").unwrap_err();
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(shown.contains("exa mple") && !shown.contains("secret") && !shown.contains("ann"), "{shown}");
    }
}

#[wasm_bindgen_test]
async fn the_server_chooses_one_of_several_protocols() {
    let socket = WebSocket::with_protocols(&url("/protocol?choose=chat.v2"), &["chat.v1", "chat.v2"]).unwrap();
    let mut messages = socket.messages();
    assert_eq!(socket.protocol(), "", "there is none before it is open");
    within("open", socket.opened()).await.unwrap();
    assert_eq!(socket.protocol(), "chat.v2");
    assert_eq!(next(&mut messages).await.as_text(), Some(r#"["chat.v1","chat.v2"]"#), "what the server was offered");
}

#[wasm_bindgen_test]
async fn one_protocol_or_none_reach_the_server_as_given() {
    let mut wire = Wire::watch().await;
    let socket = WebSocket::with_protocol(&url(&wire.path("/protocol?choose=first")), "a!#$%&'*+-.^_`|~Z9").unwrap();
    within("open", socket.opened()).await.unwrap();
    assert_eq!(socket.protocol(), "a!#$%&'*+-.^_`|~Z9");
    let request = wire.next().await;
    assert!(
        request.text.to_ascii_lowercase().contains("sec-websocket-protocol: a!#$%&'*+-.^_`|~z9\r\n"),
        "{request:?}"
    );

    let mut wire = Wire::watch().await;
    let socket = WebSocket::with_protocols(&url(&wire.path("/echo")), &[]).unwrap();
    within("open", socket.opened()).await.unwrap();
    assert_eq!(socket.protocol(), "");
    let request = wire.next().await;
    assert!(!request.text.to_ascii_lowercase().contains("sec-websocket-protocol"), "{request:?}");
}

#[wasm_bindgen_test]
async fn a_protocol_that_was_not_asked_for_fails_the_connection() {
    let socket = WebSocket::with_protocol(&url("/protocol?force=other"), "chat").unwrap();
    let failed = within("close", socket.opened()).await.unwrap_err();
    assert_eq!(failed.0.code.get(), 1006);
    assert!(!failed.0.was_clean);
}

#[wasm_bindgen_test]
async fn a_server_that_chooses_none_of_the_protocols_asked_for() {
    let socket = WebSocket::with_protocol(&url("/protocol?choose=none"), "chat").unwrap();
    let opened = within("open or close", socket.opened()).await;
    // The standard (establish a WebSocket connection, step 11 of its response handling) fails the connection, and so does
    // Chromium; Firefox and WebKit open it without a protocol.
    match engine() {
        Engine::Chromium => assert_eq!(opened.unwrap_err().0.code.get(), 1006),
        Engine::Firefox | Engine::WebKit => assert_eq!((opened, socket.protocol()), (Ok(()), String::new())),
    }
}

#[wasm_bindgen_test]
fn a_malformed_or_repeated_protocol_is_an_error_that_names_its_place() {
    for bad in ["", " ", "a b", "a,b", "a\t", "ü", "(x)", "a/b", "\"q\"", "a=b", "{", "\u{7f}", "\0"] {
        match WebSocket::with_protocols(&url("/echo"), &["fine", bad]) {
            Err(ConstructorError::InvalidProtocol(InvalidProtocol::NotAToken { place })) => {
                assert_eq!(place, 2);
            }
            other => panic!("{bad:?}: {other:?}"),
        }
    }
    match WebSocket::with_protocols(&url("/echo"), &["one", "two", "one"]) {
        Err(ConstructorError::InvalidProtocol(InvalidProtocol::Duplicate { place })) => assert_eq!(place, 3),
        other => panic!("{other:?}"),
    }
}

/// Whether the browser's own constructor takes these subprotocols.
fn native_takes(protocols: &[&str]) -> bool {
    let list: js_sys::Array = protocols.iter().map(|protocol| JsValue::from_str(protocol)).collect();
    match web_sys::WebSocket::new_with_str_sequence(&url("/protocol"), &list) {
        Ok(socket) => {
            socket.close().unwrap();
            true
        }
        Err(exception) => {
            let name = exception.dyn_into::<web_sys::DomException>().unwrap().name();
            assert_eq!(name, "SyntaxError");
            false
        }
    }
}

#[wasm_bindgen_test]
async fn our_check_of_protocols_is_the_browsers() {
    let characters = (0..=255_u8).map(|byte| format!("a{}", char::from(byte))).map(|protocol| vec![protocol]);
    let lists =
        [&["a", "A"][..], &["a", "a"], &["a", "b", "a"], &[""]].map(|list| list.iter().map(|&s| s.into()).collect());
    for list in characters.chain(lists) {
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let ours = WebSocket::with_protocols(&url("/protocol"), &list);
        assert_eq!(ours.is_ok(), native_takes(&list), "{list:?}");
        // One at a time: a page may have some 200 sockets, and one that is closed takes a while to go.
        if let Ok(socket) = ours {
            within("open", socket.opened()).await.unwrap();
            assert_eq!(socket.protocol(), list[0]);
        }
    }
}
