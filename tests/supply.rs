//! What the project takes from others is named so that it can't change behind its back.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders with a package.json and a lock file of their own, as `xtask/src/setup/npm.rs` has them.
const PACKAGES: [&str; 7] = ["npm", "www", "tests/e2e", "tests/js", "tests/packaging", "benches/browser", "torture"];

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn npm_packages_are_of_one_version_each() {
    let is_exact = |version: &str| {
        let version = version.rsplit_once('@').map_or(version, |(_, version)| version);
        version.starts_with(|first: char| first.is_ascii_digit()) && !version.contains([' ', '|', '*', 'x'])
    };
    let mut seen = 0;
    for folder in PACKAGES {
        let package = json(&root().join(folder).join("package.json"));
        for list in ["dependencies", "devDependencies"] {
            for (name, version) in package[list].as_object().into_iter().flatten() {
                seen += 1;
                assert!(version.as_str().is_some_and(is_exact), "{folder}: {name} is {version}");
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn locked_npm_packages_have_checksums() {
    let mut seen = 0;
    for folder in PACKAGES {
        let lock = json(&root().join(folder).join("package-lock.json"));
        for (path, package) in lock["packages"].as_object().expect("packages") {
            // The first is the folder itself.
            if path.is_empty() {
                continue;
            }
            seen += 1;
            let checksum = package["integrity"].as_str().unwrap_or_default();
            assert!(checksum.starts_with("sha512-"), "{folder}: {path} has {checksum:?}");
        }
    }
    assert!(seen > 400, "{seen}");
}

#[test]
fn locked_crates_have_checksums_and_come_from_the_registry() {
    for lock in ["Cargo.lock", "examples/Cargo.lock", "benches/browser/Cargo.lock", "fuzz/Cargo.lock"] {
        let text = fs::read_to_string(root().join(lock)).unwrap();
        let mut seen = 0;
        for package in text.split("[[package]]").skip(1) {
            let Some(source) = package.lines().find_map(|line| line.strip_prefix("source = ")) else { continue };
            seen += 1;
            assert!(source.starts_with("\"registry+"), "{lock}: {source}");
            assert!(package.lines().any(|line| line.starts_with("checksum = \"")), "{lock}: {package}");
        }
        assert!(seen > 20, "{lock}: {seen}");
    }
}

#[test]
fn actions_are_named_by_commit() {
    let folder = root().join(".github/workflows");
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    let mut seen = 0;
    for file in files {
        for line in fs::read_to_string(&file).unwrap().lines() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            seen += 1;
            let commit =
                action.split_once('@').map_or("", |(_, version)| version.split(' ').next().unwrap_or_default());
            let is_hash = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_hash, "{}: {action}", file.display());
        }
    }
    assert!(seen > 0);
}
