//! Tools and packages from npm.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Apt;
use super::cargo_tools::remove_if_there;
use crate::process;
use crate::toolbox::Toolbox;
use crate::versions;

/// Says which package-lock.json the installed packages are from; written last.
const INSTALLED: &str = "node_modules/.installed-package-lock.json";

/// Whether wasm-opt is there, in a version that will do.
pub(crate) fn has_wasm_opt(toolbox: &Toolbox) -> bool {
    let own = toolbox.project.tools.join("npm/node_modules");
    if own.join(".bin/wasm-opt").exists() {
        // Asking wasm-opt itself would take a second.
        return package_version(&own.join("binaryen")).as_deref() == Some(versions::BINARYEN);
    }
    // What takes out unused exports comes with it.
    let (Some(path), Some(_)) = (toolbox.find("wasm-opt"), toolbox.find("wasm-metadce")) else { return false };
    let answer = toolbox.ask(path, &["--version"]).unwrap_or_default();
    versions::version_in(&answer).is_some_and(|version| versions::is_at_least(version, versions::BINARYEN))
}

/// Installs wasm-opt beside the other tools.
pub(crate) fn install_wasm_opt(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    ensure_node(toolbox, apt)?;
    let package = format!("binaryen@{}", versions::BINARYEN);
    println!("setup: installing {package} from npm: its wasm-opt makes the .wasm smaller (under a minute)");
    let tools = &toolbox.project.tools;
    let partial = tools.join(".partial-npm");
    remove_if_there(&partial)?;
    fs::create_dir_all(&partial).with_context(|| format!("cannot make {}", partial.display()))?;
    let mut command = toolbox.native("npm");
    command.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&partial).arg(&package);
    command.current_dir(&partial);
    process::run(&mut command)
        .with_context(|| format!("wasm-opt is missing; install it by hand with `npm install --global {package}`"))?;
    let npm = tools.join("npm");
    remove_if_there(&npm)?;
    fs::rename(&partial, &npm).with_context(|| format!("cannot move {}", partial.display()))
}

/// A folder with a package.json and a lock file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Packages {
    /// What makes npm/dist.
    Build,
    /// What the pages show charts with.
    Demo,
    /// The end-to-end tests.
    EndToEnd,
    /// The tests of the npm package in browsers.
    JsTests,
    /// The npm package's consumers: bundlers and frameworks.
    Packaging,
    /// The clients that the browser benchmark compares.
    Bench,
    /// The torture's.
    Torture,
}

impl Packages {
    /// All of them.
    pub(crate) const ALL: [Self; 7] =
        [Self::Build, Self::Demo, Self::EndToEnd, Self::JsTests, Self::Packaging, Self::Bench, Self::Torture];

    /// From the project's folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Build => "npm",
            Self::Demo => "www",
            Self::EndToEnd => "tests/e2e",
            Self::JsTests => "tests/js",
            Self::Packaging => "tests/packaging",
            Self::Bench => "benches/browser",
            Self::Torture => "torture",
        }
    }
}

/// Whether a folder's packages are installed as its lock file says.
pub(crate) fn has_packages(toolbox: &Toolbox, packages: Packages) -> Result<bool> {
    let folder = toolbox.project.root.join(packages.folder());
    let wanted = folder.join("package-lock.json");
    let wanted = fs::read(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    Ok(has_node(toolbox) && fs::read(folder.join(INSTALLED)).is_ok_and(|installed| installed == wanted))
}

/// Installs a folder's packages.
pub(crate) fn install_packages(toolbox: &Toolbox, apt: &mut Apt, packages: Packages) -> Result<()> {
    ensure_node(toolbox, apt)?;
    let name = packages.folder();
    println!("setup: installing the packages of {name} from npm (under a minute)");
    let folder = toolbox.project.root.join(name);
    let mut command = toolbox.native("npm");
    command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
    process::run(&mut command).with_context(|| format!("packages are missing; try `npm ci` in {name}"))?;
    fs::copy(folder.join("package-lock.json"), folder.join(INSTALLED))
        .map(|_| ())
        .context("cannot note that the packages are installed")
}

fn has_node(toolbox: &Toolbox) -> bool {
    let version = toolbox.ask("node", &["--version"]).unwrap_or_default();
    versions::is_at_least(version.trim_start_matches('v'), versions::NODE_OLDEST) && toolbox.find("npm").is_some()
}

fn ensure_node(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    if has_node(toolbox) {
        return Ok(());
    }
    apt.install(toolbox, "Node.js", &["nodejs", "npm"])?;
    if !has_node(toolbox) {
        let oldest = versions::NODE_OLDEST;
        bail!("Node.js {oldest} or newer is needed, and the system's packages have an older one; install it by hand");
    }
    Ok(())
}

fn package_version(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("package.json")).ok()?;
    let package: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(package.get("version")?.as_str()?.to_owned())
}
