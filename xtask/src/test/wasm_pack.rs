//! wasm-pack's own commands, just as a Rust developer would type them.

use anyhow::{Context, Result};

use crate::process;
use crate::server::{self, Log, Server};
use crate::setup::{Need, Setup};
use crate::tally::Tally;

/// The port that the tests use unless they were compiled for another one.
const PORT: u16 = 8080;

/// Runs `wasm-pack build npm`, and `wasm-pack test --headless` in two browsers.
pub(crate) fn run(setup: &mut Setup) -> Result<Tally> {
    let needs = [Need::WasmTarget, Need::WasmBindgen, Need::WasmPack, Need::WasmOpt, Need::Chromium, Need::Firefox];
    let toolbox = setup.ensure(&needs)?;
    server::check_port(PORT).context("these tests expect the server on its default port, which has to be free")?;
    process::run(toolbox.wasm("wasm-pack")?.args(["build", "npm"]))?;
    let program = server::build(toolbox, false)?;
    let log = Log::File(toolbox.project.target.join("xtask/wasm-pack-server.log"));
    let _server = Server::start(toolbox, &program, PORT, None, &log)?;
    let mut total = Tally::default();
    for browser in ["--chrome", "--firefox"] {
        let mut command = toolbox.wasm("wasm-pack")?;
        command.args(["test", "--headless", browser]).env_remove("TAUTLINE_TEST_SERVER");
        let mut tally = Tally::default();
        let status = process::watch(&mut command, None, |line| tally.add_line(line))?;
        tally.note_status(status.success());
        println!("wasm-pack test --headless {browser}: {tally}");
        total += tally;
    }
    Ok(total)
}
