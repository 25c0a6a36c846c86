//! What all connections share.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::channel;
use crate::fanout::Groups;
use crate::lab::Runs;
use crate::ledger::Ledgers;
use crate::link::Links;
use crate::wire::Feeds;

/// Shared by all connections of one server; a clone is the same one.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) channels: Arc<channel::Service>,
    pub(crate) feeds: Arc<Feeds>,
    pub(crate) groups: Arc<Groups>,
    pub(crate) ledgers: Arc<Ledgers>,
    pub(crate) links: Arc<Links>,
    pub(crate) runs: Arc<Runs>,
    pub(crate) static_dir: Option<PathBuf>,
    /// Every task that belongs to a connection.
    tasks: TaskTracker,
    /// The server wants to stop: connections should end in order.
    closing: CancellationToken,
    /// The server stops now: connections are dropped.
    dropping: CancellationToken,
}

impl App {
    /// For a server that listens on `address`.
    pub(crate) fn new(address: SocketAddr, static_dir: Option<PathBuf>, channels: channel::Settings) -> Self {
        Self {
            channels: Arc::new(channel::Service::new(channels)),
            feeds: Arc::default(),
            groups: Arc::default(),
            ledgers: Arc::default(),
            links: Arc::new(Links::to(address)),
            runs: Arc::default(),
            static_dir,
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            dropping: CancellationToken::new(),
        }
    }

    /// Runs `task`, and ends it when the server stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let dropping = self.dropping.clone();
        self.tasks.spawn(async move { dropping.run_until_cancelled(task).await });
    }

    /// As [`App::spawn`], for a future that somebody else runs.
    pub(crate) async fn track(&self, task: impl Future<Output = ()>) {
        let task = self.dropping.run_until_cancelled(task);
        self.tasks.track_future(task).await;
    }

    /// Returns once the server wants to stop.
    pub(crate) async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// Ends all connections: in order if they manage within `grace`, else not.
    pub(crate) async fn stop(&self, grace: std::time::Duration) {
        self.closing.cancel();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            self.dropping.cancel();
            self.tasks.wait().await;
        }
    }
}
