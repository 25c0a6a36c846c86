//! The records of a feed and their JSON.

use serde::Serialize;

use super::frame::{self, FrameHeader};
use super::handshake::Accept;

/// How many bytes of a payload a record shows.
pub(crate) const PREVIEW: usize = 64;

/// What is kept of a payload: enough for the preview, and for the whole of a valid close frame.
pub(crate) const KEPT: usize = 125;

/// Who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    /// The client, to this server.
    Up,
    /// This server, to the client.
    Down,
}

/// How one direction of a TCP connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum End {
    /// In order, by a FIN.
    Fin,
    /// By a RST.
    Reset,
    /// This server let go of the connection before it saw or sent either.
    Dropped,
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Body {
    /// The request's head.
    Request { text: String },
    /// The answer's head.
    Response { text: String, accept: Option<Accept> },
    /// One frame.
    Frame(FrameRecord),
    /// A direction ended.
    End { direction: Direction, how: End },
    /// The connection is over.
    Over,
}

/// A [`Body`] with its place in the feed.
#[derive(Debug, Serialize)]
pub(crate) struct Record<'a> {
    pub(crate) seq: u64,
    pub(crate) at_ms: f64,
    pub(crate) connection: u64,
    #[serde(flatten)]
    pub(crate) body: &'a Body,
}

/// One frame as a feed shows it.
#[derive(Debug, Serialize)]
pub(crate) struct FrameRecord {
    direction: Direction,
    header: String,
    fin: bool,
    rsv: u8,
    opcode: u8,
    name: &'static str,
    masked: bool,
    mask: Option<String>,
    length: u64,
    payload_text: Option<String>,
    payload_hex: String,
    truncated: bool,
    /// False if the connection ended within the frame.
    complete: bool,
    code: Option<u16>,
    reason: Option<String>,
}

impl FrameRecord {
    /// `start` is the first bytes of the payload, unmasked, at most [`KEPT`]; `text` says whether they belong to a text message.
    pub(crate) fn new(
        direction: Direction,
        raw: &[u8],
        header: FrameHeader,
        start: &[u8],
        text: bool,
        complete: bool,
    ) -> Self {
        let mut preview = &start[..start.len().min(PREVIEW)];
        let cut = header.length > preview.len() as u64;
        let mut payload_text = None;
        if text && header.rsv == 0 {
            match str::from_utf8(preview) {
                Ok(valid) => payload_text = Some(valid),
                // A character that the cut went through, not an invalid one.
                Err(error) if cut && error.error_len().is_none() => {
                    preview = &preview[..error.valid_up_to()];
                    payload_text = str::from_utf8(preview).ok();
                }
                Err(_) => {}
            }
        }
        let (code, reason) = match start {
            [high, low, reason @ ..] if header.opcode == frame::CLOSE => {
                (Some(u16::from_be_bytes([*high, *low])), Some(String::from_utf8_lossy(reason).into_owned()))
            }
            _ => (None, None),
        };
        Self {
            direction,
            header: spaced_hex(raw),
            fin: header.fin,
            rsv: header.rsv,
            opcode: header.opcode,
            name: frame::opcode_name(header.opcode),
            masked: header.mask.is_some(),
            mask: header.mask.map(|mask| spaced_hex(&mask)),
            length: header.length,
            payload_text: payload_text.map(str::to_owned),
            payload_hex: spaced_hex(preview),
            truncated: header.length > preview.len() as u64,
            complete,
            code,
            reason,
        }
    }
}

fn spaced_hex(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_frame(payload: &[u8]) -> FrameRecord {
        let header = FrameHeader::new(frame::TEXT, payload.len());
        let start = &payload[..payload.len().min(KEPT)];
        FrameRecord::new(Direction::Down, &header.encode(), header, start, true, true)
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let record = text_frame("a语语语语语语语语语语语语语语语语语语语语语语语".as_bytes());
        let text = record.payload_text.as_deref();
        assert_eq!(text, Some("a语语语语语语语语语语语语语语语语语语语语语"));
        assert!(record.truncated);
        assert_eq!(record.payload_hex.split(' ').count(), 64);
        let record = text_frame("语".repeat(22).as_bytes());
        assert_eq!(record.payload_text, Some("语".repeat(21)));
        assert_eq!(record.payload_hex.split(' ').count(), 63);
    }

    #[test]
    fn text_that_is_not_utf_8_is_shown_in_hex_only() {
        let record = text_frame(&[0x61, 0xff]);
        assert_eq!(record.payload_text, None);
        assert_eq!(record.payload_hex, "61 ff");
        // A character missing its end is invalid where nothing follows.
        assert_eq!(text_frame(&[0xe8, 0xaf]).payload_text, None);
        assert!(!record.truncated);
    }

    #[test]
    fn a_close_frame_has_its_code_and_the_whole_reason() {
        let mut payload = 4_000u16.to_be_bytes().to_vec();
        payload.extend([b'r'; 123]);
        let header = FrameHeader::new(frame::CLOSE, payload.len());
        let record = FrameRecord::new(Direction::Up, &header.encode(), header, &payload, false, true);
        assert_eq!(record.code, Some(4_000));
        assert_eq!(record.reason, Some("r".repeat(123)));
        let empty = FrameHeader::new(frame::CLOSE, 0);
        let record = FrameRecord::new(Direction::Up, &empty.encode(), empty, &[], false, true);
        assert_eq!((record.code, record.reason), (None, None));
    }
}
