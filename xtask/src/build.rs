//! The npm package and the demo page.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::cargo;
use crate::process;
use crate::project::{NPM, NPM_CHANNEL, WASM32};
use crate::setup::{Need, Packages, Setup};
use crate::toolbox::Toolbox;

/// A module of the npm package.
struct Module {
    /// The crate of its exports.
    krate: &'static str,
    /// What of them the package's JavaScript calls.
    exports: &'static str,
    /// The folder below `target` in which it is made.
    folder: &'static str,
}

const MACHINE: Module = Module { krate: NPM, exports: "npm/exports.json", folder: "npm-machine" };
const CHANNEL: Module = Module { krate: NPM_CHANNEL, exports: "npm/channel/exports.json", folder: "npm-channel" };

/// What the builds need.
const NEEDS: &[Need] = &[
    Need::WasmTarget,
    Need::WasmBindgen,
    Need::WasmPack,
    Need::WasmOpt,
    Need::Packages(Packages::Build),
    Need::Packages(Packages::Demo),
];

/// Builds the npm package and the demo.
pub(crate) fn run(setup: &mut Setup) -> Result<()> {
    push(setup, &[])?;
    package(setup)?;
    demo(setup).map(|_| ())
}

/// Makes the crate's one file of the push transports, or looks whether it is up to date.
fn push(setup: &mut Setup, arguments: &[&str]) -> Result<()> {
    let toolbox = setup.ensure(NEEDS)?;
    let mut node = toolbox.native("node");
    process::run(node.arg(toolbox.project.root.join("npm/push.mjs")).args(arguments))
}

/// Makes npm/dist, ready for `npm publish`; returns its folder.
pub(crate) fn package(setup: &mut Setup) -> Result<PathBuf> {
    push(setup, &["--check"])?;
    let toolbox = setup.ensure(NEEDS)?;
    let root = &toolbox.project.root;
    let _lock = lock(toolbox)?;
    let dist = root.join("npm/dist");
    let mut node = toolbox.native("node");
    node.arg(root.join("npm/build.mjs"));
    // One after the other: together they would have each other's features.
    for module in [MACHINE, CHANNEL] {
        let (machine, names) = module.make(toolbox)?;
        node.arg(names).arg(machine);
    }
    process::run(node.arg(env!("CARGO_PKG_VERSION")).arg(&dist)).context("npm/dist did not build")?;
    println!("build: the npm package is in {}", dist.display());
    Ok(dist)
}

impl Module {
    /// Compiles it, and makes it small; returns it, and the names that it has now.
    fn make(&self, toolbox: &Toolbox) -> Result<(PathBuf, PathBuf)> {
        let mut command = toolbox.wasm("cargo")?;
        command.args(["build", "--package", self.krate, "--profile", "npm", "--target", WASM32]);
        let compiled =
            cargo::artifact(&mut command, "wasm").with_context(|| format!("{} did not build", self.krate))?;
        let generated = toolbox.project.target.join(self.folder);
        remove(&generated)?;
        let mut command = toolbox.wasm("wasm-bindgen")?;
        // Callers say where the module is, or have it embedded: no bundler is to look for it.
        command.args(["--target", "web", "--omit-default-module-path", "--out-name", "machine", "--out-dir"]);
        process::run(command.arg(&generated).arg(&compiled))?;
        let (machine, names) = (generated.join("machine.wasm"), generated.join("names.json"));
        self.shrink(toolbox, &generated.join("machine_bg.wasm"), &machine, &names)?;
        Ok((machine, names))
    }

    /// Leaves out what the package's JavaScript does not call, and gives short names. `names` has from which they are.
    fn shrink(&self, toolbox: &Toolbox, from: &Path, to: &Path, names: &Path) -> Result<()> {
        let used = to.with_extension("used.wasm");
        let exports = toolbox.project.root.join(self.exports);
        let mut command = toolbox.native("wasm-metadce");
        // It lists what it leaves out.
        command.arg(from).arg("--graph-file").arg(exports).arg("-o").arg(&used).stdout(Stdio::null());
        process::run(&mut command)?;
        let mut command = toolbox.native("wasm-opt");
        process::run(command.args(["-Oz", "--converge"]).arg(&used).arg("-o").arg(to))?;
        // By itself: it would rename what is renamed already each time that the other passes go round.
        let mut command = toolbox.native("wasm-opt");
        command.args(["--minify-imports-and-exports-and-modules", "--strip-producers", "--strip-target-features"]);
        command.arg(to).arg("-o").arg(to);
        command.stdout(File::create(names).with_context(|| format!("cannot make {}", names.display()))?);
        process::run(&mut command)
    }
}

/// Builds the demo and assembles its static files; returns their folder.
pub(crate) fn demo(setup: &mut Setup) -> Result<PathBuf> {
    let toolbox = setup.ensure(NEEDS)?;
    let _lock = lock(toolbox)?;
    let package = toolbox.project.target.join("npm-pkg");
    let mut command = toolbox.wasm("wasm-pack")?;
    command.args(["build", "npm", "--release", "--target", "web", "--mode", "no-install", "--out-dir"]);
    command.arg(&package).args(["--", "--features", "typed-web-socket"]);
    process::run(&mut command).context("the demo's module did not build")?;
    let pages = assemble(toolbox, &package)?;
    println!("build: the demo's files are in {}", pages.display());
    Ok(pages)
}

/// Two builds at once would write the same files.
fn lock(toolbox: &Toolbox) -> Result<File> {
    let target = &toolbox.project.target;
    fs::create_dir_all(target).with_context(|| format!("cannot make {}", target.display()))?;
    let lock = File::create(target.join(".xtask-build.lock")).context("cannot make the lock file of the build")?;
    lock.lock().context("cannot lock the build")?;
    Ok(lock)
}

/// Puts the pages and the package together, and replaces the folder of an earlier build in one go.
fn assemble(toolbox: &Toolbox, package: &Path) -> Result<PathBuf> {
    let pages = toolbox.project.target.join("www");
    let fresh = toolbox.project.target.join(".www-fresh");
    remove(&fresh)?;
    let root = &toolbox.project.root;
    copy_folder(&root.join("www"), &fresh)?;
    copy_folder(package, &fresh.join("pkg"))?;
    // The Push Lab shows the library's own transports.
    copy_folder(&root.join("src/transport/push"), &fresh.join("push"))?;
    for name in ["uPlot.esm.js", "uPlot.min.css"] {
        let from = root.join("www/node_modules/uplot/dist").join(name);
        fs::copy(&from, fresh.join("push-lab").join(name))
            .with_context(|| format!("cannot copy {}", from.display()))?;
    }
    remove(&pages)?;
    fs::rename(&fresh, &pages).with_context(|| format!("cannot move {}", fresh.display()))?;
    Ok(pages)
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for path in entries(from)? {
        let name = path.file_name().unwrap_or_default();
        // wasm-pack writes a .gitignore, which is none of the page's files; of the packages a page gets what it uses.
        if name == ".gitignore" || name == "node_modules" {
            continue;
        }
        let copy = to.join(name);
        if path.is_dir() {
            copy_folder(&path, &copy)?;
        } else {
            fs::copy(&path, &copy).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = || format!("cannot list {}", folder.display());
    let entries = fs::read_dir(folder).with_context(failed)?;
    entries.map(|entry| Ok(entry.with_context(failed)?.path())).collect()
}

pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
