//! Why the server ends a connection, or refuses a request.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tautline::MessageRef;
use tautline::channel::wire::{CONTENT_TYPE as RECORDS, Frame, write_record};

use super::broker::{BrokerError, Data};
use crate::query::MAX_REASON;

/// A frame `x`, to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl End {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        let fits = (0..=MAX_REASON.min(reason.len())).rev().find(|at| reason.is_char_boundary(*at));
        reason.truncate(fits.unwrap_or_default());
        Self { code, reason }
    }

    /// What was sent is not as the protocol has it.
    pub(super) fn bad(reason: impl Into<String>) -> Self {
        Self::new(4400, reason)
    }

    pub(super) fn stopping() -> Self {
        Self::new(1001, "the server is stopping")
    }

    pub(super) fn too_slow() -> Self {
        Self::new(4408, "too slow")
    }

    pub(super) fn frame(&self) -> Data {
        Data::frame(&Frame::End { code: self.code, reason: &self.reason })
    }

    pub(super) fn status(&self) -> StatusCode {
        match self.code {
            1001 | 1012 | 1013 => StatusCode::SERVICE_UNAVAILABLE,
            4401 => StatusCode::UNAUTHORIZED,
            4403 => StatusCode::FORBIDDEN,
            4404 => StatusCode::NOT_FOUND,
            4409 => StatusCode::CONFLICT,
            4413 => StatusCode::PAYLOAD_TOO_LARGE,
            4429 => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The answer to a request, with these frames before it.
    pub(super) fn answer(&self, before: &[Data]) -> Response {
        let mut response = records(before.iter().chain([&self.frame()]).map(Data::borrow));
        *response.status_mut() = self.status();
        if matches!(self.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<BrokerError> for End {
    fn from(error: BrokerError) -> Self {
        Self::new(1013, error.to_string())
    }
}

/// An answer of these frames.
pub(super) fn records<'a>(frames: impl IntoIterator<Item = MessageRef<'a>>) -> Response {
    let mut body = Vec::new();
    for frame in frames {
        write_record(&mut body, frame);
    }
    ([(CONTENT_TYPE, RECORDS)], body).into_response()
}
