//! The HTTP requests that make links and drive them.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::command::Command;
use super::links::Wanted;
use super::script::Script;
use crate::app::App;
use crate::attendance::Awaited;
use crate::query::{BadParameter, Query};
use crate::reply::{Failure, json};

/// How long a link lives, in milliseconds, unless it is told otherwise: 10 minutes.
const LIFE_MS: u64 = 600_000;

/// The longest life: five hours, for a soak.
const MAX_LIFE_MS: u64 = 18_000_000;

/// `POST /link`
pub(crate) async fn open(State(app): State<App>, parts: Parts) -> Result<Response, Failure> {
    let mut query = Query::parse(&parts)?;
    let address = match query.text("address")? {
        None => Ipv4Addr::LOCALHOST,
        Some(given) => given
            .parse()
            .ok()
            .filter(Ipv4Addr::is_loopback)
            .ok_or_else(|| BadParameter::value("address", &given, "one of 127.0.0.0/8"))?,
    };
    let port = query.number("port", 0, 0..=u64::from(u16::MAX))?;
    let life = Duration::from_millis(query.number("life_ms", LIFE_MS, 1..=MAX_LIFE_MS)?);
    let seed = query.optional_number("seed", 0..=u64::from(u32::MAX))?;
    query.finish()?;
    let (port, seed) = (u16::try_from(port).unwrap_or_default(), seed.and_then(|seed| u32::try_from(seed).ok()));
    let link = app.links.open(&app, Wanted { address, port, life, seed }).await?;
    Ok(json(&json!({ "id": link.id.to_string(), "port": link.port.number })))
}

/// `GET /link/{id}`
pub(crate) async fn state(State(app): State<App>, Path(id): Path<String>, parts: Parts) -> Result<Response, Failure> {
    Query::parse(&parts)?.finish()?;
    let link = app.links.find(&id)?;
    Ok(json(&link.state().await))
}

/// `GET /link/{id}/wait`
pub(crate) async fn wait(State(app): State<App>, Path(id): Path<String>, parts: Parts) -> Result<Response, Failure> {
    let mut query = Query::parse(&parts)?;
    let awaited = Awaited::take_from(&mut query)?;
    let struck = query.number("struck", 0, 0..=u64::MAX)?;
    query.finish()?;
    let link = app.links.find(&id)?;
    let came = awaited.wait(&link.attendance, || link.spoils.struck() >= struck).await;
    let state = link.state().await;
    if came { Ok(json(&state)) } else { Err(Failure::TimedOut(state.to_string())) }
}

/// `POST /link/{id}/{command}`
pub(crate) async fn command(
    State(app): State<App>,
    Path((id, command)): Path<(String, String)>,
    parts: Parts,
) -> Result<Response, Failure> {
    let query = Query::parse(&parts)?;
    let link = app.links.find(&id)?;
    match command.as_str() {
        "script" => Script::parse(query)?.carry_out(&app, &link).await?,
        name => Command::parse(name, query)?.carry_out(&app, &link).await?,
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
