//! The examples for Rust frameworks: they compile, and they work.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::cargo;
use crate::process;
use crate::project::WASM32;
use crate::server::{self, Log, Server};
use crate::setup::{Need, Packages, Setup, browsers};
use crate::tally::Tally;
use crate::toolbox::Toolbox;

/// How long the tests may take, once all is compiled.
const LIMIT: Duration = Duration::from_secs(300);

/// Compiles them, and opens each in Chromium.
pub(super) fn run(setup: &mut Setup) -> Result<Tally> {
    setup.ensure(&[Need::WasmTarget, Need::WasmBindgen, Need::Chromium, Need::Packages(Packages::EndToEnd)])?;
    let toolbox = setup.toolbox();
    let mut tally = render(toolbox)?;
    let site = assemble(toolbox)?;
    let program = server::build(toolbox, false)?;
    let log = Log::File(toolbox.project.target.join("xtask/examples-server.log"));
    let server = Server::start(toolbox, &program, 0, Some(&site), &log)?;
    let mut node = toolbox.native("node");
    node.args(["--test", "--test-reporter=spec", "examples/frameworks.test.mjs"]);
    node.current_dir(toolbox.project.root.join("tests/e2e"));
    node.env("TAUTLINE_URL", format!("http://{}", server.address)).env("CHROMIUM", browsers::chromium(toolbox)?);
    tally += super::counted(&mut node, LIMIT, "examples");
    Ok(tally)
}

/// The Leptos one as a server has it: natively, without a browser.
fn render(toolbox: &Toolbox) -> Result<Tally> {
    let mut command = toolbox.native("cargo");
    command.args(["test", "--locked", "--package", "tautline-example-leptos", "--no-default-features"]);
    of_examples(command.args(["--features", "ssr"]), toolbox);
    let mut tally = Tally::default();
    let status = process::watch(&mut command, None, |line| tally.add_line(line))?;
    tally.note_status(status.success());
    Ok(tally)
}

/// Where a Cargo command finds the examples, and leaves what it builds.
pub(crate) fn of_examples(command: &mut Command, toolbox: &Toolbox) {
    let project = &toolbox.project;
    command.arg("--manifest-path").arg(project.root.join("examples/Cargo.toml"));
    command.arg("--target-dir").arg(project.target.join("examples"));
    // Nobody debugs them, and what is not written need not be read.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
}

/// A page for each.
fn assemble(toolbox: &Toolbox) -> Result<PathBuf> {
    let project = &toolbox.project;
    let mut command = toolbox.wasm("cargo")?;
    of_examples(command.args(["build", "--locked", "--target", WASM32]), toolbox);
    let programs = cargo::executables(&mut command).context("the examples did not build")?;
    if programs.is_empty() {
        bail!("there are no examples");
    }
    let site = project.target.join("examples-site");
    build::remove(&site)?;
    for program in programs {
        let name = program.name.trim_start_matches("tautline-example-");
        let folder = site.join(name);
        let mut command = toolbox.wasm("wasm-bindgen")?;
        command.args(["--target", "web", "--no-typescript", "--out-name", "app", "--out-dir"]).arg(&folder);
        process::run(command.arg(&program.path))?;
        write_page(&folder, name)?;
    }
    Ok(site)
}

fn write_page(folder: &Path, name: &str) -> Result<()> {
    let page = format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>{name}</title>\n<body>\n<div id=\"main\"></div>\n\
         <script type=\"module\">import init from './app.js'; await init();</script>\n"
    );
    fs::write(folder.join("index.html"), page).with_context(|| format!("cannot write the page of {name}"))
}
