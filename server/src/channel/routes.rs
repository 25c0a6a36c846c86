//! Which request for a channel is which.

use std::sync::Arc;

use axum::body::BodyDataStream;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::header::{ACCEPT, ALLOW, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tautline::channel::wire::{FRAME_OVERHEAD, SUBPROTOCOL, is_name};

use super::broker::Data;
use super::dev::{self, CutAnswer, Fault, Hall, Order, Orders};
use super::end::{End, records};
use super::poll::Polled;
use super::visit::{Transport, Visit};
use super::{events, origin, paced, poll, post, websocket};
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
    let mut body = body.into_data_stream();
    let mut response = answer(&app, &name, parts, &mut body).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        post::drain(&app.channels.limits, &mut body).await;
    }
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        origin::add_headers(&mut response, asking, may_ask);
    }
    response
}

async fn answer(app: &App, name: &str, parts: Parts, body: &mut BodyDataStream) -> Response {
    match parts.method {
        Method::OPTIONS => return origin::preflight(&parts.headers),
        Method::HEAD => return probe(),
        Method::GET | Method::POST => {}
        _ => return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD, OPTIONS, POST")]).into_response(),
    }
    let Some(transport) = transport(&parts) else { return probe() };
    let connection = parts.extensions.get::<Arc<Connection>>().cloned();
    let hall = if is_name(name) {
        app.channels.halls.enter(name).ok_or_else(|| End::new(1013, "no room for another channel"))
    } else {
        Err(End::new(4404, "a channel's name is 1 to 64 characters of A-Z a-z 0-9 _ -"))
    };
    let mut fault = None;
    if let Ok(hall) = &hall {
        if let Some(response) = dev::blocked(app, hall.block(transport), connection.as_deref()).await {
            return response;
        }
        fault = hall.take_fault(transport);
    }
    if let Some(whole) = fault {
        match dev::spoil_request(app, whole, transport, connection.as_deref()).await {
            Ok(left) => fault = left,
            Err(response) => return response,
        }
    }
    let mut visit = match &hall {
        Ok(hall) => Visit::enter(&app.channels, hall, name, transport, &parts).await,
        Err(end) => Err(end.clone()),
    };
    match (&mut visit, &hall) {
        (Ok((visit, _)), _) => visit.fault = fault,
        (Err(_), Ok(hall)) => hall.count(|counts| counts.refused += 1),
        (Err(_), Err(_)) => {}
    }
    match (transport, visit) {
        (Transport::WebSocket, visit) => {
            upgrade(app, visit, parts).await.unwrap_or_else(|refusal| refusal.into_response())
        }
        (Transport::Events, visit) => {
            let response = match visit {
                Ok(visit) => events::answer(app, visit, connection, parts.headers.get(ORIGIN)).await,
                Err(end) => Err(end),
            };
            response.unwrap_or_else(|end| refuse_events(&end, &parts))
        }
        (Transport::Poll, Ok((visit, orders))) => poll(app, &visit, orders, &parts, connection).await,
        (Transport::Post, Ok((visit, _))) => post(app, visit, &parts, body, connection).await,
        (Transport::Poll | Transport::Post, Err(end)) => end.answer(&[]),
    }
}

async fn poll(
    app: &App,
    visit: &Visit,
    orders: Orders,
    parts: &Parts,
    connection: Option<Arc<Connection>>,
) -> Response {
    let polled = poll::answer(app, visit, orders).await;
    if let Some(Fault::Held(time)) = visit.fault {
        dev::wait_for(app, time).await;
    }
    match polled {
        Ok(Polled::Frames(mut frames)) => {
            let mut fault = visit.hall.take_fault_of_frames(frames.len() > 1);
            if fault == Some(Fault::Cut) {
                return cut_records(connection, parts, frames).await;
            }
            dev::spoil(&mut fault, &mut frames);
            paced::records(app, connection, app.channels.limits.stall, &frames)
        }
        Ok(Polled::Nothing) => StatusCode::NO_CONTENT.into_response(),
        Ok(Polled::Drop(order)) => drop_connection(connection.as_deref(), &order),
        Err(end) => end.answer(&[]),
    }
}

async fn post(
    app: &App,
    visit: Visit,
    parts: &Parts,
    body: &mut BodyDataStream,
    connection: Option<Arc<Connection>>,
) -> Response {
    let fault = visit.fault;
    let answered = post::answer(visit, &parts.headers, body).await;
    if let Some(Fault::Held(time)) = fault {
        dev::wait_for(app, time).await;
    }
    match answered {
        Ok(frames) if fault == Some(Fault::Cut) => cut_records(connection, parts, frames).await,
        Ok(mut frames) => {
            if let Some(fault) = fault {
                dev::spoil_answer(fault, &mut frames);
            }
            records(frames.iter().map(Data::borrow))
        }
        Err(refused) => refused.end.answer(refused.accepted.as_slice()),
    }
}

async fn cut_records(connection: Option<Arc<Connection>>, parts: &Parts, frames: Vec<Data>) -> Response {
    dev::cut(connection, parts.headers.get(ORIGIN), CutAnswer::Records(frames)).await;
    // Nothing of this is sent any more.
    StatusCode::SERVICE_UNAVAILABLE.into_response()
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

/// An `EventSource` is told by an event: it does not show a status.
fn refuse_events(end: &End, parts: &Parts) -> Response {
    let query = parts.uri.query().unwrap_or_default();
    let is_event_source = query.split('&').any(|pair| pair == "tl_beat=event");
    if is_event_source { events::refusal(end) } else { end.answer(&[]) }
}

/// Who isn't let in is told after the handshake: browsers do not show its status.
async fn upgrade(app: &App, visit: Result<(Visit, Orders), End>, mut parts: Parts) -> Result<Response, Refusal> {
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
pub(super) fn drop_connection(connection: Option<&Connection>, order: &Order) -> Response {
    if let Some(connection) = connection {
        if *order == Order::Reset {
            connection.break_off();
        } else {
            connection.shut_down();
        }
    }
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// For the commands under `/channel/{name}/dev`.
pub(super) fn hall(app: &App, name: &str) -> Option<Arc<Hall>> {
    if is_name(name) { app.channels.halls.enter(name) } else { None }
}
