//! One TCP connection: the stream that hyper reads and writes, and the handle by which an endpoint can end it the hard way.
//!
//! Whatever passes is shown to the connection's [`Recorder`].

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::wire::{Direction, End, Feeds, Recorder};

/// How long a connection that ends in order waits for the client's FIN.
const LINGER: Duration = Duration::from_secs(1);

/// The receive buffer of a slow reader. Not below what the kernel has already offered the client, or it would drop segments.
const SMALL_BUFFER: usize = 64 * 1024;

/// A TCP connection, shared by its [`Stream`] and by the endpoint that serves it. It is closed when the last of these lets go.
#[derive(Debug)]
pub(crate) struct Connection {
    tcp: TcpStream,
    feeds: Arc<Feeds>,
    recorder: Mutex<Recorder>,
    /// False once the recorder is off, so that most connections never lock it.
    recording: AtomicBool,
    /// Whether closing sends a RST.
    reset: AtomicBool,
    /// Whether nothing more is written.
    broken: AtomicBool,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    pub(crate) fn new(tcp: TcpStream, feeds: Arc<Feeds>, permit: OwnedSemaphorePermit) -> Self {
        Self {
            tcp,
            feeds,
            recorder: Mutex::new(Recorder::new()),
            recording: AtomicBool::new(true),
            reset: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            _permit: permit,
        }
    }

    /// Where the connection comes from.
    pub(crate) fn source(&self) -> Option<SocketAddr> {
        self.tcp.peer_addr().ok()
    }

    fn record(&self, what: impl FnOnce(&mut Recorder)) {
        if self.recording.load(Ordering::Relaxed) {
            // Nothing panics while it holds this lock.
            let mut recorder = self.recorder.lock().unwrap_or_else(PoisonError::into_inner);
            what(&mut recorder);
            if recorder.is_off() {
                self.recording.store(false, Ordering::Relaxed);
            }
        }
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.tcp.poll_read_ready(cx))?;
            let before = buf.filled().len();
            match self.tcp.try_read_buf(buf) {
                Ok(0) if buf.remaining() > 0 => {
                    self.record(|recorder| recorder.ended(Direction::Up, End::Fin));
                }
                Ok(_) => {
                    let bytes = &buf.filled()[before..];
                    self.record(|recorder| recorder.read(&self.feeds, bytes));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => {
                    self.lost();
                    return Poll::Ready(Err(error));
                }
            }
            return Poll::Ready(Ok(()));
        }
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        loop {
            ready!(self.tcp.poll_write_ready(cx))?;
            match self.tcp.try_write(bytes) {
                Ok(written) => {
                    self.record(|recorder| recorder.wrote(&bytes[..written]));
                    return Poll::Ready(Ok(written));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    self.lost();
                    return Poll::Ready(Err(error));
                }
            }
        }
    }

    /// A read or write failed: the client reset the connection.
    fn lost(&self) {
        self.record(|recorder| recorder.ended(Direction::Up, End::Reset));
    }

    /// Who is at the other side.
    pub(crate) fn peer(&self) -> Option<IpAddr> {
        self.tcp.peer_addr().ok().map(|address| address.ip())
    }

    /// Sends a FIN: nothing more is written.
    pub(crate) fn shut_down(&self) {
        // It fails only where the connection is gone already.
        if SockRef::from(&self.tcp).shutdown(Shutdown::Write).is_ok() {
            self.record(|recorder| recorder.ended(Direction::Down, End::Fin));
        }
    }

    /// Ends the connection in order: sends a FIN and reads until the client's, for a second at most. Closing a socket that has
    /// unread bytes would send a RST, which can cost the client what it hasn't read yet.
    pub(crate) async fn finish(&self) {
        self.shut_down();
        // Past its time it is dropped as it is.
        let _ = timeout(LINGER, self.drain()).await;
    }

    /// Reads until the client's FIN or RST.
    pub(crate) async fn drain(&self) {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let mut buf = ReadBuf::new(&mut buffer);
            let read = poll_fn(|cx| self.poll_read(cx, &mut buf)).await;
            if read.is_err() || buf.filled().is_empty() {
                return;
            }
        }
    }

    /// Closing will send a RST.
    pub(crate) fn reset_when_closed(&self) {
        if SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO)).is_ok() {
            self.reset.store(true, Ordering::Relaxed);
        }
    }

    /// Instead of the next bytes that are written, a RST is sent.
    pub(crate) fn break_off(&self) {
        self.reset_when_closed();
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Asks for a small receive buffer, so that a client which isn't read soon can't send any more.
    pub(crate) fn shrink_receive_buffer(&self) {
        // Where the system refuses, the client just gets further ahead.
        let _ = SockRef::from(&self.tcp).set_recv_buffer_size(SMALL_BUFFER);
    }

    /// Returns when the client has closed its side, without reading what it sent before.
    pub(crate) async fn closed_by_client(&self) {
        closed_by_peer(&self.tcp).await;
    }
}

/// Returns when the other side has sent a FIN or RST, without reading what it sent before. Nobody else may wait to read meanwhile.
pub(crate) async fn closed_by_peer(tcp: &TcpStream) {
    loop {
        match tcp.ready(Interest::READABLE).await {
            Ok(ready) if !ready.is_read_closed() => {
                // Pretends that nothing is there to read: the next event wakes this task.
                let nothing = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
                let _ = tcp.try_io(Interest::READABLE, nothing);
            }
            _ => return,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let how = if self.reset.load(Ordering::Relaxed) { End::Reset } else { End::Dropped };
        self.record(|recorder| {
            recorder.ended(Direction::Down, how);
            recorder.ended(Direction::Up, End::Dropped);
            recorder.over();
        });
    }
}

/// The bytes of a [`Connection`], for hyper.
#[derive(Debug)]
pub(crate) struct Stream(pub(crate) Arc<Connection>);

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.shut_down();
        Poll::Ready(Ok(()))
    }
}
