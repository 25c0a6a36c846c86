//! The linters.

use std::process::Command;

use anyhow::{Result, bail};

use crate::cli::Check;
use crate::deny;
use crate::process;
use crate::project::{LIBRARY, NPM, NPM_CHANNEL, WASM32};
use crate::setup::{Need, Setup};
use crate::test::of_examples;
use crate::toolbox::{Toolbox, WasmToolchain};

/// Runs one check, or all; goes on after a failure.
pub(crate) fn run(setup: &mut Setup, check: Option<Check>) -> Result<()> {
    let all = [Check::Fmt, Check::Clippy, Check::Doc, Check::Deny, Check::Audit];
    let checks = check.map_or(all.to_vec(), |check| vec![check]);
    let mut failures = Vec::new();
    let mut lines = Vec::new();
    for check in checks {
        let name = format!("{check:?}").to_lowercase();
        match one(setup, check) {
            Ok(note) => lines.push(format!("lint: {name}: ok{note}")),
            Err(error) => {
                lines.push(format!("lint: {name}: {error:#}"));
                failures.push(name);
            }
        }
    }
    for line in lines {
        println!("{line}");
    }
    if !failures.is_empty() {
        bail!("lint failed: {}", failures.join(", "));
    }
    Ok(())
}

/// Runs one check; the text is a note for the summary.
pub(crate) fn one(setup: &mut Setup, check: Check) -> Result<String> {
    match check {
        Check::Fmt => {
            let toolbox = setup.toolbox();
            let workspaces = ["Cargo.toml", "examples/Cargo.toml", "benches/browser/Cargo.toml"].map(|manifest| {
                let mut command = toolbox.native("cargo");
                command.args(["fmt", "--all", "--check", "--manifest-path"]).arg(toolbox.project.root.join(manifest));
                command
            });
            run_all(workspaces.into())?;
        }
        Check::Clippy => {
            let toolbox = setup.ensure(&[Need::WasmTarget])?;
            run_all(clippy(toolbox)?)?;
        }
        Check::Doc => {
            let toolbox = setup.ensure(&[Need::WasmTarget])?;
            run_all(doc(toolbox)?)?;
        }
        Check::Deny => return deny::run(setup),
        Check::Audit => return deny::audit(setup),
    }
    Ok(String::new())
}

fn clippy(toolbox: &Toolbox) -> Result<Vec<Command>> {
    const STRICT: [&str; 3] = ["--", "-D", "warnings"];
    let mut commands = Vec::new();
    for wasm in [false, true] {
        let browser = ["--package", LIBRARY, "--package", NPM, "--package", NPM_CHANNEL];
        let whole: &[&str] = if wasm { &browser } else { &["--workspace"] };
        let bare: &[&str] = &["--package", LIBRARY, "--no-default-features"];
        for args in [&[whole, &["--all-targets", "--all-features"]].concat(), bare] {
            let mut command = cargo(toolbox, wasm, "clippy")?;
            command.args(args).args(STRICT);
            commands.push(command);
        }
    }
    let mut command = cargo(toolbox, true, "clippy")?;
    of_examples(command.arg("--locked"), toolbox);
    command.args(STRICT);
    commands.push(command);
    // The peers' clients are compiled where they are measured; their features exclude each other.
    for (package, feature) in [("app", "tautline_reconnecting"), ("clients", "tautline")] {
        let mut command = cargo(toolbox, true, "clippy")?;
        command.args(["--locked", "--package", package, "--features", feature, "--manifest-path"]);
        command.arg(toolbox.project.root.join("benches/browser/Cargo.toml"));
        command.arg("--target-dir").arg(toolbox.project.target.join("bench")).args(STRICT);
        commands.push(command);
    }
    if let Some(WasmToolchain::Folder(folder)) = toolbox.wasm_toolchain()? {
        // Clippy's driver finds the standard library of such a toolchain in no other way.
        for command in commands.iter_mut().filter(|command| command.get_args().any(|arg| arg == WASM32)) {
            command.env("SYSROOT", &folder);
        }
    }
    Ok(commands)
}

fn doc(toolbox: &Toolbox) -> Result<Vec<Command>> {
    let mut native = cargo(toolbox, false, "doc")?;
    native.arg("--workspace");
    let mut wasm = cargo(toolbox, true, "doc")?;
    wasm.args(["--package", LIBRARY, "--package", NPM, "--package", NPM_CHANNEL]);
    for command in [&mut native, &mut wasm] {
        command.args(["--no-deps", "--all-features"]).env("RUSTDOCFLAGS", "-D warnings");
    }
    Ok(vec![native, wasm])
}

/// A Cargo command for the host, or for wasm32.
fn cargo(toolbox: &Toolbox, wasm: bool, subcommand: &str) -> Result<Command> {
    let mut command = if wasm { toolbox.wasm("cargo")? } else { toolbox.native("cargo") };
    command.arg(subcommand).args(wasm.then_some(["--target", WASM32]).into_iter().flatten());
    Ok(command)
}

/// Runs every command, so that all that is wrong is seen, and fails if one of them does.
fn run_all(commands: Vec<Command>) -> Result<()> {
    let mut failures = Vec::new();
    for mut command in commands {
        println!("{}", process::name_of(&command));
        if let Err(error) = process::run(&mut command) {
            failures.push(format!("{error:#}"));
        }
    }
    if !failures.is_empty() {
        bail!("{}", failures.join("; "));
    }
    Ok(())
}
