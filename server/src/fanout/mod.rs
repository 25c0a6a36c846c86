//! `/fanout`: what one member of a group says goes to all the others.

mod groups;
mod serve;

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::query::{BadParameter, Query};
use crate::reply::Failure;
use crate::session::{self, Sizes};
use crate::wire::{InvalidWireId, WireId};

pub(crate) use groups::Groups;

/// The longest message of a member, in bytes: so much times [`groups::BEHIND`] is what a slow one may hold on to.
const MAX_MESSAGE: usize = 64 * 1024;

/// `GET /fanout`
pub(crate) async fn fanout(State(app): State<App>, mut parts: Parts) -> Result<Response, Response> {
    let group = group(&parts).map_err(|error| Failure::from(error).into_response())?;
    // Before the handshake is answered: a client that is open misses nothing.
    let member = app.groups.join(&group);
    let member =
        member.ok_or_else(|| Failure::Full("there is no room for another group".to_owned()).into_response())?;
    let sizes = Sizes { message: MAX_MESSAGE, ..Sizes::default() };
    session::accept_sized(sizes, app, &mut parts, async move |socket, session| {
        serve::run(member, socket, session).await;
    })
    .await
    .map_err(|refusal| refusal.into_response())
}

fn group(parts: &Parts) -> Result<WireId, BadParameter> {
    let mut query = Query::parse(parts)?;
    let group = query.text("group")?.unwrap_or_else(|| "all".to_owned());
    query.finish()?;
    WireId::parse(&group).map_err(|InvalidWireId| BadParameter::value("group", &group, InvalidWireId.to_string()))
}
