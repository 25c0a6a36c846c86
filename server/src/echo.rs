//! The well-behaved endpoints: `/echo` and `/protocol`.

use std::future::ready;
use std::pin::pin;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::http::HeaderValue;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::SinkExt as _;
use tungstenite::error::{CapacityError, Error, ProtocolError};

use crate::app::App;
use crate::query::{BadParameter, Query};
use crate::session::{self, Refusal, Session};

/// `GET /echo` and, as a handshake, `GET /`. Any query is allowed: clients test their own URLs here.
pub(crate) async fn echo(State(app): State<App>, mut parts: Parts) -> Result<Response, Refusal> {
    Query::parse(&parts)?;
    session::accept(app, &mut parts, run).await
}

/// `GET /protocol`
pub(crate) async fn protocol(State(app): State<App>, mut parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let choose = query.text("choose")?;
    let force = query.header("force")?;
    query.finish()?;
    if let (Some(choose), Some(_)) = (&choose, &force) {
        return Err(BadParameter::value("choose", choose, "none beside \"force\"").into());
    }
    let offered = offered(&parts);
    let choice = match choose.as_deref() {
        Some("none") => None,
        None | Some("first") => offered.first(),
        Some(name) => offered.iter().find(|offer| *offer == name),
    };
    let choice = force.or_else(|| HeaderValue::from_str(choice?).ok());
    let list = serde_json::json!(offered).to_string();
    let mut response = session::accept(app, &mut parts, async move |mut socket, session| {
        if socket.send(Message::Text(list.into())).await.is_ok() {
            run(socket, session).await;
        }
    })
    .await?;
    if let Some(choice) = choice {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, choice);
    }
    Ok(response)
}

/// The subprotocols a handshake offers, in its order.
fn offered(parts: &Parts) -> Vec<String> {
    parts
        .headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .map(|offer| String::from_utf8_lossy(offer.trim_ascii()).into_owned())
        .collect()
}

/// Sends everything back, until either side closes.
pub(crate) async fn run(mut socket: WebSocket, session: Session) {
    let app = session.app.clone();
    let mut closing = pin!(app.closing());
    let mut fed = false;
    loop {
        let message = tokio::select! {
            biased;
            message = socket.recv() => message,
            // Nothing more has come: what has goes back in as few writes as it takes.
            () = ready(()), if fed => {
                fed = false;
                if socket.flush().await.is_err() {
                    break;
                }
                continue;
            }
            () = &mut closing => return session.close(socket, 1001, "the server is stopping").await,
        };
        match message {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                if socket.feed(message).await.is_err() {
                    break;
                }
                fed = true;
            }
            // The library answers these by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => {}
            Some(Err(error)) => {
                complain(&mut socket, error).await;
                break;
            }
            None => break,
        }
    }
    session.end().await;
}

/// Tells a client what it did wrong, if there is a way to.
pub(crate) async fn complain(socket: &mut WebSocket, error: axum::Error) {
    if let Some((code, reason)) = close_for(error) {
        let reason = reason.into();
        // The client may be past listening.
        let _ = socket.send(Message::Close(Some(CloseFrame { code, reason }))).await;
    }
}

/// How to tell a client what it did wrong (RFC 6455, section 7.4.1). None if there is no connection left to say it on.
fn close_for(error: axum::Error) -> Option<(u16, &'static str)> {
    match *error.into_inner().downcast::<Error>().ok()? {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Some((1009, "the message is too long")),
        Error::Utf8(_) => Some((1007, "invalid UTF-8")),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some((1002, "protocol error")),
        _ => None,
    }
}
