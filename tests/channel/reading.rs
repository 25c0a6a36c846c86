//! What any bytes have to be for those who read them: an error, or something that is written back as it was.

use tautline::MessageRef;
use tautline::channel::wire::{Frame, Hello, Records, write_record};

/// Reads them as everything that they could be.
pub(crate) fn check(data: &[u8]) {
    frame(MessageRef::Binary(data));
    if let Ok(text) = std::str::from_utf8(data) {
        frame(MessageRef::Text(text));
        hello(1, text);
    }
    let mut again = Vec::new();
    let mut whole = true;
    for record in Records::new(data) {
        assert!(whole, "after an error nothing comes any more");
        match record {
            Ok(one) => {
                write_record(&mut again, one);
                frame(one);
            }
            Err(_) => whole = false,
        }
    }
    assert!(data.starts_with(&again) && (!whole || again == data), "{data:?} and {again:?}");
}

fn frame(data: MessageRef<'_>) {
    let Ok(frame) = Frame::read(data) else { return };
    let (written, text) = (frame.to_bytes(), frame.to_text());
    if let MessageRef::Text(whole) = data {
        assert_eq!((text.as_deref(), &*written), (Some(whole), whole.as_bytes()));
    } else if let MessageRef::Binary(whole) = data {
        assert_eq!((text, &*written), (None, whole));
    }
    if let Frame::Hello { version, fields } = frame {
        hello(version, fields);
    }
}

fn hello(version: u64, fields: &str) {
    if let Ok(hello) = Hello::read(version, fields) {
        // Keys come in any order, and others are skipped: the second writing is what the first one was.
        assert_eq!(Hello::read(1, &hello.to_string()), Ok(hello));
    }
}
