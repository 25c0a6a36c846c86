//! The torture: faults, floods, leaks and abuse, and what became of them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::build;
use crate::server::{self, Log, Server};
use crate::setup::{Need, Packages, Setup, browsers, others};
use crate::tally::Tally;
use crate::test::{self, Engine};
use crate::toolbox::Toolbox;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(6 * 3600);

/// What is to run.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// What CI runs.
    pub(crate) short: bool,
    /// Of the faults; none: a random one.
    pub(crate) seed: Option<u32>,
    /// Of the soak.
    pub(crate) minutes: Option<u32>,
    /// None: all of them.
    pub(crate) engines: Vec<Engine>,
    /// None: all of them.
    pub(crate) parts: Vec<String>,
}

/// What CI runs; without a seed faults are drawn anew.
pub(crate) fn short(setup: &mut Setup, seed: Option<u32>) -> Result<Tally> {
    run(setup, &Wanted { short: true, seed, minutes: None, engines: Vec::new(), parts: Vec::new() })
}

/// Builds the package and the server, and runs the parts; unless it is a short run, they write docs/reliability.md.
pub(crate) fn run(setup: &mut Setup, wanted: &Wanted) -> Result<Tally> {
    let engines = if wanted.engines.is_empty() { Engine::ALL } else { &wanted.engines };
    let mut needs = vec![Need::Packages(Packages::Torture), Need::Chromium, Need::OtherServers, Need::PythonServers];
    needs.extend(engines.iter().map(|engine| engine.need()));
    setup.ensure(&needs)?;
    let dist = build::package(setup)?;
    let toolbox = setup.toolbox();
    let site = assemble(toolbox, &dist)?;
    let program = server::build(toolbox, true)?;
    let project = &toolbox.project;
    let log = Log::File(project.target.join("xtask/torture-server.log"));
    let server = Server::start(toolbox, &program, 0, Some(&site), &log)?;
    // The one engine that wants a display decides how all are started.
    let starts = engines.iter().find(|&&engine| engine == Engine::Webkit).unwrap_or(&Engine::Chrome);
    let mut node = starts.with_display(toolbox, "node")?;
    node.arg(project.root.join("torture/run.mjs")).args(wanted.short.then_some("--short"));
    node.args(wanted.seed.map(|seed| format!("--seed={seed}")));
    node.args(wanted.minutes.map(|minutes| format!("--minutes={minutes}")));
    node.args(engines.iter().map(|engine| format!("--engine={}", engine.name()))).args(&wanted.parts);
    node.env("TAUTLINE_URL", format!("http://{}", server.address)).env("TAUTLINE_SERVER", &program);
    node.env("TAUTLINE_WORK", project.target.join("torture"));
    node.env("TAUTLINE_REPORT", project.root.join("docs/reliability.md"));
    node.env("CHROMIUM", browsers::chromium(toolbox)?).env("TAUTLINE_PYTHON", others::python(toolbox));
    for engine in engines {
        node.env(format!("{}_DRIVER", engine.name().to_uppercase()), engine.driver(toolbox)?);
    }
    Ok(test::counted(&mut node, LIMIT, "torture"))
}

/// Puts the pages, what they share with the tests, and the package together.
fn assemble(toolbox: &Toolbox, dist: &Path) -> Result<PathBuf> {
    let project = &toolbox.project;
    let site = project.target.join("torture-site");
    build::remove(&site)?;
    build::copy_folder(dist, &site.join("dist"))?;
    let tests = build::entries(&project.root.join("tests/js"))?;
    let shared = tests.into_iter().filter(|path| path.to_string_lossy().ends_with("support.js"));
    for path in build::entries(&project.root.join("torture/page"))?.into_iter().chain(shared) {
        let name = path.file_name().unwrap_or(OsStr::new(""));
        fs::copy(&path, site.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
    }
    Ok(site)
}
