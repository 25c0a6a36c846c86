//! Who may come in.

use std::fmt;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};

/// Asked for each request and handshake, before anything is kept for it.
pub trait Gate: fmt::Debug + Send + Sync + 'static {
    /// Whether this request may have this channel.
    fn admit<'a>(&'a self, request: &'a Parts, channel: &'a str) -> BoxFuture<'a, Verdict>;
}

/// What a gate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Allow {
        /// Who it is. What the client may have at once is counted by this; where it is none, by the address it comes from.
        client: Option<String>,
    },
    /// It has to say who it is: 401, 4401.
    Unauthorized,
    /// It may not: 403, 4403.
    Forbidden,
    /// There is no such channel: 404, 4404.
    NoSuchChannel,
}

/// Allows everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllowAll;

impl Gate for AllowAll {
    fn admit<'a>(&'a self, _: &'a Parts, _: &'a str) -> BoxFuture<'a, Verdict> {
        ready(Verdict::Allow { client: None }).boxed()
    }
}

/// For tests and demonstrations: channels whose names begin with `private-` take `token=secret` in the query, or `Authorization: Bearer
/// secret`; without a token it is 401, with another one 403. Those that begin with `missing-` are not there.
#[derive(Clone, Copy, Debug, Default)]
pub struct DevGate;

impl Gate for DevGate {
    fn admit<'a>(&'a self, request: &'a Parts, channel: &'a str) -> BoxFuture<'a, Verdict> {
        let verdict = if channel.starts_with("missing-") {
            Verdict::NoSuchChannel
        } else if channel.starts_with("private-") {
            match token(request).as_deref() {
                Some("secret") => Verdict::Allow { client: None },
                Some(_) => Verdict::Forbidden,
                None => Verdict::Unauthorized,
            }
        } else {
            Verdict::Allow { client: None }
        };
        ready(verdict).boxed()
    }
}

fn token(request: &Parts) -> Option<String> {
    let header = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = header.and_then(|header| header.strip_prefix("Bearer ")) {
        return Some(token.to_owned());
    }
    let query = request.uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "token").map(|(_, token)| token.into_owned())
}
