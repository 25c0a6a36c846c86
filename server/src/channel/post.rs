//! What a client sends where its transport goes only one way.

use std::ops::ControlFlow;

use axum::body::{BodyDataStream, Bytes};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures_util::StreamExt as _;
use tautline::channel::wire::{CONTENT_TYPE as RECORDS, Frame, Records};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::broker::{Claim, Data};
use super::end::End;
use super::service::Sender;
use super::settings::Limits;
use super::visit::Visit;

/// How long the rest of a refused body is read.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(2);

/// Why the rest of a body is not taken.
pub(super) struct Refused {
    /// What was accepted of it, if it came to that.
    pub(super) accepted: Option<Data>,
    pub(super) end: End,
}

impl From<End> for Refused {
    fn from(end: End) -> Self {
        Self { accepted: None, end }
    }
}

/// Takes the messages of a body; the frames are the answer.
pub(super) async fn answer(visit: Visit, headers: &HeaderMap, body: &mut BodyDataStream) -> Result<Vec<Data>, Refused> {
    if visit.asked.session.is_none() {
        return Err(rejected(&visit, End::bad("a POST needs tl_session")).into());
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(RECORDS) {
        return Err(rejected(&visit, End::bad(format!("the content type is {RECORDS}"))).into());
    }
    let reading = read(&visit, headers, body);
    let late = || End::new(1013, "the body took too long");
    let body = timeout(visit.service.limits.body_time, reading).await.unwrap_or_else(|_| Err(late()));
    let body = body.map_err(|end| rejected(&visit, end))?;
    // In a task of its own: a client that goes away does not leave a message half handled.
    let taking = tokio::spawn(async move { take(&visit, &body.bytes).await });
    taking.await.unwrap_or_else(|_| Err(End::new(1013, "the server failed").into()))
}

fn rejected(visit: &Visit, end: End) -> End {
    visit.hall.count(|counts| counts.rejected += 1);
    end
}

/// Reads what is left of a refused body, up to a point: a connection that is closed on unread bytes is reset, and its answer lost.
pub(super) async fn drain(limits: &Limits, body: &mut BodyDataStream) {
    let mut left = 4 * limits.body;
    let reading = async {
        while let Some(Ok(part)) = body.next().await {
            left = left.saturating_sub(part.len());
            if left == 0 {
                break;
            }
        }
    };
    // Past its time it is closed as it is.
    let _ = timeout(DRAIN, reading).await;
}

/// A body, and the room it takes.
struct Arrived {
    bytes: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
}

async fn read(visit: &Visit, headers: &HeaderMap, body: &mut BodyDataStream) -> Result<Arrived, End> {
    let limits = &visit.service.limits;
    let too_large = || End::new(4413, format!("a body has at most {} bytes", limits.body));
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limits.body as u64) {
        return Err(too_large());
    }
    let mut arrived = Arrived { bytes: Vec::new(), _room: None };
    while let Some(part) = body.next().await {
        let part: Bytes = part.map_err(|_| End::bad("the body ended early"))?;
        if arrived.bytes.len() + part.len() > limits.body {
            return Err(too_large());
        }
        let more = u32::try_from(part.len()).unwrap_or(u32::MAX);
        let room = visit.service.bodies.clone().try_acquire_many_owned(more);
        let room = room.map_err(|_| End::new(1013, "no room for the body"))?;
        match &mut arrived._room {
            Some(all) => all.merge(room),
            none => *none = Some(room),
        }
        arrived.bytes.extend_from_slice(&part);
    }
    Ok(arrived)
}

async fn take(visit: &Visit, body: &[u8]) -> Result<Vec<Data>, Refused> {
    let Some(sender) = visit.sender() else { return Err(End::bad("a POST needs tl_session").into()) };
    // All of it is read before any of it is handled.
    check(body).map_err(|end| rejected(visit, end))?;
    let mut claim = visit.service.claim(sender).await?;
    let mut handled = ControlFlow::Continue(());
    for frame in Records::new(body) {
        handled = take_one(visit, sender, claim.as_deref_mut(), frame).await;
        if handled.is_break() {
            break;
        }
    }
    let accepted = claim.map_or(0, |claim| claim.accepted());
    let accepted = Data::frame(&Frame::Accepted { sequence: accepted });
    match handled {
        ControlFlow::Continue(()) => Ok(vec![accepted]),
        ControlFlow::Break(end) => Err(Refused { accepted: Some(accepted), end }),
    }
}

async fn take_one(
    visit: &Visit,
    sender: Sender<'_>,
    claim: Option<&mut (dyn Claim + 'static)>,
    record: Result<tautline::MessageRef<'_>, tautline::channel::wire::RecordError>,
) -> ControlFlow<End> {
    let Ok(Ok(Frame::Send { sequence, payload })) = record.map(Frame::read) else {
        return ControlFlow::Break(End::bad("no records"));
    };
    match visit.service.take(sender, claim, sequence, payload).await {
        Ok(_) => ControlFlow::Continue(()),
        Err(end) => ControlFlow::Break(end),
    }
}

/// Whether it is records of `s` frames whose numbers grow by one.
fn check(body: &[u8]) -> Result<(), End> {
    let mut next = None;
    for record in Records::new(body) {
        let record = record.map_err(|error| End::bad(error.to_string()))?;
        let Frame::Send { sequence, .. } = Frame::read(record).map_err(|error| End::bad(error.to_string()))? else {
            return Err(End::bad("a client has no such frame"));
        };
        if next.is_some_and(|next| next != sequence) {
            return Err(End::bad("the numbers of a body grow by one"));
        }
        next = Some(sequence + 1);
    }
    Ok(())
}
