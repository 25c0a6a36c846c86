//! From a request to a WebSocket that is served.
//!
//! [`accept`] gives the endpoint axum's WebSocket; [`accept_raw`] gives it a [`RawSocket`] and control over the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts as _;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use tokio::time::timeout;

use crate::app::App;
use crate::connection::Connection;
use crate::query::BadParameter;
use crate::raw_socket::RawSocket;
use crate::wire::Accept;

/// The longest message an endpoint takes, in bytes: 64 MiB.
pub(crate) const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// What an endpoint takes, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// The longest message.
    pub(crate) message: usize,
    /// How much is read at a time. The library writes to all of it before each read, so that every connection has that much in memory;
    /// with less of it, long messages take more reads. Its own default is 128 KiB.
    pub(crate) read: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { message: MAX_MESSAGE, read: 8 * 1024 }
    }
}

/// What may wait to be written beside a message, in bytes: twice the library's own write buffer.
const WAITING: usize = 256 * 1024;

/// How long a close frame waits for its answer.
pub(crate) const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// Why a request is not upgraded.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// 400.
    BadParameter(BadParameter),
    /// It is no WebSocket handshake: axum's answer.
    NoHandshake(Box<Response>),
    /// Something that hyper always provides is not there.
    NoConnection,
}

impl From<BadParameter> for Refusal {
    fn from(error: BadParameter) -> Self {
        Self::BadParameter(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::BadParameter(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
            Self::NoHandshake(response) => *response,
            Self::NoConnection => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// What an endpoint has beside its WebSocket.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) app: App,
    pub(crate) connection: Arc<Connection>,
}

impl Session {
    pub(crate) fn new(app: App, parts: &Parts) -> Result<Self, Refusal> {
        let connection = parts.extensions.get().cloned();
        let connection = connection.ok_or(Refusal::NoConnection)?;
        Ok(Self { app, connection })
    }

    /// Sends a close frame, waits for the client's, and ends the connection.
    pub(crate) async fn close(&self, mut socket: WebSocket, code: u16, reason: impl Into<Utf8Bytes>) {
        let reason = reason.into();
        let close = Message::Close(Some(CloseFrame { code, reason }));
        if socket.send(close).await.is_ok() {
            // A client that never answers is not waited for.
            let answer = async { while let Some(Ok(_)) = socket.recv().await {} };
            let _ = timeout(CLOSE_PATIENCE, answer).await;
        }
        self.end().await;
    }

    /// Ends the connection after the closing handshake, the server first (RFC 6455, section 7.1.1).
    pub(crate) async fn end(&self) {
        self.connection.finish().await;
    }
}

/// Completes the handshake, and serves the WebSocket with `serve`.
pub(crate) async fn accept<Serve, Served>(app: App, parts: &mut Parts, serve: Serve) -> Result<Response, Refusal>
where
    Serve: FnOnce(WebSocket, Session) -> Served + Send + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    accept_sized(Sizes::default(), app, parts, serve).await
}

/// As [`accept`], for an endpoint that takes more or less than others.
pub(crate) async fn accept_sized<Serve, Served>(
    sizes: Sizes,
    app: App,
    parts: &mut Parts,
    serve: Serve,
) -> Result<Response, Refusal>
where
    Serve: FnOnce(WebSocket, Session) -> Served + Send + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    let session = Session::new(app, parts)?;
    let upgrade = handshake(parts).await?;
    let upgrade = upgrade.read_buffer_size(sizes.read).max_message_size(sizes.message).max_frame_size(sizes.message);
    // Without a bound the answers to pings pile up where the client takes none.
    let upgrade = upgrade.max_write_buffer_size(sizes.message + WAITING);
    Ok(upgrade.on_upgrade(move |socket| {
        let app = session.app.clone();
        // On the heap: else each future around it keeps room for it, several times over.
        let serving = Box::pin(serve(socket, session));
        async move { app.track(serving).await }
    }))
}

async fn handshake(parts: &mut Parts) -> Result<WebSocketUpgrade, Refusal> {
    WebSocketUpgrade::from_request_parts(parts, &())
        .await
        .map_err(|rejection| Refusal::NoHandshake(Box::new(rejection.into_response())))
}

/// The answer to a handshake, where it is made by hand.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// What stands in for the right accept value.
    pub(crate) accept: AcceptHeader,
    pub(crate) extensions: Option<HeaderValue>,
    pub(crate) protocol: Option<HeaderValue>,
}

/// The `Sec-WebSocket-Accept` of an [`Answer`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum AcceptHeader {
    #[default]
    Right,
    Wrong,
    Missing,
}

/// Answers 101 as `answer` says, and serves the connection with `serve`.
pub(crate) async fn accept_raw<Serve, Served>(
    app: App,
    mut parts: Parts,
    answer: Answer,
    serve: Serve,
) -> Result<Response, Refusal>
where
    Serve: FnOnce(RawSocket) -> Served + Send + 'static,
    Served: Future<Output = ()> + Send,
{
    let session = Session::new(app, &parts)?;
    // Only for its checks of the request.
    let _ = handshake(&mut parts.clone()).await?;
    let upgrade: OnUpgrade = parts.extensions.remove().ok_or(Refusal::NoConnection)?;
    let app = session.app.clone();
    app.spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            serve(RawSocket::new(upgraded, session)).await;
        }
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    let key = parts.headers.get(SEC_WEBSOCKET_KEY);
    let key = key.map_or("", |key| key.to_str().unwrap_or_default());
    let accept = match answer.accept {
        AcceptHeader::Right => Some(Accept::of(key).base64),
        AcceptHeader::Wrong => Some(Accept::of(&format!("not {key}")).base64),
        AcceptHeader::Missing => None,
    };
    if let Some(accept) = accept.and_then(|accept| HeaderValue::try_from(accept).ok()) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    for (name, value) in [(SEC_WEBSOCKET_EXTENSIONS, answer.extensions), (SEC_WEBSOCKET_PROTOCOL, answer.protocol)] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    Ok(response)
}
