//! The Web Platform Tests of WebSocket, against the browser's own class and ours.
//!
//! Their files are no part of this project. Firefox's source has a copy, and Debian a package of that.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::setup::{Need, Packages, Setup, browsers};
use crate::toolbox::Toolbox;

/// The source package that has a copy.
const SOURCE: &str = "firefox-esr";
/// What of the copy is needed, below `testing/web-platform/tests`.
const PARTS: &[&str] = &[
    "websockets",
    "resources",
    "common",
    "interfaces",
    "tools",
    "LICENSE.md",
    // What tests of WebSocket load from the folders of others.
    "fetch/api/resources",
    "html/browsers/browsing-the-web/back-forward-cache/resources",
    "html/browsers/browsing-the-web/remote-context-helper/resources",
    "service-workers/service-worker/resources",
];
/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(5400);

/// Ours, as its file in `tests/wpt/classes` is called: without the machine, and with it when `-managed` follows.
const OURS: &str = "tautline";
/// What others publish, to see that the tests tell a difference: each has a file in `tests/wpt/classes`.
const PEERS: &[(&str, &str)] = &[("reconnecting-websocket", "4.4.0"), ("partysocket", "1.3.0")];

/// Runs them for the browser's own class, then for `classes`: ours when none is named. `false` if one of them fails what the
/// browser's own passes.
pub(crate) fn run(setup: &mut Setup, classes: &[String], only: &[String], verbose: bool) -> Result<bool> {
    setup.ensure(&[Need::Chromium, Need::Packages(Packages::Build), Need::Packages(Packages::EndToEnd)])?;
    let ours = [OURS.to_owned(), format!("{OURS}-managed")];
    let classes = if classes.is_empty() { &ours } else { classes };
    let folder = setup.toolbox().project.target.join("wpt");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let tests = fetch(setup.toolbox(), &folder)?;
    if classes.iter().any(|class| ours.contains(class)) {
        crate::build::package(setup)?;
    }
    let toolbox = setup.toolbox();
    let peers = folder.join("peers");
    for &(name, version) in PEERS.iter().filter(|(name, _)| classes.iter().any(|class| class == name)) {
        install_peer(toolbox, &peers, name, version)?;
    }
    let out = folder.join("results");
    let mut node = toolbox.native("node");
    node.env("CHROMIUM", browsers::chromium(toolbox)?);
    node.arg(toolbox.project.root.join("tests/wpt/run.mjs")).arg("--tests").arg(&tests).arg("--out").arg(&out);
    node.arg("--generated").arg(toolbox.project.target.join("npm-machine"));
    node.arg("--packages").arg(peers.join("node_modules"));
    node.args(classes.iter().flat_map(|class| ["--class", class]));
    node.args(only.iter().flat_map(|text| ["--only", text]));
    node.args(verbose.then_some("--verbose"));
    let status = process::watch(&mut node, Some(LIMIT), |_| {})?;
    println!("wpt: all results are in {}", out.display());
    Ok(status.success())
}

/// Installs another's package, if it is not there.
fn install_peer(toolbox: &Toolbox, folder: &Path, name: &str, version: &str) -> Result<()> {
    if folder.join("node_modules").join(name).is_dir() {
        return Ok(());
    }
    println!("wpt: installing {name} {version} from npm");
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut command = toolbox.native("npm");
    command.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(folder);
    process::run(command.arg(format!("{name}@{version}")).current_dir(folder))
}

/// The folder of the tests, fetched if it is not there.
fn fetch(toolbox: &Toolbox, folder: &Path) -> Result<PathBuf> {
    let tests = folder.join("tests");
    if tests.is_dir() {
        return Ok(tests);
    }
    for program in ["apt-get", "apt-cache", "tar", "xz", "python3"] {
        if toolbox.find(program).is_none() {
            bail!("{program} is missing: the tests come from Debian's source package of Firefox, 700 MB");
        }
    }
    let sources = folder.join("deb-src");
    fs::create_dir_all(sources.join("lists/partial")).with_context(|| format!("cannot make {}", sources.display()))?;
    let list = sources.join("sources.list");
    fs::write(&list, deb_src(&system_sources()?)).context("cannot write the list of sources")?;
    println!("wpt: reading the list of source packages");
    // A mirror may lack the source of what is newest: then an older one has the tests too.
    process::run(apt(toolbox, "apt-get", &sources).args(["-qq", "update"])).or_else(note)?;
    let answer = process::capture(apt(toolbox, "apt-cache", &sources).args(["showsrc", SOURCE]), LIMIT)?;
    let mut versions: Vec<&str> = answer.lines().filter_map(|line| line.strip_prefix("Version: ")).collect();
    versions.reverse();
    let archive = versions.iter().find_map(|version| {
        println!("wpt: fetching the source of {SOURCE} {version}: 700 MB, once");
        let mut command = apt(toolbox, "apt-get", &sources);
        command.args(["-qq", "source", "--download-only", "--tar-only", &format!("{SOURCE}={version}")]);
        process::run(command.current_dir(&sources)).or_else(note).ok()?;
        let found = fs::read_dir(&sources).ok()?.flatten().map(|entry| entry.path());
        found.into_iter().find(|path| path.to_string_lossy().ends_with(".orig.tar.xz"))
    });
    let archive = archive.context("no source package could be fetched")?;
    println!("wpt: unpacking the tests (under a minute)");
    let partial = folder.join("partial");
    fs::create_dir_all(&partial).context("cannot make a folder")?;
    let mut tar = toolbox.native("tar");
    tar.args(["--wildcards", "--strip-components=4", "-xJf"]).arg(&archive).arg("-C").arg(&partial);
    process::run(tar.args(PARTS.iter().map(|part| format!("*/testing/web-platform/tests/{part}"))))?;
    fs::rename(&partial, &tests).context("cannot move the tests")?;
    fs::remove_dir_all(&sources).context("cannot remove the source package")?;
    Ok(tests)
}

/// Some of the system's sources may have no source packages: only what is found counts.
fn note(error: anyhow::Error) -> Result<()> {
    println!("wpt: {error:#}; going on");
    Ok(())
}

fn apt(toolbox: &Toolbox, program: &str, sources: &Path) -> Command {
    let mut command = toolbox.native(program);
    let option = |name: &str, path: &Path| format!("-o{name}={}", path.display());
    command.args([
        option("Dir::Etc::SourceList", &sources.join("sources.list")),
        option("Dir::Etc::SourceParts", Path::new("/dev/null")),
        option("Dir::State::Lists", &sources.join("lists")),
    ]);
    command
}

/// What the system's lists say, one `deb …` line for each.
fn system_sources() -> Result<Vec<String>> {
    let folder = Path::new("/etc/apt");
    let mut files = vec![folder.join("sources.list")];
    files.extend(fs::read_dir(folder.join("sources.list.d")).into_iter().flatten().flatten().map(|entry| entry.path()));
    let mut lines = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if file.extension().is_some_and(|extension| extension == "sources") {
            lines.extend(text.split("\n\n").flat_map(one_line_style));
        } else {
            lines.extend(text.lines().filter(|line| line.starts_with("deb ")).map(str::to_owned));
        }
    }
    if lines.is_empty() {
        bail!("this system has no list of packages' sources");
    }
    Ok(lines)
}

/// A stanza of the deb822 style in the other one.
fn one_line_style(stanza: &str) -> Vec<String> {
    let field = |name: &str| {
        let line = stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().split_whitespace()
    };
    let signed = field("Signed-By").next().map(|key| format!("[signed-by={key}] ")).unwrap_or_default();
    let components: Vec<&str> = field("Components").collect();
    let mut lines = Vec::new();
    for uri in field("URIs") {
        for suite in field("Suites") {
            let mut line = format!("deb {signed}{uri} {suite}");
            components.iter().for_each(|component| _ = write!(line, " {component}"));
            lines.push(line);
        }
    }
    lines
}

/// The same places, for source packages. Only the distribution's own have this one.
fn deb_src(lines: &[String]) -> String {
    let own = lines.iter().filter(|line| line.contains("debian"));
    own.filter_map(|line| Some(format!("deb-src {}\n", line.strip_prefix("deb ")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_styles_of_lists_become_lines_for_source_packages() {
        let stanza = "# a comment\nTypes: deb\nURIs: https://mirror.example/debian\nSuites: one two\nComponents: main extra\nSigned-By: /a.gpg\n";
        let lines = one_line_style(stanza);
        assert_eq!(lines.len(), 2);
        assert_eq!(
            deb_src(&[lines[0].clone(), "deb https://other.example/ x main".into()]),
            "deb-src [signed-by=/a.gpg] https://mirror.example/debian one main extra\n"
        );
    }
}
