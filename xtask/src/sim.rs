//! The simulation of the reconnect storm: a program of its own, built to be fast.

use std::env;

use anyhow::{Context, Result};

use crate::process;
use crate::project::STORM;
use crate::toolbox::Toolbox;

/// Clients of the run in CI; the numbers of a million differ little.
const CI_CLIENTS: &str = "100000";

/// Runs it with these arguments, in the folder where xtask was called: a file in them is meant from there.
pub(crate) fn run(toolbox: &Toolbox, args: &[impl AsRef<str>]) -> Result<()> {
    let mut command = toolbox.native("cargo");
    command.current_dir(env::current_dir().context("cannot tell the current folder")?);
    command.args(["run", "--profile", "sim", "--package", STORM, "--manifest-path"]);
    command.arg(toolbox.project.root.join("Cargo.toml")).arg("--");
    command.args(args.iter().map(AsRef::as_ref));
    process::run(&mut command)
}

/// Whether our defaults reach their targets.
pub(crate) fn check(toolbox: &Toolbox) -> Result<()> {
    run(toolbox, &["--clients", CI_CLIENTS, "--check"])
}
