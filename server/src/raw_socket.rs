//! A WebSocket written by hand, for what a well-behaved library refuses to send.

use std::io;
use std::time::Duration;

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::session::{CLOSE_PATIENCE, MAX_MESSAGE, Session};
use crate::wire::frame::{self, FrameHeader, FrameReader, Piece};

/// A whole message, or a control frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Incoming {
    /// The opcode of its first frame.
    pub(crate) opcode: u8,
    /// Unmasked.
    pub(crate) payload: Vec<u8>,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Abort {
    /// By a FIN.
    Fin,
    /// By a RST.
    Reset,
}

/// The words for [`Abort`] in parameters and commands.
pub(crate) const ABORTS: [(&str, Abort); 2] = [("fin", Abort::Fin), ("reset", Abort::Reset)];

/// A connection after its handshake.
#[derive(Debug)]
pub(crate) struct RawSocket {
    io: TokioIo<Upgraded>,
    pub(crate) session: Session,
    reader: FrameReader,
    /// What was read and not yet looked at: `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The data message that is being gathered from its fragments.
    message: Incoming,
    /// The control frame that is being gathered.
    control: Vec<u8>,
}

impl RawSocket {
    pub(crate) fn new(upgraded: Upgraded, session: Session) -> Self {
        Self {
            io: TokioIo::new(upgraded),
            session,
            reader: FrameReader::default(),
            buffer: vec![0; 16 * 1024],
            start: 0,
            end: 0,
            message: Incoming { opcode: frame::CONTINUATION, payload: Vec::new() },
            control: Vec::new(),
        }
    }

    /// The next message or control frame. None when the client has ended the connection, or sent a message that is too long.
    pub(crate) async fn read(&mut self) -> Option<Incoming> {
        loop {
            let mut input = &self.buffer[self.start..self.end];
            let before = input.len();
            let piece = self.reader.next(&mut input);
            self.start += before - input.len();
            match piece {
                Some(Piece::Header(header)) => {
                    if matches!(header.opcode, frame::TEXT | frame::BINARY) {
                        self.message.opcode = header.opcode;
                        self.message.payload.clear();
                    }
                    let gathered = self.message.payload.len() as u64;
                    if gathered.saturating_add(header.length) > MAX_MESSAGE as u64 {
                        return None;
                    }
                }
                Some(Piece::Payload { header, offset, bytes }) => {
                    let gathered =
                        if header.opcode < frame::CLOSE { &mut self.message.payload } else { &mut self.control };
                    let from = gathered.len();
                    gathered.extend_from_slice(bytes);
                    header.unmask(offset, &mut gathered[from..]);
                }
                Some(Piece::End(header)) if header.opcode >= frame::CLOSE => {
                    return Some(Incoming { opcode: header.opcode, payload: std::mem::take(&mut self.control) });
                }
                Some(Piece::End(header)) if header.fin => {
                    return Some(Incoming {
                        opcode: self.message.opcode,
                        payload: std::mem::take(&mut self.message.payload),
                    });
                }
                Some(Piece::End(_)) => {}
                None => {
                    self.start = 0;
                    self.end = match self.io.read(&mut self.buffer).await {
                        Ok(0) | Err(_) => return None,
                        Ok(read) => read,
                    };
                }
            }
        }
    }

    /// Reads bytes as they come, at most as many as `into` holds; 0 at the end.
    pub(crate) async fn read_bytes(&mut self, into: &mut [u8]) -> usize {
        self.io.read(into).await.unwrap_or(0)
    }

    /// Writes bytes as they are.
    pub(crate) async fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.io.write_all(bytes).await?;
        self.io.flush().await
    }

    /// Writes one frame.
    pub(crate) async fn write(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let mut bytes = FrameHeader::new(opcode, payload.len()).encode();
        bytes.extend_from_slice(payload);
        self.write_bytes(&bytes).await
    }

    /// Reads, and answers nothing, until a close frame arrives (true) or the connection ends (false).
    pub(crate) async fn await_close(&mut self) -> bool {
        while let Some(incoming) = self.read().await {
            if incoming.opcode == frame::CLOSE {
                return true;
            }
        }
        false
    }

    /// Sends a close frame with this payload, waits a little for the client's unless it came `first`, and ends the connection.
    pub(crate) async fn close(mut self, payload: &[u8], first: bool) {
        if self.write(frame::CLOSE, payload).await.is_ok() && !first {
            // A client that never answers is not waited for.
            let _ = timeout(CLOSE_PATIENCE, self.await_close()).await;
        }
        self.session.end().await;
    }

    /// Ends the TCP connection without a close frame.
    pub(crate) async fn abort(self, how: Abort) {
        match how {
            Abort::Fin => self.session.end().await,
            // Dropping it does the rest.
            Abort::Reset => self.session.connection.reset_when_closed(),
        }
    }

    /// Reads and drops what comes. Ends the TCP connection, without a close frame, once the client has sent its own or ended the
    /// connection, or `limit` is over.
    pub(crate) async fn hang(mut self, limit: Duration) {
        // Either way it ends here.
        let _ = timeout(limit, self.await_close()).await;
        self.session.end().await;
    }
}

/// The payload of a close frame.
pub(crate) fn close_payload(code: Option<u16>, reason: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    if let Some(code) = code {
        payload.extend(code.to_be_bytes());
        payload.extend(reason.as_bytes());
    }
    payload
}
