//! How much of the native code the native tests run, by cargo-tarpaulin: it reads what LLVM's instrumentation writes without LLVM's own tools,
//! which not every toolchain has.

use anyhow::Result;

use crate::process;
use crate::setup::{Need, Setup};

/// Runs the native tests once more, instrumented. What ran is in `target/coverage/tarpaulin-report.json`.
pub(crate) fn run(setup: &mut Setup) -> Result<()> {
    let toolbox = setup.ensure(&[Need::CargoTarpaulin])?;
    let folder = toolbox.project.target.join("coverage");
    let mut command = toolbox.native("cargo");
    command.args(["tarpaulin", "--engine", "llvm", "--workspace", "--exclude", "xtask", "--all-features"]);
    // The benchmark of the server is its own program, and starts it anew for each figure.
    command.args(["--exclude", "tautline-server-bench"]);
    command.args(["--skip-clean", "--out", "Json", "--output-dir"]).arg(&folder);
    command.arg("--target-dir").arg(folder.join("target"));
    process::run(&mut command)
}
