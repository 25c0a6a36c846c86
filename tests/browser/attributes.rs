//! `url`, `protocol`, `extensions`, `bufferedAmount`, `binaryType`, `readyState`.

use tautline::{BinaryType, MessageKind, ReadyState};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{connect, log, open, within};

#[wasm_bindgen_test]
async fn the_states_are_passed_through_in_order() {
    let socket = connect("/echo");
    let mut seen = vec![socket.ready_state()];
    within("open", socket.opened()).await.unwrap();
    seen.push(socket.ready_state());
    socket.close();
    seen.push(socket.ready_state());
    within("close", socket.closed()).await;
    seen.push(socket.ready_state());
    assert_eq!(seen, [ReadyState::Connecting, ReadyState::Open, ReadyState::Closing, ReadyState::Closed]);
}

#[wasm_bindgen_test]
async fn extensions_are_those_the_server_chose() {
    let plain = connect("/echo");
    assert_eq!(plain.extensions(), "");
    within("open", plain.opened()).await.unwrap();
    assert_eq!(plain.extensions(), "", "this server has none");
    plain.close();
    // The server answers with the extension by hand. All three engines offer permessage-deflate.
    let deflating = open("/raw?extensions=permessage-deflate&then=hang").await;
    assert!(deflating.extensions().starts_with("permessage-deflate"), "{}", deflating.extensions());
}

#[wasm_bindgen_test]
async fn buffered_amount_counts_what_was_not_handed_over_yet() {
    let socket = open("/echo").await;
    assert_eq!(socket.buffered_amount(), 0);
    socket.send(vec![1_u8; 100_000]).unwrap();
    socket.send("é").unwrap();
    assert_eq!(socket.buffered_amount(), 100_002, "in the same task, in bytes of UTF-8");
}

#[wasm_bindgen_test]
async fn binary_type_is_array_buffer_and_can_be_set() {
    let socket = connect("/echo");
    assert_eq!(socket.binary_type(), BinaryType::ArrayBuffer);
    socket.set_binary_type(BinaryType::Blob);
    assert_eq!(socket.binary_type(), BinaryType::Blob);

    within("open", socket.opened()).await.unwrap();
    let (tell, mut kinds) = log();
    socket.set_onmessage(move |event| tell((event.kind(), event.length())));
    socket.send([1_u8, 2, 3]).unwrap();
    assert_eq!(kinds.next().await, (MessageKind::Blob, 3));
    socket.set_binary_type(BinaryType::ArrayBuffer);
    socket.send([1_u8, 2]).unwrap();
    assert_eq!(kinds.next().await, (MessageKind::Binary, 2));
}

#[wasm_bindgen_test]
async fn debug_shows_no_secret() {
    let socket = connect("/echo?token=secret");
    let shown = format!("{socket:?}");
    assert!(shown.contains("/echo?…") && shown.contains("Connecting") && !shown.contains("secret"), "{shown}");
}
