//! What the project depends on: licences, sources, duplicates, known vulnerabilities.

use std::time::Duration;

use anyhow::Result;

use crate::process;
use crate::setup::{Need, Setup};
use crate::toolbox::Toolbox;

/// How long the download of the vulnerability database may take.
const DOWNLOAD: Duration = Duration::from_secs(120);

/// Runs cargo-deny; the text says so when the vulnerabilities could not be looked up.
pub(crate) fn run(setup: &mut Setup) -> Result<String> {
    let toolbox = setup.ensure(&[Need::CargoDeny])?;
    check(toolbox, &["bans", "licenses", "sources"])?;
    // Fetching is a step of its own, so that only a failed download is forgiven, never a finding.
    let mut fetch = toolbox.native("cargo-deny");
    if process::capture(fetch.args(["fetch", "db"]), DOWNLOAD).is_err() {
        println!("advisories: not checked, the database is out of reach");
        return Ok(" (advisories: not checked, the database is out of reach)".to_owned());
    }
    check(toolbox, &["--disable-fetch", "advisories"])?;
    Ok(String::new())
}

fn check(toolbox: &Toolbox, what: &[&str]) -> Result<()> {
    let mut command = toolbox.native("cargo-deny");
    process::run(command.args(["--workspace", "--all-features", "check", "--hide-inclusion-graph"]).args(what))
}
