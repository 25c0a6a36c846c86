//! The program; see the library.

use std::fs::File;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::Parser as _;
use tautline_server_bench::child::{self, Kind};
use tautline_server_bench::cli::{Cli, Hidden};
use tautline_server_bench::figure::Sample;
use tautline_server_bench::table;
use tokio::runtime::Builder;

/// Files that a process has open beside its connections, generously.
const OTHER_FILES: u64 = 100;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.hidden {
        Some(Hidden::Serve { kind, connections }) => child::serve(*kind, *connections),
        None => run(&cli),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("server-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    let jobs = cli.jobs();
    let connections = jobs.iter().map(|job| job.connections()).max().unwrap_or_default();
    let needed = connections as u64 + OTHER_FILES;
    let files = rlimit::increase_nofile_limit(needed).context("cannot raise the limit of open files")?;
    ensure!(
        files >= needed,
        "{connections} connections take {needed} open files in each process; the system allows {files}"
    );
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut samples: Vec<Sample> = Vec::new();
    for round in 0..cli.rounds {
        let mut kinds = Kind::ALL;
        if round % 2 == 1 {
            kinds.reverse();
        }
        for job in &jobs {
            for kind in kinds {
                eprintln!("round {} of {}: {job}, {}", round + 1, cli.rounds, kind.name());
                let figures = runtime
                    .block_on(job.run(kind, connections, cli.span()))
                    .with_context(|| format!("{job}, {}", kind.name()))?;
                samples.push(Sample { round, server: kind, job: *job, figures });
            }
        }
    }
    writeln!(std::io::stdout(), "{}", table::of(&jobs, &samples))?;
    if let Some(path) = &cli.json {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        serde_json::to_writer_pretty(file, &samples)?;
    }
    Ok(())
}
