//! The tests that need no browser: units, the server, and the examples in the documentation.

use anyhow::Result;

use crate::process;
use crate::tally::Tally;
use crate::toolbox::Toolbox;

/// Runs the tests of the whole workspace.
pub(crate) fn run(toolbox: &Toolbox, filter: Option<&str>) -> Result<Tally> {
    let mut command = toolbox.native("cargo");
    command.args(["test", "--workspace", "--all-features", "--no-fail-fast"]).args(filter);
    let mut tally = Tally::default();
    let status = process::watch(&mut command, None, |line| tally.add_line(line))?;
    tally.note_status(status.success());
    Ok(tally)
}
