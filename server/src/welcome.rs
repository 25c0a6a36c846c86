//! `/welcome`: a handshake of the application's own. The client's first message says who it is.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket};
use axum::http::request::Parts;
use axum::response::Response;
use tokio::time::sleep;

use crate::app::App;
use crate::echo;
use crate::query::Query;
use crate::session::{self, Refusal, Session};

const MAX_DELAY_MS: u64 = 60_000;

/// What becomes of a connection.
#[derive(Debug)]
struct Host {
    token: String,
    delay: Duration,
    hang: bool,
}

/// `GET /welcome`
pub(crate) async fn welcome(State(app): State<App>, mut parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let token = query.text("token")?.unwrap_or_else(|| "secret".to_owned());
    let delay = Duration::from_millis(query.number("delay_ms", 0, 0..=MAX_DELAY_MS)?);
    let hang = query.choice("hang", &[("yes", true), ("no", false)], false)?;
    query.finish()?;
    let host = Host { token, delay, hang };
    session::accept(app, &mut parts, async move |socket, session| host.receive(socket, session).await).await
}

impl Host {
    async fn receive(&self, mut socket: WebSocket, session: Session) {
        let app = session.app.clone();
        let answered = tokio::select! {
            answered = self.answer(&mut socket) => answered,
            () = app.closing() => return session.close(socket, 1001, "the server is stopping").await,
        };
        match answered {
            Some(true) => echo::run(socket, session).await,
            Some(false) => session.close(socket, 3000, "bad token").await,
            None => session.end().await,
        }
    }

    /// Whether the client is welcome, which it has been told then. None if it has gone.
    async fn answer(&self, socket: &mut WebSocket) -> Option<bool> {
        let first = loop {
            match socket.recv().await?.ok()? {
                _ if self.hang => {}
                Message::Text(text) => break text,
                Message::Binary(_) => return Some(false),
                Message::Ping(_) | Message::Pong(_) | Message::Close(_) => {}
            }
        };
        if first.strip_prefix("token ") != Some(&self.token) {
            return Some(false);
        }
        sleep(self.delay).await;
        socket.send(Message::Text("welcome".into())).await.ok()?;
        Some(true)
    }
}
