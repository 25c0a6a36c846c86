//! `/status`: plain HTTP with a status on demand, as a client's probe of an address may find it.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL,
    ORIGIN, RETRY_AFTER, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::query::Query;
use crate::reply::Failure;

/// The longest time to retry after, in seconds: a day.
const MAX_RETRY_AFTER: u64 = 86_400;

/// `GET /status`
pub(crate) async fn status(parts: Parts) -> Result<Response, Failure> {
    let mut query = Query::parse(&parts)?;
    let code = query.number("code", 200, 200..=599)?;
    let retry_after = query.optional_number("retry_after", 0..=MAX_RETRY_AFTER)?;
    query.finish()?;
    let code = u16::try_from(code).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let code = code.unwrap_or(StatusCode::OK);
    let mut response = (code, format!("status {}\n", code.as_u16())).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
    }
    // A probe may bring cookies: then the origin has to be named.
    if let Some(origin) = parts.headers.get(ORIGIN) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    Ok(response)
}
