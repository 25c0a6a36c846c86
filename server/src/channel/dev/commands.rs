//! What can be done.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use tautline::MessageRef;

use super::fault::{FaultOrder, transport};
use super::hall::{Block, Order};
use super::publish::{self, KINDS, Stream};
use super::state::{find, full};
use crate::app::App;
use crate::channel::Loss;
use crate::channel::broker::Data;
use crate::channel::end::End;
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
            let is_fin = query.choice("how", &[("reset", false), ("fin", true)], false)?;
            query.finish()?;
            hall.order(if is_fin { Order::Fin } else { Order::Reset });
        }
        "end" => {
            let code = query.number("code", 1012, 1000..=4999)?;
            let reason = query.text("reason")?.unwrap_or_default();
            query.finish()?;
            hall.order(Order::End(End::new(u16::try_from(code).unwrap_or(1012), reason)));
        }
        "inject" => {
            let text = query.text("text")?;
            let hex = query.bytes("hex", 32_000)?;
            query.finish()?;
            hall.order(Order::Send(text.map_or_else(|| Data::Binary(hex.into()), |text| Data::Text(text.into()))));
        }
        "fault" => {
            let order = FaultOrder::take_from(&mut query)?;
            query.finish()?;
            if !hall.add_faults(order) {
                return Err(Failure::Full("there are enough faults to come".to_owned()));
            }
        }
        "heal" => {
            query.finish()?;
            hall.clear_faults();
            hall.set_block(None, Block::Off);
        }
        "block" => {
            let transport = transport(&mut query, "websocket")?;
            let hows = [("refuse", Block::Refuse), ("hang", Block::Hang), ("reset", Block::Reset), ("off", Block::Off)];
            let how = query.choice("how", &hows, Block::Refuse)?;
            query.finish()?;
            hall.set_block(transport, how);
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
