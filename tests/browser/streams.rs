//! `opened`, `closed`, the streams of messages and of events, and what happens when their consumer is slow.

use futures_util::{StreamExt, future::join3, stream::FusedStream};
use tautline::{Closed, Dropped, Message, Overflow, ReceiveLimits, SendMarks, SocketEvent, StatusCode};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{connect, log, next, open, ready, within};

#[wasm_bindgen_test]
async fn opened_and_closed_answer_before_during_and_after() {
    let socket = connect("/control");
    assert_eq!(ready(socket.opened()), None);
    let (first, second, third) = within("open", join3(socket.opened(), socket.opened(), socket.opened())).await;
    assert_eq!((first, second, third), (Ok(()), Ok(()), Ok(())));
    assert_eq!(ready(socket.opened()), Some(Ok(())), "once open, for ever");
    assert_eq!(ready(socket.closed()), None);
    socket.send("close 4000 bye").unwrap();
    let expected = Closed::new(StatusCode::new(4000).unwrap(), "bye", true);
    let (first, second, _) = within("close", join3(socket.closed(), socket.closed(), async {})).await;
    assert_eq!((first, second), (expected.clone(), expected.clone()));
    assert_eq!(ready(socket.closed()), Some(expected));
    assert_eq!(ready(socket.opened()), Some(Ok(())), "it did open");
}

#[wasm_bindgen_test]
async fn a_connection_that_never_opens_says_how_it_ended() {
    let socket = connect("/refuse?status=503");
    let failed = within("close", socket.opened()).await.unwrap_err();
    assert_eq!(failed.0.code, StatusCode::ABNORMAL_CLOSURE);
    assert!(failed.to_string().starts_with("the connection never opened: it closed not cleanly with 1006"), "{failed}");
    assert_eq!(ready(socket.opened()), Some(Err(failed)));
}

#[wasm_bindgen_test]
async fn messages_sent_right_after_the_handshake_are_not_missed() {
    let socket = connect("/flood?count=50&size=10&kind=mixed");
    let mut messages = socket.messages();
    within("close", socket.closed()).await;
    for number in 0..50_u32 {
        let message = next(&mut messages).await;
        match number % 2 {
            0 => assert!(message.as_text().unwrap().starts_with(&format!("{number} ")), "{message:?}"),
            _ => assert_eq!(message.as_binary().unwrap()[..4], number.to_le_bytes()),
        }
    }
    assert!(!messages.is_terminated());
    assert_eq!(within("the end", messages.next()).await, None);
    assert!(messages.is_terminated());
    assert_eq!(ready(messages.next()), Some(None), "it stays ended");
}

#[wasm_bindgen_test]
async fn twenty_thousand_messages_arrive_once_and_in_order() {
    let socket = connect("/flood?count=20000&size=32&kind=text");
    let mut messages = socket.messages();
    for number in 0..20_000 {
        let message = next(&mut messages).await;
        let text = message.as_text().unwrap();
        assert!(text.len() == 32 && text.starts_with(&format!("{number} ")), "{number}: {text}");
    }
    assert_eq!(within("the end", messages.next()).await, None);
    assert_eq!(messages.dropped(), Dropped::default());
}

#[wasm_bindgen_test]
async fn each_stream_gets_every_message() {
    let socket = open("/echo").await;
    let (mut one, mut two) = (socket.messages(), socket.messages());
    socket.send("both").unwrap();
    assert_eq!((next(&mut one).await, next(&mut two).await), ("both".into(), "both".into()));
}

#[wasm_bindgen_test]
async fn the_stream_of_events_has_them_all_and_ends_with_close() {
    let socket = connect("/control");
    let mut events = socket.events();
    assert_eq!(within("open", events.next()).await, Some(SocketEvent::Open));
    socket.send("text hi").unwrap();
    assert_eq!(within("message", events.next()).await, Some(SocketEvent::Message("hi".into())));
    socket.send("close 1000 ok").unwrap();
    let closed = Closed::new(StatusCode::NORMAL_CLOSURE, "ok", true);
    assert_eq!(within("close", events.next()).await, Some(SocketEvent::Close(closed)));
    assert_eq!(within("the end", events.next()).await, None);

    let mut events = connect("/refuse?status=500").events();
    assert_eq!(within("error", events.next()).await, Some(SocketEvent::Error));
    assert!(
        matches!(within("close", events.next()).await, Some(SocketEvent::Close(closed)) if closed.code.get() == 1006)
    );
    assert_eq!(within("the end", events.next()).await, None);
}

fn limits(messages: usize, bytes: usize, overflow: Overflow) -> ReceiveLimits {
    let mut limits = ReceiveLimits::default();
    (limits.messages, limits.bytes, limits.overflow) = (messages, bytes, overflow);
    limits
}

/// A hundred messages of 100 bytes, `N xxx…`, for a consumer that begins to read when all is over.
async fn flooded(limits: ReceiveLimits) -> (Closed, Vec<u32>, Dropped) {
    let socket = connect("/flood?count=100&size=100&kind=text");
    let mut messages = socket.messages_with(limits);
    let closed = within("close", socket.closed()).await;
    let mut numbers = Vec::new();
    while let Some(message) = within("messages", messages.next()).await {
        numbers.push(message.as_text().unwrap().split(' ').next().unwrap().parse().unwrap());
    }
    (closed, numbers, messages.dropped())
}

#[wasm_bindgen_test]
async fn a_full_queue_drops_the_newest_and_counts_them() {
    let (closed, numbers, dropped) = flooded(limits(10, usize::MAX, Overflow::DropNewest)).await;
    assert_eq!((closed.code.get(), numbers), (1000, (0..10).collect()));
    assert_eq!((dropped.messages, dropped.bytes), (90, 9000));
}

#[wasm_bindgen_test]
async fn a_full_queue_drops_the_oldest_and_counts_them() {
    let (closed, numbers, dropped) = flooded(limits(usize::MAX, 1_050, Overflow::DropOldest)).await;
    assert_eq!((closed.code.get(), numbers), (1000, (90..100).collect()));
    assert_eq!((dropped.messages, dropped.bytes), (90, 9000));
}

#[wasm_bindgen_test]
async fn a_full_queue_closes_with_a_reason_and_counts_what_did_not_fit() {
    // What comes after our close the browser throws away.
    let socket = connect("/flood?count=100&size=100&kind=text&close=no");
    let mut messages = socket.messages_with(limits(3, 1000, Overflow::Close));
    let closed = within("close", socket.closed()).await;
    assert_eq!((closed.code.get(), closed.was_clean), (4009, true));
    assert_eq!(closed.reason, "receive queue full: 3 messages, 1000 bytes");
    for number in 0..3 {
        assert!(next(&mut messages).await.as_text().unwrap().starts_with(&format!("{number} ")));
    }
    assert_eq!(within("the end", messages.next()).await, None);
    assert_eq!((messages.dropped().messages, messages.dropped().bytes), (1, 100));
}

#[wasm_bindgen_test]
async fn the_bound_in_bytes_counts_utf_8_also_of_text_left_in_javascript() {
    let socket = open("/echo").await;
    let mut messages = socket.messages_with(limits(9, 5_000, Overflow::DropNewest));
    // 2,000 code units, 6,000 bytes: only known after the copy.
    socket.send("你".repeat(2_000)).unwrap();
    socket.send("fits").unwrap();
    assert_eq!(next(&mut messages).await, Message::from("fits"));
    assert_eq!((messages.dropped().messages, messages.dropped().bytes), (1, 6_000));
}

#[wasm_bindgen_test]
async fn what_is_queued_does_not_make_room_for_what_can_never_fit() {
    let socket = open("/echo").await;
    let mut messages = socket.messages_with(limits(9, 5_000, Overflow::DropOldest));
    let (tell, mut told) = log();
    socket.add_message_listener(move |_| tell(())).keep();
    socket.send("x".repeat(4_000)).unwrap();
    // 2,000 code units would fit; 6,000 bytes never do.
    socket.send("你".repeat(2_000)).unwrap();
    told.next().await;
    told.next().await;
    assert_eq!(next(&mut messages).await.byte_len(), 4_000);
    assert_eq!((messages.dropped().messages, messages.dropped().bytes), (1, 6_000));
}

#[wasm_bindgen_test]
async fn the_limits_hold_for_blobs_and_for_the_stream_of_events() {
    for (overflow, kept) in [(Overflow::DropNewest, 0..5_u32), (Overflow::DropOldest, 95..100)] {
        let socket = connect("/flood?count=100&size=100&kind=binary");
        socket.set_binary_type(tautline::BinaryType::Blob);
        let mut messages = socket.messages_with(limits(5, 1_000_000, overflow));
        let mut events = socket.events_with(limits(1_000_000, 500, overflow));
        within("close", socket.closed()).await;
        let mut seen = Vec::new();
        while let Some(event) = within("events", events.next()).await {
            seen.push(event);
        }
        assert_eq!(seen.len(), 7, "open, five messages, close");
        assert!(matches!((&seen[0], &seen[6]), (SocketEvent::Open, SocketEvent::Close(_))), "{seen:?}");
        for (at, number) in kept.enumerate() {
            let message = next(&mut messages).await;
            assert_eq!(message.as_binary().unwrap()[..4], number.to_le_bytes());
            assert_eq!(seen[at + 1], SocketEvent::Message(message));
        }
        assert_eq!(within("the end", messages.next()).await, None);
        assert_eq!((messages.dropped().messages, events.dropped().messages), (95, 95));
    }
}

#[wasm_bindgen_test]
async fn other_listeners_are_not_disturbed_by_a_full_queue() {
    let socket = connect("/flood?count=100&size=10&kind=text");
    let mut all = socket.messages();
    let few = socket.messages_with(limits(0, 0, Overflow::DropNewest));
    within("close", socket.closed()).await;
    for _ in 0..100 {
        next(&mut all).await;
    }
    assert_eq!((all.dropped().messages, few.dropped().messages), (0, 100));
}

#[wasm_bindgen_test]
async fn split_halves_send_and_receive_and_each_keeps_the_connection() {
    use futures_util::SinkExt;
    let (mut sink, mut messages) = open("/echo").await.split();
    sink.send("there".into()).await.unwrap();
    assert_eq!(next(&mut messages).await, "there".into());
    let socket = messages.socket().clone();
    drop(messages);
    sink.send("still open".into()).await.unwrap();
    let mut again = socket.sink(SendMarks::default());
    drop((socket, sink));
    again.close().await.unwrap();
}

#[wasm_bindgen_test]
async fn a_task_is_woken_at_once_and_then_once_for_all_that_comes_in_a_turn() {
    let socket = open("/sink").await;
    posted_tasks().await;
    let native = crate::listeners::native_socket(&socket);
    let receive = |number: u32| {
        let init = web_sys::MessageEventInit::new();
        init.set_data(&number.to_string().into());
        let event = web_sys::MessageEvent::new_with_event_init_dict("message", &init).unwrap();
        native.dispatch_event(&event).unwrap();
    };
    let (tell, mut told) = log();
    let polls = std::rc::Rc::new(std::cell::Cell::new(0));
    let (counting, mut messages) = (std::rc::Rc::clone(&polls), socket.messages());
    wasm_bindgen_futures::spawn_local(std::future::poll_fn(move |context| {
        counting.set(counting.get() + 1);
        while let std::task::Poll::Ready(Some(message)) = messages.poll_next_unpin(context) {
            tell(message);
        }
        std::task::Poll::Pending
    }));
    microtasks().await;
    assert_eq!(polls.get(), 1, "it waits");
    receive(0);
    microtasks().await;
    assert_eq!(polls.get(), 2, "at once");
    for number in 1..5 {
        receive(number);
        microtasks().await;
    }
    assert_eq!(polls.get(), 2, "the turn is not over");
    for number in 0..5 {
        assert_eq!(told.next().await, Message::Text(number.to_string()));
    }
    assert_eq!(polls.get(), 3);
}

/// Lets the turns end that the connections of other tests have begun: WebKit takes its time to deliver what they post.
async fn posted_tasks() {
    let code = "const { port1, port2 } = new MessageChannel();
        return new Promise((resolve) => {
            port1.onmessage = () => { port1.close(); resolve(); };
            port2.postMessage(0);
        });";
    let post = js_sys::Function::new_no_args(code);
    // A turn in which somebody waits is followed by one more.
    for _ in 0..3 {
        let posted = post.call0(&wasm_bindgen::JsValue::UNDEFINED).unwrap();
        wasm_bindgen_futures::JsFuture::from(js_sys::Promise::from(posted)).await.unwrap();
    }
}

/// Lets all microtasks run, and no task.
async fn microtasks() {
    for _ in 0..10 {
        wasm_bindgen_futures::JsFuture::from(js_sys::Promise::resolve(&js_sys::global())).await.unwrap();
    }
}
