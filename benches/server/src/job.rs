//! What is done with a server, and what is read off it meanwhile.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, sleep, timeout};

use crate::child::{Kind, Running};
use crate::figure::{Figure, Figures};
use crate::load::{Client, Count, Progress, echo, frame, publish, subscribe};
use crate::table::thousands;

/// Connections of [`Job::Echo`].
const ECHO_CLIENTS: usize = 100;
/// Messages that each of them has on their way.
const ECHO_WINDOW: usize = 16;

/// The most that a job may take beyond the time in which it counts: then it hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A job; see the library's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// One message at a time.
    RoundTrips,
    /// Many on their way.
    Echo,
    /// From one to so many.
    Fanout(usize),
    /// So many connections without traffic.
    Idle(usize),
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RoundTrips => write!(f, "round trips, 1 connection"),
            Self::Echo => write!(f, "echo, {ECHO_CLIENTS} connections"),
            Self::Fanout(clients) => write!(f, "fan-out to {}", thousands(*clients as f64)),
            Self::Idle(clients) => write!(f, "{} idle", thousands(*clients as f64)),
        }
    }
}

impl Job {
    /// How many connections it takes.
    #[must_use]
    pub fn connections(self) -> usize {
        match self {
            Self::RoundTrips => 1,
            Self::Echo => ECHO_CLIENTS,
            Self::Fanout(clients) => clients + 1,
            Self::Idle(clients) => clients,
        }
    }

    /// Does it with a server that is started for it, and has room for so many `connections`; messages are counted for `span`.
    ///
    /// # Errors
    /// The server can't be started, a client fails, or it hangs.
    pub async fn run(self, kind: Kind, connections: usize, span: Duration) -> Result<Figures> {
        let server = Running::start(kind, connections)?;
        let tasks = LocalSet::new();
        let job = tasks.run_until(self.of(&server, span));
        timeout(PATIENCE + 2 * span, job).await.context("it hangs")?
    }

    async fn of(self, server: &Running, span: Duration) -> Result<Figures> {
        match self {
            Self::RoundTrips => echoes(server, span, 1, 1).await,
            Self::Echo => echoes(server, span, ECHO_CLIENTS, ECHO_WINDOW).await,
            Self::Fanout(clients) => fan_out(server, span, clients).await,
            Self::Idle(clients) => idle(server, clients).await,
        }
    }
}

async fn echoes(server: &Running, span: Duration, clients: usize, window: usize) -> Result<Figures> {
    let count = Count::default();
    let mut tasks = JoinSet::new();
    for client in Client::open(server.address, "/echo", clients).await? {
        tasks.spawn_local(echo(client, window, count.clone()));
    }
    measure(server, span, &count, &mut tasks).await
}

async fn fan_out(server: &Running, span: Duration, clients: usize) -> Result<Figures> {
    let count = Count::default();
    let progress = Rc::new(Progress::new(clients));
    let mut tasks = JoinSet::new();
    for client in Client::open(server.address, "/fanout", clients).await? {
        tasks.spawn_local(subscribe(client, progress.clone(), count.clone()));
    }
    for publisher in Client::open(server.address, "/fanout", 1).await? {
        tasks.spawn_local(publish(publisher, progress.clone()));
    }
    let mut figures = measure(server, span, &count, &mut tasks).await?;
    figures.insert(Figure::KibPerConnection, grown_kib(server)? / (clients + 1) as f64);
    Ok(figures)
}

async fn idle(server: &Running, clients: usize) -> Result<Figures> {
    let mut open = Client::open(server.address, "/echo", clients).await?;
    // One echo each: now the server has done all that it does for a new connection.
    let frame = frame();
    for client in &mut open {
        client.send(&frame).await?;
    }
    for client in &mut open {
        ensure!(client.receive().await? == 1, "one message has come back as several");
    }
    let cpu = server.usage()?.cpu - server.at_first.cpu;
    let clients = clients as f64;
    Ok(Figures::from([
        (Figure::CpuUsPerConnection, cpu.as_secs_f64() * 1e6 / clients),
        (Figure::KibPerConnection, grown_kib(server)? / clients),
    ]))
}

/// How much memory the server has taken since before the first connection.
fn grown_kib(server: &Running) -> Result<f64> {
    Ok(server.usage()?.rss_kib as f64 - server.at_first.rss_kib as f64)
}

/// Counts messages for `span`, after a quarter of it has passed as a warm-up, and ends the clients.
async fn measure(
    server: &Running,
    span: Duration,
    count: &Count,
    clients: &mut JoinSet<Result<()>>,
) -> Result<Figures> {
    pass(span / 4, clients).await?;
    let (begin, cpu, messages) = (Instant::now(), server.usage()?.cpu, count.get());
    pass(span, clients).await?;
    let (took, cpu, messages) = (begin.elapsed(), server.usage()?.cpu - cpu, (count.get() - messages) as f64);
    ensure!(messages > 0.0, "no message has come in {took:?}");
    Ok(Figures::from([
        (Figure::MessagesPerS, messages / took.as_secs_f64()),
        (Figure::CpuUsPerMessage, cpu.as_secs_f64() * 1e6 / messages),
    ]))
}

/// Lets the clients work for so long; none of them may end.
async fn pass(span: Duration, clients: &mut JoinSet<Result<()>>) -> Result<()> {
    tokio::select! {
        ended = clients.join_next() => match ended {
            Some(ended) => ended?.context("a client has failed")?,
            None => bail!("there are no clients"),
        },
        () = sleep(span) => {}
    }
    Ok(())
}
