//! A channel over Server-Sent Events.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use tautline::channel::wire::Frame;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::broker::Data;
use super::dev::{CutAnswer, Fault, Order, Orders, cut, spoil};
use super::end::End;
use super::reader::{Opening, Reader};
use super::visit::Visit;
use crate::app::App;
use crate::connection::Connection;
use crate::session::CLOSE_PATIENCE;

/// What the stream starts with, since some intermediaries hold back the first bytes.
const PADDING: usize = 2048;

/// How long the end of a stream may take that is dropped.
const CUT: Duration = Duration::from_millis(100);

/// Answers with a stream that a task of its own fills, so that it is known when nothing is taken.
pub(super) async fn answer(
    app: &App,
    (visit, orders): (Visit, Orders),
    connection: Option<Arc<Connection>>,
    origin: Option<&HeaderValue>,
) -> Result<Response, End> {
    let (reader, opening) = visit.read().await?;
    if visit.fault == Some(Fault::Cut) {
        let mut text = String::new();
        write_events(&mut text, &opening.hello.epoch, &opening.frames());
        cut(connection, origin, CutAnswer::Events(text)).await;
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    let (sender, receiver) = mpsc::channel(1);
    let out = Out { sender, visit, connection };
    let task_app = app.clone();
    app.spawn(async move { out.run(task_app, reader, opening, orders).await });
    Ok(event_stream(receiver))
}

/// A stream of a single `x`, for an `EventSource`, to which no status is shown.
pub(super) fn refusal(end: &End) -> Response {
    let mut text = String::new();
    write_event(&mut text, "", &end.frame());
    ([(CONTENT_TYPE, "text/event-stream")], text).into_response()
}

fn event_stream(receiver: mpsc::Receiver<io::Result<Bytes>>) -> Response {
    let parts = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    (
        [(CONTENT_TYPE, "text/event-stream"), ("x-accel-buffering".parse().unwrap_or(CONTENT_TYPE), "no")],
        Body::from_stream(parts),
    )
        .into_response()
}

/// Why a stream is over.
enum Stop {
    End(End),
    Drop(Order),
    Gone,
}

struct Out {
    sender: mpsc::Sender<io::Result<Bytes>>,
    visit: Visit,
    connection: Option<Arc<Connection>>,
}

impl Out {
    async fn run(self, app: App, reader: Reader, opening: Opening, orders: Orders) {
        let end = match self.serve(&app, reader, opening, orders).await {
            Stop::Gone => return,
            Stop::Drop(order) => return self.drop_connection(&order).await,
            Stop::End(end) => end,
        };
        self.visit.hall.count(|counts| counts.ended += u64::from(end.code >= 4000));
        let mut text = String::new();
        write_event(&mut text, "", &end.frame());
        let telling = async {
            let told = self.sender.send(Ok(text.into())).await;
            // The body is complete once this is dropped; whoever takes nothing is not waited for.
            told.is_ok() && self.sender.reserve().await.is_ok()
        };
        if timeout(CLOSE_PATIENCE, telling).await.is_err() {
            self.drop_connection(&Order::Reset).await;
        }
    }

    async fn serve(&self, app: &App, mut reader: Reader, opening: Opening, mut orders: Orders) -> Stop {
        let mut fault = self.visit.fault;
        let epoch = &opening.hello.epoch;
        let mut closing = pin!(app.closing());
        let beat = self.visit.beat();
        let mut spoke = Instant::now();
        let mut out = format!(":{}\n\n", " ".repeat(PADDING));
        let mut frames = opening.frames();
        loop {
            spoil(&mut fault, &mut frames);
            write_events(&mut out, epoch, &std::mem::take(&mut frames));
            if !out.is_empty() {
                if let Err(stop) = self.write(std::mem::take(&mut out), &reader, &mut orders).await {
                    return stop;
                }
                spoke = Instant::now();
            }
            tokio::select! {
                order = orders.next() => match order {
                    Order::End(end) => return Stop::End(end),
                    Order::Send(frame) => frames.push(frame),
                    order => return Stop::Drop(order),
                },
                () = &mut closing => return Stop::End(End::stopping()),
                () = self.sender.closed() => return Stop::Gone,
                read = reader.next() => match read {
                    Ok(messages) => frames.extend(messages.into_iter().map(|message| message.frame)),
                    Err(end) => return Stop::End(end),
                },
                () = sleep_until(spoke + beat), if !beat.is_zero() => {
                    if self.visit.asked.beat_events {
                        frames.push(Data::frame(&Frame::Beat { offset: reader.newest() }));
                    } else {
                        out.push_str(":\n\n");
                    }
                }
            }
        }
    }

    async fn write(&self, out: String, reader: &Reader, orders: &mut Orders) -> Result<(), Stop> {
        let place = tokio::select! {
            biased;
            place = timeout(self.visit.service.limits.stall, self.sender.reserve()) => place,
            () = reader.overrun() => return Err(Stop::End(End::too_slow())),
            stop = halting(orders) => return Err(stop),
        };
        match place {
            Ok(Ok(place)) => place.send(Ok(out.into())),
            Ok(Err(_)) => return Err(Stop::Gone),
            Err(_) => return Err(Stop::End(End::too_slow())),
        }
        Ok(())
    }

    /// Ends it without the end of the body.
    async fn drop_connection(&self, order: &Order) {
        if let Some(connection) = self.connection.as_ref().filter(|_| *order == Order::Reset) {
            connection.reset_when_closed();
        }
        let cut = io::Error::from(io::ErrorKind::ConnectionAborted);
        let sending = timeout(CUT, self.sender.send(Err(cut))).await;
        // Where hyper waits until it can write, this wakes it.
        if let (Err(_), Some(connection)) = (sending, &self.connection) {
            connection.shut_down();
        }
    }
}

/// Waits for an order to stop. One to send something comes too late for a client that is slow.
async fn halting(orders: &mut Orders) -> Stop {
    loop {
        match orders.next().await {
            Order::Send(_) => {}
            Order::End(end) => return Stop::End(end),
            order => return Stop::Drop(order),
        }
    }
}

fn write_events(out: &mut String, epoch: &str, frames: &[Data]) {
    for frame in frames {
        write_event(out, epoch, frame);
    }
}

/// Writes one frame as PROTOCOL.md has it.
fn write_event(out: &mut String, epoch: &str, frame: &Data) {
    if let Ok(Frame::Message { offset, .. }) = Frame::read(frame.borrow()) {
        out.push_str(&format!("id: {epoch}:{offset}\n"));
    }
    match frame {
        // Firefox leaves out NUL.
        Data::Text(text) if text.contains(['\r', '\0']) => {
            out.push_str("event: t\ndata: ");
            STANDARD.encode_string(text.as_bytes(), out);
        }
        Data::Text(text) => {
            out.push_str("data: ");
            out.push_str(&text.replace('\n', "\ndata: "));
        }
        Data::Binary(bytes) => {
            out.push_str("event: b\ndata: ");
            STANDARD.encode_string(bytes, out);
        }
    }
    out.push_str("\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(frame: Data) -> String {
        let mut out = String::new();
        write_event(&mut out, "e", &frame);
        out
    }

    #[test]
    fn each_frame_is_an_event() {
        assert_eq!(event(Data::Text("h1:epoch=e".into())), "data: h1:epoch=e\n\n");
        let lines = event(Data::Text("m1: a\n\nb\n".into()));
        assert_eq!(lines, "id: e:1\ndata: m1: a\ndata: \ndata: b\ndata: \n\n");
        assert_eq!(event(Data::Text("m2:a\r\n".into())), "id: e:2\nevent: t\ndata: bTI6YQ0K\n\n");
        assert_eq!(event(Data::Binary(Bytes::from_static(b"m3:\xff"))), "id: e:3\nevent: b\ndata: bTM6/w==\n\n");
    }
}
