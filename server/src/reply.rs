//! Plain HTTP answers: JSON, or why there is none.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use thiserror::Error;

use crate::query::BadParameter;

/// An answer that no browser keeps.
pub(crate) fn json(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Why a request is not carried out. The answer is the status, with this as its text.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// 400.
    #[error(transparent)]
    BadParameter(#[from] BadParameter),
    /// 404.
    #[error("{0}")]
    NotFound(String),
    /// 409.
    #[error("{0}")]
    Conflict(String),
    /// 503.
    #[error("{0}")]
    Full(String),
    /// 504. Not 408: Chromium would ask again by itself.
    #[error("it did not come to that in time: {0}")]
    TimedOut(String),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self {
            Self::BadParameter(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Full(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
        };
        (status, format!("{self}\n")).into_response()
    }
}
