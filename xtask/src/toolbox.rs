//! The environment that the project's commands run in.

use std::cell::OnceCell;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process;
use crate::project::{Project, WASM32};

/// Folders where distributions put browsers and drivers, which are not always on PATH.
const DRIVER_FOLDERS: &[&str] = &["/usr/bin", "/usr/lib/chromium", "/usr/lib/chromium-browser", "/snap/bin"];
/// How long a tool may take to tell its version.
const ANSWER: Duration = Duration::from_secs(20);

/// What compiles for wasm32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The toolchain in use: its target is installed.
    Own,
    /// A toolchain that the set-up made in this folder.
    Folder(PathBuf),
}

/// Builds commands that find the project's tools.
#[derive(Debug)]
pub(crate) struct Toolbox {
    /// The checkout.
    pub(crate) project: Project,
    path: OsString,
    sysroot: OnceCell<PathBuf>,
}

impl Toolbox {
    /// The tools of this checkout.
    pub(crate) fn new(project: Project) -> Self {
        let path = search_path(&project);
        Self { project, path, sysroot: OnceCell::new() }
    }

    /// A command for the host's compiler, or none at all.
    pub(crate) fn native(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.project.root).env("PATH", &self.path);
        for (name, value) in env::vars_os() {
            match name.to_str() {
                Some("LD_LIBRARY_PATH") => _ = command.env(&name, self.library_path(&value)),
                Some(known) if is_from_cargo_run(known) => _ = command.env_remove(&name),
                // Someone evaluated `cargo xtask env` in this shell; the folder has no rustfmt.
                Some("RUSTUP_TOOLCHAIN") if Path::new(&value) == self.wasm_folder() => {
                    command.env_remove(&name);
                }
                _ => {}
            }
        }
        command
    }

    /// A command whose Cargo and rustc compile for wasm32.
    pub(crate) fn wasm(&self, program: impl AsRef<OsStr>) -> Result<Command> {
        let mut command = self.native(program);
        if let WasmToolchain::Folder(folder) =
            self.wasm_toolchain()?.context("nothing here compiles for wasm32; `cargo xtask setup wasm` sees to that")?
        {
            command.env("RUSTUP_TOOLCHAIN", folder);
        }
        command.env("WASM_BINDGEN_TEST_TIMEOUT", "900").env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
        Ok(command)
    }

    /// What compiles for wasm32 here, if anything does.
    pub(crate) fn wasm_toolchain(&self) -> Result<Option<WasmToolchain>> {
        if has_rlibs(&self.sysroot()?.join("lib/rustlib").join(WASM32).join("lib")) {
            return Ok(Some(WasmToolchain::Own));
        }
        let folder = self.wasm_folder();
        let ready = crate::setup::wasm_target::is_ready(self, &folder);
        Ok(ready.then_some(WasmToolchain::Folder(folder)))
    }

    /// Where the set-up's own toolchain for wasm32 is, or would be.
    pub(crate) fn wasm_folder(&self) -> PathBuf {
        self.project.tools.join("wasm-toolchain")
    }

    /// The folder of the compiler in use.
    pub(crate) fn sysroot(&self) -> Result<&Path> {
        if let Some(sysroot) = self.sysroot.get() {
            return Ok(sysroot);
        }
        let sysroot = self.ask("rustc", &["--print", "sysroot"])?;
        Ok(self.sysroot.get_or_init(|| sysroot.into()))
    }

    /// The first line that a program answers.
    pub(crate) fn ask(&self, program: impl AsRef<OsStr>, args: &[&str]) -> Result<String> {
        let answer = process::capture(self.native(program).args(args), ANSWER)?;
        Ok(answer.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// Where a program is, by the search path of the project's commands.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        env::split_paths(&self.path).map(|folder| folder.join(program)).find(|path| path.is_file())
    }

    /// The first of several programs that is there.
    pub(crate) fn find_any(&self, programs: &[&str]) -> Option<PathBuf> {
        programs.iter().find_map(|program| self.find(program))
    }

    /// Lines for a shell that make direct calls of wasm-pack find what xtask's own calls find.
    pub(crate) fn shell_exports(&self) -> Result<String> {
        let mut text = String::new();
        let mut export = |name: &str, value: &OsStr| {
            let quoted = value.to_string_lossy().replace('\'', r"'\''");
            // Writing to a String cannot fail.
            writeln!(text, "export {name}='{quoted}'").ok();
        };
        export("PATH", &self.path);
        if let Some(WasmToolchain::Folder(folder)) = self.wasm_toolchain()? {
            export("RUSTUP_TOOLCHAIN", folder.as_os_str());
        }
        export("TAUTLINE_TOOLS", self.project.tools.as_os_str());
        export("WASM_BINDGEN_TEST_TIMEOUT", OsStr::new("900"));
        export("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", OsStr::new("60"));
        Ok(text)
    }

    /// The library path without what `cargo run` put there for xtask: another rustc would load the wrong libraries.
    fn library_path(&self, value: &OsStr) -> OsString {
        let keeps = env::split_paths(value).filter(|folder| {
            let of_a_toolchain = folder.parent().is_some_and(|parent| parent.join("bin/rustc").exists());
            !of_a_toolchain && !folder.starts_with(&self.project.target)
        });
        env::join_paths(keeps).unwrap_or_default()
    }
}

/// Whether `cargo run` set this variable for xtask; build scripts must not see it change.
fn is_from_cargo_run(name: &str) -> bool {
    name == "CARGO"
        || ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

fn has_rlibs(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| path.extension().is_some_and(|extension| extension == "rlib"))
}

/// The tools first, then rustup's proxies (a distribution's cargo may come before them), then the user's PATH.
fn search_path(project: &Project) -> OsString {
    let mut folders = vec![project.tools.join("bin"), project.tools.join("npm/node_modules/.bin")];
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    if let Some(bin) = cargo_home.map(|home| home.join("bin")).filter(|bin| bin.join("rustup").exists()) {
        folders.push(bin);
    }
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    folders.extend(DRIVER_FOLDERS.iter().map(PathBuf::from));
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| seen.insert(folder.clone()));
    env::join_paths(folders).unwrap_or_default()
}
