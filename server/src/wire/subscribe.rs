//! The endpoint that hands out a feed.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::{SinkExt as _, stream};
use tokio::time::timeout;

use super::feed::Subscription;
use super::{InvalidWireId, WireId};
use crate::app::App;
use crate::query::{BadParameter, Query};
use crate::session::{self, Refusal, Session};

/// How long a subscriber may take for a few records before it is dropped.
const PATIENCE: Duration = Duration::from_secs(10);

/// `GET /wire/{id}`
pub(crate) async fn subscribe(
    State(app): State<App>,
    Path(id): Path<String>,
    mut parts: Parts,
) -> Result<Response, Refusal> {
    Query::parse(&parts)?.finish()?;
    let id = WireId::parse(&id).map_err(|InvalidWireId| BadParameter::value("id", &id, InvalidWireId.to_string()))?;
    let feeds = app.feeds.clone();
    session::accept(app, &mut parts, async move |socket, session| match feeds.subscribe(&id) {
        Some(subscription) => feed(socket, session, subscription).await,
        None => session.close(socket, 1013, "no room for another feed").await,
    })
    .await
}

async fn feed(mut socket: WebSocket, session: Session, mut subscription: Subscription) {
    loop {
        let batch = tokio::select! {
            batch = subscription.next() => batch,
            message = socket.recv() => match message {
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => break,
            },
            () = session.app.closing() => {
                return session.close(socket, 1001, "the server is stopping").await;
            }
        };
        match batch {
            Ok(records) => {
                let mut records = stream::iter(records.into_iter().map(Message::Text).map(Ok));
                let sent = timeout(PATIENCE, socket.send_all(&mut records)).await;
                if !matches!(sent, Ok(Ok(()))) {
                    break;
                }
            }
            Err(lagged) => {
                let text = format!(r#"{{"kind":"lagged","missed":{}}}"#, lagged.missed);
                let close = CloseFrame { code: 1013, reason: "too slow".into() };
                // Whoever is gone already needs neither.
                let _ = socket.send(Message::Text(text.into())).await;
                let _ = socket.send(Message::Close(Some(close))).await;
                break;
            }
        }
    }
    session.end().await;
}
