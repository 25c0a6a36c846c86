//! Servers that this project did not write, for the torture: Debian's, and those of Python.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Apt;
use super::cargo_tools::remove_if_there;
use crate::process;
use crate::toolbox::Toolbox;
use crate::versions;

/// Programs, their packages, and the service that a package would start.
const PROGRAMS: &[(&str, &str, Option<&str>)] = &[
    ("nginx", "nginx-light", Some("nginx")),
    ("haproxy", "haproxy", Some("haproxy")),
    ("nats-server", "nats-server", Some("nats-server")),
    ("mosquitto", "mosquitto", Some("mosquitto")),
    // Makes the certificates of the tests, and makes browsers trust them.
    ("openssl", "openssl", None),
    ("certutil", "libnss3-tools", None),
];
/// Debian has servers where only root looks for programs.
const SBIN: &str = "/usr/sbin";
/// Says what is in the folder of Python's servers, once all of it is; written last.
const STAMP: &str = "ready";

/// The path of one of Debian's programs.
pub(crate) fn program(toolbox: &Toolbox, name: &str) -> Option<PathBuf> {
    toolbox.find(name).or_else(|| Some(PathBuf::from(SBIN).join(name)).filter(|path| path.is_file()))
}

/// Whether Debian's programs are there.
pub(crate) fn has_programs(toolbox: &Toolbox) -> bool {
    PROGRAMS.iter().all(|(name, ..)| program(toolbox, name).is_some())
}

/// Installs those of Debian's programs that are missing; none of them is started.
pub(crate) fn install_programs(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    let missing = || PROGRAMS.iter().filter(|(name, ..)| program(toolbox, name).is_none());
    let packages: Vec<_> = missing().map(|(_, package, _)| *package).collect();
    let services: Vec<_> = missing().filter_map(|(.., service)| *service).collect();
    apt.install_idle(toolbox, "other servers, and what makes certificates,", &packages, &services)
}

/// The Python that has the servers.
pub(crate) fn python(toolbox: &Toolbox) -> PathBuf {
    folder(toolbox).join("bin/python")
}

/// Whether Python's servers are there, in the pinned versions.
pub(crate) fn has_python(toolbox: &Toolbox) -> bool {
    let stamp = fs::read_to_string(folder(toolbox).join(STAMP));
    // The Python that it is made from may have been removed.
    stamp.is_ok_and(|found| found == wanted().join("\n")) && toolbox.ask(python(toolbox), &["--version"]).is_ok()
}

/// Installs Python's servers into a folder of their own.
pub(crate) fn install_python(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    // Debian's Python comes without what makes such a folder.
    if toolbox.ask("python3", &["-c", "import ensurepip, venv"]).is_err() {
        apt.install(toolbox, "Python with venv", &["python3", "python3-venv"])?;
    }
    let wanted = wanted();
    println!("setup: installing {} for Python, into a folder of the tools (under a minute)", wanted.join(" and "));
    let folder = folder(toolbox);
    remove_if_there(&folder)?;
    process::run(toolbox.native("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = toolbox.native(python(toolbox));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(&wanted);
    process::run(&mut pip)?;
    let stamp = folder.join(STAMP);
    fs::write(&stamp, wanted.join("\n")).with_context(|| format!("cannot write {}", stamp.display()))
}

fn wanted() -> [String; 2] {
    [format!("websockets=={}", versions::WEBSOCKETS), format!("aiohttp=={}", versions::AIOHTTP)]
}

fn folder(toolbox: &Toolbox) -> PathBuf {
    toolbox.project.tools.join("python")
}
