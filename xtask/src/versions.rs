//! The versions of the tools: the one place where they are pinned.

use std::path::Path;

use anyhow::{Context, Result};

/// wasm-pack, which builds the npm package.
pub(crate) const WASM_PACK: &str = "0.15.1";
/// The oldest wasm-pack that is used when it is already installed.
pub(crate) const WASM_PACK_OLDEST: &str = "0.13.0";
/// geckodriver, which drives Firefox.
pub(crate) const GECKODRIVER: &str = "0.37.1";
/// cargo-deny, which checks the dependencies.
pub(crate) const CARGO_DENY: &str = "0.20.2";
/// cargo-fuzz, which builds and runs the fuzz targets.
pub(crate) const CARGO_FUZZ: &str = "0.13.2";
/// cargo-tarpaulin, which measures coverage.
pub(crate) const CARGO_TARPAULIN: &str = "0.37.5";
/// The oldest cargo-deny that reads our deny.toml.
pub(crate) const CARGO_DENY_OLDEST: &str = "0.18.0";
/// The npm package binaryen, which has wasm-opt.
pub(crate) const BINARYEN: &str = "132.0.0";
/// The package websockets of Python, a server for the torture.
pub(crate) const WEBSOCKETS: &str = "17.4";
/// The package aiohttp of Python, another one.
pub(crate) const AIOHTTP: &str = "3.14.5";
/// The oldest Node.js that runs wasm-opt and the end-to-end tests.
pub(crate) const NODE_OLDEST: &str = "20.0.0";

/// The version of wasm-bindgen that Cargo.lock asks for; its command line tools have to be the same.
pub(crate) fn wasm_bindgen(root: &Path) -> Result<String> {
    let path = root.join("Cargo.lock");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}; `cargo generate-lockfile` makes it", path.display()))?;
    locked_version(&text, "wasm-bindgen")?.context("Cargo.lock has no wasm-bindgen: does a crate still depend on it?")
}

/// The version of `package` in the text of a Cargo.lock.
fn locked_version(lockfile: &str, package: &str) -> Result<Option<String>> {
    let lockfile: toml::Table = lockfile.parse().context("Cargo.lock is not valid TOML")?;
    let packages = lockfile.get("package").and_then(toml::Value::as_array);
    let found =
        packages.into_iter().flatten().find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package));
    Ok(found.and_then(|entry| entry.get("version")?.as_str().map(str::to_owned)))
}

/// The first thing in a `--version` line that looks like a version: `wasm-opt version 132 (…)` gives `132`.
pub(crate) fn version_in(line: &str) -> Option<&str> {
    line.split_whitespace().find(|word| {
        word.starts_with(|c: char| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))
    })
}

/// Whether `version` is `oldest` or newer, by its numbers.
pub(crate) fn is_at_least(version: &str, oldest: &str) -> bool {
    fn numbers(version: &str) -> Vec<u64> {
        let core = version.split(['-', '+']).next().unwrap_or_default();
        let mut numbers: Vec<u64> = core.split('.').map_while(|part| part.parse().ok()).collect();
        numbers.resize(3.max(numbers.len()), 0);
        numbers
    }
    numbers(version) >= numbers(oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKFILE: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen-futures"
version = "0.4.80"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = ["cfg-if"]
"#;

    #[test]
    fn the_locked_version_is_that_of_the_very_package() {
        assert_eq!(locked_version(LOCKFILE, "wasm-bindgen").unwrap().as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(LOCKFILE, "wasm").unwrap(), None);
        assert_eq!(locked_version("version = 4", "wasm-bindgen").unwrap(), None);
    }

    #[test]
    fn a_broken_lockfile_is_an_error() {
        assert!(locked_version("[[package", "wasm-bindgen").is_err());
    }

    #[test]
    fn versions_are_found_in_what_tools_print() {
        assert_eq!(version_in("wasm-bindgen 0.2.130"), Some("0.2.130"));
        assert_eq!(version_in("geckodriver 0.37.1 (abc 2026-01-01)"), Some("0.37.1"));
        assert_eq!(version_in("wasm-opt version 132 (version_132)"), Some("132"));
        assert_eq!(version_in("Chromium 156.0.8078.79 built on Debian"), Some("156.0.8078.79"));
        assert_eq!(version_in("no such option"), None);
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert!(is_at_least("0.15.1", "0.13.0"));
        assert!(is_at_least("0.13.0", "0.13.0"));
        assert!(is_at_least("132", "132.0.0"));
        assert!(!is_at_least("0.9.1", "0.13.0"));
        assert!(!is_at_least("108", "132.0.0"));
    }
}
