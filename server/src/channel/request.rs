//! What a client asks for, in the query and the headers of its request.

use std::time::Duration;

use axum::http::request::Parts;
use tautline::channel::wire::{MAX_NUMBER, is_epoch, is_session};

use super::broker::Place;
use super::end::End;

/// The parameters `tl_…`. All others are the application's.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) session: Option<String>,
    /// The session begins here, if it is not known.
    pub(super) begin: bool,
    pub(super) place: Option<(String, u64)>,
    pub(super) wait: Option<Duration>,
    /// A poll is answered with the hello in any case.
    pub(super) hello: bool,
    /// Beats are to be events.
    pub(super) beat_events: bool,
}

impl Asked {
    /// Reads them, and `Last-Event-ID`, which counts before `tl_epoch` and `tl_after`.
    pub(super) fn read(parts: &Parts) -> Result<Self, End> {
        let query = parts.uri.query().unwrap_or_default();
        let names = ["tl_session", "tl_begin", "tl_epoch", "tl_after", "tl_wait", "tl_hello", "tl_beat"];
        let mut values = names.map(|name| (name, None));
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !name.starts_with("tl_") {
                continue;
            }
            match values.iter_mut().find(|(known, _)| *known == name) {
                Some((_, place @ None)) => *place = Some(value.into_owned()),
                Some((known, Some(_))) => return Err(End::bad(format!("{known} is given more than once"))),
                None => return Err(End::bad("an unknown parameter tl_…")),
            }
        }
        let [session, begin, epoch, after, wait, hello, beat] = values.map(|(_, value)| value);
        if session.as_deref().is_some_and(|session| !is_session(session)) {
            return Err(End::bad("tl_session is 16 to 64 characters of A-Z a-z 0-9 _ -"));
        }
        let begin = flag(begin.as_deref()).ok_or_else(|| End::bad("tl_begin is 1"))?;
        let hello = flag(hello.as_deref()).ok_or_else(|| End::bad("tl_hello is 1"))?;
        let place = match (epoch, after) {
            (None, None) => None,
            (Some(epoch), Some(after)) => Some(place(epoch, &after).ok_or_else(|| End::bad("tl_epoch or tl_after"))?),
            _ => return Err(End::bad("tl_epoch and tl_after come together")),
        };
        let wait = match wait {
            None => None,
            Some(wait) => Some(number(&wait).ok_or_else(|| End::bad("tl_wait is a number of milliseconds"))?),
        };
        let beat_events = match beat.as_deref() {
            None => false,
            Some("event") => true,
            Some(_) => return Err(End::bad("tl_beat is event")),
        };
        let last = parts.headers.get("last-event-id").map(|id| last_event(id.as_bytes())).transpose()?;
        Ok(Self { session, begin, place: last.or(place), wait: wait.map(Duration::from_millis), hello, beat_events })
    }

    pub(super) fn place(&self) -> Option<Place<'_>> {
        self.place.as_ref().map(|(epoch, after)| Place { epoch, after: *after })
    }
}

/// A parameter that is there, and 1, or is not.
fn flag(value: Option<&str>) -> Option<bool> {
    match value {
        None => Some(false),
        Some("1") => Some(true),
        Some(_) => None,
    }
}

/// A `Last-Event-ID`.
fn last_event(id: &[u8]) -> Result<(String, u64), End> {
    let id = std::str::from_utf8(id).unwrap_or_default();
    let both = id.split_once(':');
    both.and_then(|(epoch, after)| place(epoch.to_owned(), after))
        .ok_or_else(|| End::bad("Last-Event-ID is EPOCH:OFFSET"))
}

fn place(epoch: String, after: &str) -> Option<(String, u64)> {
    Some((epoch, number(after)?)).filter(|(epoch, _)| is_epoch(epoch))
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|number| digits && *number <= MAX_NUMBER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn read(query: &str, last: Option<&str>) -> Result<Asked, End> {
        let mut request = Request::get(format!("/channel/a?{query}"));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        Asked::read(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn what_is_asked_for_is_read_and_the_rest_left_to_the_application() {
        let asked = read(
            "token=x&tl_session=0123456789abcdef&tl_begin=1&tl_epoch=e&tl_after=7&tl_wait=0&tl_hello=1&tl_beat=event",
            None,
        )
        .unwrap();
        let expected = Asked {
            session: Some("0123456789abcdef".to_owned()),
            begin: true,
            place: Some(("e".to_owned(), 7)),
            wait: Some(Duration::ZERO),
            hello: true,
            beat_events: true,
        };
        assert_eq!(asked, expected);
        assert_eq!(read("", None), Ok(Asked::default()));
    }

    #[test]
    fn the_last_event_counts_before_the_query() {
        let asked = read("tl_epoch=e&tl_after=7", Some("f:9")).unwrap();
        assert_eq!(asked.place, Some(("f".to_owned(), 9)));
    }

    #[test]
    fn a_parameter_that_is_none_is_refused() {
        for query in [
            "tl_session=short",
            "tl_begin=yes",
            "tl_hello=0",
            "tl_epoch=e",
            "tl_after=1",
            "tl_epoch=e.&tl_after=1",
            "tl_epoch=e&tl_after=01",
            "tl_epoch=e&tl_after=-1",
            "tl_epoch=e&tl_after=%2B1",
            "tl_epoch=e&tl_after=9007199254740992",
            "tl_wait=",
            "tl_wait=1s",
            "tl_wait=0&tl_wait=0",
            "tl_beat=comment",
            "tl_other=1",
        ] {
            assert_eq!(read(query, None).unwrap_err().code, 4400, "{query}");
        }
        for last in ["", "e", "e:", ":1", "e:x", "é:1"] {
            assert_eq!(read("", Some(last)).unwrap_err().code, 4400, "{last}");
        }
    }
}
