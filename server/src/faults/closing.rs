//! `/close` and `/abort`: the server ends the connection.

use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use tokio::time::timeout;

use super::LONGEST_MS;
use crate::app::App;
use crate::query::{BadParameter, MAX_REASON, Query};
use crate::raw_socket::{ABORTS, Abort, RawSocket, close_payload};
use crate::session::{self, Answer, Refusal};

/// `GET /close`
pub(crate) async fn close(State(app): State<App>, parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let code = match query.text("code")?.as_deref() {
        None => Some(1000),
        Some("none") => None,
        Some(code) => Some(code.parse().map_err(|_| {
            let expected = "a whole number from 0 to 65535, or \"none\"";
            BadParameter::value("code", code, expected)
        })?),
    };
    let reason = query.text("reason")?.unwrap_or_default();
    let after = Duration::from_millis(query.number("after_ms", 0, 0..=LONGEST_MS)?);
    query.finish()?;
    if reason.len() > MAX_REASON {
        let expected = format!("at most {MAX_REASON} bytes of UTF-8");
        return Err(BadParameter::value("reason", &reason, expected).into());
    }
    if code.is_none() && !reason.is_empty() {
        let expected = "no reason where there is no code";
        return Err(BadParameter::value("reason", &reason, expected).into());
    }
    let payload = close_payload(code, &reason);
    let serve = async move |mut socket: RawSocket| match timeout(after, socket.await_close()).await {
        Err(_) => socket.close(&payload, false).await,
        Ok(true) => socket.close(&payload, true).await,
        Ok(false) => socket.abort(Abort::Fin).await,
    };
    session::accept_raw(app, parts, Answer::default(), serve).await
}

/// `GET /abort`
pub(crate) async fn abort(State(app): State<App>, parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let after = Duration::from_millis(query.number("after_ms", 0, 0..=LONGEST_MS)?);
    let how = query.choice("how", &ABORTS, Abort::Fin)?;
    query.finish()?;
    let serve = async move |mut socket: RawSocket| {
        let gone = async { while socket.read().await.is_some() {} };
        // Whichever comes first: the connection ends.
        let _ = timeout(after, gone).await;
        socket.abort(how).await;
    };
    session::accept_raw(app, parts, Answer::default(), serve).await
}
