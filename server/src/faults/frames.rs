//! `/raw`: bytes as the request gives them, in place of frames.

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;

use super::LONGEST;
use crate::app::App;
use crate::control;
use crate::query::Query;
use crate::raw_socket::{Abort, RawSocket, close_payload};
use crate::session::{self, Answer, Refusal};

/// The most bytes. A request target has no room for more: it may have 65,534 characters.
const MAX_BYTES: usize = 32_000;

/// What follows the bytes.
#[derive(Debug, Clone, Copy)]
enum Then {
    Hang,
    Abort(Abort),
    Close,
    Control,
}

/// `GET /raw`
pub(crate) async fn raw(State(app): State<App>, parts: Parts) -> Result<Response, Refusal> {
    let mut query = Query::parse(&parts)?;
    let bytes = query.bytes("hex", MAX_BYTES)?;
    let choices = [
        ("hang", Then::Hang),
        ("fin", Then::Abort(Abort::Fin)),
        ("reset", Then::Abort(Abort::Reset)),
        ("close", Then::Close),
        ("control", Then::Control),
    ];
    let then = query.choice("then", &choices, Then::Hang)?;
    let answer =
        Answer { extensions: query.header("extensions")?, protocol: query.header("protocol")?, ..Answer::default() };
    query.finish()?;
    let serve = async move |mut socket: RawSocket| {
        if socket.write_bytes(&bytes).await.is_err() {
            return socket.abort(Abort::Fin).await;
        }
        match then {
            Then::Hang => socket.hang(LONGEST).await,
            Then::Abort(how) => socket.abort(how).await,
            Then::Control => control::run(socket).await,
            Then::Close => socket.close(&close_payload(Some(1000), ""), false).await,
        }
    };
    session::accept_raw(app, parts, answer, serve).await
}
