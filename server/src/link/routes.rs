//! The HTTP requests that make links and drive them.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::conduct::Mode;
use super::proxy::Link;
use crate::app::App;
use crate::attendance::Awaited;
use crate::query::{BadParameter, Query};
use crate::raw_socket::{ABORTS, Abort};
use crate::reply::{Failure, json};

/// How long a link lives, in milliseconds, unless it is told otherwise: 10 minutes.
const LIFE_MS: u64 = 600_000;

/// The longest life: five hours, for a soak.
const MAX_LIFE_MS: u64 = 18_000_000;

/// The longest delay, in milliseconds.
const MAX_DELAY_MS: u64 = 60_000;

/// The highest limit, in bytes a second.
const MAX_RATE: u64 = 1024 * 1024 * 1024;

/// The commands, in the order of the docs.
const COMMANDS: &str = "freeze, hang, thaw, cut, stop, start, delay, limit, drop-next, block, unblock, end";

/// `POST /link`
pub(crate) async fn open(State(app): State<App>, parts: Parts) -> Result<Response, Failure> {
    let mut query = Query::parse(&parts)?;
    let port = query.number("port", 0, 0..=u64::from(u16::MAX))?;
    let life = Duration::from_millis(query.number("life_ms", LIFE_MS, 1..=MAX_LIFE_MS)?);
    query.finish()?;
    let link = app.links.open(&app, u16::try_from(port).unwrap_or_default(), life).await?;
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
    query.finish()?;
    let link = app.links.find(&id)?;
    let came = awaited.wait(&link.attendance, || true).await;
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
    let command = Command::parse(&command, query)?;
    command.carry_out(&app, &link).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a link is told to do.
#[derive(Debug)]
enum Command {
    Mode(Mode),
    Cut(Abort),
    Stop,
    Start,
    Delay { delay: Duration, jitter: Duration },
    Block(bool),
    Limit(Option<NonZeroU64>),
    DropNext(u64),
    End,
}

impl Command {
    fn parse(name: &str, mut query: Query) -> Result<Self, Failure> {
        let command = match name {
            "freeze" => Self::Mode(Mode::Freeze),
            "hang" => Self::Mode(Mode::Hang),
            "thaw" => Self::Mode(Mode::Forward),
            "cut" => Self::Cut(query.choice("how", &ABORTS, Abort::Reset)?),
            "stop" => Self::Stop,
            "start" => Self::Start,
            "delay" => Self::Delay {
                delay: Duration::from_millis(query.number("ms", 0, 0..=MAX_DELAY_MS)?),
                jitter: Duration::from_millis(query.number("jitter_ms", 0, 0..=MAX_DELAY_MS)?),
            },
            "block" => Self::Block(true),
            "unblock" => Self::Block(false),
            "limit" => Self::Limit(NonZeroU64::new(query.number("rate", 0, 0..=MAX_RATE)?)),
            "drop-next" => Self::DropNext(query.number("count", 1, 0..=1_000_000)?),
            "end" => Self::End,
            other => return Err(BadParameter::value("command", other, format!("one of: {COMMANDS}")).into()),
        };
        query.finish()?;
        Ok(command)
    }

    async fn carry_out(self, app: &App, link: &Arc<Link>) -> Result<(), Failure> {
        match self {
            Self::Mode(mode) => link.change(|conduct| conduct.mode = mode),
            Self::Cut(how) => link.cut(how).await,
            Self::Stop => link.stop().await,
            Self::Start => {
                let no_room = |error| Failure::Full(format!("it can't listen again: {error}"));
                link.start(app).await.map_err(no_room)?;
            }
            Self::Delay { delay, jitter } => link.change(|conduct| (conduct.delay, conduct.jitter) = (delay, jitter)),
            Self::Block(blocks) => link.change(|conduct| conduct.blocks_websockets = blocks),
            Self::Limit(rate) => link.change(|conduct| conduct.rate = rate),
            Self::DropNext(count) => link.drop_next.store(count, Ordering::Relaxed),
            Self::End => app.links.end(link).await,
        }
        Ok(())
    }
}
