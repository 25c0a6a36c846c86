//! The tests of the npm package in real browsers, against the real server.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::browser::Engine;
use crate::build;
use crate::server::{self, Log, Server};
use crate::setup::{Need, Packages, Setup};
use crate::tally::Tally;
use crate::toolbox::Toolbox;

/// How long one browser may take, to start and end too; the runner ends the tests earlier by itself, after 300 s.
const LIMIT: Duration = Duration::from_secs(450);

/// Builds the package and runs the tests in each of the engines.
pub(super) fn run(setup: &mut Setup, engines: &[Engine], filter: Option<&str>) -> Result<Tally> {
    open(setup, engines, "page.html", filter)
}

/// Builds the package and measures, in each of the engines, what it costs.
pub(super) fn bench(setup: &mut Setup, engines: &[Engine]) -> Result<Tally> {
    open(setup, engines, "bench.html", None)
}

fn open(setup: &mut Setup, engines: &[Engine], page: &str, filter: Option<&str>) -> Result<Tally> {
    let mut needs = vec![Need::Packages(Packages::JsTests)];
    needs.extend(engines.iter().map(|engine| engine.need()));
    setup.ensure(&needs)?;
    let dist = build::package(setup)?;
    let toolbox = setup.toolbox();
    let site = assemble(toolbox, &dist)?;
    let program = server::build(toolbox, false)?;
    let log = Log::File(toolbox.project.target.join("xtask/js-server.log"));
    let server = Server::start(toolbox, &program, 0, Some(&site), &log)?;
    let page = format!("http://{}/{page}", server.address);
    let mut total = Tally::default();
    let mut summaries = Vec::new();
    for &engine in engines {
        println!("\n-- the npm package in {}", engine.name());
        let start = Instant::now();
        let mut runner = engine.with_display(toolbox, "node")?;
        runner.arg(toolbox.project.root.join("tests/js/run.mjs")).arg(engine.driver(toolbox)?).arg(&page);
        runner.args(filter);
        let tally = super::counted(&mut runner, LIMIT, engine.name());
        summaries.push(format!("js tests, {}: {tally} ({:.0} s)", engine.name(), start.elapsed().as_secs_f64()));
        total += tally;
    }
    println!("\n{}", summaries.join("\n"));
    Ok(total)
}

/// Puts the tests, what they are written with, and the package together.
fn assemble(toolbox: &Toolbox, dist: &Path) -> Result<PathBuf> {
    let project = &toolbox.project;
    let tests = project.root.join("tests/js");
    let site = project.target.join("js-site");
    build::remove(&site)?;
    let copy = |from: &Path, to: &str| {
        fs::copy(from, site.join(to)).map(|_| ()).with_context(|| format!("cannot copy {}", from.display()))
    };
    build::copy_folder(dist, &site.join("dist"))?;
    build::copy_folder(&tests.join("node_modules/chai"), &site.join("chai"))?;
    build::copy_folder(&tests.join("node_modules/@msgpack/msgpack/dist.esm"), &site.join("msgpack"))?;
    build::copy_folder(&tests.join("node_modules/fast-check/lib"), &site.join("fast-check"))?;
    build::copy_folder(&tests.join("node_modules/pure-rand/lib/esm"), &site.join("pure-rand"))?;
    build::copy_folder(&project.root.join("tests/vectors"), &site.join("vectors"))?;
    build::copy_folder(&project.root.join("src/transport/push"), &site.join("push"))?;
    copy(&tests.join("node_modules/mocha/mocha.js"), "mocha.js")?;
    let mut files = Vec::new();
    for path in build::entries(&tests)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && (name.ends_with(".js") || name.ends_with(".html")) {
            copy(&path, &name)?;
        }
        if name.ends_with(".test.js") {
            files.push(name);
        }
    }
    if files.is_empty() {
        bail!("tests/js has no *.test.js");
    }
    files.sort();
    fs::write(site.join("files.json"), serde_json::to_string(&files)?).context("cannot write the list of tests")?;
    Ok(site)
}
