//! The project's server, as a child process.

use std::fs::File;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cargo;
use crate::process::{self, Job};
use crate::project::SERVER;
use crate::toolbox::Toolbox;

/// What the server prints when it accepts connections; the address follows.
const READY: &str = "listening on http://";
/// How long it may take to say so.
const START: Duration = Duration::from_secs(30);

/// A running server; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    job: Job,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// Where the server's log goes.
#[derive(Clone, Debug)]
pub(crate) enum Log {
    /// To the terminal.
    Shown,
    /// To a file.
    File(PathBuf),
}

/// Builds the server and returns its program.
pub(crate) fn build(toolbox: &Toolbox, release: bool) -> Result<PathBuf> {
    let mut command = toolbox.native("cargo");
    command.args(["build", "--package", SERVER, "--bin", SERVER]).args(release.then_some("--release"));
    let executables = cargo::executables(&mut command)?;
    let server = executables.into_iter().find(|executable| executable.name == SERVER);
    Ok(server.with_context(|| format!("the package {SERVER} has no program {SERVER}"))?.path)
}

impl Server {
    /// Starts the server on 127.0.0.1 and waits until it accepts connections. Port 0 takes any free one.
    pub(crate) fn start(toolbox: &Toolbox, program: &Path, port: u16, pages: Option<&Path>, log: &Log) -> Result<Self> {
        let mut command = toolbox.native(program);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        if let Some(pages) = pages {
            command.arg("--static-dir").arg(pages);
        }
        let mut file = None;
        if let Log::File(path) = log {
            let opened = create(path)?;
            command.stderr(opened.try_clone().context("cannot share the server's log file")?);
            file = Some(opened);
        }
        let (mut job, stdout) = Job::start_piped(&mut command)?;
        let lines = process::lines_of(stdout);
        let (sender, ready) = mpsc::channel();
        // Reads on for as long as the server runs, so that it never waits for its output to be read.
        thread::spawn(move || {
            for line in lines {
                if let Some((_, address)) = line.split_once(READY) {
                    sender.send(address.trim().trim_end_matches('/').to_owned()).ok();
                }
                match &mut file {
                    Some(file) => _ = writeln!(file, "{line}"),
                    None => println!("{line}"),
                }
            }
        });
        let Ok(address) = ready.recv_timeout(START) else {
            let place = match log {
                Log::Shown => "see above".to_owned(),
                Log::File(path) => format!("see {}", path.display()),
            };
            let status = job.wait(Some(Duration::ZERO)).ok();
            match status {
                Some(status) => bail!("the server ended at once ({status}); {place}"),
                None => bail!("the server did not say `{READY}…` within {} s; {place}", START.as_secs()),
            }
        };
        let address = address.parse().with_context(|| format!("the server listens on {address:?}, no address"))?;
        Ok(Self { job, address })
    }

    /// Waits until the server ends.
    pub(crate) fn wait(mut self) -> Result<()> {
        let status = self.job.wait(None)?;
        process::succeeded("the server", status)
    }
}

/// An error when something listens on `port` already.
pub(crate) fn check_port(port: u16) -> Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) => bail!("port {port} of 127.0.0.1 cannot be used ({error})"),
    }
}

fn create(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}
