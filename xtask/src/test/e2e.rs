//! The demo page, driven from end to end in Chromium.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::server::{self, Log, Server};
use crate::setup::{Need, Packages, Setup, browsers};
use crate::tally::Tally;

/// How long the suite may run.
const LIMIT: Duration = Duration::from_secs(600);

/// Builds and serves the demo, and runs the tests with Node's test runner.
pub(crate) fn run(setup: &mut Setup, filter: Option<&str>) -> Result<Tally> {
    setup.ensure(&[Need::Packages(Packages::EndToEnd), Need::Chromium])?;
    let pages = crate::build::demo(setup)?;
    let toolbox = setup.toolbox();
    let folder = toolbox.project.root.join("tests/e2e");
    let mut tests: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    tests.sort();
    if tests.is_empty() {
        bail!("tests/e2e has no *.test.mjs");
    }
    let target = &toolbox.project.target;
    let program = server::build(toolbox, false)?;
    let log = Log::File(target.join("xtask/e2e-server.log"));
    let server = Server::start(toolbox, &program, 0, Some(&pages), &log)?;
    let mut node = toolbox.native("node");
    // One file at a time: each starts a browser.
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    node.args(filter.map(|filter| format!("--test-name-pattern={filter}")));
    node.args(&tests).current_dir(&folder);
    node.env("TAUTLINE_URL", format!("http://{}", server.address));
    node.env("CHROMIUM", browsers::chromium(toolbox)?);
    node.env("TAUTLINE_SCREENSHOTS", target.join("screenshots"));
    Ok(super::counted(&mut node, LIMIT, "e2e"))
}
