//! The crate as the registry would get it.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::process;
use crate::project::LIBRARY;
use crate::setup::Setup;

/// What the published crate may have inside.
const WANTED: &[&str] = &[
    "src/",
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
    "README.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

/// Lists the package's files, and builds the crate from the package alone.
pub(crate) fn run(setup: &mut Setup) -> Result<()> {
    let toolbox = setup.toolbox();
    let mut list = toolbox.native("cargo");
    list.args(["package", "--package", LIBRARY, "--allow-dirty", "--list"]);
    let files = process::capture(&mut list, Duration::from_secs(60))?;
    let strays = strays(&files);
    if !strays.is_empty() {
        bail!("the package has files that do not belong there: {}", strays.join(", "));
    }
    if !files.lines().any(|file| file == "src/lib.rs") {
        bail!("the package has no src/lib.rs");
    }
    process::run(toolbox.native("cargo").args(["package", "--package", LIBRARY, "--allow-dirty"]))?;
    println!("packaging: {} files, and the crate builds from them", files.lines().count());
    Ok(())
}

fn strays(files: &str) -> Vec<&str> {
    let belongs =
        |file: &&str| WANTED.iter().any(|wanted| file == wanted || wanted.ends_with('/') && file.starts_with(wanted));
    files.lines().filter(|file| !belongs(file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_library_belong_in_the_package() {
        assert_eq!(strays("Cargo.toml\nsrc/lib.rs\nREADME.md"), Vec::<&str>::new());
        assert_eq!(strays("src/lib.rs\nwww/index.html\ntests/tidy.rs"), ["www/index.html", "tests/tidy.rs"]);
    }
}
