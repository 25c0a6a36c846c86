//! Where, in one direction of a connection, a frame of a WebSocket begins, or a head or a chunk of HTTP.

use super::trail::What;
use crate::wire::frame::{FrameReader, Piece};

/// What has passed so far, as far as it says how the next portion is to be read.
#[derive(Debug)]
pub(super) struct Framing {
    up: bool,
    /// Some once it is a WebSocket's.
    frames: Option<FrameReader>,
}

impl Framing {
    pub(super) fn new(up: bool) -> Self {
        Self { up, frames: None }
    }

    /// Looks at the next portion. If it begins where a frame, a head or a chunk does: how many of its bytes belong to that.
    pub(super) fn begins(&mut self, portion: &[u8]) -> Option<usize> {
        if let Some(frames) = &mut self.frames {
            return first_frame(frames, portion);
        }
        match What::of(self.up, portion) {
            // A client sends frames only once it was answered.
            What::Request { handshake: true } | What::Answer { status: 101 } => {
                let end_of_head = portion.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
                let length = end_of_head.unwrap_or(portion.len());
                let mut frames = FrameReader::default();
                first_frame(&mut frames, &portion[length..]);
                self.frames = end_of_head.map(|_| frames);
                Some(length)
            }
            What::Request { .. } | What::Answer { .. } => Some(portion.len()),
            _ => (!self.up && begins_chunk(portion)).then_some(portion.len()),
        }
    }
}

fn first_frame(frames: &mut FrameReader, mut portion: &[u8]) -> Option<usize> {
    let begins = frames.header_bytes().is_empty();
    let all = portion.len();
    let mut first = None;
    while let Some(piece) = frames.next(&mut portion) {
        if matches!(piece, Piece::End(_)) {
            first.get_or_insert(all - portion.len());
        }
    }
    begins.then(|| first.unwrap_or(all))
}

/// RFC 9112, section 7.1: a chunk begins with its size in hexadecimal.
fn begins_chunk(portion: &[u8]) -> bool {
    let digits = portion.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    digits > 0 && portion[digits..].starts_with(b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_a_websocket_are_found_after_its_handshake() {
        let mut down = Framing::new(false);
        assert_eq!(down.begins(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05he"), Some(36));
        assert_eq!(down.begins(b"llo"), None, "the rest of a frame");
        assert_eq!(down.begins(b"\x81\x01a\x81\x01b"), Some(3));
        assert_eq!(down.begins(b"\x81"), Some(1));
        assert_eq!(down.begins(b"\x01c"), None);
        assert_eq!(down.begins(b"\x81\x01d"), Some(3));
        let mut up = Framing::new(true);
        assert_eq!(up.begins(b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), Some(38));
        assert_eq!(up.begins(b"\x81\x80\0\0\0\0"), Some(6));
    }

    #[test]
    fn heads_and_chunks_of_http_are_found_and_bodies_are_none() {
        let mut down = Framing::new(false);
        assert_eq!(down.begins(b"HTTP/1.1 200 OK\r\n\r\nhello"), Some(24));
        assert_eq!(down.begins(b"1f\r\ndata: m1:hello"), Some(18));
        assert_eq!(down.begins(b"face it"), None);
        let mut up = Framing::new(true);
        assert_eq!(up.begins(b"POST / HTTP/1.1\r\n\r\n"), Some(19));
        assert_eq!(up.begins(b"5\r\nt4:s"), None);
    }
}
