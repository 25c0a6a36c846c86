//! The parameters of an endpoint, from the query of the request's target.

use std::ops::RangeInclusive;

use axum::http::HeaderValue;
use axum::http::request::Parts;
use thiserror::Error;

use crate::wire::WireId;

/// The longest reason that fits a close frame, in bytes.
pub(crate) const MAX_REASON: usize = 123;

/// A parameter an endpoint can't do with. The answer is 400 with this as its text.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum BadParameter {
    /// The value is outside of what is allowed.
    #[error("parameter \"{name}\" is {value}; expected {expected}")]
    Value { name: &'static str, value: String, expected: String },
    /// It was given more than once.
    #[error("parameter \"{name}\" is given more than once")]
    Repeated { name: &'static str },
    /// The endpoint has no such parameter.
    #[error("unknown parameter {name}; this endpoint has: {known}")]
    Unknown { name: String, known: String },
}

impl BadParameter {
    pub(crate) fn value(name: &'static str, value: &str, expected: impl Into<String>) -> Self {
        Self::Value { name, value: quoted(value), expected: expected.into() }
    }
}

/// The value in quotes, without control characters, and not endlessly long.
fn quoted(value: &str) -> String {
    const SHOWN: usize = 60;
    if value.chars().nth(SHOWN).is_none() {
        return format!("{value:?}");
    }
    let start: String = value.chars().take(SHOWN).collect();
    format!("{start:?}… ({} bytes)", value.len())
}

/// The parameters that have not been taken yet. Each getter takes its parameter out; [`Query::finish`] refuses what is left.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl Query {
    /// Splits the query. `wire`, which every endpoint has, is checked and taken here.
    pub(crate) fn parse(parts: &Parts) -> Result<Self, BadParameter> {
        let query = parts.uri.query().unwrap_or_default();
        let mut query =
            Self { pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect(), known: Vec::new() };
        if let Some(id) = query.text("wire")? {
            WireId::parse(&id).map_err(|expected| BadParameter::value("wire", &id, expected.to_string()))?;
        }
        Ok(query)
    }

    /// Of parameters that come from elsewhere.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        Self { pairs, known: Vec::new() }
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, BadParameter> {
        self.known.push(name);
        let mut found = None;
        let mut index = 0;
        while index < self.pairs.len() {
            if self.pairs[index].0 != name {
                index += 1;
            } else if found.replace(self.pairs.remove(index).1).is_some() {
                return Err(BadParameter::Repeated { name });
            }
        }
        Ok(found)
    }

    /// A whole number within `range`.
    pub(crate) fn number(
        &mut self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> Result<u64, BadParameter> {
        Ok(self.optional_number(name, range)?.unwrap_or(default))
    }

    /// A whole number within `range`, if it is given.
    pub(crate) fn optional_number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, BadParameter> {
        let Some(value) = self.text(name)? else {
            return Ok(None);
        };
        match value.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(BadParameter::value(
                name,
                &value,
                format!("a whole number from {} to {}", range.start(), range.end()),
            )),
        }
    }

    /// One of several words, the first of which is the default.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
        default: T,
    ) -> Result<T, BadParameter> {
        let Some(value) = self.text(name)? else {
            return Ok(default);
        };
        match choices.iter().find(|(word, _)| *word == value) {
            Some(&(_, choice)) => Ok(choice),
            None => {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                let expected = format!("one of: {}", words.join(", "));
                Err(BadParameter::value(name, &value, expected))
            }
        }
    }

    /// Bytes in hexadecimal, spaces allowed, at most `limit` of them.
    pub(crate) fn bytes(&mut self, name: &'static str, limit: usize) -> Result<Vec<u8>, BadParameter> {
        let value = self.text(name)?.unwrap_or_default();
        match unhex(&value) {
            Some(bytes) if bytes.len() <= limit => Ok(bytes),
            _ => {
                let expected = format!("bytes in hexadecimal, {limit} at most");
                Err(BadParameter::value(name, &value, expected))
            }
        }
    }

    /// The value of a header to be sent.
    pub(crate) fn header(&mut self, name: &'static str) -> Result<Option<HeaderValue>, BadParameter> {
        let Some(value) = self.text(name)? else {
            return Ok(None);
        };
        match HeaderValue::from_bytes(value.as_bytes()) {
            Ok(header) => Ok(Some(header)),
            Err(_) => Err(BadParameter::value(name, &value, "a header's value, without control characters")),
        }
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), BadParameter> {
        match self.pairs.first() {
            None => Ok(()),
            Some((name, _)) => Err(BadParameter::Unknown { name: quoted(name), known: self.known.join(", ") }),
        }
    }
}

/// Bytes from hexadecimal; spaces don't count.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|digit| *digit != ' ').collect();
    hex::decode(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn query(query: &str) -> Result<Query, BadParameter> {
        let request = Request::get(format!("/x?{query}")).body(()).unwrap();
        Query::parse(&request.into_parts().0)
    }

    fn number(text: &str) -> Result<u64, String> {
        query(text).and_then(|mut query| query.number("n", 5, 1..=9)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_is_kept_within_its_range() {
        assert_eq!(number(""), Ok(5));
        assert_eq!(number("n=9"), Ok(9));
        let message = "parameter \"n\" is \"10\"; expected a whole number from 1 to 9";
        assert_eq!(number("n=10"), Err(message.to_owned()));
        for bad in ["n=", "n=-1", "n=0", "n=1.5", "n=99999999999999999999"] {
            assert!(number(bad).is_err(), "{bad}");
        }
        assert!(number("n=1&n=1").unwrap_err().contains("more than once"));
    }

    #[test]
    fn what_no_endpoint_asked_for_is_refused_by_name_only() {
        let mut query = query("n=1&m=secret&wire=a").unwrap();
        query.number("n", 0, 0..=1).unwrap();
        assert_eq!(query.finish().unwrap_err().to_string(), "unknown parameter \"m\"; this endpoint has: wire, n");
    }

    #[test]
    fn the_feeds_id_is_checked() {
        assert!(query("wire=a_B-9").is_ok());
        assert!(query("wire=").is_err());
        assert!(query("wire=a%20b").is_err());
        assert!(query(&format!("wire={}", "a".repeat(65))).is_err());
    }

    #[test]
    fn bytes_are_read_with_or_without_spaces() {
        let bytes = |text: &str| query(text).unwrap().bytes("hex", 3);
        assert_eq!(bytes("hex=81+00%20Ff"), Ok(vec![0x81, 0, 0xff]));
        assert_eq!(bytes(""), Ok(vec![]));
        assert!(bytes("hex=8").is_err());
        assert!(bytes("hex=zz").is_err());
        assert!(bytes("hex=00000000").is_err());
    }
}
