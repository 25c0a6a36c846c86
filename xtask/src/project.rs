//! Where things are: the checkout, its target folder and the tools.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, TargetKind};

/// The published crate.
pub(crate) const LIBRARY: &str = "tautline";
/// The crate of the JavaScript exports.
pub(crate) const NPM: &str = "tautline-npm";
/// The crate of those of the channel.
pub(crate) const NPM_CHANNEL: &str = "tautline-npm-channel";
/// The server of the demo and of the tests.
pub(crate) const SERVER: &str = "tautline-server";
/// The simulation of the reconnect storm.
pub(crate) const STORM: &str = "tautline-storm";
/// The target that browsers run.
pub(crate) const WASM32: &str = "wasm32-unknown-unknown";

/// The checkout this xtask belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The folder of the workspace.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever the environment put it.
    pub(crate) target: PathBuf,
    /// Where the tools get installed.
    pub(crate) tools: PathBuf,
    /// The names of the browser tests: integration tests of the library.
    pub(crate) browser_tests: Vec<String>,
}

impl Project {
    /// Asks Cargo where everything is.
    pub(crate) fn find() -> Result<Self> {
        let own_manifest = env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask …`")?;
        let metadata = MetadataCommand::new()
            .manifest_path(Path::new(&own_manifest).join("Cargo.toml"))
            .no_deps()
            .exec()
            .context("cargo metadata failed")?;
        let target: PathBuf = metadata.target_directory.clone().into();
        let tools = match env::var_os("TAUTLINE_TOOLS") {
            Some(tools) => std::path::absolute(tools).context("TAUTLINE_TOOLS is not a usable path")?,
            None => target.join("tools"),
        };
        Ok(Self {
            root: metadata.workspace_root.clone().into(),
            browser_tests: browser_tests(&metadata),
            target,
            tools,
        })
    }
}

/// The library's test targets that run in a browser go by name: `browser…` in a window, `worker_…` in a worker.
fn browser_tests(metadata: &Metadata) -> Vec<String> {
    let library = metadata.packages.iter().find(|package| package.name.as_str() == LIBRARY);
    let mut names: Vec<String> = library
        .into_iter()
        .flat_map(|package| &package.targets)
        .filter(|target| target.kind.contains(&TargetKind::Test))
        .map(|target| target.name.clone())
        .filter(|name| name.starts_with("browser") || name.starts_with("worker_"))
        .collect();
    names.sort();
    names
}
