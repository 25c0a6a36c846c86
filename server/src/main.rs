//! The program: arguments, signals and one line of output around [`tautline_server::Server`].

use std::io::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tautline_server::{Config, Server};

/// The server that Tautline is tested against, and that its demo talks to.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The address to listen on. With 127.0.0.1 the same port of [::1] is tried too, so that `localhost` works either way.
    #[arg(long, default_value_t = Config::default().host)]
    host: IpAddr,
    /// The port; 0 lets the system choose a free one.
    #[arg(long, default_value_t = Config::default().port)]
    port: u16,
    /// The folder whose files to serve.
    #[arg(long, value_name = "DIR")]
    static_dir: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config =
        Config { host: arguments.host, port: arguments.port, static_dir: arguments.static_dir, ..Config::default() };
    // Each connection is a file, and four where it comes through a link. Where the system allows no more, the server makes do.
    let _ = rlimit::increase_nofile_limit(5 * config.max_connections as u64);
    let shutdown = match stop_signal() {
        Ok(shutdown) => shutdown,
        Err(error) => return fail(&error),
    };
    let server = match Server::bind(config).await {
        Ok(server) => server,
        Err(error) => return fail(&error),
    };
    if server.localhost_is_shared() {
        eprintln!(
            "tautline-server: another program has port {} of [::1]; use 127.0.0.1, not localhost",
            server.address().port()
        );
    }
    let mut stdout = std::io::stdout();
    // Nobody has to listen for it.
    let _ = writeln!(stdout, "listening on http://{}", server.address());
    let _ = stdout.flush();
    server.run(shutdown).await;
    ExitCode::SUCCESS
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("tautline-server: {error}");
    ExitCode::FAILURE
}

/// Listens for SIGTERM and SIGINT from now on; the future is ready when one arrives.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens for Ctrl-C; the future is ready when it arrives.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where the system can't tell, the server runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
