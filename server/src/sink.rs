//! `/sink`: reads, and says so from time to time.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket};
use axum::http::request::Parts;
use axum::response::Response;

use crate::app::App;
use crate::query::Query;
use crate::session::{self, Refusal, Session};

/// `GET /sink`. After each `every` messages it sends a text with how many there were up to now.
pub(crate) async fn sink(State(app): State<App>, mut parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let every = query.number("every", 1_000, 1..=1_000_000)?;
    query.finish()?;
    session::accept(app, &mut parts, async move |socket, session| run(every, socket, session).await).await
}

async fn run(every: u64, mut socket: WebSocket, session: Session) {
    let mut read: u64 = 0;
    loop {
        let message = tokio::select! {
            message = socket.recv() => message,
            () = session.app.closing() => return session.close(socket, 1001, "the server is stopping").await,
        };
        match message {
            Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                read += 1;
                if read.is_multiple_of(every) && socket.send(Message::Text(read.to_string().into())).await.is_err() {
                    break;
                }
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break,
        }
    }
    session.end().await;
}
