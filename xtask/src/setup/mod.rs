//! The set-up: what the commands need is looked for first, and installed once when it is missing.

mod apt;
pub(crate) mod browsers;
mod cargo_tools;
mod npm;
pub(crate) mod others;
pub(crate) mod std_source;
pub(crate) mod wasm_target;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::path::Display;

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::toolbox::Toolbox;

pub(crate) use apt::Apt;
pub(crate) use npm::Packages;

/// Something a command needs on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// A compiler with the standard library for wasm32.
    WasmTarget,
    /// The source of the standard library, and a compiler that builds it.
    StdSource,
    /// wasm-bindgen and its test runner, of the version in Cargo.lock.
    WasmBindgen,
    /// wasm-pack.
    WasmPack,
    /// wasm-opt.
    WasmOpt,
    /// cargo-deny.
    CargoDeny,
    /// cargo-fuzz. It also takes a C++ compiler, for libFuzzer.
    CargoFuzz,
    /// cargo-tarpaulin.
    CargoTarpaulin,
    /// Chromium or Chrome, and chromedriver.
    Chromium,
    /// Firefox and geckodriver.
    Firefox,
    /// WebKitGTK's browser, its driver, and a display for it.
    WebKit,
    /// Servers of Debian's, and what makes certificates.
    OtherServers,
    /// Servers of Python's.
    PythonServers,
    /// The npm packages of one of the project's folders.
    Packages(Packages),
}

impl Need {
    /// Everything that the everyday commands take, in the order of installation.
    pub(crate) const ALL: &[Self] = &[
        Self::WasmTarget,
        Self::WasmBindgen,
        Self::WasmPack,
        Self::WasmOpt,
        Self::CargoDeny,
        Self::CargoFuzz,
        Self::Chromium,
        Self::Firefox,
        Self::WebKit,
        Self::Packages(Packages::Build),
        Self::Packages(Packages::Demo),
        Self::Packages(Packages::EndToEnd),
        Self::Packages(Packages::JsTests),
        Self::Packages(Packages::Packaging),
        Self::Packages(Packages::Bench),
        Self::Packages(Packages::Torture),
        Self::OtherServers,
        Self::PythonServers,
    ];

    fn is_there(self, toolbox: &Toolbox) -> Result<bool> {
        Ok(match self {
            Self::WasmTarget => wasm_target::is_there(toolbox)?,
            Self::StdSource => std_source::is_there(toolbox)?,
            Self::WasmBindgen => cargo_tools::wasm_bindgen(toolbox)?.is_there(toolbox),
            Self::WasmPack => cargo_tools::WASM_PACK.is_there(toolbox),
            Self::WasmOpt => npm::has_wasm_opt(toolbox),
            Self::CargoDeny => cargo_tools::CARGO_DENY.is_there(toolbox),
            Self::CargoFuzz => cargo_tools::CARGO_FUZZ.is_there(toolbox) && has_cpp(toolbox),
            Self::CargoTarpaulin => cargo_tools::CARGO_TARPAULIN.is_there(toolbox),
            Self::Chromium => browsers::has_chromium(toolbox),
            Self::Firefox => browsers::has_firefox(toolbox) && cargo_tools::GECKODRIVER.is_there(toolbox),
            Self::WebKit => browsers::has_webkit(toolbox),
            Self::OtherServers => others::has_programs(toolbox),
            Self::PythonServers => others::has_python(toolbox),
            Self::Packages(packages) => npm::has_packages(toolbox, packages)?,
        })
    }

    fn install(self, toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
        match self {
            Self::WasmTarget => wasm_target::install(toolbox, apt),
            Self::StdSource => std_source::install(toolbox, apt),
            Self::WasmBindgen => cargo_tools::wasm_bindgen(toolbox)?.install(toolbox),
            Self::WasmPack => cargo_tools::WASM_PACK.install(toolbox),
            Self::WasmOpt => npm::install_wasm_opt(toolbox, apt),
            Self::CargoDeny => cargo_tools::CARGO_DENY.install(toolbox),
            Self::CargoFuzz => {
                if !has_cpp(toolbox) {
                    apt.install(toolbox, "a C++ compiler", &["g++"])?;
                }
                if !cargo_tools::CARGO_FUZZ.is_there(toolbox) {
                    cargo_tools::CARGO_FUZZ.install(toolbox)?;
                }
                Ok(())
            }
            Self::CargoTarpaulin => cargo_tools::CARGO_TARPAULIN.install(toolbox),
            Self::Chromium => browsers::install_chromium(toolbox, apt),
            Self::Firefox => {
                if !browsers::has_firefox(toolbox) {
                    browsers::install_firefox(toolbox, apt)?;
                }
                if !cargo_tools::GECKODRIVER.is_there(toolbox) {
                    cargo_tools::GECKODRIVER.install(toolbox)?;
                }
                Ok(())
            }
            Self::WebKit => browsers::install_webkit(toolbox, apt),
            Self::OtherServers => others::install_programs(toolbox, apt),
            Self::PythonServers => others::install_python(toolbox, apt),
            Self::Packages(packages) => npm::install_packages(toolbox, apt, packages),
        }
    }
}

/// libFuzzer is compiled with its crate.
fn has_cpp(toolbox: &Toolbox) -> bool {
    toolbox.find("c++").is_some()
}

/// The set-up of one run of xtask: nothing is looked for, or tried, twice.
#[derive(Debug)]
pub(crate) struct Setup {
    toolbox: Toolbox,
    apt: Apt,
    there: BTreeSet<Need>,
    failed: BTreeMap<Need, String>,
}

impl Setup {
    /// Nothing is looked for yet.
    pub(crate) fn new() -> Result<Self> {
        let toolbox = Toolbox::new(Project::find()?);
        Ok(Self { toolbox, apt: Apt::default(), there: BTreeSet::new(), failed: BTreeMap::new() })
    }

    /// What is there, installed or not.
    pub(crate) fn toolbox(&self) -> &Toolbox {
        &self.toolbox
    }

    /// Where the tools get installed.
    pub(crate) fn tools_dir(&self) -> Display<'_> {
        self.toolbox.project.tools.display()
    }

    /// Sees to it that all of `needs` are there, and returns the tools.
    /// A need that fails does not keep the others from being installed.
    pub(crate) fn ensure(&mut self, needs: &[Need]) -> Result<&Toolbox> {
        let mut missing = self.missing(needs)?;
        if !missing.is_empty() {
            let lock = self.lock()?;
            // Another xtask may have installed them while this one waited for the lock.
            missing = self.missing(needs)?;
            for need in missing {
                if self.failed.contains_key(&need) {
                    continue;
                }
                match self.install(need) {
                    Ok(()) => _ = self.there.insert(need),
                    Err(error) => _ = self.failed.insert(need, format!("{error:#}")),
                }
            }
            drop(lock);
        }
        let failures: Vec<&str> = needs.iter().filter_map(|need| self.failed.get(need)).map(String::as_str).collect();
        if !failures.is_empty() {
            bail!("the set-up is not complete: {}", failures.join("; and "));
        }
        Ok(&self.toolbox)
    }

    fn missing(&mut self, needs: &[Need]) -> Result<Vec<Need>> {
        let mut missing = Vec::new();
        for &need in needs {
            if self.there.contains(&need) {
                continue;
            }
            if need.is_there(&self.toolbox)? {
                self.there.insert(need);
            } else {
                missing.push(need);
            }
        }
        Ok(missing)
    }

    fn install(&mut self, need: Need) -> Result<()> {
        need.install(&self.toolbox, &mut self.apt)?;
        if !need.is_there(&self.toolbox)? {
            bail!("{need:?} was installed, but is still not found");
        }
        Ok(())
    }

    /// One xtask at a time installs into the folder of the tools.
    fn lock(&self) -> Result<File> {
        let tools = &self.toolbox.project.tools;
        fs::create_dir_all(tools).with_context(|| format!("cannot make {}", tools.display()))?;
        let file = File::create(tools.join(".lock")).context("cannot make the lock file of the tools")?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                println!("setup: waiting for another xtask that installs into {}", tools.display());
                file.lock().context("cannot lock the tools")?;
            }
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the tools"),
        }
        Ok(file)
    }
}
