//! Which endpoint answers what, the files, and the headers that all answers have.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use crate::app::App;
use crate::{channel, control, echo, fanout, faults, flood, lab, ledger, link, sink, status, welcome, wire};

/// What `/` says where no folder is served.
const NO_PAGE: &str = "This is tautline-server. Open a WebSocket here: it echoes.\n";

pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/", get(root))
        .route("/health", get(async || "ok"))
        .route("/echo", get(echo::echo))
        .route("/protocol", get(echo::protocol))
        .route("/flood", get(flood::flood))
        .route("/fanout", get(fanout::fanout))
        .route("/sink", get(sink::sink))
        .route("/control", get(control::control))
        .route("/close", get(faults::close))
        .route("/abort", get(faults::abort))
        .route("/slow-read", get(faults::slow_read))
        .route("/slow-handshake", get(faults::slow_handshake))
        .route("/hang", get(faults::hang))
        .route("/refuse", get(faults::refuse))
        .route("/bad-accept", get(faults::bad_accept))
        .route("/no-accept", get(faults::no_accept))
        .route("/raw", get(faults::raw))
        .route("/wire/{id}", get(wire::subscribe))
        .route("/link", post(link::open))
        .route("/link/{id}", get(link::state))
        .route("/link/{id}/wait", get(link::wait))
        .route("/link/{id}/{command}", post(link::command))
        .route("/lab", post(lab::start))
        .route("/lab/{id}", get(lab::state))
        .route("/lab/{id}/clock", get(lab::clock))
        .route("/lab/{id}/trail", get(lab::trail))
        .route("/lab/{id}/{command}", post(lab::command))
        .route("/ledger/{id}", get(ledger::ledger))
        .route("/ledger/{id}/wait", get(ledger::wait))
        .route("/channel/{name}", any(channel::channel))
        .route("/channel/{name}/dev", get(channel::state))
        .route("/channel/{name}/dev/wait", get(channel::wait))
        .route("/channel/{name}/dev/{command}", post(channel::command))
        .route("/welcome", get(welcome::welcome))
        .route("/status", get(status::status))
        .fallback(file)
        .with_state(app)
        .layer(map_response(add_headers))
}

/// The page, or, for a handshake, the echo: so that `new WebSocket('ws://localhost:8080')` finds one.
async fn root(State(app): State<App>, request: Request) -> Response {
    if is_handshake(request.headers()) {
        let (parts, _) = request.into_parts();
        return echo::echo(State(app), parts).await.into_response();
    }
    if app.static_dir.is_none() {
        return NO_PAGE.into_response();
    }
    file(State(app), request).await
}

pub(crate) fn is_handshake(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// A file of the folder. Browsers ask each time whether it has changed: it is rebuilt often. With the query `isolated` a page is isolated
/// from others, and its clock is a fine one.
async fn file(State(app): State<App>, request: Request) -> Response {
    let isolated = request.uri().query() == Some("isolated");
    let Some(folder) = app.static_dir else {
        return not_found(request.into_parts().0).await;
    };
    let not_found =
        tower::service_fn(async |request: Request| Ok::<_, Infallible>(not_found(request.into_parts().0).await));
    let Ok(response) = ServeDir::new(folder).not_found_service(not_found).oneshot(request).await;
    let mut response = response.map(Body::new);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let utf_8 = match headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(b"text/html") => Some("text/html; charset=utf-8"),
        Some(b"text/css") => Some("text/css; charset=utf-8"),
        // The older name is what .mjs files get; RFC 9239 made it obsolete.
        Some(b"text/javascript" | b"application/javascript") => Some("text/javascript; charset=utf-8"),
        _ => None,
    };
    if let Some(utf_8) = utf_8 {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(utf_8));
    }
    if isolated {
        headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
        headers
            .insert(HeaderName::from_static("cross-origin-embedder-policy"), HeaderValue::from_static("require-corp"));
    }
    response
}

async fn not_found(parts: Parts) -> Response {
    if parts.method == Method::GET || parts.method == Method::HEAD {
        (StatusCode::NOT_FOUND, "no such file or endpoint\n").into_response()
    } else {
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    }
}

/// Pages of any origin may read the answers, isolated ones too. An upgrade needs none of it.
async fn add_headers(mut response: Response) -> Response {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let headers = response.headers_mut();
        headers.entry(ACCESS_CONTROL_ALLOW_ORIGIN).or_insert(HeaderValue::from_static("*"));
        headers
            .insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    }
    response
}
