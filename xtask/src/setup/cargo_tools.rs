//! Tools that Cargo builds from the registry.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::toolbox::Toolbox;
use crate::versions;

/// How long the build of one tool may take.
const BUILD: Duration = Duration::from_secs(1800);

/// Which versions will do when the tool is already there.
#[derive(Debug)]
enum Accepts {
    Exactly,
    AtLeast(&'static str),
    Any,
}

/// A tool that `cargo install` builds.
#[derive(Debug)]
pub(crate) struct CargoTool {
    package: &'static str,
    /// The programs of the package; each of them tells its version.
    programs: &'static [&'static str],
    version: std::borrow::Cow<'static, str>,
    accepts: Accepts,
    /// Its default features are wanted too.
    whole: bool,
    why: &'static str,
}

/// Builds the npm package.
pub(crate) const WASM_PACK: CargoTool = CargoTool {
    package: "wasm-pack",
    programs: &["wasm-pack"],
    version: std::borrow::Cow::Borrowed(versions::WASM_PACK),
    accepts: Accepts::AtLeast(versions::WASM_PACK_OLDEST),
    whole: true,
    why: "it builds the npm package",
};

/// Drives Firefox.
pub(crate) const GECKODRIVER: CargoTool = CargoTool {
    package: "geckodriver",
    programs: &["geckodriver"],
    version: std::borrow::Cow::Borrowed(versions::GECKODRIVER),
    accepts: Accepts::Any,
    whole: true,
    why: "it drives Firefox in the browser tests",
};

/// Checks the dependencies.
pub(crate) const CARGO_DENY: CargoTool = CargoTool {
    package: "cargo-deny",
    programs: &["cargo-deny"],
    version: std::borrow::Cow::Borrowed(versions::CARGO_DENY),
    accepts: Accepts::AtLeast(versions::CARGO_DENY_OLDEST),
    whole: true,
    why: "it checks the dependencies",
};

/// Fuzzes.
pub(crate) const CARGO_FUZZ: CargoTool = CargoTool {
    package: "cargo-fuzz",
    programs: &["cargo-fuzz"],
    version: std::borrow::Cow::Borrowed(versions::CARGO_FUZZ),
    accepts: Accepts::Any,
    whole: true,
    why: "it builds and runs the fuzz targets",
};

/// Measures coverage. What it leaves out sends figures to others.
pub(crate) const CARGO_TARPAULIN: CargoTool = CargoTool {
    package: "cargo-tarpaulin",
    programs: &["cargo-tarpaulin"],
    version: std::borrow::Cow::Borrowed(versions::CARGO_TARPAULIN),
    accepts: Accepts::Any,
    whole: false,
    why: "it measures how much of the native code the tests run",
};

/// wasm-bindgen's tools, which must be of the same version as the library.
pub(crate) fn wasm_bindgen(toolbox: &Toolbox) -> Result<CargoTool> {
    Ok(CargoTool {
        package: "wasm-bindgen-cli",
        programs: &["wasm-bindgen-test-runner", "wasm-bindgen"],
        version: versions::wasm_bindgen(&toolbox.project.root)?.into(),
        accepts: Accepts::Exactly,
        whole: true,
        why: "it makes the JavaScript glue, and runs the browser tests; Cargo.lock names the version",
    })
}

impl CargoTool {
    /// Whether every program is found, in a version that will do.
    pub(crate) fn is_there(&self, toolbox: &Toolbox) -> bool {
        self.programs.iter().all(|program| {
            let Some(path) = toolbox.find(program) else { return false };
            let answer = toolbox.ask(path, &["--version"]).unwrap_or_default();
            let Some(version) = versions::version_in(&answer) else { return false };
            match self.accepts {
                Accepts::Exactly => version == self.version,
                Accepts::AtLeast(oldest) => versions::is_at_least(version, oldest),
                Accepts::Any => true,
            }
        })
    }

    /// Builds the tool beside the tools, and moves it there when it is complete.
    pub(crate) fn install(&self, toolbox: &Toolbox) -> Result<()> {
        let Self { package, version, why, .. } = self;
        println!("setup: building {package} {version}: {why} (2 to 6 minutes, once)");
        let tools = &toolbox.project.tools;
        let partial = tools.join(format!(".partial-{package}"));
        remove_if_there(&partial)?;
        // The locked versions are the tested ones, but a registry mirror can lack one of them.
        if let Err(error) = self.cargo_install(toolbox, &partial, true) {
            println!("setup: {error:#}; trying without the versions that its author locked");
            self.cargo_install(toolbox, &partial, false).with_context(|| {
                format!("{package} is missing; install it by hand with `cargo install {package} --version {version}`")
            })?;
        }
        let bin = tools.join("bin");
        fs::create_dir_all(&bin).with_context(|| format!("cannot make {}", bin.display()))?;
        for program in self.programs {
            let built = partial.join("bin").join(program);
            if !built.is_file() {
                bail!("{package} {version} has no program {program}");
            }
            fs::rename(&built, bin.join(program)).with_context(|| format!("cannot move {}", built.display()))?;
        }
        remove_if_there(&partial)
    }

    fn cargo_install(&self, toolbox: &Toolbox, root: &Path, locked: bool) -> Result<()> {
        let mut command = toolbox.native("cargo");
        command.args(["install", "--quiet", self.package, "--version", &self.version]);
        command.args(locked.then_some("--locked")).args((!self.whole).then_some("--no-default-features"));
        command.arg("--root").arg(root).arg("--target-dir").arg(root.join("target"));
        // A build of our own: neither the project's settings nor the developer's flags are meant for it.
        command.current_dir(&toolbox.project.tools);
        command.env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
        command.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_STRIP", "true");
        process::capture(&mut command, BUILD).map(|_| ())
    }
}

/// Removes a folder that an earlier run may have left.
pub(crate) fn remove_if_there(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
