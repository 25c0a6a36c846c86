//! A compiler for wasm32: rustup's, or one put together from Debian's packages where rustup's server is out of reach.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::Apt;
use super::cargo_tools::remove_if_there;
use crate::process;
use crate::project::WASM32;
use crate::toolbox::Toolbox;

/// How long rustup may try to download something.
pub(super) const DOWNLOAD: Duration = Duration::from_secs(120);
/// Debian's compiler of today, for its browsers' sake; it has the source of the standard library as a package.
const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];
/// Where these packages put their programs, beside rustup's own.
const SYSTEM: &str = "/usr";
/// What to build of the standard library, the test harness included.
pub(super) const BUILD_STD: &str = "-Zbuild-std=std,panic_abort,test,proc_macro";
/// The stamp of a complete folder, written last.
const STAMP: &str = "ready";

/// Whether something here compiles for wasm32.
pub(crate) fn is_there(toolbox: &Toolbox) -> Result<bool> {
    Ok(toolbox.wasm_toolchain()?.is_some())
}

/// Whether the folder is complete and made from the system's compiler of today.
pub(crate) fn is_ready(toolbox: &Toolbox, folder: &Path) -> bool {
    let Ok(found) = fs::read_to_string(folder.join(STAMP)) else { return false };
    // The packages may have been removed, or rustup's toolchain replaced.
    let mut linkers = fs::read_dir(folder.join("lib/rustlib")).into_iter().flatten().flatten();
    let links_work = linkers.any(|host| host.path().join("bin/rust-lld").exists())
        && ["bin/cargo", "bin/cargo-clippy"].iter().all(|link| folder.join(link).exists());
    links_work && stamp(toolbox, folder).is_ok_and(|wanted| found == wanted)
}

/// Installs the target: by rustup if it can, else from Debian's source packages.
pub(crate) fn install(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    println!("setup: adding the target {WASM32} with rustup (under a minute)");
    let mut rustup = toolbox.native("rustup");
    let Err(error) = process::capture(rustup.args(["target", "add", WASM32]), DOWNLOAD) else {
        return Ok(());
    };
    println!("setup: {error:#}");
    println!("setup: so the standard library for {WASM32} gets built from Debian's source (2 minutes, once)");
    from_system(toolbox, apt).with_context(|| {
        format!("no compiler for {WASM32}; where rustup's server is in reach, `rustup target add {WASM32}` adds it")
    })
}

fn from_system(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    install_packages(toolbox, apt)?;
    let folder = toolbox.wasm_folder();
    let partial = toolbox.project.tools.join(".partial-wasm-toolchain");
    remove_if_there(&partial)?;
    let libraries = build_std(toolbox, &partial.join("std"))?;
    lay_out(toolbox, &partial, &folder, &libraries)?;
    remove_if_there(&partial.join("std"))?;
    write(&partial.join(STAMP), &stamp(toolbox, &folder)?)?;
    remove_if_there(&folder)?;
    fs::rename(&partial, &folder).with_context(|| format!("cannot move {}", partial.display()))
}

/// Builds the standard library in an empty crate, and returns the folder with the results.
fn build_std(toolbox: &Toolbox, scratch: &Path) -> Result<PathBuf> {
    make_folder(&scratch.join("src"))?;
    write(
        &scratch.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
    )?;
    write(&scratch.join("src/lib.rs"), "#![no_std]\n")?;
    let mut command = system_cargo(toolbox);
    command.args(["build", "--quiet", "--release", "--target", WASM32, BUILD_STD]);
    command.arg("--target-dir").arg(scratch.join("target")).current_dir(scratch);
    // RUSTC_BOOTSTRAP opens -Zbuild-std on a stable compiler; the bitcode is for release builds with LTO.
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Cembed-bitcode=yes");
    process::run(&mut command).context("the standard library for wasm32 did not build")?;
    Ok(scratch.join("target").join(WASM32).join("release/deps"))
}

/// The system's Cargo with the system's compiler, which has the source of its standard library.
pub(super) fn system_cargo(toolbox: &Toolbox) -> Command {
    let mut command = toolbox.native(system("bin/cargo"));
    command.env("RUSTC", system("bin/rustc"));
    for name in ["RUSTUP_TOOLCHAIN", "CARGO_BUILD_TARGET", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER"] {
        command.env_remove(name);
    }
    command
}

/// Whether the system's compiler, and its source, are there.
pub(super) fn has_packages(toolbox: &Toolbox) -> bool {
    let status = |package: &&str| toolbox.ask("dpkg-query", &["-W", "-f=${db:Status-Status}", package]);
    PACKAGES.iter().all(|package| status(package).is_ok_and(|status| status == "installed"))
}

/// Installs the system's compiler and its source.
pub(super) fn install_packages(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    if has_packages(toolbox) {
        return Ok(());
    }
    apt.install(toolbox, "a Rust compiler with the source of its standard library", PACKAGES)
}

/// A linker for wasm32: Debian's compiler has none, rustup's compiler always has one.
pub(super) fn linker(toolbox: &Toolbox, host: &str) -> Result<PathBuf> {
    let linker = toolbox.sysroot()?.join("lib/rustlib").join(host).join("bin/rust-lld");
    if !linker.exists() {
        bail!("the compiler in use has no rust-lld; install Rust with rustup");
    }
    Ok(linker)
}

/// Lays out in `partial` what rustup takes for a toolchain; `folder` is its final place.
fn lay_out(toolbox: &Toolbox, partial: &Path, folder: &Path, libraries: &Path) -> Result<()> {
    let host = host(toolbox)?;
    let host_folder = Path::new("lib/rustlib").join(&host);
    let bin = partial.join("bin");
    let own = partial.join("lib/rustlib").join(WASM32).join("lib");
    for folder in [&bin, &own, &partial.join(&host_folder).join("bin")] {
        make_folder(folder)?;
    }
    for program in ["rustc", "rustdoc"] {
        let script = bin.join(program);
        let system = system(&format!("bin/{program}"));
        let (system, sysroot) = (quoted(&system)?, quoted(folder)?);
        write(&script, &format!("#!/bin/sh\nexec {system} --sysroot {sysroot} \"$@\"\n"))?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).context("cannot make a script executable")?;
    }
    for program in ["cargo", "cargo-clippy", "clippy-driver"] {
        link(&system(&format!("bin/{program}")), &bin.join(program))?;
    }
    link(&system("").join(&host_folder).join("lib"), &partial.join(&host_folder).join("lib"))?;
    link(&linker(toolbox, &host)?, &partial.join(&host_folder).join("bin/rust-lld"))?;
    for entry in fs::read_dir(libraries).context("cannot list the built libraries")? {
        let path = entry.context("cannot list the built libraries")?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, own.join(&name)).with_context(|| format!("cannot copy {name}"))?;
        }
    }
    Ok(())
}

fn stamp(toolbox: &Toolbox, folder: &Path) -> Result<String> {
    let compiler = toolbox.ask(system("bin/rustc"), &["--version"])?;
    Ok(format!("layout: 1\ncompiler: {compiler}\nfolder: {}\n", folder.display()))
}

/// The target triple of this machine.
pub(super) fn host(toolbox: &Toolbox) -> Result<String> {
    let mut command = toolbox.native(system("bin/rustc"));
    let answer = process::capture(command.arg("-vV"), Duration::from_secs(20))?;
    let host = answer.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

fn system(path: &str) -> PathBuf {
    Path::new(SYSTEM).join(path)
}

/// The path, quoted for a shell script.
fn quoted(path: &Path) -> Result<String> {
    let path = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(format!("'{}'", path.replace('\'', r"'\''")))
}

fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn link(to: &Path, at: &Path) -> Result<()> {
    symlink(to, at).with_context(|| format!("cannot make the link {}", at.display()))
}
