//! A link: where it listens, what passes through it, and how its connections are cut.

use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::conduct::Conduct;
use super::port::Port;
use super::relay::{self, Accepted};
use super::spoils::Spoils;
use super::trail::Trail;
use crate::app::App;
use crate::attendance::Attendance;
use crate::raw_socket::Abort;

/// How many connections a link has at most; one more is closed at once.
const MAX_CONNECTIONS: usize = 256;

/// How long the listener rests when the system has no room for a connection.
const REST: Duration = Duration::from_millis(50);

/// A TCP proxy in front of the server.
#[derive(Debug)]
pub(crate) struct Link {
    pub(super) id: u64,
    pub(super) server: SocketAddr,
    pub(super) port: Port,
    pub(crate) attendance: Arc<Attendance>,
    pub(super) bytes_up: AtomicU64,
    pub(super) bytes_down: AtomicU64,
    /// HTTP requests that came to the server through it.
    pub(super) requests: AtomicU64,
    pub(crate) trail: Trail,
    /// How many of the next connections are closed at once.
    pub(super) drop_next: AtomicU64,
    pub(super) spoils: Spoils,
    /// Of what is drawn.
    pub(super) seed: u32,
    conduct: watch::Sender<Conduct>,
    door: tokio::sync::Mutex<Door>,
    present: Mutex<Present>,
    /// Cancelled when the link has ended.
    pub(super) ended: CancellationToken,
}

/// What passed through a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traffic {
    pub(crate) requests: u64,
    pub(crate) bytes_up: u64,
    pub(crate) bytes_down: u64,
}

/// Whether the link listens.
#[derive(Debug)]
enum Door {
    Open {
        close: CancellationToken,
        /// Ready when nobody listens any more.
        closed: oneshot::Receiver<()>,
    },
    Closed,
}

/// The connections since the last cut.
#[derive(Debug, Default)]
struct Present {
    cut: watch::Sender<Option<Abort>>,
    all: TaskTracker,
}

impl Link {
    /// Claims a port, 0 for any. It doesn't listen yet.
    pub(super) fn claim(id: u64, server: SocketAddr, address: SocketAddrV4, seed: u32) -> io::Result<Self> {
        Ok(Self {
            id,
            server,
            port: Port::claim(address)?,
            attendance: Arc::default(),
            bytes_up: AtomicU64::new(0),
            bytes_down: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            trail: Trail::default(),
            drop_next: AtomicU64::new(0),
            spoils: Spoils::default(),
            seed,
            conduct: watch::Sender::default(),
            door: tokio::sync::Mutex::new(Door::Closed),
            present: Mutex::default(),
            ended: CancellationToken::new(),
        })
    }

    pub(super) fn conduct(&self) -> watch::Receiver<Conduct> {
        self.conduct.subscribe()
    }

    /// Changes what happens to bytes from now on.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Conduct)) {
        self.conduct.send_modify(change);
    }

    /// The port where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port.number
    }

    /// Whether handshakes of WebSockets are refused.
    pub(crate) fn blocks_websockets(&self) -> bool {
        self.conduct.borrow().blocks_websockets
    }

    /// Counts a request that came to the server through it; false if the server is not to see it.
    pub(super) fn passes(&self, is_handshake: bool) -> bool {
        self.requests.fetch_add(1, Ordering::Relaxed);
        !(is_handshake && self.conduct.borrow().blocks_websockets)
    }

    /// How many requests there were, and how many bytes passed up and down.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.requests.load(Ordering::Relaxed),
            bytes_up: self.bytes_up.load(Ordering::Relaxed),
            bytes_down: self.bytes_down.load(Ordering::Relaxed),
        }
    }

    /// Listens, if it doesn't.
    pub(crate) async fn start(self: &Arc<Self>, app: &App) -> io::Result<()> {
        let mut door = self.door.lock().await;
        if matches!(*door, Door::Open { .. }) || self.ended.is_cancelled() {
            return Ok(());
        }
        let listener = self.port.listen()?;
        let close = CancellationToken::new();
        let (tell, closed) = oneshot::channel();
        let accepting = {
            let (link, app, close) = (self.clone(), app.clone(), close.clone());
            async move {
                tokio::select! {
                    () = link.accept_all(&listener, &app) => {}
                    () = close.cancelled() => {}
                    () = app.closing() => {}
                }
                drop(listener);
                // Nobody may be waiting for it.
                let _ = tell.send(());
            }
        };
        app.spawn(accepting);
        *door = Door::Open { close, closed };
        Ok(())
    }

    /// Listens no more, and resets the connections there are.
    pub(crate) async fn stop(&self) {
        let mut door = self.door.lock().await;
        if let Door::Open { close, closed } = std::mem::replace(&mut *door, Door::Closed) {
            close.cancel();
            // Without an answer it is gone too.
            let _ = closed.await;
        }
        self.cut(Abort::Reset).await;
    }

    /// Ends one direction of the connections there are: what comes that way is dropped from now on.
    pub(super) fn half_close(&self, up: bool) {
        let next = self.attendance.counts().accepted;
        self.change(|conduct| *if up { &mut conduct.shut_up } else { &mut conduct.shut_down } = next);
    }

    /// Ends the connections there are, and returns when they have ended.
    pub(crate) async fn cut(&self, how: Abort) {
        let present = std::mem::take(&mut *self.present.lock().unwrap_or_else(PoisonError::into_inner));
        present.cut.send_replace(Some(how));
        present.all.close();
        present.all.wait().await;
    }

    /// For good.
    pub(super) async fn end(&self) {
        self.ended.cancel();
        self.stop().await;
    }

    pub(crate) async fn listens(&self) -> bool {
        matches!(*self.door.lock().await, Door::Open { .. })
    }

    pub(super) async fn state(&self) -> Value {
        let listening = self.listens().await;
        let traffic = self.traffic();
        let conduct = *self.conduct.borrow();
        let counts = self.attendance.counts();
        json!({
            "id": self.id.to_string(),
            "port": self.port.number,
            "listening": listening,
            "mode": conduct.mode,
            "delay_ms": conduct.delay.as_millis() as u64,
            "jitter_ms": conduct.jitter.as_millis() as u64,
            "blocks_websockets": conduct.blocks_websockets,
            "rate": conduct.rate.map_or(0, |rate| rate.get()),
            "drop_next": self.drop_next.load(Ordering::Relaxed),
            "seed": self.seed,
            "struck": self.spoils.struck(),
            "open": counts.open,
            "accepted": counts.accepted,
            "closed": counts.closed,
            "closed_by_client": counts.closed_by_client,
            "most_open": counts.most_open,
            "requests": traffic.requests,
            "bytes_up": traffic.bytes_up,
            "bytes_down": traffic.bytes_down,
        })
    }

    async fn accept_all(self: &Arc<Self>, listener: &TcpListener, app: &App) {
        loop {
            match listener.accept().await {
                Ok((client, _)) => self.take_in(client, app),
                // Gone before it was taken in.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // Most likely too many open files: some will close.
                Err(_) => sleep(REST).await,
            }
        }
    }

    fn take_in(self: &Arc<Self>, client: TcpStream, app: &App) {
        let one_less = |left: u64| left.checked_sub(1);
        let dropped = self.drop_next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok();
        if dropped || self.attendance.counts().open >= MAX_CONNECTIONS {
            drop(client);
            return self.attendance.turn_away();
        }
        // Small messages are not to wait; where it can't be set, they do.
        let _ = client.set_nodelay(true);
        let guest = self.attendance.enter();
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let accepted = Accepted { client, guest, cut: present.cut.subscribe(), present: present.all.token() };
        drop(present);
        app.spawn(relay::run(self.clone(), app.clone(), accepted));
    }
}
