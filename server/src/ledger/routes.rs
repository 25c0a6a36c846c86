//! The requests for a ledger.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};

use super::book::Ledger;
use super::serve::{self, Ending, Service, Way};
use crate::app::App;
use crate::attendance::Awaited;
use crate::query::{BadParameter, MAX_REASON, Query};
use crate::raw_socket::Abort;
use crate::reply::{Failure, json};
use crate::routes::is_handshake;
use crate::session;
use crate::wire::{InvalidWireId, WireId};

/// The longest time between two pushes, in milliseconds.
const MAX_PUSH_MS: u64 = 60_000;

/// `GET /ledger/{id}`, a handshake or not.
pub(crate) async fn ledger(State(app): State<App>, Path(id): Path<String>, parts: Parts) -> Response {
    if is_handshake(&parts.headers) {
        connect(app, &id, parts).await.unwrap_or_else(|response| response)
    } else {
        state(&app, &id, &parts).into_response()
    }
}

/// `GET /ledger/{id}/wait`
pub(crate) async fn wait(State(app): State<App>, Path(id): Path<String>, parts: Parts) -> Result<Response, Failure> {
    let mut query = Query::parse(&parts)?;
    let awaited = Awaited::take_from(&mut query)?;
    let messages = query.number("messages", 0, 0..=u64::MAX)?;
    let pushed = query.number("pushed", 0, 0..=u64::MAX)?;
    query.finish()?;
    let ledger = find(&app, &id)?;
    let long_enough = || {
        let lengths = ledger.lengths();
        lengths.0 >= messages && lengths.1 >= pushed
    };
    if awaited.wait(&ledger.attendance, long_enough).await {
        return Ok(json(&ledger.state()));
    }
    let (messages, pushed) = ledger.lengths();
    let counts = ledger.attendance.counts();
    Err(Failure::TimedOut(format!("messages: {messages}, pushed: {pushed}, {counts:?}")))
}

fn state(app: &App, id: &str, parts: &Parts) -> Result<Response, Failure> {
    Query::parse(parts)?.finish()?;
    Ok(json(&find(app, id)?.state()))
}

async fn connect(app: App, id: &str, mut parts: Parts) -> Result<Response, Response> {
    let service = Service::parse(&parts).map_err(|error| Failure::from(error).into_response())?;
    let ledger = find(&app, id).map_err(|failure| failure.into_response())?;
    // Before the handshake is answered: a client that is open is counted.
    let guest = ledger.attendance.enter();
    session::accept(app, &mut parts, async move |socket, session| {
        serve::run(&ledger, &guest, &service, socket, session).await;
    })
    .await
    .map_err(|refusal| refusal.into_response())
}

fn find(app: &App, id: &str) -> Result<Arc<Ledger>, Failure> {
    let id = WireId::parse(id).map_err(|InvalidWireId| BadParameter::value("id", id, InvalidWireId.to_string()))?;
    let ledger = app.ledgers.entry(&id, Instant::now());
    ledger.ok_or_else(|| Failure::Full("all ledgers are in use".to_owned()))
}

impl Service {
    fn parse(parts: &Parts) -> Result<Self, BadParameter> {
        let mut query = Query::parse(parts)?;
        let push_every = query.optional_number("push_ms", 1..=MAX_PUSH_MS)?.map(Duration::from_millis);
        let after = query.optional_number("close_after", 1..=u64::MAX)?;
        let code = u16::try_from(query.number("code", 1000, 1000..=4999)?).unwrap_or(1000);
        let reason = query.text("reason")?.unwrap_or_default();
        let ways = [("close", None), ("fin", Some(Abort::Fin)), ("reset", Some(Abort::Reset))];
        let abort = query.choice("how", &ways, None)?;
        query.finish()?;
        if reason.len() > MAX_REASON {
            let expected = format!("at most {MAX_REASON} bytes of UTF-8");
            return Err(BadParameter::value("reason", &reason, expected));
        }
        let way = abort.map_or(Way::Close(code, reason), Way::Abort);
        Ok(Self { push_every, ending: after.map(|after| Ending { after, way }) })
    }
}
