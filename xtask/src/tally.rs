//! Counts of passed and failed tests, read from what test runners print.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed, and runs that ended without a result.
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds what one line of a runner's output says, if it is a summary line.
    ///
    /// Known are those of `cargo test` and wasm-bindgen's runner
    /// (`test result: ok. 12 passed; 0 failed; …`) and of Node's (`# pass 12` or `ℹ pass 12`).
    pub(crate) fn add_line(&mut self, line: &str) {
        if let Some((_, counts)) = line.split_once("test result: ") {
            for part in counts.split(['.', ';']) {
                match part.trim().split_once(' ') {
                    Some((count, "passed")) => self.passed += count.parse::<u64>().unwrap_or(0),
                    Some((count, "failed")) => self.failed += count.parse::<u64>().unwrap_or(0),
                    _ => {}
                }
            }
            return;
        }
        let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) else { return };
        match rest.trim_end().split_once(' ') {
            Some(("pass", count)) => self.passed += count.parse::<u64>().unwrap_or(0),
            // Node counts a cancelled test in neither of the two.
            Some(("fail" | "cancelled", count)) => self.failed += count.parse::<u64>().unwrap_or(0),
            _ => {}
        }
    }

    /// Counts a run that failed without a failed test (it did not compile, crashed, or was stopped) as one failure.
    pub(crate) fn note_status(&mut self, success: bool) {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
    }

    /// Whether tests ran, and none failed.
    pub(crate) fn is_good(self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.add_line(line));
        tally
    }

    #[test]
    fn the_lines_of_the_rust_runners_are_counted() {
        let lines = [
            "running 12 tests",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.03s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out; finished in 1.50s",
        ];
        assert_eq!(tally(&lines), Tally { passed: 15, failed: 2 });
    }

    #[test]
    fn the_lines_of_nodes_runner_are_counted() {
        assert_eq!(tally(&["# tests 5", "# pass 4", "# fail 1"]), Tally { passed: 4, failed: 1 });
        assert_eq!(tally(&["ℹ pass 7", "ℹ fail 0", "ℹ cancelled 2"]), Tally { passed: 7, failed: 2 });
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(tally(&["test passes ... ok", "no tests to run!", "# Subtest: pass 3"]), Tally::default());
    }

    #[test]
    fn a_run_without_tests_is_not_good() {
        assert!(!Tally::default().is_good());
        assert!(Tally { passed: 1, failed: 0 }.is_good());
    }

    #[test]
    fn a_crash_is_one_failure_and_a_counted_failure_stays_as_it_is() {
        let mut crashed = Tally { passed: 3, failed: 0 };
        crashed.note_status(false);
        assert_eq!(crashed, Tally { passed: 3, failed: 1 });
        let mut failed = Tally { passed: 3, failed: 2 };
        failed.note_status(false);
        assert_eq!(failed, Tally { passed: 3, failed: 2 });
    }

    #[test]
    fn the_last_line_has_the_two_counts_and_nothing_else() {
        assert_eq!(Tally { passed: 120, failed: 0 }.to_string(), "120 passed, 0 failed");
    }
}
