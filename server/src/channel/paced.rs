//! Large answers, for clients that may not take them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tautline::channel::wire::{CONTENT_TYPE as RECORDS, write_record};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::broker::Data;
use crate::app::App;
use crate::connection::Connection;

/// What is written at a time. An answer that is not larger is left to hyper.
const PART: usize = 64 * 1024;

/// An answer of these frames. The connection of a client that takes nothing of it for as long as `stall` is ended.
pub(super) fn records(app: &App, connection: Option<Arc<Connection>>, stall: Duration, frames: &[Data]) -> Response {
    let mut body = Vec::new();
    frames.iter().for_each(|frame| write_record(&mut body, frame.borrow()));
    let (length, mut body) = (body.len(), Bytes::from(body));
    let head = [(CONTENT_TYPE, RECORDS)];
    if length <= PART {
        return (head, body).into_response();
    }
    let (sender, receiver) = mpsc::channel::<Bytes>(1);
    app.spawn(async move {
        // There is a place again once the part before is on its way.
        while let Ok(place) = timeout(stall, sender.reserve()).await {
            match place {
                Ok(place) if !body.is_empty() => place.send(body.split_to(PART.min(body.len()))),
                _ => return,
            }
        }
        if let Some(connection) = connection {
            connection.reset_when_closed();
            connection.shut_down();
        }
    });
    let parts =
        stream::unfold(receiver, async |mut receiver| Some((Ok::<_, Infallible>(receiver.recv().await?), receiver)));
    let mut response = (head, Body::from_stream(parts)).into_response();
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}
