//! The npm package and the demo page.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process;
use crate::setup::{Need, Setup};
use crate::toolbox::Toolbox;

/// Prints a file's sizes: as it is, and compressed as web servers do.
const SIZES: &str = "
const { gzipSync, brotliCompressSync } = require('node:zlib');
const bytes = require('node:fs').readFileSync(process.argv[1]);
console.log([bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length].join(' '));
";

/// Builds the npm package and assembles the demo's static files; returns their folder.
pub(crate) fn run(setup: &mut Setup) -> Result<PathBuf> {
    let needs = [Need::WasmTarget, Need::WasmBindgen, Need::WasmPack, Need::WasmOpt];
    let toolbox = setup.ensure(&needs)?;
    let target = &toolbox.project.target;
    fs::create_dir_all(target).with_context(|| format!("cannot make {}", target.display()))?;
    // Two builds at once would write the same files.
    let lock = File::create(target.join(".xtask-build.lock")).context("cannot make the lock file of the build")?;
    lock.lock().context("cannot lock the build")?;
    let package = target.join("npm-pkg");
    let mut command = toolbox.wasm("wasm-pack")?;
    command.args(["build", "npm", "--release", "--target", "web", "--mode", "no-install", "--out-dir"]);
    process::run(command.arg(&package)).context("the npm package did not build")?;
    let pages = assemble(toolbox, &package)?;
    print_sizes(toolbox, &package)?;
    println!("build: the package is in {}, the demo's files are in {}", package.display(), pages.display());
    Ok(pages)
}

/// Puts the pages and the package together, and replaces the folder of an earlier build in one go.
fn assemble(toolbox: &Toolbox, package: &Path) -> Result<PathBuf> {
    let pages = toolbox.project.target.join("www");
    let fresh = toolbox.project.target.join(".www-fresh");
    remove(&fresh)?;
    copy_folder(&toolbox.project.root.join("www"), &fresh)?;
    copy_folder(package, &fresh.join("pkg"))?;
    remove(&pages)?;
    fs::rename(&fresh, &pages).with_context(|| format!("cannot move {}", fresh.display()))?;
    Ok(pages)
}

fn print_sizes(toolbox: &Toolbox, package: &Path) -> Result<()> {
    println!("{:<32} {:>10} {:>10} {:>10}", "bytes", "raw", "gzip -9", "brotli");
    let mut files: Vec<PathBuf> = entries(package)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm" || extension == "js"))
        .collect();
    files.sort();
    for file in files {
        let mut node = toolbox.native("node");
        let sizes = process::capture(node.args(["-e", SIZES]).arg(&file), Duration::from_secs(60))?;
        let sizes: Vec<&str> = sizes.split_whitespace().collect();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if let [raw, gzip, brotli] = sizes[..] {
            println!("{name:<32} {raw:>10} {gzip:>10} {brotli:>10}");
        }
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for path in entries(from)? {
        let name = path.file_name().unwrap_or_default();
        // wasm-pack writes a .gitignore, which is none of the page's files.
        if name == ".gitignore" {
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

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = || format!("cannot list {}", folder.display());
    let entries = fs::read_dir(folder).with_context(failed)?;
    entries.map(|entry| Ok(entry.with_context(failed)?.path())).collect()
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
