//! What the project depends on: licences, sources, duplicates, known vulnerabilities.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;
use crate::setup::{Need, Packages, Setup};
use crate::toolbox::Toolbox;

/// How long the download of the vulnerability database may take.
const DOWNLOAD: Duration = Duration::from_secs(120);
/// How long the registry may take to say what is known of a folder's packages.
const AUDIT: Duration = Duration::from_secs(60);

/// The workspaces, and what is allowed in each.
const WORKSPACES: [(&str, &str); 4] = [
    ("Cargo.toml", "deny.toml"),
    ("examples/Cargo.toml", "deny-unshipped.toml"),
    ("benches/browser/Cargo.toml", "deny-unshipped.toml"),
    ("fuzz/Cargo.toml", "deny-unshipped.toml"),
];

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
    let root = &toolbox.project.root;
    for (manifest, config) in WORKSPACES {
        println!("cargo-deny: {manifest}, {}", what.join(" "));
        let mut command = toolbox.native("cargo-deny");
        command.args(["--workspace", "--all-features", "--manifest-path"]).arg(root.join(manifest));
        command.arg("--config").arg(root.join(config)).args(["check", "--hide-inclusion-graph"]).args(what);
        process::run(&mut command).with_context(|| manifest.to_owned())?;
    }
    Ok(())
}

/// Runs `npm audit` in each folder of packages; the text says so when the registry does not answer it.
pub(crate) fn audit(setup: &mut Setup) -> Result<String> {
    let toolbox = setup.toolbox();
    let mut found = Vec::new();
    for packages in Packages::ALL {
        let folder = packages.folder();
        let mut command = toolbox.native("npm");
        // It fails where it finds something: what it says is read, whatever its status is.
        command.args(["audit", "--json"]).current_dir(toolbox.project.root.join(folder));
        let answer = process::output(&mut command, AUDIT)?;
        match counts(&answer) {
            Some(counts) => {
                println!("npm audit: {folder}: {counts}");
                if counts.grave() > 0 {
                    found.push(format!("{folder}: {counts}"));
                }
            }
            None => {
                println!("npm audit: {folder}: not checked, the registry does not answer such a question");
                return Ok(" (not checked, the registry does not answer such a question)".to_owned());
            }
        }
    }
    if !found.is_empty() {
        bail!("{}", found.join("; "));
    }
    Ok(String::new())
}

/// How many vulnerabilities are known, of the gravest two kinds and in all.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    critical: u64,
    high: u64,
    total: u64,
}

impl Counts {
    /// Those that fail the check. The packages are tools and tests; nothing of them ships.
    fn grave(&self) -> u64 {
        self.critical + self.high
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} vulnerabilities, {} of them high, {} critical", self.total, self.high, self.critical)
    }
}

/// What `npm audit --json` says; `None` where it says that it could not ask.
fn counts(answer: &str) -> Option<Counts> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    let known = answer.get("metadata")?.get("vulnerabilities")?;
    let count = |name: &str| known.get(name)?.as_u64();
    Some(Counts { critical: count("critical")?, high: count("high")?, total: count("total")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vulnerabilities_are_counted_and_a_question_without_an_answer_is_not_a_good_one() {
        let answer = r#"{"metadata": {"vulnerabilities": {"info": 0, "low": 1, "moderate": 2, "high": 3, "critical": 4, "total": 10}}}"#;
        let known = counts(answer).unwrap();
        assert_eq!(known, Counts { critical: 4, high: 3, total: 10 });
        assert_eq!(known.grave(), 7);
        for none in ["", "{}", r#"{"error": {"code": "ENOAUDIT"}}"#, r#"{"statusCode": 405, "body": ""}"#] {
            assert_eq!(counts(none), None, "{none}");
        }
    }
}
