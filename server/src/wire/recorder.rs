//! Turns the bytes of one TCP connection into records of a feed.
//!
//! Nothing is kept of a connection that names no feed: its first line decides.

use std::sync::Arc;
use std::time::Instant;

use super::feed::{Feed, Feeds};
use super::frame::{self, FrameHeader, FrameReader, Piece};
use super::handshake::{self, Accept};
use super::record::{Body, Direction, End, FrameRecord, KEPT};

/// How many bytes of a request's head are waited for; the server itself refuses longer ones.
pub(crate) const MAX_HEAD: usize = 128 * 1024;

/// Follows one connection.
#[derive(Debug)]
pub(crate) enum Recorder {
    /// The first request's head is arriving.
    Waiting { accepted: Instant, head: Vec<u8> },
    /// A feed was named.
    Recording(Box<Recording>),
    /// No feed was named.
    Off,
}

impl Recorder {
    /// For a connection accepted now.
    pub(crate) fn new() -> Self {
        Self::Waiting { accepted: Instant::now(), head: Vec::new() }
    }

    /// Whether nothing of this connection will be recorded.
    pub(crate) fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }

    /// The client sent `bytes`.
    pub(crate) fn read(&mut self, feeds: &Feeds, bytes: &[u8]) {
        match self {
            Self::Off => {}
            Self::Recording(recording) => recording.read(bytes),
            Self::Waiting { accepted, head } => {
                head.extend_from_slice(bytes);
                if !head.contains(&b'\n') && head.len() < MAX_HEAD {
                    return;
                }
                let Some(id) = handshake::wire_id(head) else {
                    *self = Self::Off;
                    return;
                };
                let Some(end) = head_end(head) else {
                    if head.len() >= MAX_HEAD {
                        *self = Self::Off;
                    }
                    return;
                };
                let Some((feed, connection)) = feeds.attach(&id) else {
                    *self = Self::Off;
                    return;
                };
                let key = handshake::header(&head[..end], "sec-websocket-key");
                let text = handshake::redacted(&head[..end]);
                let early = head.split_off(end);
                let mut recording = Box::new(Recording {
                    feed,
                    connection,
                    accepted: *accepted,
                    key,
                    phase: Phase::Answer { head: Vec::new(), early: Vec::new() },
                    up: Side::new(Direction::Up),
                    down: Side::new(Direction::Down),
                });
                recording.push(&Body::Request { text });
                recording.read(&early);
                *self = Self::Recording(recording);
            }
        }
    }

    /// The server sent `bytes`.
    pub(crate) fn wrote(&mut self, bytes: &[u8]) {
        if let Self::Recording(recording) = self {
            recording.wrote(bytes);
        }
    }

    /// A direction ended; only the first time counts.
    pub(crate) fn ended(&mut self, direction: Direction, how: End) {
        if let Self::Recording(recording) = self {
            recording.ended(direction, how);
        }
    }

    /// The connection is over.
    pub(crate) fn over(&mut self) {
        if let Self::Recording(recording) = self {
            recording.push(&Body::Over);
        }
        *self = Self::Off;
    }
}

/// How far the connection has come.
#[derive(Debug)]
enum Phase {
    /// The answer's head is being sent; what the client sent meanwhile waits.
    Answer { head: Vec<u8>, early: Vec<u8> },
    /// It was 101: frames follow both ways.
    Frames,
    /// It was another: a body follows, which is not shown.
    Refused,
}

/// A connection that is being recorded.
#[derive(Debug)]
pub(crate) struct Recording {
    feed: Arc<Feed>,
    connection: u64,
    accepted: Instant,
    key: Option<String>,
    phase: Phase,
    up: Side,
    down: Side,
}

impl Recording {
    fn push(&self, body: &Body) {
        self.feed.push(self.connection, self.accepted, body);
    }

    fn read(&mut self, bytes: &[u8]) {
        match &mut self.phase {
            Phase::Answer { early, .. } => {
                // A client that sends this much before the answer is not worth the memory.
                if early.len() + bytes.len() <= MAX_HEAD {
                    early.extend_from_slice(bytes);
                }
            }
            Phase::Frames => {
                let (feed, connection, accepted) = (&self.feed, self.connection, self.accepted);
                self.up.take(bytes, |body| feed.push(connection, accepted, &body));
            }
            Phase::Refused => {}
        }
    }

    fn wrote(&mut self, bytes: &[u8]) {
        match &mut self.phase {
            Phase::Answer { head, early } => {
                head.extend_from_slice(bytes);
                let Some(end) = head_end(head) else { return };
                let switching = head.get(8..13) == Some(b" 101 ");
                let text = String::from_utf8_lossy(&head[..end]).into_owned();
                let rest = head.split_off(end);
                let early = std::mem::take(early);
                let accept = self.key.as_deref().map(Accept::of);
                self.push(&Body::Response { text, accept });
                self.phase = if switching { Phase::Frames } else { Phase::Refused };
                self.wrote(&rest);
                self.read(&early);
            }
            Phase::Frames => {
                let (feed, connection, accepted) = (&self.feed, self.connection, self.accepted);
                self.down.take(bytes, |body| feed.push(connection, accepted, &body));
            }
            Phase::Refused => {}
        }
    }

    fn ended(&mut self, direction: Direction, how: End) {
        let side = match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        };
        if std::mem::replace(&mut side.ended, true) {
            return;
        }
        let unfinished = side.unfinished();
        if let Some(frame) = unfinished {
            self.push(&frame);
        }
        self.push(&Body::End { direction, how });
    }
}

/// Where a head ends: behind its empty line.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some(at + 4)
}

/// The frames of one direction.
#[derive(Debug)]
struct Side {
    direction: Direction,
    reader: FrameReader,
    /// The frame that is being read, and the unmasked start of its payload.
    current: Option<(FrameHeader, Vec<u8>)>,
    /// Whether continuation frames belong to a text message.
    text_message: bool,
    ended: bool,
}

impl Side {
    fn new(direction: Direction) -> Self {
        Self { direction, reader: FrameReader::default(), current: None, text_message: false, ended: false }
    }

    fn take(&mut self, mut bytes: &[u8], mut emit: impl FnMut(Body)) {
        loop {
            // The bytes of a header are gone once its frame has ended.
            let raw = self.reader.header;
            match self.reader.next(&mut bytes) {
                None => return,
                Some(Piece::Header(header)) => {
                    match header.opcode {
                        frame::TEXT => self.text_message = true,
                        frame::BINARY => self.text_message = false,
                        _ => {}
                    }
                    self.current = Some((header, Vec::new()));
                }
                Some(Piece::Payload { header, offset, bytes }) => {
                    if let Some((_, start)) = &mut self.current {
                        let from = start.len();
                        start.extend(&bytes[..bytes.len().min(KEPT - from)]);
                        header.unmask(offset, &mut start[from..]);
                    }
                }
                Some(Piece::End(header)) => {
                    if let Some((_, start)) = self.current.take() {
                        emit(self.record(raw.as_slice(), header, &start, true));
                    }
                }
            }
        }
    }

    /// The frame that the connection's end cut off.
    fn unfinished(&mut self) -> Option<Body> {
        let (header, start) = self.current.take()?;
        Some(self.record(self.reader.header_bytes(), header, &start, false))
    }

    fn record(&self, raw: &[u8], header: FrameHeader, start: &[u8], complete: bool) -> Body {
        let text = match header.opcode {
            frame::TEXT => true,
            frame::CONTINUATION => self.text_message,
            _ => false,
        };
        let frame = FrameRecord::new(self.direction, raw, header, start, text, complete);
        Body::Frame(frame)
    }
}
