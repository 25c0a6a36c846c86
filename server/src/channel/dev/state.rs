//! What there is to see.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::hall::Hall;
use crate::app::App;
use crate::channel::Service;
use crate::channel::broker::Budget;
use crate::channel::routes::hall;
use crate::channel::visit::Transport;
use crate::query::Query;
use crate::reply::{Failure, json as reply};

/// The longest that a request waits for something to be so, in milliseconds.
const PATIENCE_MS: u64 = 20_000;

const NOTHING: Budget = Budget { messages: 0, bytes: 0 };

/// `GET /channel/{name}/dev`
pub(crate) async fn state(State(app): State<App>, Path(name): Path<String>, parts: Parts) -> Result<Response, Failure> {
    Query::parse(&parts)?.finish()?;
    let hall = find(&app, &name)?;
    Ok(reply(&describe(&app.channels, &name, &hall).await?))
}

/// `GET /channel/{name}/dev/wait`
pub(crate) async fn wait(State(app): State<App>, Path(name): Path<String>, parts: Parts) -> Result<Response, Failure> {
    let mut query = Query::parse(&parts)?;
    let mut wanted = Wanted::default();
    for (index, transport) in Transport::ALL.into_iter().enumerate() {
        wanted.open[index] = query.optional_number(transport.name(), 0..=u64::MAX)?;
    }
    let opened = ["websocket_opened", "events_opened", "poll_opened", "post_opened"];
    for (index, name) in opened.into_iter().enumerate() {
        wanted.opened[index] = query.number(name, 0, 0..=u64::MAX)?;
    }
    wanted.accepted = query.number("accepted", 0, 0..=u64::MAX)?;
    wanted.repeated = query.number("repeated", 0, 0..=u64::MAX)?;
    wanted.gaps = query.number("gaps", 0, 0..=u64::MAX)?;
    wanted.rejected = query.number("rejected", 0, 0..=u64::MAX)?;
    wanted.refused = query.number("refused", 0, 0..=u64::MAX)?;
    wanted.ended = query.number("ended", 0, 0..=u64::MAX)?;
    wanted.published = query.number("published", 0, 0..=u64::MAX)?;
    wanted.faults = query.optional_number("faults", 0..=u64::MAX)?;
    let offset = query.number("offset", 0, 0..=u64::MAX)?;
    let patience = Duration::from_millis(query.number("ms", PATIENCE_MS, 1..=PATIENCE_MS)?);
    query.finish()?;
    let hall = find(&app, &name)?;
    let reached = async {
        let mut news = hall.news();
        let mut position = app.channels.broker.watch(&name).await.map_err(full)?;
        loop {
            let newest = position.borrow_and_update().newest;
            if newest >= offset && wanted.fits(&hall) {
                return Ok::<_, Failure>(());
            }
            tokio::select! {
                _ = news.changed() => {}
                moved = position.changed() => moved.map_err(|_| Failure::Conflict("the channel is gone".to_owned()))?,
            }
        }
    };
    let reached = timeout(patience, reached).await;
    let state = describe(&app.channels, &name, &hall).await?;
    match reached {
        Ok(reached) => reached.map(|()| reply(&state)),
        Err(_) => Err(Failure::TimedOut(state.to_string())),
    }
}

/// What a request waits for: `open` and `faults` exactly, the others at least.
#[derive(Debug, Default)]
struct Wanted {
    open: [Option<u64>; 4],
    opened: [u64; 4],
    accepted: u64,
    repeated: u64,
    gaps: u64,
    rejected: u64,
    refused: u64,
    ended: u64,
    published: u64,
    faults: Option<u64>,
}

impl Wanted {
    fn fits(&self, hall: &Hall) -> bool {
        let counts = hall.counts();
        let open = self.open.iter().zip(counts.open).all(|(wanted, open)| wanted.is_none_or(|wanted| wanted == open));
        let opened = self.opened.iter().zip(counts.opened).all(|(wanted, opened)| opened >= *wanted);
        open && opened
            && counts.accepted >= self.accepted
            && counts.repeated >= self.repeated
            && counts.gaps >= self.gaps
            && counts.rejected >= self.rejected
            && counts.refused >= self.refused
            && counts.ended >= self.ended
            && counts.published >= self.published
            && self.faults.is_none_or(|wanted| wanted == hall.faults_left())
    }
}

async fn describe(service: &Service, name: &str, hall: &Hall) -> Result<Value, Failure> {
    let batch = service.broker.read(name, None, NOTHING).await.map_err(full)?;
    let counts = hall.counts();
    let memory = service.memory.as_ref();
    let history = memory.and_then(|memory| memory.size_of(name)).map(|(_, size)| size);
    let sessions = memory.map(|memory| memory.sessions_of(name)).unwrap_or_default();
    Ok(json!({
        "epoch": &*batch.epoch,
        "offset": batch.newest,
        "history": history.map(|size| json!({"messages": size.messages, "bytes": size.bytes, "first": size.first})),
        "sessions": sessions.into_iter().map(|(name, accepted)| (name, json!(accepted))).collect::<Map<_, _>>(),
        "open": by_transport(counts.open),
        "opened": by_transport(counts.opened),
        "accepted": counts.accepted,
        "repeated": counts.repeated,
        "gaps": counts.gaps,
        "rejected": counts.rejected,
        "refused": counts.refused,
        "ended": counts.ended,
        "published": counts.published,
        "faults": hall.faults_left(),
    }))
}

fn by_transport(counts: [u64; 4]) -> Value {
    Transport::ALL
        .into_iter()
        .zip(counts)
        .map(|(transport, count)| (transport.name().to_owned(), json!(count)))
        .collect()
}

pub(super) fn find(app: &App, name: &str) -> Result<std::sync::Arc<Hall>, Failure> {
    if !app.channels.dev {
        return Err(Failure::NotFound("there are no commands here".to_owned()));
    }
    hall(app, name).ok_or_else(|| Failure::NotFound("no such channel".to_owned()))
}

pub(super) fn full(error: crate::channel::BrokerError) -> Failure {
    Failure::Full(error.to_string())
}
