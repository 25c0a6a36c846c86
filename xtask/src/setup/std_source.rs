//! The source of the standard library, for builds whose flags the ready one does not fit: rustup's, or Debian's package.

use std::process::Command;

use anyhow::{Context, Result};

use super::Apt;
use super::wasm_target::{self, BUILD_STD, DOWNLOAD};
use crate::process;
use crate::toolbox::Toolbox;

/// Where Cargo looks for the source, below the compiler's folder.
const SOURCE: &str = "lib/rustlib/src/rust/library/Cargo.lock";
/// Between two flags in the variable, since a path may have a space.
const SEPARATOR: &str = "\x1f";

/// Whether there is a source, and a compiler that belongs to it.
pub(crate) fn is_there(toolbox: &Toolbox) -> Result<bool> {
    Ok(has_own(toolbox)? || wasm_target::has_packages(toolbox))
}

/// Adds the source: to the toolchain in use by rustup if it can, else as a package of Debian's.
pub(crate) fn install(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    println!("setup: adding the source of the standard library with rustup (under a minute)");
    let mut rustup = toolbox.native("rustup");
    let Err(error) = process::capture(rustup.args(["component", "add", "rust-src"]), DOWNLOAD) else {
        return Ok(());
    };
    println!("setup: {error:#}");
    wasm_target::install_packages(toolbox, apt).context(
        "no source of the standard library; where rustup's server is in reach, `rustup component add rust-src` adds it",
    )
}

/// A Cargo command that builds the standard library too, all of it with these flags for rustc.
pub(crate) fn cargo(toolbox: &Toolbox, subcommand: &str, flags: &[&str]) -> Result<Command> {
    let mut flags = flags.join(SEPARATOR);
    let mut command = if has_own(toolbox)? {
        toolbox.native("cargo")
    } else {
        let linker = wasm_target::linker(toolbox, &wasm_target::host(toolbox)?)?;
        let linker = linker.to_str().with_context(|| format!("{} is not UTF-8", linker.display()))?;
        flags = format!("-Clinker={linker}{SEPARATOR}{flags}");
        wasm_target::system_cargo(toolbox)
    };
    command.args([subcommand, BUILD_STD]);
    // RUSTC_BOOTSTRAP opens -Zbuild-std on a stable compiler. These flags come before any others that are set.
    command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_ENCODED_RUSTFLAGS", flags);
    Ok(command)
}

/// Whether the toolchain in use has the source.
fn has_own(toolbox: &Toolbox) -> Result<bool> {
    Ok(toolbox.sysroot()?.join(SOURCE).exists())
}
