//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, anyhow};
use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::case::{CASES, CLIENTS, Case};
use crate::ours::Tuning;
use crate::policy::{Named, OURS};

/// The reconnect storm: a million clients lose a server, and it comes back.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask sim", bin_name = "cargo xtask sim")]
pub struct Cli {
    /// How many clients; C and the queues are scaled with them, so that N/C stays what it is
    #[arg(long, value_name = "N", default_value_t = CLIENTS, value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    pub clients: u32,
    /// The policies to run; all, if none is named
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = policies())]
    pub policy: Vec<String>,
    /// The cases to run; the six with contention and targets, if none is named
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = cases(), conflicts_with = "all")]
    pub case: Vec<String>,
    /// Runs every case: also short blips, other capacities, dropped SYNs, orderly closes, Firefox's delays
    #[arg(long)]
    pub all: bool,
    /// Runs those that have several ways to be connected: the channel, and clients that step down whenever a handshake fails
    #[arg(long, conflicts_with_all = ["policy", "check"])]
    pub ways: bool,
    /// The seed: the same one gives the same numbers
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many runs at a time; a million of our clients take 1.2 GB
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub threads: u8,
    /// Prints an array of rows as JSON, instead of the table
    #[arg(long)]
    pub json: bool,
    /// Draws the load over time
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Fails if our defaults miss a target. Without other wishes it runs ours and the channel alone, in every case that has a target
    #[arg(long)]
    pub check: bool,
    /// What if: our longest first wait, in seconds
    #[arg(long, value_name = "S", value_parser = duration, help_heading = TUNING)]
    pub base: Option<Duration>,
    /// What if: by how much our longest wait grows
    #[arg(long, value_name = "F", help_heading = TUNING)]
    pub factor: Option<f64>,
    /// What if: our longest wait of all, in seconds
    #[arg(long, value_name = "S", value_parser = duration, help_heading = TUNING)]
    pub cap: Option<Duration>,
    /// What if: our connect timeouts by attempt, in seconds
    #[arg(long, value_name = "S", num_args = 1.., value_parser = duration, help_heading = TUNING)]
    pub connect_timeout: Vec<Duration>,
}

const TUNING: &str = "Other settings than our defaults";

fn duration(seconds: &str) -> Result<Duration> {
    Ok(Duration::try_from_secs_f64(seconds.parse()?)?)
}

fn policies() -> PossibleValuesParser {
    Named::all().iter().chain(&Named::with_ways()).map(Named::name).collect::<Vec<_>>().into()
}

fn cases() -> PossibleValuesParser {
    CASES.iter().map(|case| case.name).collect::<Vec<_>>().into()
}

impl Cli {
    /// The policies to run.
    ///
    /// # Errors
    /// There is none of this name, or a check is to be done without ours or with other settings.
    pub fn policies(&self) -> Result<Vec<Named>> {
        let mut named = match (&*self.policy, self.check) {
            ([], true) => vec![Named::Ours(Tuning::default()), Named::Channel],
            ([], false) if self.ways => Named::with_ways(),
            ([], false) => Named::all(),
            (names, _) => {
                let find = |name: &String| Named::find(name).ok_or_else(|| anyhow!("no policy is named {name}"));
                names.iter().map(find).collect::<Result<Vec<_>>>()?
            }
        };
        let tuning = self.tuning();
        if self.check && !tuning.is_default() {
            return Err(anyhow!("--check is about our defaults, not about other settings"));
        }
        for policy in &mut named {
            if let Named::Ours(ours) = policy {
                ours.clone_from(&tuning);
            }
        }
        if self.check && !named.iter().any(|policy| policy.name() == OURS) {
            return Err(anyhow!("--check is about the policy {OURS}, which is not among those to run"));
        }
        Ok(named)
    }

    fn tuning(&self) -> Tuning {
        let timeouts = &self.connect_timeout;
        Tuning {
            base: self.base,
            factor: self.factor,
            cap: self.cap,
            connect_timeout: (!timeouts.is_empty()).then(|| timeouts.clone()),
        }
    }

    /// The cases to run, in their usual order.
    ///
    /// # Errors
    /// A check is to be done, and none of them has a target.
    pub fn cases(&self) -> Result<Vec<&'static Case>> {
        let wanted = |case: &&Case| match (&*self.case, self.all) {
            (_, true) => true,
            ([], false) if self.check => case.has_target(),
            ([], false) => case.is_main(),
            (names, false) => names.iter().any(|name| name == case.name),
        };
        let cases: Vec<_> = CASES.iter().filter(wanted).collect();
        if self.check && !cases.iter().any(|case| case.has_target()) {
            return Err(anyhow!("--check has nothing to check: none of these cases has a target"));
        }
        Ok(cases)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parsed(words: &str) -> Cli {
        Cli::try_parse_from(["sim"].into_iter().chain(words.split_whitespace())).unwrap()
    }

    /// How many policies and cases.
    fn sizes(words: &str) -> (usize, usize) {
        let cli = parsed(words);
        (cli.policies().unwrap().len(), cli.cases().unwrap().len())
    }

    #[test]
    fn the_command_line_says_what_is_run() {
        Cli::command().debug_assert();
        assert_eq!(sizes(""), (10, 6));
        assert_eq!(sizes("--all"), (10, 27));
        assert_eq!(sizes("--check"), (2, 8));
        assert_eq!(sizes("--ways"), (3, 6));
        assert_eq!(sizes("--policy nats phoenix --case 5s-long"), (2, 1));
        assert_eq!(sizes("--check --policy tautline nats --case 5s-long 0s"), (2, 2));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for words in ["--clients 0", "--policy nobody", "--case none", "--all --case 0s", "--ways --policy nats"] {
            assert!(Cli::try_parse_from(["sim"].into_iter().chain(words.split_whitespace())).is_err(), "{words}");
        }
        assert!(parsed("--check --policy nats").policies().is_err());
        assert!(parsed("--check --case 0s").cases().is_err());
        assert!(parsed("--check --cap 30").policies().is_err());
    }
}
