//! The tests in real browsers, in a window and in workers, against the real server.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::cargo::{self, Executable};
use crate::process;
use crate::project::{LIBRARY, WASM32};
use crate::server::{self, Log, Server};
use crate::setup::{Need, Setup, browsers};
use crate::tally::Tally;
use crate::toolbox::Toolbox;

/// How long one test program may run in one browser.
const LIMIT: Duration = Duration::from_secs(1000);
/// Test programs that cannot run in an engine: a prefix of the target's name, the engine, and why.
const EXCLUDED: &[(&str, Engine, &str)] = &[];

/// What sets apart the suites that run in browsers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Programs {
    /// The suite's name in the output.
    pub(super) suite: &'static str,
    /// What compiling takes, beyond what every suite in browsers takes.
    pub(super) needs: &'static [Need],
    /// Compiles the test programs for a server at this address.
    pub(super) compile: fn(&Toolbox, SocketAddr) -> Result<Vec<Executable>>,
}

/// Every browser test of the library.
pub(super) const ORDINARY: Programs = Programs { suite: "browser tests", needs: &[], compile };

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Blink, in Chromium
    Chrome,
    /// Gecko, in Firefox
    Firefox,
    /// WebKit, in WebKitGTK's MiniBrowser
    Webkit,
}

impl Engine {
    /// All three.
    pub(crate) const ALL: &[Self] = &[Self::Chrome, Self::Firefox, Self::Webkit];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    pub(crate) fn need(self) -> Need {
        match self {
            Self::Chrome => Need::Chromium,
            Self::Firefox => Need::Firefox,
            Self::Webkit => Need::WebKit,
        }
    }

    /// The path of its driver.
    pub(crate) fn driver(self, toolbox: &Toolbox) -> Result<PathBuf> {
        browsers::driver(
            toolbox,
            match self {
                Self::Chrome => "chromedriver",
                Self::Firefox => "geckodriver",
                Self::Webkit => "WebKitWebDriver",
            },
        )
    }

    /// A command with a display, where the browser does not run without one.
    pub(crate) fn with_display(self, toolbox: &Toolbox, program: &str) -> Result<Command> {
        if self != Self::Webkit {
            return toolbox.wasm(program);
        }
        let mut command = toolbox.wasm("xvfb-run")?;
        command.args(["--auto-servernum", program]);
        // WebKit's own sandbox wants user namespaces, which containers seldom have; it loads nothing here but our own pages.
        command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
        Ok(command)
    }

    /// The test runner, told by its environment which browser to drive.
    fn runner(self, toolbox: &Toolbox) -> Result<Command> {
        let mut command = self.with_display(toolbox, "wasm-bindgen-test-runner")?;
        // The runner takes the first driver of several that it finds in its environment.
        for driver in ["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER", "MSEDGEDRIVER"] {
            command.env_remove(driver).env_remove(format!("{driver}_REMOTE"));
        }
        command.env_remove("NO_HEADLESS");
        // A failed test has said all there is to say; the runner's own backtrace adds nothing.
        command.env("WASM_BINDGEN_TEST_ONLY_WEB", "1").env("RUST_LIB_BACKTRACE", "0");
        let name = match self {
            Self::Chrome => "CHROMEDRIVER",
            Self::Firefox => "GECKODRIVER",
            // The runner knows WebKit's driver as Safari's.
            Self::Webkit => "SAFARIDRIVER",
        };
        command.env(name, self.driver(toolbox)?);
        Ok(command)
    }
}

/// Reads `[ENGINE] [FILTER]`.
pub(crate) fn engines_and_filter(words: &[String]) -> Result<(Vec<Engine>, Option<&str>)> {
    match words {
        [] => Ok((Engine::ALL.to_vec(), None)),
        [first, rest @ ..] => match (Engine::from_str(first, true), rest) {
            (Ok(engine), rest) => Ok((vec![engine], rest.first().map(String::as_str))),
            (Err(_), []) => Ok((Engine::ALL.to_vec(), Some(first))),
            (Err(_), _) => bail!("{first:?} is no engine; there are chrome, firefox and webkit"),
        },
    }
}

/// Compiles the tests once and runs them in each of the engines.
pub(super) fn run(setup: &mut Setup, programs: &Programs, engines: &[Engine], filter: Option<&str>) -> Result<Tally> {
    let suite = programs.suite;
    let mut needs = vec![Need::WasmTarget, Need::WasmBindgen];
    needs.extend(programs.needs);
    needs.extend(engines.iter().map(|engine| engine.need()));
    let toolbox = setup.ensure(&needs)?;
    let server = start_server(toolbox)?;
    println!("{suite}: the server listens on {}", server.address);
    let tests = (programs.compile)(toolbox, server.address)?;
    let mut total = Tally::default();
    let mut summaries = Vec::new();
    let mut failures = Vec::new();
    for &engine in engines {
        let start = Instant::now();
        let tally = run_engine(toolbox, engine, &tests, filter, &mut failures)?;
        let seconds = start.elapsed().as_secs_f64();
        summaries.push(format!("{suite}, {}: {tally} ({seconds:.0} s)", engine.name()));
        total += tally;
    }
    println!();
    for line in failures.iter().chain(&summaries) {
        println!("{line}");
    }
    if total == Tally::default() {
        println!("{suite}: no test ran{}", filter.map_or_else(String::new, |f| format!(", none is named like {f:?}")));
    }
    Ok(total)
}

/// Runs the test programs in one engine; the names of the tests that fail go to `failures`.
fn run_engine(
    toolbox: &Toolbox,
    engine: Engine,
    tests: &[Executable],
    filter: Option<&str>,
    failures: &mut Vec<String>,
) -> Result<Tally> {
    let mut tally = Tally::default();
    for test in tests {
        println!("\n-- {} in {}", test.name, engine.name());
        let excluded = EXCLUDED.iter().find(|(name, other, _)| test.name.starts_with(name) && *other == engine);
        if let Some((.., reason)) = excluded {
            println!("left out: {reason}");
            continue;
        }
        let mut runner = engine.runner(toolbox)?;
        runner.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", toolbox.project.root.join(capabilities(&test.name)));
        runner.arg(&test.path).args(filter);
        let mut own = Tally::default();
        match process::watch(&mut runner, Some(LIMIT), |line| {
            own.add_line(line);
            if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAIL")) {
                failures.push(format!("failed in {}: {}, {name}", engine.name(), test.name));
            }
        }) {
            Ok(status) => own.note_status(status.success()),
            Err(error) => {
                println!("{}: {error:#}", test.name);
                own.note_status(false);
            }
        }
        tally += own;
    }
    Ok(tally)
}

/// With what a browser is started. In workers Firefox keeps to four connections: the runner's server has four threads, and its way of
/// starting a fifth has a race, by which a request waits until the next connection comes (seen with every fifth service worker).
/// Tests of the page need more: handshakes that hang count too.
fn capabilities(test: &str) -> &'static str {
    if test.starts_with("worker") { "tests/worker/webdriver.json" } else { "webdriver.json" }
}

fn compile(toolbox: &Toolbox, server: SocketAddr) -> Result<Vec<Executable>> {
    let names = &toolbox.project.browser_tests;
    if names.is_empty() {
        bail!("{LIBRARY} has no test target named `browser…` or `worker_…`");
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    executables(toolbox.wasm("cargo")?.arg("test"), &names, server)
}

/// Compiles these test targets of the library with a `cargo test`; they learn the server's address at this point.
pub(super) fn executables(command: &mut Command, names: &[&str], server: SocketAddr) -> Result<Vec<Executable>> {
    command.args(["--no-run", "--package", LIBRARY, "--all-features", "--target", WASM32]);
    command.args(names.iter().flat_map(|name| ["--test", name]));
    let mut tests = cargo::executables(command.env("TAUTLINE_TEST_SERVER", server.to_string()))?;
    tests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tests)
}

/// Starts the server on the port of the last run if that is free: another address means compiling the tests again.
fn start_server(toolbox: &Toolbox) -> Result<Server> {
    let program = server::build(toolbox, false)?;
    let folder = toolbox.project.target.join("xtask");
    let log = Log::File(folder.join("server.log"));
    let remembered = folder.join("test-server-port");
    let start = |port| Server::start(toolbox, &program, port, None::<&Path>, &log);
    let last = fs::read_to_string(&remembered).ok().and_then(|port| port.trim().parse::<u16>().ok());
    let server = match last.filter(|&port| is_free(port)) {
        // Between the look and the start someone else may have taken the port.
        Some(port) => start(port).or_else(|_| start(0))?,
        None => start(0)?,
    };
    remember(&remembered, server.address.port())?;
    Ok(server)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn remember(path: &PathBuf, port: u16) -> Result<()> {
    fs::write(path, port.to_string()).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn without_words_all_engines_run_everything() {
        assert_eq!(engines_and_filter(&[]).unwrap(), (Engine::ALL.to_vec(), None));
    }

    #[test]
    fn an_engine_and_a_filter_are_told_apart() {
        let both = words(&["firefox", "echo"]);
        assert_eq!(engines_and_filter(&both).unwrap(), (vec![Engine::Firefox], Some("echo")));
        let engine = words(&["webkit"]);
        assert_eq!(engines_and_filter(&engine).unwrap(), (vec![Engine::Webkit], None));
        let filter = words(&["echo"]);
        assert_eq!(engines_and_filter(&filter).unwrap(), (Engine::ALL.to_vec(), Some("echo")));
    }

    #[test]
    fn an_unknown_engine_before_a_filter_is_an_error() {
        assert!(engines_and_filter(&words(&["opera", "echo"])).is_err());
    }
}
