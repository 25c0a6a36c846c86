//! A channel over Server-Sent Events.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use tautline::channel::wire::Frame;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::broker::{Data, Delivery};
use super::dev::{Drops, How};
use super::end::End;
use super::reader::{Opening, Reader};
use super::visit::Visit;
use crate::app::App;
use crate::connection::Connection;
use crate::session::CLOSE_PATIENCE;

/// What the stream starts with, since some intermediaries hold back the first bytes.
const PADDING: usize = 2048;

/// Answers with a stream that a task of its own fills, so that it is known when nothing is taken.
pub(super) async fn answer(app: &App, visit: Visit, connection: Option<Arc<Connection>>) -> Result<Response, End> {
    let (reader, opening) = visit.read().await?;
    let (sender, receiver) = mpsc::channel(1);
    let out = Out { sender, visit, connection };
    let task_app = app.clone();
    app.spawn(async move { out.run(task_app, reader, opening).await });
    Ok(event_stream(receiver))
}

/// A stream of a single `x`, for an `EventSource`, to which no status is shown.
pub(super) fn refusal(end: &End) -> Response {
    let mut text = String::new();
    write_event(&mut text, &end.frame(), None);
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
    Drop(How),
    Gone,
}

struct Out {
    sender: mpsc::Sender<io::Result<Bytes>>,
    visit: Visit,
    connection: Option<Arc<Connection>>,
}

impl Out {
    async fn run(self, app: App, reader: Reader, opening: Opening) {
        let end = match self.serve(&app, reader, opening).await {
            Stop::Gone => return,
            Stop::Drop(how) => return self.drop_connection(how).await,
            Stop::End(end) => end,
        };
        self.visit.hall.count(|counts| counts.ended += u64::from(end.code >= 4000));
        let mut text = String::new();
        write_event(&mut text, &end.frame(), None);
        let telling = async {
            let told = self.sender.send(Ok(text.into())).await;
            // The body is complete once this is dropped; whoever takes nothing is not waited for.
            told.is_ok() && self.sender.reserve().await.is_ok()
        };
        if timeout(CLOSE_PATIENCE, telling).await.is_err() {
            self.drop_connection(How::Reset).await;
        }
    }

    async fn serve(&self, app: &App, mut reader: Reader, opening: Opening) -> Stop {
        let mut drops = self.visit.hall.drops();
        let mut closing = pin!(app.closing());
        let beat = self.visit.beat();
        let mut spoke = Instant::now();
        let mut out = format!(":{}\n\n", " ".repeat(PADDING));
        write_event(&mut out, &opening.hello(), None);
        write_messages(&mut out, &opening.hello.epoch, &opening.messages);
        loop {
            if !out.is_empty() {
                if let Err(stop) = self.write(std::mem::take(&mut out), &reader, &mut drops).await {
                    return stop;
                }
                spoke = Instant::now();
            }
            tokio::select! {
                how = drops.next() => return Stop::Drop(how),
                () = &mut closing => return Stop::End(End::stopping()),
                () = self.sender.closed() => return Stop::Gone,
                read = reader.next() => match read {
                    Ok(messages) => write_messages(&mut out, &opening.hello.epoch, &messages),
                    Err(end) => return Stop::End(end),
                },
                () = sleep_until(spoke + beat), if !beat.is_zero() => {
                    if self.visit.asked.beat_events {
                        write_event(&mut out, &Data::frame(&Frame::Beat { offset: reader.newest() }), None);
                    } else {
                        out.push_str(":\n\n");
                    }
                }
            }
        }
    }

    async fn write(&self, out: String, reader: &Reader, drops: &mut Drops) -> Result<(), Stop> {
        let place = tokio::select! {
            biased;
            place = timeout(self.visit.service.limits.stall, self.sender.reserve()) => place,
            () = reader.overrun() => return Err(Stop::End(End::too_slow())),
            how = drops.next() => return Err(Stop::Drop(how)),
        };
        match place {
            Ok(Ok(place)) => place.send(Ok(out.into())),
            Ok(Err(_)) => return Err(Stop::Gone),
            Err(_) => return Err(Stop::End(End::too_slow())),
        }
        Ok(())
    }

    /// Ends it without the end of the body.
    async fn drop_connection(&self, how: How) {
        if let Some(connection) = &self.connection {
            match how {
                How::Reset => connection.reset_when_closed(),
                How::Fin => {}
            }
            connection.shut_down();
        }
        let cut = io::Error::from(io::ErrorKind::ConnectionAborted);
        let _ = timeout(CLOSE_PATIENCE, self.sender.send(Err(cut))).await;
    }
}

fn write_messages(out: &mut String, epoch: &str, messages: &[Delivery]) {
    for message in messages {
        write_event(out, &message.frame, Some((epoch, message.offset)));
    }
}

/// Writes one frame as PROTOCOL.md has it.
pub(super) fn write_event(out: &mut String, frame: &Data, place: Option<(&str, u64)>) {
    if let Some((epoch, offset)) = place {
        out.push_str(&format!("id: {epoch}:{offset}\n"));
    }
    match frame {
        Data::Text(text) if text.contains('\r') => {
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

    fn event(frame: Data, place: Option<(&str, u64)>) -> String {
        let mut out = String::new();
        write_event(&mut out, &frame, place);
        out
    }

    #[test]
    fn each_frame_is_an_event() {
        assert_eq!(event(Data::Text("h1:epoch=e".into()), None), "data: h1:epoch=e\n\n");
        assert_eq!(
            event(Data::Text("m1: a\n\nb\n".into()), Some(("e", 1))),
            "id: e:1\ndata: m1: a\ndata: \ndata: b\ndata: \n\n"
        );
        assert_eq!(event(Data::Text("m2:a\r\n".into()), None), "event: t\ndata: bTI6YQ0K\n\n");
        assert_eq!(event(Data::Binary(Bytes::from_static(b"m3:\xff")), None), "event: b\ndata: bTM6/w==\n\n");
    }
}
