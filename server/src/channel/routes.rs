//! Which request for a channel is which.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::header::{ACCEPT, ALLOW, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tautline::channel::wire::{FRAME_OVERHEAD, SUBPROTOCOL, is_name};

use super::dev::{Hall, How};
use super::end::End;
use super::poll::Polled;
use super::visit::{Transport, Visit};
use super::{events, origin, poll, post, websocket};
use crate::app::App;
use crate::connection::Connection;
use crate::routes::is_handshake;
use crate::session::{Refusal, Session};

/// What a browser's address bar gets, and a client that asks whether the server is there.
const PROBED: &str = "This is a channel of tautline-server. PROTOCOL.md says how to read it.\n";

/// How much is read from a WebSocket at a time.
const READ_BUFFER: usize = 8 * 1024;

/// `/channel/{name}`
pub(crate) async fn channel(State(app): State<App>, Path(name): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let asking = parts.headers.get(ORIGIN).cloned();
    let may_ask = origin::may_ask(&app.channels.origins, &parts.headers);
    let mut response = answer(&app, &name, parts, body).await;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        origin::add_headers(&mut response, asking, may_ask);
    }
    response
}

async fn answer(app: &App, name: &str, parts: Parts, body: Body) -> Response {
    match parts.method {
        Method::OPTIONS => return origin::preflight(&parts.headers),
        Method::HEAD => return probe(),
        Method::GET | Method::POST => {}
        _ => return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD, OPTIONS, POST")]).into_response(),
    }
    let Some(transport) = transport(&parts) else { return probe() };
    let hall = if is_name(name) {
        app.channels.halls.enter(name).ok_or_else(|| End::new(1013, "no room for another channel"))
    } else {
        Err(End::new(4404, "a channel's name is 1 to 64 characters of A-Z a-z 0-9 _ -"))
    };
    let visit = match &hall {
        Ok(hall) => Visit::enter(&app.channels, hall, name, transport, &parts).await,
        Err(end) => Err(end.clone()),
    };
    if let (Err(_), Ok(hall)) = (&visit, &hall) {
        hall.count(|counts| counts.refused += 1);
    }
    let connection = parts.extensions.get::<Arc<Connection>>().cloned();
    match (transport, visit) {
        (Transport::WebSocket, visit) => {
            upgrade(app, visit, parts).await.unwrap_or_else(|refusal| refusal.into_response())
        }
        (Transport::Events, Ok(visit)) => {
            let beat_events = visit.asked.beat_events;
            let answered = events::answer(app, visit, connection).await;
            answered.unwrap_or_else(|end| refuse_events(&end, beat_events))
        }
        (Transport::Events, Err(end)) => {
            let query = parts.uri.query().unwrap_or_default();
            refuse_events(&end, query.split('&').any(|pair| pair == "tl_beat=event"))
        }
        (Transport::Poll, Ok(visit)) => match poll::answer(app, &visit).await {
            Ok(Polled::Answer(response)) => response,
            Ok(Polled::Drop(how)) => drop_connection(connection.as_deref(), how),
            Err(end) => end.answer(&[]),
        },
        (Transport::Post, Ok(visit)) => {
            post::answer(visit, &parts.headers, body).await.unwrap_or_else(|end| end.answer(&[]))
        }
        (Transport::Poll | Transport::Post, Err(end)) => end.answer(&[]),
    }
}

/// How this request asks; `None` where it asks for nothing.
fn transport(parts: &Parts) -> Option<Transport> {
    if parts.method == Method::POST {
        return Some(Transport::Post);
    }
    if is_handshake(&parts.headers) {
        return Some(Transport::WebSocket);
    }
    let query = parts.uri.query().unwrap_or_default();
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "tl_wait") {
        return Some(Transport::Poll);
    }
    accepts_events(&parts.headers).then_some(Transport::Events)
}

fn accepts_events(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(
        |kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("text/event-stream")
        },
    )
}

fn probe() -> Response {
    ([(HeaderName::from_static("tautline-channel"), HeaderValue::from_static("1"))], PROBED).into_response()
}

fn refuse_events(end: &End, is_event_source: bool) -> Response {
    if is_event_source { events::refusal(end) } else { end.answer(&[]) }
}

/// Who isn't let in is told after the handshake: browsers do not show its status.
async fn upgrade(app: &App, visit: Result<Visit, End>, mut parts: Parts) -> Result<Response, Refusal> {
    let session = Session::new(app.clone(), &parts)?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = upgrade.map_err(|rejection| Refusal::NoHandshake(Box::new(rejection.into_response())))?;
    let upgrade = upgrade.protocols([SUBPROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let text = format!("a channel speaks the subprotocol {SUBPROTOCOL}\n");
        return Ok((StatusCode::BAD_REQUEST, text).into_response());
    }
    let largest = app.channels.limits.message + FRAME_OVERHEAD;
    let upgrade = upgrade.read_buffer_size(READ_BUFFER).max_message_size(largest).max_frame_size(largest);
    Ok(upgrade.on_upgrade(move |socket| {
        let app = session.app.clone();
        // On the heap: else each future around it keeps room for it, several times over.
        let serving = Box::pin(websocket::run(visit, socket, session));
        async move { app.track(serving).await }
    }))
}

/// Ends the TCP connection; what is answered can't be sent any more.
pub(super) fn drop_connection(connection: Option<&Connection>, how: How) -> Response {
    if let Some(connection) = connection {
        if how == How::Reset {
            connection.reset_when_closed();
        }
        connection.shut_down();
    }
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// For the commands under `/channel/{name}/dev`.
pub(super) fn hall(app: &App, name: &str) -> Option<Arc<Hall>> {
    if is_name(name) { app.channels.halls.enter(name) } else { None }
}
