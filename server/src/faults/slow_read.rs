//! `/slow-read`: a server that lets the client's bytes pile up.

use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use tokio::time::{Instant, sleep, sleep_until};

use super::LONGEST_MS;
use crate::app::App;
use crate::query::Query;
use crate::raw_socket::{RawSocket, close_payload};
use crate::session::{self, Answer, Refusal};
use crate::wire::frame::{self, FrameReader, Piece};

/// How long one portion lasts, and how far reading may catch up after a delay.
const TICK: Duration = Duration::from_millis(20);

/// The most bytes of a portion.
const MAX_PORTION: u64 = 1024 * 1024;

/// `GET /slow-read`
pub(crate) async fn slow_read(State(app): State<App>, parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let pause = Duration::from_millis(query.number("pause_ms", 1_000, 0..=LONGEST_MS)?);
    let rate = query.number("rate", 1024 * 1024, 1..=1024 * 1024 * 1024)?;
    query.finish()?;
    let serve = async move |socket: RawSocket| {
        socket.session.connection.shrink_receive_buffer();
        sleep(pause).await;
        run(socket, rate).await;
    };
    session::accept_raw(app, parts, Answer::default(), serve).await
}

async fn run(mut socket: RawSocket, rate: u64) {
    let mut reader = FrameReader::default();
    let (mut messages, mut received) = (0u64, 0u64);
    let portion = (rate / 50).clamp(1, MAX_PORTION);
    let mut buffer = vec![0; usize::try_from(portion).unwrap_or(1)];
    // When the bytes read so far will have taken their time.
    let mut due = Instant::now();
    loop {
        let read = socket.read_bytes(&mut buffer).await;
        if read == 0 {
            return socket.session.end().await;
        }
        let mut input = &buffer[..read];
        while let Some(piece) = reader.next(&mut input) {
            match piece {
                Piece::Header(header) if header.opcode == frame::CLOSE => {
                    let reason = format!("received {messages} messages, {received} bytes");
                    // Its payload is not needed: the connection ends anyway.
                    return socket.close(&close_payload(Some(1000), &reason), true).await;
                }
                Piece::Payload { header, bytes, .. } if header.opcode < frame::CLOSE => {
                    received += bytes.len() as u64;
                }
                Piece::End(header) if header.opcode < frame::CLOSE && header.fin => messages += 1,
                _ => {}
            }
        }
        let nanos = read as u128 * 1_000_000_000 / u128::from(rate);
        due = due.max(Instant::now() - TICK) + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        sleep_until(due).await;
    }
}
