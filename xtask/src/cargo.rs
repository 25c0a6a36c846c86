//! What Cargo says about a build.

use std::io::BufReader;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{Artifact, Message};

use crate::process::{self, Job};

/// An executable that Cargo built, a test among them.
#[derive(Debug)]
pub(crate) struct Executable {
    /// The name of the target.
    pub(crate) name: String,
    /// The file.
    pub(crate) path: PathBuf,
}

/// Runs a Cargo command and returns the one file with this extension that it built, or found built.
pub(crate) fn artifact(command: &mut Command, extension: &str) -> Result<PathBuf> {
    let mut found = None;
    run(command, |artifact| {
        let mut files = artifact.filenames.into_iter().map(PathBuf::from);
        found = files.rfind(|file| file.extension().is_some_and(|own| own == extension)).or(found.take());
    })?;
    found.with_context(|| format!("{} built no .{extension}", process::name_of(command)))
}

/// Runs a Cargo command and returns the executables it built, or found built.
pub(crate) fn executables(command: &mut Command) -> Result<Vec<Executable>> {
    let mut executables = Vec::new();
    run(command, |artifact| {
        if let Some(path) = artifact.executable {
            executables.push(Executable { name: artifact.target.name, path: path.into() });
        }
    })?;
    Ok(executables)
}

fn run(command: &mut Command, mut take: impl FnMut(Artifact)) -> Result<()> {
    command.arg("--message-format=json-render-diagnostics");
    let name = process::name_of(command);
    let (mut job, stdout) = Job::start_piped(command)?;
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("cannot read Cargo's messages")? {
            take(artifact);
        }
    }
    let status = job.wait(None)?;
    process::succeeded(&name, status)
}
