//! The sink: real backpressure on `bufferedAmount`, and flush and close that do what they say.

use futures_util::{SinkExt, sink::Sink};
use tautline::{Message, ReadyState, SendError, SendMarks};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{connect, next, open, ready, within};

fn marks(high: u64, low: u64) -> SendMarks {
    let mut marks = SendMarks::default();
    (marks.high, marks.low) = (high, low);
    marks
}

#[wasm_bindgen_test]
async fn the_sink_waits_for_the_connection_to_open() {
    let socket = connect("/echo");
    let mut messages = socket.messages();
    let mut sink = socket.sink(SendMarks::default());
    within("send", sink.send("early".into())).await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Open);
    assert_eq!(next(&mut messages).await, "early".into());
}

#[wasm_bindgen_test]
async fn a_sink_of_a_socket_that_never_opens_fails() {
    let mut sink = connect("/refuse?status=500").sink(SendMarks::default());
    let failed = within("send", sink.send("x".into())).await;
    assert_eq!(failed, Err(SendError::NotOpen { state: ReadyState::Closed }));
}

#[wasm_bindgen_test]
async fn a_producer_waits_between_the_marks_and_all_arrives() {
    let (high, low, size, count) = (256 * 1024, 64 * 1024, 64 * 1024, 64_u64);
    // Reads nothing for a while, then four MiB a second.
    let socket = open("/slow-read?pause_ms=300&rate=4194304").await;
    let mut sink = socket.sink(marks(high, low));
    let (mut peak, mut waited) = (0, 0);
    for _ in 0..count {
        if ready(std::future::poll_fn(|context| std::pin::Pin::new(&mut sink).poll_ready(context))).is_none() {
            waited += 1;
            within("room", std::future::poll_fn(|context| std::pin::Pin::new(&mut sink).poll_ready(context)))
                .await
                .unwrap();
            assert!(socket.buffered_amount() <= low, "{}", socket.buffered_amount());
        }
        assert!(socket.buffered_amount() < high);
        sink.start_send_unpin(Message::from(vec![1; size])).unwrap();
        peak = peak.max(socket.buffered_amount());
    }
    assert!(waited > 0, "the server was slow, and nobody waited");
    assert!(peak < high + size as u64, "{peak}");
    within("flush", sink.flush()).await.unwrap();
    assert_eq!(socket.buffered_amount(), 0);
    within("close", sink.close()).await.unwrap();
    let closed = within("close", socket.closed()).await;
    assert_eq!(closed.reason, format!("received {count} messages, {} bytes", count * size as u64));
}

#[wasm_bindgen_test]
async fn flush_waits_until_nothing_is_buffered() {
    let socket = open("/slow-read?pause_ms=200&rate=16777216").await;
    let mut sink = socket.sink(marks(u64::MAX, 0));
    sink.feed(Message::from(vec![1; 8 * 1024 * 1024])).await.unwrap();
    assert!(socket.buffered_amount() > 0);
    assert_eq!(ready(sink.flush()), None);
    within("flush", sink.flush()).await.unwrap();
    assert_eq!(socket.buffered_amount(), 0);
}

#[wasm_bindgen_test]
async fn close_lets_everything_out_and_waits_for_the_end() {
    let socket = open("/slow-read?rate=16777216").await;
    let mut sink = socket.sink(marks(u64::MAX, 0));
    sink.feed(Message::from(vec![1; 4 * 1024 * 1024])).await.unwrap();
    within("close", sink.close()).await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    let closed = within("close", socket.closed()).await;
    assert_eq!(closed.reason, "received 1 messages, 4194304 bytes");
    assert_eq!(sink.send("late".into()).await, Err(SendError::NotOpen { state: ReadyState::Closed }));
}

#[wasm_bindgen_test]
async fn a_producer_that_waits_for_room_is_told_when_the_connection_ends() {
    let socket = open("/control").await;
    let mut sink = socket.sink(marks(1, 0));
    sink.send("silent".into()).await.unwrap();
    // Fill what the network takes, until it takes no more.
    socket.send(vec![0_u8; 32 * 1024 * 1024]).unwrap();
    let blocked = std::future::poll_fn(|context| std::pin::Pin::new(&mut sink).poll_ready(context));
    let close = async {
        crate::support::turn().await;
        socket.close();
    };
    let (refused, ()) = within("the end", futures_util::future::join(blocked, close)).await;
    assert_eq!(refused, Err(SendError::NotOpen { state: ReadyState::Closing }));
}

#[wasm_bindgen_test]
async fn close_fails_where_what_was_sent_may_be_lost() {
    let mut sink = open("/control").await.sink(SendMarks::default());
    sink.feed("abort fin".into()).await.unwrap();
    within("close", sink.socket().closed()).await;
    assert_eq!(within("close", sink.close()).await, Err(SendError::NotOpen { state: ReadyState::Closed }));

    let mut unused = connect("/refuse?status=500").sink(SendMarks::default());
    assert_eq!(within("close", unused.close()).await, Ok(()), "nothing was sent, so nothing is lost");
}

#[wasm_bindgen_test]
async fn small_messages_sent_one_by_one_wait_for_a_turn_of_the_event_loop_and_no_longer() {
    // Each waits until it is flushed. With a fixed pause of ten milliseconds this would take ten seconds.
    let socket = open("/echo").await;
    let mut messages = socket.messages();
    let mut sink = socket.sink(SendMarks::default());
    for number in 0..1000 {
        within("send", sink.send(number.to_string().into())).await.unwrap();
    }
    for number in 0..1000 {
        assert_eq!(next(&mut messages).await.as_text(), Some(number.to_string().as_str()));
    }
}
