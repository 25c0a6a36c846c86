//! Browsers and their drivers: three engines.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Apt;
use crate::toolbox::Toolbox;
use crate::versions;

/// Where chromedriver looks for its browser, in its order.
const CHROMIUMS: &[&str] = &["google-chrome", "chrome", "chromium", "chromium-browser"];

/// The path of Chromium or Chrome.
pub(crate) fn chromium(toolbox: &Toolbox) -> Result<PathBuf> {
    toolbox.find_any(CHROMIUMS).context("Chromium is missing; `cargo xtask setup browsers` installs it")
}

/// The path of a driver, by its program's name.
pub(crate) fn driver(toolbox: &Toolbox, program: &str) -> Result<PathBuf> {
    toolbox.find(program).with_context(|| format!("{program} is missing; `cargo xtask setup browsers` installs it"))
}

/// Whether there is a Chromium, and a chromedriver of the same major version.
pub(crate) fn has_chromium(toolbox: &Toolbox) -> bool {
    let major = |path: Option<PathBuf>| -> Option<String> {
        let answer = toolbox.ask(path?, &["--version"]).ok()?;
        Some(versions::version_in(&answer)?.split('.').next()?.to_owned())
    };
    let browser = major(toolbox.find_any(CHROMIUMS));
    browser.is_some() && browser == major(toolbox.find("chromedriver"))
}

/// Installs Chromium and its driver.
pub(crate) fn install_chromium(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    apt.install(toolbox, "Chromium with a chromedriver of the same version", &["chromium", "chromium-driver"])
}

/// Whether there is a Firefox.
pub(crate) fn has_firefox(toolbox: &Toolbox) -> bool {
    toolbox.find_any(&["firefox", "firefox-esr"]).is_some()
}

/// Installs Firefox; its driver is a tool of Cargo's.
pub(crate) fn install_firefox(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    apt.install(toolbox, "Firefox", &["firefox-esr"])
}

/// Whether there are WebKit's driver and a display without a screen for it.
pub(crate) fn has_webkit(toolbox: &Toolbox) -> bool {
    ["WebKitWebDriver", "xvfb-run", "xauth"].iter().all(|program| toolbox.find(program).is_some())
}

/// Installs WebKit's browser, its driver, and a display without a screen.
pub(crate) fn install_webkit(toolbox: &Toolbox, apt: &mut Apt) -> Result<()> {
    apt.install(toolbox, "WebKit with its driver and a virtual display", &["webkit2gtk-driver", "xvfb", "xauth"])
}
