//! The demo page, served.

use anyhow::{Context, Result};

use crate::server::{self, Log, Server};
use crate::setup::Setup;

/// Builds the demo and serves it until ctrl-c.
pub(crate) fn run(setup: &mut Setup, port: u16, release: bool) -> Result<()> {
    // Before the build, which takes its time.
    server::check_port(port).context("choose another port with `--port`")?;
    let pages = crate::build::demo(setup)?;
    let toolbox = setup.toolbox();
    let program = server::build(toolbox, release)?;
    let server = Server::start(toolbox, &program, port, Some(&pages), &Log::Shown)?;
    println!("\nThe demo is at http://{}/ (ctrl-c stops it)", server.address);
    server.wait()
}

/// All the steps from a fresh checkout.
pub(crate) fn demo(setup: &mut Setup, port: u16) -> Result<()> {
    println!("demo: sets up what is missing, builds, and serves; the first time takes some minutes");
    run(setup, port, false)
}
