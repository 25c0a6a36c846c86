//! Child processes: each in a process group of its own, stopped with all that it started.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// The variable that marks a job's processes, so that those are found that left its group (browsers do).
const MARK: &str = "TAUTLINE_XTASK_JOB";
/// How long a job may take to end by itself when asked to.
const GRACE: Duration = Duration::from_secs(2);
/// How long to go on reading the output of a job that has ended; a child of its can hold the pipe open.
const DRAIN: Duration = Duration::from_millis(500);

/// The jobs that run: process group and mark.
static RUNNING: Mutex<BTreeMap<i32, String>> = Mutex::new(BTreeMap::new());

/// Set by ctrl-c: no further job starts.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// A running child process; dropping it ends it, and what it started.
#[derive(Debug)]
pub(crate) struct Job {
    group: Pid,
    mark: String,
    name: String,
    exit: Receiver<io::Result<ExitStatus>>,
    ended: bool,
    sweeps: bool,
}

impl Job {
    /// Starts `command` without input; its output goes where the command says.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        Self::start_with_pipes(command).map(|(job, ..)| job)
    }

    /// Like `start`, with the output piped to us.
    pub(crate) fn start_piped(command: &mut Command) -> Result<(Self, ChildStdout)> {
        let (job, stdout, _) = Self::start_with_pipes(command.stdout(Stdio::piped()))?;
        Ok((job, stdout.context("the output is no pipe")?))
    }

    fn start_with_pipes(command: &mut Command) -> Result<(Self, Option<ChildStdout>, Option<ChildStderr>)> {
        use std::os::unix::process::CommandExt;

        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = name_of(command);
        let mark = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        command.env(MARK, &mark).stdin(Stdio::null()).process_group(0);
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let group = Pid::from_raw(i32::try_from(child.id()).context("a process id beyond i32")?);
        running().insert(group.as_raw(), mark.clone());
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let job = Self { group, mark, name, exit: wait_in_thread(child), ended: false, sweeps: false };
        if INTERRUPTED.load(Ordering::SeqCst) {
            bail!("interrupted");
        }
        Ok((job, stdout, stderr))
    }

    /// Ends also what left the job's process group, even when the job itself has ended.
    pub(crate) fn sweeping(mut self) -> Self {
        self.sweeps = true;
        self
    }

    /// Waits for the end, for at most `limit`.
    pub(crate) fn wait(&mut self, limit: Option<Duration>) -> Result<ExitStatus> {
        let status = match limit {
            None => self.exit.recv().context("the waiting thread is gone")?,
            Some(limit) => match self.exit.recv_timeout(limit) {
                Ok(status) => status,
                Err(_) => bail!("{} did not end within {} s", self.name, limit.as_secs()),
            },
        };
        self.ended = true;
        status.with_context(|| format!("cannot wait for {}", self.name))
    }

    fn stop(&mut self) {
        if !self.ended {
            // An error here means that the group has no process any more.
            killpg(self.group, Signal::SIGTERM).ok();
            self.ended = self.exit.recv_timeout(GRACE).is_ok();
        }
        if self.sweeps || !self.ended {
            kill_all(self.group, &self.mark);
        }
        running().remove(&self.group.as_raw());
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ends every job when the user presses ctrl-c, and xtask with them.
pub(crate) fn stop_jobs_on_ctrl_c() -> Result<()> {
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let mut jobs = running().clone();
        for &group in jobs.keys() {
            killpg(Pid::from_raw(group), Signal::SIGTERM).ok();
        }
        thread::sleep(Duration::from_millis(300));
        jobs.append(&mut running().clone());
        for (&group, mark) in &jobs {
            kill_all(Pid::from_raw(group), mark);
        }
        std::process::exit(130);
    })
    .context("cannot handle ctrl-c")
}

/// Runs `command` with its output on ours, and waits for its success.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let mut job = Job::start(command)?;
    let status = job.wait(None)?;
    succeeded(&job.name, status)
}

/// Runs `command` and returns its output; an error has what matters of what it wrote to stderr.
pub(crate) fn capture(command: &mut Command, limit: Duration) -> Result<String> {
    let (name, status, output, errors) = read_both(command, limit)?;
    if !status.success() {
        bail!("{name} failed ({status}): {}", gist(&errors));
    }
    Ok(output)
}

/// Runs `command` and returns its output, however it ends.
pub(crate) fn output(command: &mut Command, limit: Duration) -> Result<String> {
    read_both(command, limit).map(|(_, _, output, _)| output)
}

/// Its name, how it ended, its output and its errors.
fn read_both(command: &mut Command, limit: Duration) -> Result<(String, ExitStatus, String, String)> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut job, output, errors) = Job::start_with_pipes(command)?;
    let read = |mut pipe: Option<Box<dyn Read + Send>>| thread::spawn(move || read_all(pipe.as_mut()));
    let output = read(output.map(|pipe| Box::new(pipe) as _));
    let errors = read(errors.map(|pipe| Box::new(pipe) as _));
    let status = job.wait(Some(limit))?;
    let [output, errors] = [output, errors].map(|text| text.join().unwrap_or_default());
    Ok((job.name.clone(), status, output, errors))
}

/// Runs `command`, echoes each line of its output and hands it to `on_line`.
/// Every process that it leaves behind is ended.
pub(crate) fn watch(
    command: &mut Command,
    limit: Option<Duration>,
    mut on_line: impl FnMut(&str),
) -> Result<ExitStatus> {
    let (job, stdout) = Job::start_piped(command)?;
    let mut job = job.sweeping();
    let lines = lines_of(stdout);
    let start = Instant::now();
    let mut take = |line: String| {
        println!("{line}");
        on_line(&line);
    };
    loop {
        let left = limit.map_or(Duration::MAX, |limit| limit.saturating_sub(start.elapsed()));
        let pause = left.min(Duration::from_millis(200));
        match lines.recv_timeout(pause) {
            Ok(line) => take(line),
            Err(RecvTimeoutError::Disconnected) => return job.wait(limit.map(|_| left)),
            Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                bail!("{} was stopped: it took longer than {} s", job.name, start.elapsed().as_secs())
            }
            // Silence: the process may have ended while a child of its still holds the pipe.
            Err(RecvTimeoutError::Timeout) => {
                let Ok(status) = job.exit.try_recv() else { continue };
                job.ended = true;
                let deadline = Instant::now() + DRAIN;
                while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                    take(line);
                }
                return status.with_context(|| format!("cannot wait for {}", job.name));
            }
        }
    }
}

/// An error that names the command, unless it succeeded.
pub(crate) fn succeeded(name: &str, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

/// The command as one would type it, shortened.
pub(crate) fn name_of(command: &Command) -> String {
    let program = command.get_program();
    let program = std::path::Path::new(program).file_name().unwrap_or(program);
    let words: Vec<_> = std::iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    let line = words.join(" ");
    match line.char_indices().nth(120) {
        Some((cut, _)) => format!("`{}…`", &line[..cut]),
        None => format!("`{line}`"),
    }
}

/// The lines of a pipe, read in a thread of its own.
pub(crate) fn lines_of(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line);
            if sender.send(text.trim_end_matches(['\n', '\r']).to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    receiver
}

fn wait_in_thread(mut child: Child) -> Receiver<io::Result<ExitStatus>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()).ok());
    receiver
}

/// The line that matters: the first one that is called an error, or else the last one.
fn gist(errors: &str) -> &str {
    let mut lines = errors.lines().map(str::trim).filter(|line| !line.is_empty());
    let named = lines.clone().find(|line| line.to_lowercase().starts_with("error"));
    named.or_else(|| lines.next_back()).unwrap_or("no message")
}

fn read_all(pipe: Option<&mut impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What was read before an error is still worth showing.
        pipe.read_to_end(&mut bytes).ok();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn running() -> std::sync::MutexGuard<'static, BTreeMap<i32, String>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills the process group, and every process with the mark in its environment.
fn kill_all(group: Pid, mark: &str) {
    killpg(group, Signal::SIGKILL).ok();
    let wanted = format!("{MARK}={mark}");
    // Only Linux has /proc; elsewhere the group has to do.
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|&byte| byte == 0).any(|entry| entry == wanted.as_bytes()) {
            kill(Pid::from_raw(pid), Signal::SIGKILL).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failing_command_is_named_with_its_last_words() {
        let error = capture(&mut shell("echo one >&2; echo two >&2; exit 3"), GRACE).unwrap_err();
        assert!(error.to_string().contains("two"), "{error}");
    }

    #[test]
    fn of_many_lines_the_error_is_shown() {
        assert_eq!(gist("info: trying\nerror: no network\n  0: main\n"), "error: no network");
        assert_eq!(gist("one\ntwo\n\n"), "two");
        assert_eq!(gist(""), "no message");
    }

    #[test]
    fn every_line_is_seen_and_the_status_is_the_commands() {
        let mut lines = Vec::new();
        let status = watch(&mut shell("echo a; printf b; exit 7"), None, |line| lines.push(line.to_owned()));
        assert_eq!(lines, ["a", "b"]);
        assert_eq!(status.unwrap().code(), Some(7));
    }

    #[test]
    fn a_command_that_hangs_is_stopped_with_what_it_started() {
        let limit = Some(Duration::from_millis(300));
        let mut child = None;
        let error = watch(&mut shell("sleep 600 & echo $!; wait"), limit, |line| child = line.parse().ok());
        assert!(error.unwrap_err().to_string().contains("was stopped"));
        let child = Pid::from_raw(child.expect("the child's id was printed"));
        let gone = || fs::read_to_string(format!("/proc/{child}/stat")).map_or(true, |stat| stat.contains(") Z "));
        let start = Instant::now();
        while !gone() && start.elapsed() < GRACE {
            thread::yield_now();
        }
        assert!(gone());
    }

    #[test]
    fn a_child_that_holds_the_pipe_does_not_hold_up_the_result() {
        let start = Instant::now();
        let status = watch(&mut shell("sleep 600 & echo done"), None, |_| ());
        assert!(status.unwrap().success());
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}
