//! Which pages may ask, and what their browsers are told (CORS).

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    CACHE_CONTROL, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

use super::settings::Origins;

/// Whether the page that asks may. A request without `Origin` is no page's, or is one to the page's own origin.
pub(super) fn may_ask(origins: &Origins, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if origins.listed.iter().any(|listed| listed == origin) {
        return true;
    }
    let Some((_, authority)) = origin.split_once("://") else { return false };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| host.eq_ignore_ascii_case(authority)) {
        return true;
    }
    let uri: Option<Uri> = origin.parse().ok();
    let host = uri.as_ref().and_then(Uri::host);
    origins.loopback && host.is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"))
}

/// The answer to a preflight.
pub(super) fn preflight(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answer = response.headers_mut();
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST"));
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    // With credentials a star would mean a header of that name.
    if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

/// Lets the page that asks read the answer, and no cache keep it.
pub(super) fn add_headers(response: &mut Response, origin: Option<HeaderValue>, may_ask: bool) {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin.filter(|_| may_ask) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After, Tautline-Channel"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(origins: &Origins, origin: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("example.org:8080"));
        headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        may_ask(origins, &headers)
    }

    #[test]
    fn the_same_host_and_those_listed_may_ask() {
        let origins = Origins { listed: vec!["https://other.example".to_owned()], loopback: false };
        for origin in ["http://example.org:8080", "https://example.org:8080", "https://other.example"] {
            assert!(may(&origins, origin), "{origin}");
        }
        for origin in [
            "http://example.org",
            "http://example.org:8080.evil.example",
            "http://other.example",
            "http://localhost",
            "null",
            "",
            "example.org:8080",
        ] {
            assert!(!may(&origins, origin), "{origin}");
        }
        assert!(may_ask(&origins, &HeaderMap::new()));
    }

    #[test]
    fn pages_of_this_machine_may_ask_where_that_is_wanted() {
        let origins = Origins::default();
        for origin in ["http://localhost:1", "http://127.0.0.1:8080", "http://[::1]:3", "https://localhost"] {
            assert!(may(&origins, origin), "{origin}");
        }
        for origin in ["http://localhost.example", "http://127.0.0.1.example:80", "http://user@evil.example"] {
            assert!(!may(&origins, origin), "{origin}");
        }
    }
}
