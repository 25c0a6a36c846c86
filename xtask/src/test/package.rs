//! The npm package as its consumers get it: packed, installed, bundled, opened in Chromium.

use std::time::Duration;

use anyhow::Result;

use crate::build;
use crate::server::{self, Log, Server};
use crate::setup::{Need, Packages, Setup, browsers};
use crate::tally::Tally;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(900);

/// Builds the package and runs tests/packaging with Node's test runner.
pub(super) fn run(setup: &mut Setup, filter: Option<&str>) -> Result<Tally> {
    setup.ensure(&[Need::Chromium, Need::Packages(Packages::Packaging)])?;
    build::package(setup)?;
    let toolbox = setup.toolbox();
    let program = server::build(toolbox, false)?;
    let log = Log::File(toolbox.project.target.join("xtask/packaging-server.log"));
    let server = Server::start(toolbox, &program, 0, None, &log)?;
    let folder = toolbox.project.root.join("tests/packaging");
    let mut node = toolbox.native("node");
    // One file at a time: each installs the package.
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    node.args(filter.map(|filter| format!("--test-name-pattern={filter}")));
    node.args(["packaging.test.mjs", "types.test.mjs", "frameworks.test.mjs"]).current_dir(&folder);
    node.env("TAUTLINE_URL", format!("http://{}", server.address)).env("CHROMIUM", browsers::chromium(toolbox)?);
    Ok(super::counted(&mut node, LIMIT, "packaging"))
}
