//! Where a connection goes: subprotocols that a browser accepts, and URLs fit to be shown.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A URL without what must stay secret: no user-info, and `…` in the place of the query's and the fragment's text.
///
/// It is made from any text, valid URL or not, and is what errors and `Debug` show.
///
/// ```
/// use tautline::RedactedUrl;
///
/// let shown = RedactedUrl::new("wss://ann:secret@example.com/chat?token=abc#top");
/// assert_eq!(shown.to_string(), "wss://example.com/chat?…#…");
/// ```
///
/// It is redacted when it is shown: a program that shows none has no code for it.
#[derive(Clone)]
pub struct RedactedUrl(Box<str>);

/// The most characters of a URL that are shown.
const MAX_SHOWN: usize = 256;

impl RedactedUrl {
    /// Redacts a URL.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self(url.into())
    }

    fn shown(&self) -> String {
        let url = &*self.0;
        let (scheme, rest) = url.find(':').map_or(("", url), |at| split(url, at + 1));
        let (scheme, rest) = if is_scheme(scheme) { (scheme, rest) } else { ("", url) };
        // A browser reads any number of slashes, of either kind and even none, before the authority.
        let slashes = rest.len() - rest.trim_start_matches(['/', '\\']).len();
        let (slashes, rest) = split(rest, slashes);
        let (before, after) = split(rest, rest.find(['?', '#']).unwrap_or(rest.len()));
        // A password may hold a `?` or a `#` that was not escaped. Such a URL is invalid, and is shown in an error.
        let (before, after) = if after.contains('@') && has_password(rest) { ("…", "") } else { (before, after) };
        // User-info ends at the last `@` before the path. What comes before an `@` in a path is cut too: better too much.
        let before = before.rfind('@').map_or(before, |at| split(before, at + 1).1);

        let mut shown: String = [scheme, slashes, before].concat();
        if let Some((at, _)) = shown.char_indices().nth(MAX_SHOWN) {
            shown.truncate(at);
            shown.push('…');
        }
        if after.starts_with('?') {
            shown.push_str("?…");
        }
        if after.contains('#') {
            shown.push_str("#…");
        }
        shown
    }
}

/// As they are shown: two that differ in what is secret alone are equal.
impl PartialEq for RedactedUrl {
    fn eq(&self, other: &Self) -> bool {
        self.shown() == other.shown()
    }
}

impl Eq for RedactedUrl {}

impl Hash for RedactedUrl {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shown().hash(state);
    }
}

/// Whether the text up to the first `/`, `?` or `#` looks like user-info with a password rather than a host with a port.
fn has_password(text: &str) -> bool {
    let authority = split(text, text.find(['/', '?', '#']).unwrap_or(text.len())).0;
    let host = authority.rsplit(['@', ']']).next().unwrap_or(authority);
    host.split_once(':').is_some_and(|(_, port)| !port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether it is a scheme with its colon, and so no part of an authority or a path.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.:".contains(&byte))
}

fn split(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

impl fmt::Display for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl fmt::Debug for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown(), f)
    }
}

/// Why a list of subprotocols is not one that the [constructor] takes. What is wrong is named by its place: it may be a token that must stay
/// secret.
///
/// [constructor]: https://websockets.spec.whatwg.org/#dom-websocket-websocket
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProtocol {
    /// A subprotocol is empty, or has a character that is not of a `token`: U+0021 to U+007E without `()<>@,;:\"/[]?={}`
    /// (RFC 6455 §4.1, RFC 2616 §2.2).
    #[error("subprotocol {place} is no token: one or more of the characters ! to ~ without ()<>@,;:\\\"/[]?={{}}")]
    NotAToken {
        /// Its place in the list, from 1.
        place: usize,
    },
    /// A subprotocol stands in the list twice.
    #[error("subprotocol {place} is one that stands before it too")]
    Duplicate {
        /// The place of the second one in the list, from 1.
        place: usize,
    },
}

/// Checks subprotocols as the constructor does, and puts commas between them: no token has one.
pub(crate) fn join_protocols(protocols: &[&str]) -> Result<String, InvalidProtocol> {
    protocols.iter().try_fold(String::new(), |list, protocol| add_protocol(&list, protocol))
}

/// Adds one to such a list.
pub(crate) fn add_protocol(list: &str, protocol: &str) -> Result<String, InvalidProtocol> {
    let earlier = || list.split(',').filter(|earlier| !earlier.is_empty());
    let place = earlier().count() + 1;
    if !is_token(protocol) {
        Err(InvalidProtocol::NotAToken { place })
    } else if list.is_empty() {
        Ok(protocol.to_owned())
    } else if earlier().any(|earlier| earlier == protocol) {
        Err(InvalidProtocol::Duplicate { place })
    } else {
        Ok([list, protocol].join(","))
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !br#"()<>@,;:\"/[]?={}"#.contains(&byte))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_are_cut_out_of_urls_of_every_shape() {
        for (url, shown) in [
            ("ws://example.com/", "ws://example.com/"),
            ("wss://user:pass@example.com:8443/a/b?q=1", "wss://example.com:8443/a/b?…"),
            ("wss://user:p@ss@example.com/", "wss://example.com/"),
            ("https:\\\\u:p@example.com\\x", "https:\\\\example.com\\x"),
            ("wss:u:p@example.com/", "wss:example.com/"),
            ("wss:////u:p@example.com/", "wss:////example.com/"),
            ("//u:p@example.com/x", "//example.com/x"),
            ("/chat?token=1#frag", "/chat?…#…"),
            ("chat#a?b", "chat#…"),
            ("ws://exa mple/?x", "ws://exa mple/?…"),
            ("wss://ann:s3c?ret@host/", "wss://…"),
            ("wss://ann:s3c#ret@host/x", "wss://…"),
            ("wss:ann:s3c?ret@host//x", "wss:…"),
            ("wss://[::1]:80/?to=a@b", "wss://[::1]:80/?…"),
            ("wss://host:80?to=a@b", "wss://host:80?…"),
            ("wss://host/#a@b", "wss://host/#…"),
            ("", ""),
        ] {
            assert_eq!(RedactedUrl::new(url).shown(), shown, "{url}");
        }
    }

    #[test]
    fn a_long_url_is_shown_shortened() {
        for url in
            [format!("ws://example.com/{}", "é".repeat(10_000)), format!("{}//ann:s3c?ret@host", "é".repeat(10_000))]
        {
            assert!(RedactedUrl::new(&url).shown().chars().count() <= MAX_SHOWN + "…?…".len(), "{url:.30}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_redaction_panic(url in any::<String>()) {
            prop_assert!(RedactedUrl::new(&url).shown().chars().count() <= MAX_SHOWN + 5);
        }

        #[test]
        fn user_info_query_and_fragment_never_show(
            scheme in "wss?|https?", user in "SECRET[a-z:@]{0,6}", query in "SECRET[a-z#?&=/@]{0,9}", path in "(/[a-z]{0,4}){0,3}",
        ) {
            let url = format!("{scheme}://{user}@host{path}?{query}#SECRET");
            let shown = RedactedUrl::new(&url);
            prop_assert!(!shown.shown().contains("SECRET"), "{}", shown);
            prop_assert!(shown.shown().contains("host"));
        }
    }

    #[test]
    fn a_subprotocol_is_a_token_and_stands_once() {
        assert_eq!(join_protocols(&[]).as_deref(), Ok(""));
        assert_eq!(join_protocols(&["chat", "chat.v2", "Chat"]).as_deref(), Ok("chat,chat.v2,Chat"));
        for bad in ["", " ", "a b", "a,b", "é", "\u{7f}", "a\"", "(a)", "a/b", "{a}", "\0"] {
            assert_eq!(join_protocols(&["ok", bad]), Err(InvalidProtocol::NotAToken { place: 2 }));
        }
        assert_eq!(join_protocols(&["a", "b", "a"]), Err(InvalidProtocol::Duplicate { place: 3 }));
    }
}
