//! The test suites.

mod browser;
mod e2e;
mod examples;
mod js;
mod native;
mod package;
pub(crate) mod packaging;
mod shared_memory;
mod wasm_pack;

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

pub(crate) use browser::Engine;
pub(crate) use examples::of_examples;

use crate::cli::Suite;
use crate::process;
use crate::setup::Setup;
use crate::tally::Tally;

/// Runs a test runner and counts what it prints. One that can't be run, or takes too long, is a failure.
pub(crate) fn counted(runner: &mut Command, limit: Duration, name: &str) -> Tally {
    let mut tally = Tally::default();
    match process::watch(runner, Some(limit), |line| tally.add_line(line)) {
        Ok(status) => tally.note_status(status.success()),
        Err(error) => {
            println!("{name}: {error:#}");
            tally.note_status(false);
        }
    }
    tally
}

/// Every suite of the everyday run. A suite that cannot run counts as a failure and does not keep the others from running.
pub(crate) fn all(setup: &mut Setup) -> Result<Tally> {
    let mut total = Tally::default();
    let suites = [
        ("native", native(setup, None)),
        ("browser", browser(setup, Engine::ALL, None)),
        ("js", js(setup, Engine::ALL, None)),
        ("e2e", end_to_end(setup, None)),
    ];
    println!();
    for (name, result) in suites {
        match result {
            Ok(tally) => {
                println!("{name}: {tally}");
                total += tally;
                total.failed += u64::from(!tally.is_good() && tally.failed == 0);
            }
            Err(error) => {
                println!("{name}: {error:#}");
                total.failed += 1;
            }
        }
    }
    Ok(total)
}

/// One suite.
pub(crate) fn one(setup: &mut Setup, suite: Suite) -> Result<Tally> {
    match suite {
        Suite::Native { filter } => native(setup, filter.as_deref()),
        Suite::Browser { words } => {
            let (engines, filter) = browser::engines_and_filter(&words)?;
            browser(setup, &engines, filter)
        }
        Suite::Js { words } => {
            let (engines, filter) = browser::engines_and_filter(&words)?;
            js(setup, &engines, filter)
        }
        Suite::E2e { filter } => end_to_end(setup, filter.as_deref()),
        Suite::Packaging { filter } => {
            packaging::run(setup)?;
            package(setup, filter.as_deref())
        }
        Suite::Examples => examples(setup),
        Suite::WasmPack => wasm_pack(setup),
        Suite::SharedMemory { engine } => shared_memory(setup, engine),
    }
}

/// The tests that need no browser.
pub(crate) fn native(setup: &mut Setup, filter: Option<&str>) -> Result<Tally> {
    native::run(setup.toolbox(), filter)
}

/// The tests in browsers.
pub(crate) fn browser(setup: &mut Setup, engines: &[Engine], filter: Option<&str>) -> Result<Tally> {
    browser::run(setup, &browser::ORDINARY, engines, filter)
}

/// The tests of the npm package in browsers.
pub(crate) fn js(setup: &mut Setup, engines: &[Engine], filter: Option<&str>) -> Result<Tally> {
    js::run(setup, engines, filter)
}

/// What the npm package costs for each message.
pub(crate) fn bench(setup: &mut Setup, engines: &[Engine]) -> Result<Tally> {
    js::bench(setup, engines)
}

/// The end-to-end tests of the demo page.
pub(crate) fn end_to_end(setup: &mut Setup, filter: Option<&str>) -> Result<Tally> {
    e2e::run(setup, filter)
}

/// The npm package, as its consumers get it.
pub(crate) fn package(setup: &mut Setup, filter: Option<&str>) -> Result<Tally> {
    package::run(setup, filter)
}

/// The examples for Rust frameworks.
pub(crate) fn examples(setup: &mut Setup) -> Result<Tally> {
    examples::run(setup)
}

/// wasm-pack's own commands.
pub(crate) fn wasm_pack(setup: &mut Setup) -> Result<Tally> {
    wasm_pack::run(setup)
}

/// The browser tests with a shared memory.
pub(crate) fn shared_memory(setup: &mut Setup, engine: Engine) -> Result<Tally> {
    browser::run(setup, &shared_memory::PROGRAMS, &[engine], None)
}
