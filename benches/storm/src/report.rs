//! Runs cases and policies, two at a time, and keeps what is shown of them.

use anyhow::Result;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use crate::case::Case;
use crate::policy::Named;
use crate::row::Row;
use crate::time::SECOND;

/// The seconds of load that are kept: from so long before the server is back to so long after.
pub const SHOWN_S: (u64, u64) = (10, 60);

/// One policy in one case.
#[derive(Clone, Debug)]
pub struct Run {
    /// The numbers.
    pub row: Row,
    /// Load over time: seconds after the server is back, and SYNs in that second as a ratio to C. Empty without contention.
    pub load: Vec<(f64, f64)>,
}

/// A case with a run for each policy.
#[derive(Clone, Debug)]
pub struct Report {
    /// The case.
    pub case: &'static Case,
    /// Its runs, in the order of the policies.
    pub runs: Vec<Run>,
}

/// Runs every policy in every case. The results don't depend on the number of threads.
///
/// # Errors
/// The threads can't be started.
pub fn reports(
    cases: &[&'static Case],
    policies: &[Named],
    clients: u32,
    seed: u64,
    threads: usize,
) -> Result<Vec<Report>> {
    let jobs: Vec<_> = cases.iter().flat_map(|case| policies.iter().map(move |policy| (*case, policy))).collect();
    let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
    let run = |(case, policy): &(&'static Case, &Named)| Run::new(case, policy, clients, seed);
    let mut runs = pool.install(|| jobs.par_iter().with_max_len(1).map(run).collect::<Vec<_>>()).into_iter();
    Ok(cases.iter().map(|case| Report { case, runs: runs.by_ref().take(policies.len()).collect() }).collect())
}

impl Run {
    fn new(case: &Case, policy: &Named, clients: u32, seed: u64) -> Self {
        let outcome = policy.run(case, clients, seed);
        let row = Row::new(policy.name(), case, clients, seed, &outcome);
        let (before, after) = (SHOWN_S.0.min(case.outage_s), SHOWN_S.1);
        let load = row.capacity.map(|capacity| {
            let first = case.back() - before * SECOND;
            let second = |at| {
                let from = first + at * SECOND;
                let middle = at as f64 - before as f64 + 0.5;
                (middle, outcome.load.between(from, from + SECOND) as f64 / capacity)
            };
            (0..before + after).map(second).collect()
        });
        Self { row, load: load.unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CASES;

    #[test]
    fn the_results_depend_on_the_seed_and_on_nothing_else() {
        let json = |seed, threads| {
            let cases: Vec<_> = CASES.iter().take(3).collect();
            let reports = reports(&cases, &Named::all(), 2000, seed, threads).unwrap();
            let rows: Vec<_> = reports.iter().flat_map(|report| &report.runs).map(|run| &run.row).collect();
            serde_json::to_string(&rows).unwrap()
        };
        let first = json(1, 2);
        assert_eq!(first, json(1, 1));
        assert_ne!(first.replace("\"seed\":1", ""), json(2, 2).replace("\"seed\":2", ""));
    }

    #[test]
    fn the_load_is_shown_around_the_return() {
        let cases = [&CASES[0], &CASES[6]];
        let reports = reports(&cases, &[Named::find("sockette").unwrap()], 1000, 1, 1).unwrap();
        let load = &reports[0].runs[0].load;
        assert_eq!((load[0].0, load.last().unwrap().0, load.len()), (-4.5, 59.5, 65));
        assert_eq!(load[5].1, 20.0, "all of them in the first second, and C is a twentieth");
        assert!(reports[1].runs[0].load.is_empty(), "no C, no load");
    }
}
