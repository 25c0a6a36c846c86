//! What can be done.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use tautline::MessageRef;

use super::hall::How;
use super::publish::{self, KINDS, Stream};
use super::state::{find, full};
use crate::app::App;
use crate::channel::Loss;
use crate::query::Query;
use crate::reply::{Failure, json};

/// The most that is published with one command.
const MAX_COUNT: u64 = 1_000_000;
const MAX_MS: u64 = 60_000;
const MIB: u64 = 1024 * 1024;

/// `POST /channel/{name}/dev/{command}`
pub(crate) async fn command(
    State(app): State<App>,
    Path((name, command)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, _) = request.into_parts();
    let hall = find(&app, &name)?;
    let mut query = Query::parse(&parts)?;
    match command.as_str() {
        "publish" => return publish(&app, &name, query).await,
        "stop" => {
            query.finish()?;
            hall.stop_publishing();
        }
        "drop" => {
            let how = query.choice("how", &[("reset", How::Reset), ("fin", How::Fin)], How::Reset)?;
            query.finish()?;
            hall.drop_all(how);
        }
        "lose" => {
            let loss = query.choice("what", &[("epoch", Loss::Epoch), ("trim", Loss::Trim)], Loss::Epoch)?;
            query.finish()?;
            memory(&app)?.lose(&name, loss);
        }
        "forget" => {
            query.finish()?;
            memory(&app)?.forget(&name);
        }
        "set" => {
            let beat = query.optional_number("beat_ms", 0..=MAX_MS)?;
            query.finish()?;
            hall.set_beat(beat.map(Duration::from_millis));
        }
        _ => return Err(Failure::NotFound("no such command".to_owned())),
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn memory(app: &App) -> Result<&crate::channel::MemoryBroker, Failure> {
    app.channels.memory.as_deref().ok_or_else(|| Failure::Conflict("the broker is not in memory".to_owned()))
}

async fn publish(app: &App, name: &str, mut query: Query) -> Result<Response, Failure> {
    let hall = find(app, name)?;
    let text = query.text("text")?;
    let hex = query.bytes("hex", 32_000)?;
    let stream = Stream {
        count: query.number("count", 1, 0..=MAX_COUNT)?,
        size: usize::try_from(query.number("size", 20, 0..=MIB)?).unwrap_or_default(),
        every: Duration::from_millis(query.number("every_ms", 0, 0..=MAX_MS)?),
        kind: query.choice("kind", &KINDS, KINDS[0].1)?,
        stamp: query.choice("stamp", &[("no", false), ("yes", true)], false)?,
    };
    query.finish()?;
    let service = app.channels.clone();
    let one = match &text {
        Some(text) => Some(MessageRef::Text(text)),
        None if !hex.is_empty() => Some(MessageRef::Binary(&hex)),
        None => None,
    };
    if let Some(one) = one {
        service.broker.publish(name, one).await.map_err(full)?;
        hall.count(|counts| counts.published += 1);
    } else if stream.every.is_zero() {
        publish::run(&service, name, &hall, stream).await.map_err(full)?;
    } else {
        let (name, spawned) = (name.to_owned(), app.clone());
        app.spawn(async move {
            tokio::select! {
                // Where there is no room for the channel, nothing is published, as its state says.
                _ = publish::run(&service, &name, &hall, stream) => {}
                () = spawned.closing() => {}
            }
        });
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    let offset = app.channels.broker.watch(name).await.map_err(full)?.borrow().newest;
    Ok(json(&serde_json::json!({ "offset": offset })))
}
