//! The opening handshake (RFC 6455, section 4): how the accept value is worked out, and the text of both heads without secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha1::{Digest as _, Sha1};

use super::WireId;

/// What RFC 6455, section 1.3, has the server append to the client's key.
pub(crate) const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Each step from a `Sec-WebSocket-Key` to its `Sec-WebSocket-Accept`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Accept {
    /// The key as the client sent it.
    pub(crate) key: String,
    /// [`GUID`].
    pub(crate) guid: &'static str,
    /// SHA-1 of key and GUID.
    pub(crate) sha1_hex: String,
    /// The same in base64: the header's value.
    pub(crate) base64: String,
}

impl Accept {
    pub(crate) fn of(key: &str) -> Self {
        let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
        Self { key: key.to_owned(), guid: GUID, sha1_hex: hex::encode(digest), base64: STANDARD.encode(digest) }
    }
}

/// The `wire` parameter of a request head's first line. None too for a feed's own request.
pub(crate) fn wire_id(head: &[u8]) -> Option<WireId> {
    let line = head.split(|&byte| byte == b'\n').next()?;
    let target = str::from_utf8(line).ok()?.split(' ').nth(1)?;
    let (path, query) = target.split_once('?')?;
    if path.starts_with("/wire/") {
        return None;
    }
    let (_, id) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "wire")?;
    WireId::parse(&id).ok()
}

/// The value of a header in `head`; `name` is in lower case.
pub(crate) fn header(head: &[u8], name: &str) -> Option<String> {
    String::from_utf8_lossy(head).lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.to_ascii_lowercase() == name).then(|| value.trim().to_owned())
    })
}

/// The text of a request head, with `…` in place of what may be secret: cookies, credentials, and query values other than the
/// feed's id.
pub(crate) fn redacted(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    let mut redacted = String::with_capacity(text.len());
    let mut secret = false;
    for (number, line) in text.split_inclusive("\r\n").enumerate() {
        let (line, ending) = match line.strip_suffix("\r\n") {
            Some(line) => (line, "\r\n"),
            None => (line, ""),
        };
        if number == 0 {
            redacted.push_str(&redacted_request_line(line));
        } else if let Some((name, value)) = line.split_once(':')
            && !line.starts_with([' ', '\t'])
        {
            let lower = name.to_ascii_lowercase();
            secret = matches!(lower.as_str(), "cookie" | "authorization" | "proxy-authorization");
            redacted.push_str(name);
            if secret {
                redacted.push_str(": …");
            } else if let Some((address, _)) = value.split_once('?')
                && lower == "referer"
            {
                redacted.push(':');
                redacted.push_str(address);
                redacted.push_str("?…");
            } else {
                redacted.push(':');
                redacted.push_str(value);
            }
        } else if secret && !line.is_empty() {
            // The folded rest of a secret header.
            redacted.push('…');
        } else {
            redacted.push_str(line);
        }
        redacted.push_str(ending);
    }
    redacted
}

fn redacted_request_line(line: &str) -> String {
    let Some((before, query)) = line.split_once('?') else {
        return line.to_owned();
    };
    let (query, after) = query.split_once(' ').unwrap_or((query, ""));
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some(("wire", _)) | Some((_, "")) => pair.to_owned(),
            Some((name, _)) => format!("{name}=…"),
            None if pair.is_empty() => String::new(),
            // A lone word is as likely a token as a name.
            None => "…".to_owned(),
        })
        .collect();
    format!("{before}?{} {after}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_value_of_the_rfc_is_worked_out() {
        let accept = Accept::of("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept.sha1_hex, "b37a4f2cc0624f1690f64606cf385945b2bec4ea");
        assert_eq!(accept.base64, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn secrets_of_a_request_are_replaced() {
        let head = b"GET /echo?token=abc&wire=one&flag=&bare HTTP/1.1\r\nHost: localhost\r\ncookie: a=b\r\n c=d\r\nReferer: http://localhost/?secret\r\nSec-WebSocket-Version: 13\r\nAUTHORIZATION: Basic x\r\n\r\n";
        assert_eq!(
            redacted(head),
            "GET /echo?token=…&wire=one&flag=&… HTTP/1.1\r\nHost: localhost\r\ncookie: …\r\n…\r\nReferer: http://localhost/?…\r\nSec-WebSocket-Version: 13\r\nAUTHORIZATION: …\r\n\r\n"
        );
    }

    #[test]
    fn the_id_is_found_in_the_target_of_anything_but_a_feed() {
        let id = |head: &str| wire_id(head.as_bytes()).map(|id| id.to_string());
        assert_eq!(id("GET /?a=b&wire=x-1 HTTP/1.1\r\n").as_deref(), Some("x-1"));
        assert_eq!(id("GET / HTTP/1.1\r\nCookie: ?wire=x\r\n"), None);
        assert_eq!(id("GET /?wire=no%20spaces HTTP/1.1\r\n"), None);
        assert_eq!(id("GET /wire/y?wire=x HTTP/1.1\r\n"), None);
    }

    #[test]
    fn a_header_is_found_whatever_its_case() {
        let head = b"GET / HTTP/1.1\r\nSEC-WebSocket-key:  abc \r\n\r\n";
        assert_eq!(header(head, "sec-websocket-key").as_deref(), Some("abc"));
        assert_eq!(header(head, "cookie"), None);
    }
}
