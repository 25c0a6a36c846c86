//! The program of `cargo xtask sim`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use tautline_storm::cli::Cli;
use tautline_storm::policy::is_held_to_targets;
use tautline_storm::report::{Report, reports};
use tautline_storm::{picture, table};

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("storm: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what is asked for; `false` means that our defaults miss a target that was to be checked.
fn run(cli: &Cli) -> Result<bool> {
    let reports = reports(&cli.cases()?, &cli.policies()?, cli.clients, cli.seed, usize::from(cli.threads))?;
    let mut out = std::io::stdout().lock();
    if cli.json {
        let rows: Vec<_> = reports.iter().flat_map(|report| &report.runs).map(|run| &run.row).collect();
        serde_json::to_writer_pretty(&mut out, &rows)?;
        writeln!(out)?;
    } else {
        let ways = reports.iter().flat_map(|report| &report.runs).any(|run| run.row.ways.is_some());
        writeln!(out, "{}", table::legend(cli.clients, cli.seed, ways))?;
        for report in &reports {
            let rows: Vec<_> = report.runs.iter().map(|run| &run.row).collect();
            writeln!(out, "{}", table::of_case(report.case, cli.clients, &rows))?;
        }
    }
    if let Some(file) = &cli.svg {
        picture::draw(file, &reports, cli.clients)?;
    }
    let misses = misses(&reports);
    if cli.check {
        for miss in &misses {
            eprintln!("storm: {miss}");
        }
    }
    Ok(!cli.check || misses.is_empty())
}

/// What our policy misses, case by case.
fn misses(reports: &[Report]) -> Vec<String> {
    let mut misses = Vec::new();
    for report in reports {
        for run in report.runs.iter().filter(|run| is_held_to_targets(&run.row.policy)) {
            let missed = run.row.misses(report.case.target);
            let (policy, case) = (&run.row.policy, report.case.name);
            misses.extend(missed.iter().map(|miss| format!("{policy} misses a target in {case}: {miss}")));
        }
    }
    misses
}
