//! Packages of Debian and its relatives.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::toolbox::Toolbox;

/// Runs a command while Debian's own switch forbids the start of services, then switches these off. What the switch was set to stays.
const IDLE: &str = r#"services=$1
shift
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
"$@" || exit
for service in $services; do
    if [ -e "/etc/init.d/$service" ]; then update-rc.d "$service" disable
    elif command -v systemctl > /dev/null; then systemctl disable "$service"
    fi
done
true"#;

/// Installs packages; reads the package lists anew at most once.
#[derive(Debug, Default)]
pub(crate) struct Apt {
    updated: bool,
}

impl Apt {
    /// Installs `packages`, which are there for `what`.
    pub(crate) fn install(&mut self, toolbox: &Toolbox, what: &str, packages: &[&str]) -> Result<()> {
        self.install_with(toolbox, what, packages, None)
    }

    /// Installs packages whose `services` are not to run: neither now nor when the machine starts.
    pub(crate) fn install_idle(
        &mut self,
        toolbox: &Toolbox,
        what: &str,
        packages: &[&str],
        services: &[&str],
    ) -> Result<()> {
        self.install_with(toolbox, what, packages, Some(services))
    }

    fn install_with(
        &mut self,
        toolbox: &Toolbox,
        what: &str,
        packages: &[&str],
        services: Option<&[&str]>,
    ) -> Result<()> {
        let list = packages.join(" ");
        if toolbox.find("apt-get").is_none() {
            bail!("{what} is missing; install it with your system's package manager (on Debian: {list})");
        }
        let by_hand = format!("{what} is missing; install it by hand with `sudo apt-get install {list}`");
        let mut prefix = Vec::new();
        if !nix::unistd::geteuid().is_root() {
            toolbox.ask("sudo", &["-n", "true"]).with_context(|| by_hand.clone())?;
            prefix = vec!["sudo", "-n"];
        }
        println!("setup: installing {what} with apt-get: {list} (up to some minutes)");
        if !self.updated {
            // Lists that are there may do, so only the installation's failure counts.
            if let Err(error) = process::run(&mut apt_get(toolbox, &prefix, &["update"])) {
                println!("setup: {error:#}; going on with the package lists that are there");
            }
            self.updated = true;
        }
        let mut args = vec!["install", "--yes", "--no-install-recommends"];
        args.extend(packages);
        let services = services.map(|services| services.join(" "));
        if let Some(services) = &services {
            prefix.extend(["sh", "-c", IDLE, "sh", services]);
        }
        process::run(&mut apt_get(toolbox, &prefix, &args)).with_context(|| by_hand)
    }
}

fn apt_get(toolbox: &Toolbox, prefix: &[&str], args: &[&str]) -> Command {
    let words = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"], args].concat();
    let mut command = toolbox.native(words[0]);
    command.args(&words[1..]);
    // Another installation may be running; a terminal's progress bar has no place in a log.
    command.args(["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]);
    command
}
