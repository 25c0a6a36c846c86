//! Fuzzing, by cargo-fuzz. It runs on stable: no sanitizer is asked for, since there is no `unsafe` to be found wanting, and the flags that
//! count coverage are let through by `RUSTC_BOOTSTRAP`.

use std::fs;

use anyhow::{Context, Result};

use crate::process;
use crate::setup::{Need, Setup};

/// The targets, each a file of `fuzz/fuzz_targets`.
const TARGETS: [&str; 7] =
    ["machine", "channel_machine", "channel_server", "channel_wire", "json", "msgpack", "values"];

/// In the place of a target: all of them, one after the other.
const ALL: &str = "all";

/// The longest input: a byte of configuration, and 200 operations of 4 bytes.
const MAX_LENGTH: u32 = 801;

/// What the command line takes.
pub(crate) fn names() -> Vec<&'static str> {
    TARGETS.into_iter().chain([ALL]).collect()
}

/// Runs one target, or all of them, each for so many seconds.
pub(crate) fn run(setup: &mut Setup, target: &str, seconds: u32) -> Result<()> {
    match target {
        ALL => TARGETS.into_iter().try_for_each(|target| one(setup, target, seconds)),
        target => one(setup, target, seconds),
    }
}

/// Runs one target for so many seconds, over what is committed for it and what was learned before. What it finds is kept in `fuzz/artifacts`, which is not committed; what it learns in
/// `target/fuzz-corpus`.
fn one(setup: &mut Setup, target: &str, seconds: u32) -> Result<()> {
    let toolbox = setup.ensure(&[Need::CargoFuzz])?;
    let learned = toolbox.project.target.join("fuzz-corpus").join(target);
    fs::create_dir_all(&learned).with_context(|| format!("cannot make {}", learned.display()))?;
    let mut command = toolbox.native("cargo");
    // `cargo fuzz` asks the cargo on the PATH, and rustc by way of it, for what it builds.
    command.env("RUSTC_BOOTSTRAP", "1");
    command.args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir", "fuzz", "--target-dir"]);
    command.arg(toolbox.project.target.join("fuzz")).arg(target);
    // The first folder takes what is found; the others are read.
    command.arg(&learned).arg(format!("fuzz/corpus/{target}")).arg("--");
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={MAX_LENGTH}"));
    command.args(["-print_final_stats=1", "-timeout=10"]);
    process::run(&mut command)
}
