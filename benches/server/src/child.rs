//! A server in a process of its own: this program, started again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _, stdin, stdout};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::{env, thread};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde::Serialize;
use tautline_server::{Config, Server};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::bare;
use crate::usage::Usage;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Ours.
    Tautline,
    /// tokio-tungstenite, and little else.
    Bare,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tautline, Self::Bare];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tautline => "tautline",
            Self::Bare => "bare",
        }
    }
}

/// Serves on a port that the system chooses, says its address, and ends the process when the standard input ends: with its parent
/// at the latest.
///
/// # Errors
/// The system refuses.
pub fn serve(kind: Kind, connections: usize) -> Result<()> {
    thread::spawn(|| {
        // However it ends, it has ended.
        let _ = stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    rlimit::increase_nofile_limit(u64::MAX)?;
    let say = |address: SocketAddr| {
        let mut out = stdout();
        writeln!(out, "{address}").and_then(|()| out.flush())
    };
    Builder::new_multi_thread().enable_all().build()?.block_on(async {
        match kind {
            Kind::Tautline => {
                // The port's second listener, on [::1], is not used.
                let server =
                    Server::bind(Config { port: 0, max_connections: connections, ..Config::default() }).await?;
                say(server.address())?;
                server.run(std::future::pending()).await;
            }
            Kind::Bare => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                say(listener.local_addr()?)?;
                bare::serve(listener).await?;
            }
        }
        Ok(())
    })
}

/// A server that runs, until this is dropped.
#[derive(Debug)]
pub struct Running {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it had used before the first connection.
    pub at_first: Usage,
}

impl Running {
    /// Starts a server for so many connections, and waits until it listens.
    ///
    /// # Errors
    /// It can't be started, or ends at once.
    pub fn start(kind: Kind, connections: usize) -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["serve", kind.name(), &connections.to_string()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let said = process.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        let mut running = Self { process, address: (Ipv4Addr::LOCALHOST, 0).into(), at_first: Usage::default() };
        said.transpose()?;
        running.address = line.trim().parse().with_context(|| format!("the server says {line:?}"))?;
        running.at_first = running.usage()?;
        Ok(running)
    }

    /// What it has used up to now.
    ///
    /// # Errors
    /// It has ended.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.process.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
