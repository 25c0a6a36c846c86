//! `/flood`: many messages, as fast as the client takes them.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket};
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::{SinkExt as _, StreamExt as _};

use crate::app::App;
use crate::echo;
use crate::query::{BadParameter, Query};
use crate::session::{self, MAX_MESSAGE, Refusal, Session};

const MAX_COUNT: u64 = 1_000_000;

/// The most bytes of one flood: 2 GiB.
const MAX_TOTAL: u64 = 2 * 1024 * 1024 * 1024;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    /// Text that is not ASCII.
    Wide,
    Binary,
    Mixed,
}

#[derive(Debug, Clone, Copy)]
struct Flood {
    count: u64,
    size: usize,
    kind: Kind,
    close: bool,
}

/// `GET /flood`
pub(crate) async fn flood(State(app): State<App>, mut parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let count = query.number("count", 1_000, 0..=MAX_COUNT)?;
    let size = query.number("size", 100, 0..=MAX_MESSAGE as u64)?;
    let kinds = [("text", Kind::Text), ("wide", Kind::Wide), ("binary", Kind::Binary), ("mixed", Kind::Mixed)];
    let kind = query.choice("kind", &kinds, Kind::Text)?;
    let close = query.choice("close", &[("yes", true), ("no", false)], true)?;
    query.finish()?;
    if count * size > MAX_TOTAL {
        let expected = format!("count times size of at most {MAX_TOTAL} bytes");
        return Err(BadParameter::value("count", &count.to_string(), expected).into());
    }
    let flood = Flood { count, size: usize::try_from(size).unwrap_or(MAX_MESSAGE), kind, close };
    session::accept(app, &mut parts, async move |socket, session| {
        run(flood, socket, session).await;
    })
    .await
}

async fn run(flood: Flood, socket: WebSocket, session: Session) {
    let (mut sink, mut stream) = socket.split();
    let sending = async {
        for number in 0..flood.count {
            sink.feed(message(flood, number)).await?;
        }
        sink.flush().await
    };
    // What the client says meanwhile is dropped; it is read so that a client which closes or vanishes is noticed.
    let listening = async { while let Some(Ok(_)) = stream.next().await {} };
    let sent = tokio::select! {
        sent = sending => sent.is_ok(),
        () = listening => false,
    };
    match sink.reunite(stream) {
        Ok(socket) if sent && flood.close => session.close(socket, 1000, "flood done").await,
        Ok(socket) if sent => echo::run(socket, session).await,
        _ => session.end().await,
    }
}

/// Message `number`: text is the number, a space and as many `x` as fit; wide text has two bytes of `ж` for two `x`; binary is the number in
/// four bytes, little-endian, over and over. Each has exactly the size asked for, even if that cuts the number.
fn message(flood: Flood, number: u64) -> Message {
    let binary = match flood.kind {
        Kind::Text | Kind::Wide => false,
        Kind::Binary => true,
        Kind::Mixed => number % 2 == 1,
    };
    if binary {
        let [a, b, c, d, ..] = number.to_le_bytes();
        let mut bytes = [a, b, c, d].repeat(flood.size.div_ceil(4));
        bytes.truncate(flood.size);
        Message::Binary(bytes.into())
    } else {
        let mut text = format!("{number} ");
        text.truncate(flood.size);
        let left = flood.size - text.len();
        let wide = if matches!(flood.kind, Kind::Wide) { left / 2 } else { 0 };
        text.extend(std::iter::repeat_n('ж', wide).chain(std::iter::repeat_n('x', left - 2 * wide)));
        Message::Text(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flood(kind: Kind, size: usize) -> Flood {
        Flood { count: 0, size, kind, close: true }
    }

    #[test]
    fn messages_have_the_size_asked_for() {
        let text = |size, number| message(flood(Kind::Text, size), number);
        assert_eq!(text(6, 12), Message::Text("12 xxx".into()));
        assert_eq!(text(3, 12), Message::Text("12 ".into()));
        assert_eq!(text(1, 12), Message::Text("1".into()));
        assert_eq!(text(0, 12), Message::Text("".into()));
        assert_eq!(message(flood(Kind::Wide, 8), 12), Message::Text("12 жжx".into()));
        let binary = |size, number| message(flood(Kind::Binary, size), number);
        assert_eq!(binary(6, 258), Message::Binary(vec![2, 1, 0, 0, 2, 1].into()));
        assert_eq!(binary(0, 258), Message::Binary(vec![].into()));
    }

    #[test]
    fn a_mixed_flood_alternates_starting_with_text() {
        let mixed = |number| message(flood(Kind::Mixed, 2), number);
        assert_eq!(mixed(0), Message::Text("0 ".into()));
        assert_eq!(mixed(1), Message::Binary(vec![1, 0].into()));
        assert_eq!(mixed(2), Message::Text("2 ".into()));
    }
}
