//! What any text has to be for the values of the public interface.

use tautline::{CloseCode, CloseReason, RedactedUrl};

/// Stands for what must not be shown.
const SECRET: &str = "S3CRET";

/// The most characters of a URL that are shown, and what stands for the rest.
const SHOWN: usize = 256 + "…?…#…".len();

/// Reads it as a URL, a close reason and a close code.
pub(crate) fn check(text: &str) {
    if !text.contains(SECRET) {
        for url in [
            format!("wss://{SECRET}@{text}"),
            format!("wss://ann:{SECRET}@{text}"),
            format!("wss:ann:{SECRET}@{text}"),
            format!("wss:\\\\ann:{SECRET}@{text}"),
            format!("//ann:{SECRET}@{text}"),
            format!("{text}?token={SECRET}"),
            format!("{text}#{SECRET}"),
        ] {
            let shown = RedactedUrl::new(&url);
            assert!(!format!("{shown} {shown:?}").contains(SECRET), "{url:?} is shown as {shown}");
        }
    }
    let shown = RedactedUrl::new(text).to_string();
    assert!(shown.chars().count() <= SHOWN, "{shown}");

    let reason = CloseReason::new(text);
    assert_eq!(reason.is_ok(), text.len() <= 123);
    if let Ok(reason) = reason {
        assert_eq!(reason.as_str(), text);
    }

    let code = text.bytes().take(4).fold(0_u16, |code, byte| code.wrapping_mul(10).wrapping_add((byte % 10).into()));
    assert_eq!(CloseCode::new(code).is_ok(), code == 1000 || (3000..5000).contains(&code));
}
