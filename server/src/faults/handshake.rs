//! Handshakes that fail, or take their time.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::{CONNECTION, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::time::sleep;

use super::{LONGEST, LONGEST_MS};
use crate::app::App;
use crate::echo;
use crate::query::Query;
use crate::session::{self, AcceptHeader, Answer, Refusal, Session};

/// `GET /slow-handshake`
pub(crate) async fn slow_handshake(State(app): State<App>, mut parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let delay = Duration::from_millis(query.number("ms", 1_000, 0..=LONGEST_MS)?);
    query.finish()?;
    sleep(delay).await;
    session::accept(app, &mut parts, echo::run).await
}

/// `GET /hang`
pub(crate) async fn hang(State(app): State<App>, parts: Parts) -> Result<Response, Refusal> {
    Query::parse(&parts)?.finish()?;
    let session = Session::new(app, &parts)?;
    sleep(LONGEST).await;
    // After its FIN the server can't answer any more, whatever this returns.
    session.connection.shut_down();
    Ok(StatusCode::GATEWAY_TIMEOUT.into_response())
}

/// `GET /refuse`
pub(crate) async fn refuse(parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let status = query.number("status", 403, 200..=599)?;
    query.finish()?;
    let status = u16::try_from(status).ok();
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::FORBIDDEN);
    let text = format!("refused with status {}\n", status.as_u16());
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if status.is_redirection() {
        // Somewhere to go, which no client may follow (WHATWG WebSockets: redirect mode "error").
        headers.insert(LOCATION, HeaderValue::from_static("/echo"));
    }
    Ok(response)
}

/// `GET /bad-accept`
pub(crate) async fn bad_accept(State(app): State<App>, parts: Parts) -> Result<Response, Refusal> {
    unacceptable(app, parts, AcceptHeader::Wrong).await
}

/// `GET /no-accept`
pub(crate) async fn no_accept(State(app): State<App>, parts: Parts) -> Result<Response, Refusal> {
    unacceptable(app, parts, AcceptHeader::Missing).await
}

async fn unacceptable(app: App, parts: Parts, accept: AcceptHeader) -> Result<Response, Refusal> {
    Query::parse(&parts)?.finish()?;
    let answer = Answer { accept, ..Answer::default() };
    session::accept_raw(app, parts, answer, async |socket| {
        socket.hang(LONGEST).await;
    })
    .await
}
