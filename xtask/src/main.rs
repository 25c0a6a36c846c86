//! Every command of the project: `cargo xtask --help` lists them.

mod bench;
mod build;
mod cargo;
mod ci;
mod cli;
mod coverage;
mod deny;
mod fuzz;
mod lint;
mod process;
mod project;
mod serve;
mod server;
mod setup;
mod sim;
mod tally;
mod test;
mod toolbox;
mod torture;
mod versions;
mod wpt;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::setup::Setup;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one command; `false` means that it ran, and that something in it failed.
fn run(command: Command) -> anyhow::Result<bool> {
    process::stop_jobs_on_ctrl_c()?;
    let mut setup = Setup::new()?;
    match command {
        Command::Setup { part } => {
            setup.ensure(part.needs())?;
            println!("setup: everything is there (tools in {})", setup.tools_dir());
            Ok(true)
        }
        Command::Env => {
            print!("{}", setup.toolbox().shell_exports()?);
            Ok(true)
        }
        Command::Build => build::run(&mut setup).map(|()| true),
        Command::Serve { port, release } => serve::run(&mut setup, port, release).map(|()| true),
        Command::Demo { port } => serve::demo(&mut setup, port).map(|()| true),
        Command::Test { suite } => {
            let tally = match suite {
                None => test::all(&mut setup)?,
                Some(suite) => test::one(&mut setup, suite)?,
            };
            println!("{tally}");
            Ok(tally.is_good())
        }
        Command::Lint { check } => lint::run(&mut setup, check).map(|()| true),
        Command::Sim { args } => sim::run(setup.toolbox(), &args).map(|()| true),
        Command::Fuzz { target, seconds } => fuzz::run(&mut setup, &target, seconds).map(|()| true),
        Command::Coverage => coverage::run(&mut setup).map(|()| true),
        Command::Bench { part, args } => bench::run(&mut setup, part, &args),
        Command::Wpt { classes, verbose, only } => wpt::run(&mut setup, &classes, &only, verbose),
        Command::Torture { short, seed, minutes, engines, parts } => {
            let tally = torture::run(&mut setup, &torture::Wanted { short, seed, minutes, engines, parts })?;
            println!("{tally}");
            Ok(tally.is_good())
        }
        Command::Ci { full } => ci::run(&mut setup, full),
    }
}
