//! Everything, in stages, with a table at the end.

use std::time::Instant;

use anyhow::Result;

use crate::bench;
use crate::cli::Check;
use crate::fuzz;
use crate::lint;
use crate::setup::{Need, Setup};
use crate::sim;
use crate::tally::Tally;
use crate::test::{self, Engine};
use crate::torture;

/// One stage: what it does, and how many seconds it should take at most on a small machine.
struct Stage {
    name: &'static str,
    budget: u64,
    run: fn(&mut Setup) -> Result<Outcome>,
}

/// How a stage ended that could run.
enum Outcome {
    /// Tests ran.
    Tests(Tally),
    /// A check is satisfied; the text is a note for the table.
    Good(String),
}

/// The budgets are for a first run, with nothing compiled; the set-up's is for a machine that has nothing.
const STAGES: &[Stage] = &[
    Stage { name: "setup", budget: 1200, run: |setup| setup.ensure(Need::ALL).map(|_| Outcome::Good(String::new())) },
    Stage { name: "fmt", budget: 10, run: |setup| check(setup, Check::Fmt) },
    Stage { name: "clippy", budget: 240, run: |setup| check(setup, Check::Clippy) },
    Stage { name: "doc", budget: 120, run: |setup| check(setup, Check::Doc) },
    Stage { name: "deny", budget: 150, run: |setup| check(setup, Check::Deny) },
    Stage { name: "npm audit", budget: 60, run: |setup| check(setup, Check::Audit) },
    Stage { name: "native tests", budget: 300, run: |setup| test::native(setup, None).map(Outcome::Tests) },
    Stage {
        name: "storm",
        budget: 120,
        run: |setup| sim::check(setup.toolbox()).map(|()| Outcome::Good(String::new())),
    },
    Stage { name: "chrome tests", budget: 300, run: |setup| browser(setup, Engine::Chrome) },
    Stage { name: "firefox tests", budget: 300, run: |setup| browser(setup, Engine::Firefox) },
    Stage { name: "webkit tests", budget: 180, run: |setup| browser(setup, Engine::Webkit) },
    Stage { name: "js tests", budget: 480, run: |setup| test::js(setup, Engine::ALL, None).map(Outcome::Tests) },
    Stage { name: "e2e tests", budget: 300, run: |setup| test::end_to_end(setup, None).map(Outcome::Tests) },
    Stage {
        name: "packaging",
        budget: 120,
        run: |setup| test::packaging::run(setup).map(|()| Outcome::Good(String::new())),
    },
    Stage { name: "examples", budget: 420, run: |setup| test::examples(setup).map(Outcome::Tests) },
    Stage { name: "sizes", budget: 120, run: |setup| bench::check_sizes(setup).map(|()| Outcome::Good(String::new())) },
    // The same faults each time: others are drawn by `--full`, and by hand.
    Stage { name: "torture", budget: 600, run: |setup| torture::short(setup, Some(7)).map(Outcome::Tests) },
    Stage { name: "npm package", budget: 300, run: |setup| test::package(setup, None).map(Outcome::Tests) },
];

/// What `--full` adds.
const FULL: &[Stage] = &[
    Stage { name: "wasm-pack", budget: 420, run: |setup| test::wasm_pack(setup).map(Outcome::Tests) },
    Stage {
        name: "shared memory",
        budget: 420,
        run: |setup| test::shared_memory(setup, Engine::Chrome).map(Outcome::Tests),
    },
    Stage { name: "torture, drawn", budget: 600, run: |setup| torture::short(setup, None).map(Outcome::Tests) },
    Stage {
        name: "fuzz",
        budget: 600,
        run: |setup| fuzz::run(setup, "all", 60).map(|()| Outcome::Good(String::new())),
    },
];

/// Runs the stages one after the other; `false` means that one failed.
pub(crate) fn run(setup: &mut Setup, full: bool) -> Result<bool> {
    let mut rows = Vec::new();
    let mut total = Tally::default();
    let mut good = true;
    for stage in STAGES.iter().chain(FULL.iter().filter(|_| full)) {
        println!("\n==== {} ====", stage.name);
        let start = Instant::now();
        let outcome = (stage.run)(setup);
        let seconds = start.elapsed().as_secs();
        let (passed, note) = match outcome {
            Ok(Outcome::Good(note)) => (true, note.trim().to_owned()),
            Ok(Outcome::Tests(tally)) => {
                total += tally;
                (tally.is_good(), tally.to_string())
            }
            Err(error) => {
                println!("{}: {error:#}", stage.name);
                (false, format!("{error:#}"))
            }
        };
        good &= passed;
        rows.push(row(stage, passed, seconds, &note));
    }
    println!("\n{:<14} {:<7} {:>7} {:>7}", "stage", "result", "seconds", "budget");
    for row in rows {
        println!("{row}");
    }
    println!("{total}");
    Ok(good && total.is_good())
}

fn row(stage: &Stage, passed: bool, seconds: u64, note: &str) -> String {
    let result = if passed { "ok" } else { "FAILED" };
    // Time is reported, and fails nothing: machines differ.
    let late = if seconds > stage.budget { "over budget; " } else { "" };
    let note = note.lines().next().unwrap_or_default();
    format!("{:<14} {result:<7} {seconds:>7} {:>7}  {late}{note}", stage.name, stage.budget).trim_end().to_owned()
}

fn check(setup: &mut Setup, check: Check) -> Result<Outcome> {
    lint::one(setup, check).map(Outcome::Good)
}

fn browser(setup: &mut Setup, engine: Engine) -> Result<Outcome> {
    test::browser(setup, &[engine], None).map(Outcome::Tests)
}
