//! The HTTP requests that make runs and drive them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tokio::time::sleep;

use super::plan::{Network, Plan};
use super::run::Run;
use super::technique::{CHOICES, Technique};
use crate::app::App;
use crate::query::{BadParameter, Query};
use crate::raw_socket::{ABORTS, Abort};
use crate::reply::{Failure, json};

/// The longest that a listener is away, in milliseconds.
const MAX_DOWN_MS: u64 = 10_000;

/// The commands, in the order of the docs.
const COMMANDS: &str = "go, network, drop, restart, block, unblock, lose-history, end";

/// `POST /lab`
pub(crate) async fn start(State(app): State<App>, parts: Parts) -> Result<Response, Failure> {
    let mut query = Query::parse(&parts)?;
    let plan = Plan::take_from(&mut query)?;
    query.finish()?;
    let run = app.runs.start(&app, plan).await?;
    Ok(json(&run.state().await))
}

/// `GET /lab/{id}`
pub(crate) async fn state(State(app): State<App>, Path(id): Path<String>, parts: Parts) -> Result<Response, Failure> {
    Query::parse(&parts)?.finish()?;
    let run = app.runs.find(&id)?;
    Ok(json(&run.state().await))
}

/// `GET /lab/{id}/clock`
pub(crate) async fn clock(State(app): State<App>, Path(id): Path<String>, parts: Parts) -> Result<Response, Failure> {
    Query::parse(&parts)?.finish()?;
    Ok(json(&json!({ "now_ms": app.runs.find(&id)?.now_ms() })))
}

/// `GET /lab/{id}/trail`
pub(crate) async fn trail(State(app): State<App>, Path(id): Path<String>, parts: Parts) -> Result<Response, Failure> {
    Query::parse(&parts)?.finish()?;
    Ok(json(&app.runs.find(&id)?.trail()))
}

/// `POST /lab/{id}/{command}`
pub(crate) async fn command(
    State(app): State<App>,
    Path((id, command)): Path<(String, String)>,
    parts: Parts,
) -> Result<Response, Failure> {
    let query = Query::parse(&parts)?;
    let run = app.runs.find(&id)?;
    Command::parse(&command, query)?.carry_out(&app, &run).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a run is told to do.
#[derive(Debug)]
enum Command {
    Go,
    Network(Network),
    Drop { only: Option<Technique>, how: Abort },
    Restart { only: Option<Technique>, down: Duration },
    Block { only: Option<Technique>, blocks: bool },
    LoseHistory,
    End,
}

impl Command {
    fn parse(name: &str, mut query: Query) -> Result<Self, Failure> {
        let mut only = || query.choice("technique", &CHOICES, None);
        let command = match name {
            "go" => Self::Go,
            "network" => Self::Network(Network::take_from(&mut query)?),
            "drop" => Self::Drop { only: only()?, how: query.choice("how", &ABORTS, Abort::Reset)? },
            "restart" => {
                let only = only()?;
                let down = Duration::from_millis(query.number("down_ms", 1_000, 0..=MAX_DOWN_MS)?);
                Self::Restart { only, down }
            }
            "block" => Self::Block { only: only()?, blocks: true },
            "unblock" => Self::Block { only: only()?, blocks: false },
            "lose-history" => Self::LoseHistory,
            "end" => Self::End,
            other => return Err(BadParameter::value("command", other, format!("one of: {COMMANDS}")).into()),
        };
        query.finish()?;
        Ok(command)
    }

    async fn carry_out(self, app: &App, run: &Arc<Run>) {
        match self {
            Self::Go => run.go(app),
            Self::Network(network) => run.shape(network),
            Self::Drop { only, how } => {
                for lane in run.lanes(only) {
                    lane.link.cut(how).await;
                }
            }
            Self::Restart { only, down } => restart(app, run, only, down).await,
            Self::Block { only, blocks } => {
                for lane in run.lanes(only) {
                    lane.link.change(|conduct| conduct.blocks_websockets = blocks);
                    if blocks {
                        // What is open already would not notice.
                        lane.link.cut(Abort::Reset).await;
                    }
                }
            }
            Self::LoseHistory => run.lose_history(),
            Self::End => app.runs.end(app, run).await,
        }
    }
}

/// Returns when nobody listens; they do again after `down`.
async fn restart(app: &App, run: &Arc<Run>, only: Option<Technique>, down: Duration) {
    for lane in run.lanes(only) {
        lane.link.stop().await;
    }
    let (run, app) = (run.clone(), app.clone());
    app.clone().spawn(async move {
        sleep(down).await;
        for lane in run.lanes(only) {
            // Where the system has no room for it, the state says that nobody listens.
            let _ = lane.link.start(&app).await;
        }
    });
}
