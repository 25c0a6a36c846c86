//! Carries out what [`Fault`] says of whole requests and answers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tautline::channel::wire::{CONTENT_TYPE as RECORDS, write_record};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{sleep, timeout};

use super::fault::Fault;
use super::hall::Block;
use crate::app::App;
use crate::channel::broker::Data;
use crate::channel::visit::Transport;
use crate::connection::{Connection, Stream};

/// How long a request hangs.
const HANG: Duration = Duration::from_secs(60);

/// How much of something huge is written at a time.
const PART: usize = 64 * 1024;

const PAGE: &str = "<!doctype html><title>Sign in</title><p>This network wants you to sign in first.";

/// The answer, where the fault is of the whole request; else the fault that is left.
pub(in crate::channel) async fn spoil_request(
    app: &App,
    fault: Fault,
    transport: Transport,
    connection: Option<&Connection>,
) -> Result<Option<Fault>, Response> {
    match fault {
        Fault::Status { status, retry_after } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            let mut response = (status, "a fault on demand\n").into_response();
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(RETRY_AFTER, seconds.into());
            }
            // What was not read of a body is not read any more.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            Err(response)
        }
        Fault::Hang => Err(hang(app, connection).await),
        Fault::Type => Err(([(CONTENT_TYPE, "text/html; charset=utf-8")], PAGE).into_response()),
        Fault::Late(time) => {
            wait(app, time).await;
            Ok(None)
        }
        Fault::Huge(bytes) if transport != Transport::WebSocket => Err(huge(transport, bytes)),
        fault => Ok(Some(fault)),
    }
}

/// The answer, where this way is blocked.
pub(in crate::channel) async fn blocked(app: &App, block: Block, connection: Option<&Connection>) -> Option<Response> {
    match block {
        Block::Off => None,
        Block::Refuse => Some((StatusCode::FORBIDDEN, "blocked on demand\n").into_response()),
        Block::Hang => Some(hang(app, connection).await),
        Block::Reset => {
            if let Some(connection) = connection {
                connection.break_off();
            }
            Some(StatusCode::SERVICE_UNAVAILABLE.into_response())
        }
    }
}

/// Waits, but not longer than the server is there.
pub(in crate::channel) async fn wait(app: &App, time: Duration) {
    tokio::select! {
        () = sleep(time) => {}
        () = app.closing() => {}
    }
}

async fn hang(app: &App, connection: Option<&Connection>) -> Response {
    wait(app, HANG).await;
    // After its FIN the server can't answer any more, whatever this returns.
    if let Some(connection) = connection {
        connection.shut_down();
    }
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

/// One frame that no client may keep, written as it is taken.
fn huge(transport: Transport, bytes: u64) -> Response {
    let (kind, start) = match transport {
        Transport::Events => ("text/event-stream", "data: m1:".to_owned()),
        _ => (RECORDS, format!("t{}:m1:", bytes + 3)),
    };
    let start = Bytes::from(start);
    let filling = Bytes::from(vec![b'x'; PART]);
    let parts = stream::unfold((Some(start), bytes), move |(start, left)| {
        let filling = filling.clone();
        async move {
            if let Some(start) = start {
                return Some((Ok::<_, std::convert::Infallible>(start), (None, left)));
            }
            let size = usize::try_from(left).unwrap_or(PART).min(PART);
            (size > 0).then(|| (Ok(filling.slice(..size)), (None, left - size as u64)))
        }
    });
    ([(CONTENT_TYPE, kind)], Body::from_stream(parts)).into_response()
}

/// Writes an answer that ends in the middle of a record or chunk, past hyper, and ends the connection.
pub(in crate::channel) async fn cut(
    connection: Option<Arc<Connection>>,
    origin: Option<&HeaderValue>,
    answer: CutAnswer,
) {
    let Some(connection) = connection else { return };
    let origin = origin.and_then(|origin| origin.to_str().ok()).map_or_else(String::new, |origin| {
        format!("Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Credentials: true\r\n")
    });
    let (head, part) = match answer {
        CutAnswer::Records(frames) => {
            let mut body = Vec::new();
            frames.iter().for_each(|frame| write_record(&mut body, frame.borrow()));
            let length = format!("Content-Length: {}", body.len());
            body.truncate(body.len().saturating_sub(2));
            (format!("Content-Type: {RECORDS}\r\n{length}"), body)
        }
        CutAnswer::Events(text) => {
            let mut body = format!("{:x}\r\n{text}", text.len() + 100).into_bytes();
            body.truncate(body.len().saturating_sub(3));
            ("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked".to_owned(), body)
        }
    };
    let head = format!("HTTP/1.1 200 OK\r\n{head}\r\nCache-Control: no-store\r\n{origin}\r\n");
    write_past(&connection, &[head.as_bytes(), &part].concat()).await;
    connection.shut_down();
}

/// What is cut.
pub(in crate::channel) enum CutAnswer {
    Records(Vec<Data>),
    Events(String),
}

/// The beginning of a WebSocket frame, and then the end of the connection.
pub(in crate::channel) async fn cut_frame(connection: &Arc<Connection>) {
    write_past(connection, b"\x81\x20m1:half").await;
    connection.finish().await;
}

/// A WebSocket message of this many bytes.
pub(in crate::channel) async fn huge_frame(connection: &Arc<Connection>, bytes: u64) {
    let mut start = vec![0x81, 127];
    start.extend((bytes + 3).to_be_bytes());
    start.extend(b"m1:");
    let mut written = write_past(connection, &start).await;
    let filling = vec![b'x'; PART];
    let mut left = bytes;
    while written && left > 0 {
        let size = usize::try_from(left).unwrap_or(PART).min(PART);
        written = write_past(connection, filling.get(..size).unwrap_or_default()).await;
        left -= size as u64;
    }
    connection.finish().await;
}

/// Writes past what hyper or the WebSocket has to say, which has nothing to say meanwhile.
async fn write_past(connection: &Arc<Connection>, bytes: &[u8]) -> bool {
    let mut stream = Stream(connection.clone());
    matches!(timeout(HANG, stream.write_all(bytes)).await, Ok(Ok(())))
}
