//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};

use crate::child::Kind;
use crate::job::Job;

/// The most clients of a job: the ports of one address for outgoing connections are some 28,000.
const MAX_CLIENTS: u64 = 25_000;

/// The server of this project next to a bare tokio-tungstenite one: messages a second, CPU time, memory.
#[derive(Debug, Parser)]
#[command(name = "server-bench", args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct Cli {
    /// How many times each job is done by each server, in turns
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub rounds: u32,
    /// How many clients a fan-out has; the most of these are the idle ones
    #[arg(long, value_name = "N", num_args = 1.., default_values_t = [1_000, 10_000], value_parser = clap::value_parser!(u64).range(1..=MAX_CLIENTS))]
    pub clients: Vec<u64>,
    /// For how long messages are counted, in seconds
    #[arg(long, value_name = "S", default_value = "2", value_parser = span)]
    pub seconds: Duration,
    /// Also writes every single figure there, as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// What this program is to itself.
    #[command(subcommand)]
    pub hidden: Option<Hidden>,
}

/// What this program starts itself for.
#[derive(Debug, Subcommand)]
pub enum Hidden {
    /// Serves until its standard input ends
    #[command(hide = true)]
    Serve {
        /// Which server
        kind: Kind,
        /// For how many connections
        connections: usize,
    },
}

fn span(seconds: &str) -> Result<Duration> {
    let span = Duration::try_from_secs_f64(seconds.parse()?)?;
    ensure!((Duration::from_millis(50)..=Duration::from_secs(60)).contains(&span), "0.05 to 60 seconds");
    Ok(span)
}

impl Cli {
    /// What is to be done in each round, in this order.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        let clients: Vec<_> = self.clients.iter().map(|&clients| clients as usize).collect();
        let most = clients.iter().max().copied();
        let mut jobs = vec![Job::RoundTrips, Job::Echo];
        jobs.extend(clients.into_iter().map(Job::Fanout));
        jobs.extend(most.map(Job::Idle));
        jobs
    }

    /// For how long messages are counted.
    #[must_use]
    pub fn span(&self) -> Duration {
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parsed(words: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(["bench"].into_iter().chain(words.split_whitespace()))
    }

    #[test]
    fn the_command_line_says_what_is_done() {
        Cli::command().debug_assert();
        let cli = parsed("").unwrap();
        let all = [Job::RoundTrips, Job::Echo, Job::Fanout(1_000), Job::Fanout(10_000), Job::Idle(10_000)];
        assert_eq!((cli.rounds, cli.span(), cli.jobs()), (5, Duration::from_secs(2), all.to_vec()));
        let jobs = parsed("--clients 30 20 --rounds 1").unwrap().jobs();
        assert_eq!(jobs[2..], [Job::Fanout(30), Job::Fanout(20), Job::Idle(30)]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for words in ["--rounds 0", "--clients", "--clients 0", "--clients 30000", "--seconds 0", "--seconds x", "more"]
        {
            assert!(parsed(words).is_err(), "{words}");
        }
    }
}
