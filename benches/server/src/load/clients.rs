//! One client: a handshake by the library, then frames as bytes.

use std::io;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tautline_server::wire::frame::{FrameHeader, FrameReader, Piece, TEXT};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;

/// The length of a message, in bytes.
pub const LENGTH: usize = 32;

/// How many handshakes are made at a time: fewer than wait in a listener's queue.
const AT_ONCE: usize = 64;

/// The bytes of a text message as a client sends it.
#[must_use]
pub fn frame() -> Vec<u8> {
    let header = FrameHeader { mask: Some([0x37, 0xfa, 0x21, 0x3d]), ..FrameHeader::new(TEXT, LENGTH) };
    let mut payload = [b'x'; LENGTH];
    // To mask is to unmask (RFC 6455, section 5.3).
    header.unmask(0, &mut payload);
    let mut frame = header.encode();
    frame.extend(payload);
    frame
}

/// A client whose connection is open.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    reader: FrameReader,
}

impl Client {
    /// Opens so many connections to `target`.
    ///
    /// # Errors
    /// One of them fails.
    pub async fn open(server: SocketAddr, target: &str, clients: usize) -> Result<Vec<Self>> {
        stream::iter(0..clients).map(|_| Self::connect(server, target)).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn connect(server: SocketAddr, target: &str) -> Result<Self> {
        let stream = TcpStream::connect(server).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        // It will end with a RST, so that no port stays in TIME_WAIT.
        stream.set_zero_linger()?;
        let (socket, _) =
            client_async(format!("ws://{server}{target}"), stream).await.context("the handshake failed")?;
        // Neither server says anything by itself, so no frame can be lost with the library's buffer.
        Ok(Self { stream: socket.into_inner(), reader: FrameReader::default() })
    }

    /// Writes frames.
    ///
    /// # Errors
    /// The connection has ended.
    pub async fn send(&mut self, frames: &[u8]) -> io::Result<()> {
        self.stream.write_all(frames).await
    }

    /// Waits for messages, and says how many came.
    ///
    /// # Errors
    /// The connection has ended, or something else came than what clients send.
    pub async fn receive(&mut self) -> Result<usize> {
        loop {
            self.stream.readable().await?;
            let came = self.take()?;
            if came > 0 {
                return Ok(came);
            }
        }
    }

    /// How many messages there are to read now.
    fn take(&mut self) -> Result<usize> {
        let mut buffer = [0; 4 * 1024];
        let read = match self.stream.try_read(&mut buffer) {
            Ok(0) => bail!("the server has ended a connection"),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(error.into()),
        };
        let mut input = &buffer[..read];
        let mut messages = 0;
        while let Some(piece) = self.reader.next(&mut input) {
            if let Piece::End(header) = piece {
                ensure!(header == FrameHeader::new(TEXT, LENGTH), "the server sent another frame: {header:?}");
                messages += 1;
            }
        }
        Ok(messages)
    }
}
