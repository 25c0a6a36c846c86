//! One direction of a connection through a link.

use std::future::pending;
use std::io;
use std::net::Shutdown;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::conduct::Conduct;
use super::dice::Dice;
use super::framing::Framing;
use super::spoils::Spoils;
use super::trail::Trail;
use crate::attendance::Attendance;
use crate::raw_socket::Abort;

/// The most bytes that are read or written at a time.
const CHUNK: usize = 16 * 1024;

/// How many chunks may be underway.
const UNDERWAY: usize = 64;

/// How long one portion of a limited direction lasts, and how far it may catch up after a pause.
const TICK: Duration = Duration::from_millis(20);

/// Carries bytes, and the end after them.
#[derive(Debug)]
pub(super) struct Pipe<'a> {
    pub(super) from: &'a TcpStream,
    pub(super) to: &'a TcpStream,
    pub(super) conduct: watch::Receiver<Conduct>,
    /// Counts the bytes.
    pub(super) carried: &'a AtomicU64,
    pub(super) trail: &'a Trail,
    pub(super) spoils: &'a Spoils,
    /// Is told when something was spoiled.
    pub(super) attendance: &'a Attendance,
    pub(super) seed: u32,
    /// Which connection this is, and which way: as the trail has it.
    pub(super) connection: u64,
    pub(super) up: bool,
}

#[derive(Debug)]
enum Cargo {
    Bytes(Vec<u8>),
    Fin,
    /// The connection ended, or has to end, without that.
    Abort(Abort),
}

impl Pipe<'_> {
    /// Returns when a FIN has been carried; an error is how the connection ended, or has to end.
    pub(super) async fn run(self) -> Result<(), Abort> {
        let mut conduct = self.conduct.clone();
        tokio::select! {
            carried = self.carry() => return carried,
            // The sender lives as long as the link.
            _ = conduct.wait_for(|conduct| conduct.shuts(self.up, self.connection)) => {}
        }
        self.fin().await?;
        self.drop_rest().await
    }

    async fn carry(&self) -> Result<(), Abort> {
        let (sender, receiver) = mpsc::channel(UNDERWAY);
        let reading = async {
            self.read(sender).await;
            // What was read is still underway.
            pending::<()>().await;
        };
        tokio::select! {
            written = self.write(receiver) => written,
            () = reading => Ok(()),
        }
    }

    async fn read(&self, underway: mpsc::Sender<(Instant, Cargo)>) {
        let mut conduct = self.conduct.clone();
        let mut buffer = vec![0; CHUNK];
        let mut dice = Dice::new(self.seed, self.connection, self.up);
        let mut framing = Framing::new(self.up);
        // When what was read before will be written: nothing overtakes it.
        let mut last_due = Instant::now();
        loop {
            // While bytes don't pass, they stay with who sends them.
            if conduct.wait_for(Conduct::flows).await.is_err() {
                return;
            }
            let read = match self.from.readable().await {
                Ok(()) => self.from.try_read(&mut buffer),
                Err(error) => Err(error),
            };
            let mut cut = None;
            let cargo = match read {
                Ok(0) => Cargo::Fin,
                Ok(read) => {
                    let mut bytes = buffer[..read].to_vec();
                    cut = self.spoil(&mut bytes, &mut framing, &mut dice);
                    Cargo::Bytes(bytes)
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => Cargo::Abort(Abort::Reset),
            };
            let last = !matches!(cargo, Cargo::Bytes(_));
            let (now, Conduct { delay, jitter, .. }) = (Instant::now(), *conduct.borrow());
            let due = last_due.max(now + delay + dice.up_to(jitter));
            last_due = due;
            if let Cargo::Bytes(bytes) = &cargo {
                self.trail.carried(self.connection, self.up, bytes, now, due);
            }
            if underway.send((due, cargo)).await.is_err() || last {
                return;
            }
            if let Some(how) = cut {
                // Nobody waits for it: the connection is over then.
                let _ = underway.send((due, Cargo::Abort(how))).await;
                return;
            }
        }
    }

    fn spoil(&self, bytes: &mut Vec<u8>, framing: &mut Framing, dice: &mut Dice) -> Option<Abort> {
        let begins = framing.begins(bytes);
        let before = self.spoils.struck();
        let cut = self.spoils.spoil(self.up, bytes, begins, dice);
        if self.spoils.struck() > before {
            self.attendance.tell();
        }
        cut
    }

    /// Reads until the end, and drops it.
    async fn drop_rest(&self) -> Result<(), Abort> {
        let mut buffer = vec![0; CHUNK];
        loop {
            self.from.readable().await.map_err(|_| Abort::Reset)?;
            match self.from.try_read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Err(Abort::Reset),
            }
        }
    }

    async fn write(&self, mut underway: mpsc::Receiver<(Instant, Cargo)>) -> Result<(), Abort> {
        // When the bytes written so far will have taken their time.
        let mut next = Instant::now();
        while let Some((due, cargo)) = underway.recv().await {
            sleep_until(due).await;
            match cargo {
                Cargo::Bytes(bytes) => {
                    let mut rest = bytes.as_slice();
                    while !rest.is_empty() {
                        sleep_until(next).await;
                        self.to.writable().await.map_err(|_| Abort::Reset)?;
                        let written = self.while_it_flows(|conduct| self.portion(conduct, rest)).await?;
                        let (bytes, time) = written.unwrap_or_default();
                        rest = &rest[bytes..];
                        next = next.max(Instant::now() - TICK) + time;
                    }
                }
                Cargo::Fin => return self.fin().await,
                Cargo::Abort(how) => return self.while_it_flows(|_| Err(how)).await,
            }
        }
        Ok(())
    }

    async fn fin(&self) -> Result<(), Abort> {
        let fin = |_: &Conduct| SockRef::from(self.to).shutdown(Shutdown::Write).map_err(|_| Abort::Reset);
        self.while_it_flows(fin).await
    }

    /// Does this when bytes pass, and so that nobody can change that meanwhile: after the link says that it is frozen, nothing gets
    /// through.
    async fn while_it_flows<T>(&self, what: impl Fn(&Conduct) -> Result<T, Abort>) -> Result<T, Abort> {
        let mut conduct = self.conduct.clone();
        loop {
            conduct.wait_for(Conduct::flows).await.map_err(|_| Abort::Reset)?;
            let now = conduct.borrow();
            if now.flows() {
                return what(&now);
            }
        }
    }

    /// Writes a portion: how many bytes, and how long they take. None if there is no room for it yet.
    fn portion(&self, conduct: &Conduct, bytes: &[u8]) -> Result<Option<(usize, Duration)>, Abort> {
        let most = conduct.rate.map_or(CHUNK, |rate| usize::try_from(rate.get() / 50).unwrap_or(CHUNK).max(1));
        match self.to.try_write(&bytes[..bytes.len().min(most)]) {
            Ok(written) => {
                self.carried.fetch_add(written as u64, Ordering::Relaxed);
                let nanos = conduct.rate.map_or(0, |rate| written as u64 * 1_000_000_000 / rate);
                Ok(Some((written, Duration::from_nanos(nanos))))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(_) => Err(Abort::Reset),
        }
    }
}
