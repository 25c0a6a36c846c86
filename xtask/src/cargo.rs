//! What Cargo says about a build.

use std::io::BufReader;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::Message;

use crate::process::{self, Job};

/// An executable that Cargo built, a test among them.
#[derive(Debug)]
pub(crate) struct Executable {
    /// The name of the target.
    pub(crate) name: String,
    /// The file.
    pub(crate) path: PathBuf,
}

/// Runs a Cargo command and returns the executables it built, or found built.
pub(crate) fn executables(command: &mut Command) -> Result<Vec<Executable>> {
    command.arg("--message-format=json-render-diagnostics");
    let name = process::name_of(command);
    let (mut job, stdout) = Job::start_piped(command)?;
    let mut executables = Vec::new();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("cannot read Cargo's messages")?
            && let Some(path) = artifact.executable
        {
            executables.push(Executable { name: artifact.target.name, path: path.into() });
        }
    }
    let status = job.wait(None)?;
    process::succeeded(&name, status)?;
    Ok(executables)
}
