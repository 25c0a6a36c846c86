//! The command line.

use clap::{Parser, Subcommand, ValueEnum};

use crate::bench::Part;
use crate::fuzz;
use crate::setup::{Need, Packages};
use crate::test::Engine;

/// Builds, serves, tests and checks Tautline, and installs the tools it takes to do so.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Installs what the other commands need; each of them does its own share of this by itself
    Setup {
        /// What to set up
        #[arg(value_enum, default_value_t = SetupPart::All)]
        part: SetupPart,
    },
    /// Prints `export` lines for a shell: `eval "$(cargo xtask env)"`, then call wasm-pack directly
    Env,
    /// Builds the npm package and the demo page, and prints their sizes
    Build,
    /// Builds the demo and serves it, until ctrl-c
    Serve {
        /// The port of 127.0.0.1 to listen on
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Builds the server with optimisations
        #[arg(long)]
        release: bool,
    },
    /// From a fresh checkout to the demo: sets up, builds, serves, and prints the address to open
    Demo {
        /// The port of 127.0.0.1 to listen on
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Runs tests; without a suite: native, browser and js in three engines, and e2e
    Test {
        #[command(subcommand)]
        suite: Option<Suite>,
    },
    /// Runs the linters; without a check: all of them
    Lint {
        /// The one check to run
        #[arg(value_enum)]
        check: Option<Check>,
    },
    /// Simulates the reconnect storm: a million clients lose a server, and it comes back; `sim --help` says more
    #[command(disable_help_flag = true)]
    Sim {
        /// What the simulation is told
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        args: Vec<String>,
    },
    /// Fuzzes, with the checks of the property tests
    Fuzz {
        /// The target: a file of `fuzz/fuzz_targets`, or all of them
        #[arg(default_value = "machine", value_parser = fuzz::names())]
        target: String,
        /// For how long
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Measures how much of the native code the native tests run
    Coverage,
    /// Measures, side by side with plain JavaScript and the peers
    Bench {
        /// What to measure
        #[arg(value_enum, default_value_t = Part::Browser)]
        part: Part,
        /// What that part is told
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        args: Vec<String>,
    },
    /// Runs the Web Platform Tests of WebSocket against the browser's class and ours; fetches them once (700 MB)
    Wpt {
        /// A class to run instead of ours: a file of `tests/wpt/classes`, or the path of a module that sets `globalThis.WebSocket`
        #[arg(long = "class", value_name = "CLASS")]
        classes: Vec<String>,
        /// Names each page when it is done, and how long it took
        #[arg(long)]
        verbose: bool,
        /// Runs the tests whose path contains one of these
        only: Vec<String>,
    },
    /// Throws faults, floods and abuse at what the npm package is, and writes docs/reliability.md
    Torture {
        /// Asks everything, but less often, and writes nothing: what CI runs
        #[arg(long)]
        short: bool,
        /// Makes the same faults come again at the same places; the run says its own
        #[arg(long)]
        seed: Option<u32>,
        /// How long the soak of the part `life` lasts; without it 5 minutes, in the short form 1
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=240))]
        minutes: Option<u32>,
        /// The engines to run in; without one: all three
        #[arg(long = "engine", value_enum, value_name = "ENGINE")]
        engines: Vec<Engine>,
        /// The parts to run, as `torture/parts/order.txt` names them; without one: all of them
        parts: Vec<String>,
    },
    /// Runs everything, goes on after a failure, and prints a table at the end
    Ci {
        /// Adds the runs of wasm-pack's own commands, the browser tests with shared memory, the torture with faults drawn anew, and a minute of fuzzing
        #[arg(long)]
        full: bool,
    },
}

/// A part of the set-up.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SetupPart {
    /// The wasm32 target, wasm-bindgen, wasm-pack and wasm-opt
    Wasm,
    /// Chromium, Firefox, WebKit and their drivers
    Browsers,
    /// cargo-deny, the packages of the tests, and servers that are not ours
    Tools,
    /// All of these
    All,
}

impl SetupPart {
    /// What this part takes.
    pub(crate) fn needs(self) -> &'static [Need] {
        match self {
            Self::Wasm => &[Need::WasmTarget, Need::WasmBindgen, Need::WasmPack, Need::WasmOpt],
            Self::Browsers => &[Need::Chromium, Need::Firefox, Need::WebKit],
            Self::Tools => &[
                Need::CargoDeny,
                Need::Packages(Packages::Build),
                Need::Packages(Packages::Demo),
                Need::Packages(Packages::EndToEnd),
                Need::Packages(Packages::JsTests),
                Need::Packages(Packages::Packaging),
                Need::Packages(Packages::Bench),
                Need::Packages(Packages::Torture),
                Need::OtherServers,
                Need::PythonServers,
            ],
            Self::All => Need::ALL,
        }
    }
}

/// A suite of tests.
#[derive(Debug, Subcommand)]
pub(crate) enum Suite {
    /// The tests that need no browser
    Native {
        /// Runs the tests whose name contains this
        filter: Option<String>,
    },
    /// The tests in real browsers, against the real server
    Browser {
        /// An engine (chrome, firefox, webkit), a filter, or both in this order
        #[arg(num_args = 0..=2, value_names = ["ENGINE", "FILTER"])]
        words: Vec<String>,
    },
    /// The npm package in real browsers, against the real server
    Js {
        /// An engine (chrome, firefox, webkit), a filter, or both in this order
        #[arg(num_args = 0..=2, value_names = ["ENGINE", "FILTER"])]
        words: Vec<String>,
    },
    /// The demo page, driven from end to end in Chromium
    E2e {
        /// Runs the tests whose name matches this
        filter: Option<String>,
    },
    /// Packages the crate and the npm package, and uses them as their consumers do: bundlers, frameworks, types
    Packaging {
        /// Runs the npm package's tests whose name matches this
        filter: Option<String>,
    },
    /// The examples for Rust frameworks, compiled, rendered as a server does, and opened in Chromium
    Examples,
    /// The commands a Rust developer would type: `wasm-pack build npm`, `wasm-pack test`
    WasmPack,
    /// The browser tests with a shared WebAssembly memory, as programs with threads have it
    SharedMemory {
        /// The engine to run them in
        #[arg(value_enum, default_value_t = Engine::Chrome)]
        engine: Engine,
    },
}

/// One linter.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Check {
    /// Formatting
    Fmt,
    /// Clippy, natively and for wasm32
    Clippy,
    /// The documentation builds without a warning
    Doc,
    /// Licences, sources, duplicates and advisories of the dependencies
    Deny,
    /// Vulnerabilities that are known of the npm packages
    Audit,
}
