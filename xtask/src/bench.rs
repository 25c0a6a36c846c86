//! The benchmarks: in the browser, of sizes, and of the server.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::build;
use crate::cargo;
use crate::process;
use crate::project::WASM32;
use crate::server::{self, Log, Server};
use crate::setup::{Need, Packages, Setup, browsers};
use crate::test::{self, Engine};
use crate::toolbox::Toolbox;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Every client in one Chromium; takes `--rounds`, `--messages`, `--jobs A,B`, `--rows npm,tautline` and `--no-memory`
    Browser,
    /// What the small application weighs with each client, and the npm entry; takes `--check`
    Sizes,
    /// The npm package's cost for each message in script time; takes an engine
    Engines,
    /// The server beside a bare one; takes what its `--help` says
    Server,
    /// The Push Lab's presets, raced in Chromium, and the server's memory for each kind of connection; makes the README's table and picture
    Lab,
}

/// The Rust clients, by their features in benches/browser.
const CLIENTS: &[&str] = &["bare", "gloo_net", "ws_stream_wasm", "ewebsock", "tokio_tungstenite_wasm", "tautline"];

/// The one that is measured, and has no small application to be weighed.
const CHANNEL: &str = "tautline_channel";

/// The applications that are only weighed.
const APPS: &[&str] = &["gloo_events", "tautline_reconnecting"];

const NEEDS: &[Need] = &[
    Need::WasmTarget,
    Need::WasmBindgen,
    Need::WasmOpt,
    Need::Packages(Packages::Build),
    Need::Packages(Packages::Bench),
];

/// Measures; `false` means that a check failed.
pub(crate) fn run(setup: &mut Setup, part: Part, args: &[String]) -> Result<bool> {
    match part {
        Part::Browser => browser(setup, args).map(|()| true),
        Part::Sizes => {
            let apps: Vec<&str> = CLIENTS.iter().chain(APPS).copied().collect();
            sizes(setup, &apps, args.iter().any(|arg| arg == "--check"))
        }
        Part::Engines => {
            let engines = match args {
                [] => Engine::ALL.to_vec(),
                [name] => match Engine::from_str(name, true) {
                    Ok(engine) => vec![engine],
                    Err(_) => bail!("{name:?} is no engine; there are chrome, firefox and webkit"),
                },
                _ => bail!("one engine at the most"),
            };
            test::bench(setup, &engines).map(|tally| tally.is_good())
        }
        Part::Server => server(setup.toolbox(), args).map(|()| true),
        Part::Lab => lab(setup).map(|()| true),
    }
}

fn lab(setup: &mut Setup) -> Result<()> {
    setup.ensure(&[Need::Packages(Packages::EndToEnd), Need::Chromium])?;
    let pages = build::demo(setup)?;
    let toolbox = setup.toolbox();
    let program = server::build(toolbox, true)?;
    let log = Log::File(toolbox.project.target.join("xtask/lab-server.log"));
    let server = Server::start(toolbox, &program, 0, Some(&pages), &log)?;
    let root = &toolbox.project.root;
    let mut node = toolbox.native("node");
    node.arg(root.join("tests/e2e/figures.mjs")).arg(root.join("docs/images/push-lab.png"));
    node.env("TAUTLINE_URL", format!("http://{}", server.address)).env("TAUTLINE_SERVER", &program);
    node.env("CHROMIUM", browsers::chromium(toolbox)?);
    process::run(&mut node)
}

/// Whether what ships is within its limits.
pub(crate) fn check_sizes(setup: &mut Setup) -> Result<()> {
    if sizes(setup, &["tautline", "tautline_reconnecting"], true)? { Ok(()) } else { bail!("something has grown") }
}

fn browser(setup: &mut Setup, args: &[String]) -> Result<()> {
    let mut needs = NEEDS.to_vec();
    needs.push(Need::Chromium);
    setup.ensure(&needs)?;
    let dist = build::package(setup)?;
    let toolbox = setup.toolbox();
    let site = toolbox.project.target.join("bench/site");
    build::remove(&site)?;
    for client in CLIENTS.iter().chain([&CHANNEL]) {
        wasm(toolbox, "clients", client, &site.join("clients").join(client), "client")?;
    }
    let folder = folder(toolbox);
    let mut node = toolbox.native("node");
    process::run(node.arg(folder.join("build.mjs")).arg(&dist).arg(&site)).context("the page did not build")?;
    let program = server::build(toolbox, true)?;
    let log = Log::File(toolbox.project.target.join("xtask/bench-server.log"));
    let server = Server::start(toolbox, &program, 0, Some(&site), &log)?;
    let mut node = toolbox.native("node");
    node.arg(folder.join("runner/run.mjs")).args(args);
    node.arg("--out").arg(toolbox.project.target.join("bench"));
    node.env("TAUTLINE_URL", format!("http://{}", server.address)).env("CHROMIUM", browsers::chromium(toolbox)?);
    process::run(&mut node)
}

fn sizes(setup: &mut Setup, apps: &[&str], check: bool) -> Result<bool> {
    setup.ensure(NEEDS)?;
    let dist = build::package(setup)?;
    let toolbox = setup.toolbox();
    let built = toolbox.project.target.join("bench/apps");
    build::remove(&built)?;
    for app in apps {
        wasm(toolbox, "app", app, &built.join(app), "app")?;
    }
    let mut node = toolbox.native("node");
    node.arg(folder(toolbox).join("runner/sizes.mjs")).arg(&built).arg(&dist).args(check.then_some("--check"));
    Ok(process::run(&mut node).is_ok())
}

/// Builds a package of benches/browser with one feature, as an application is built that counts its bytes.
fn wasm(toolbox: &Toolbox, package: &str, feature: &str, out: &Path, name: &str) -> Result<()> {
    let mut command = toolbox.wasm("cargo")?;
    command.args(["build", "--locked", "--release", "--target", WASM32, "--package", package, "--features", feature]);
    command.arg("--manifest-path").arg(folder(toolbox).join("Cargo.toml"));
    command.arg("--target-dir").arg(toolbox.project.target.join("bench"));
    let compiled = cargo::artifact(&mut command, "wasm").with_context(|| format!("{feature} did not build"))?;
    let mut command = toolbox.wasm("wasm-bindgen")?;
    command.args(["--target", "web", "--no-typescript", "--out-name", name, "--out-dir"]).arg(out);
    process::run(command.arg(&compiled))?;
    let module = out.join(format!("{name}_bg.wasm"));
    let mut command = toolbox.native("wasm-opt");
    process::run(command.arg("-Os").arg(&module).arg("-o").arg(&module))
}

fn server(toolbox: &Toolbox, args: &[String]) -> Result<()> {
    let mut command = toolbox.native("cargo");
    command.args(["run", "--locked", "--profile", "sim", "--package", "tautline-server-bench", "--"]).args(args);
    process::run(&mut command)
}

fn folder(toolbox: &Toolbox) -> PathBuf {
    toolbox.project.root.join("benches/browser")
}
