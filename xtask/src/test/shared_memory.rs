//! The browser tests with a shared WebAssembly memory: what a program with threads is built like.

use std::net::SocketAddr;

use anyhow::Result;

use super::browser::{self, Programs};
use crate::cargo::Executable;
use crate::setup::{Need, std_source};
use crate::toolbox::Toolbox;

/// The tests in a window; the standard library gets compiled with them, as the ready one has no atomics.
pub(super) const PROGRAMS: Programs =
    Programs { suite: "browser tests with shared memory", needs: &[Need::StdSource], compile };

/// The test target of the library.
const TEST: &str = "browser";
/// For rustc and its linker. A shared memory has a maximum, here 1 GiB, and the page makes it; the names are what
/// wasm-bindgen needs to give each thread its own stack and thread-locals.
const FLAGS: &[&str] = &[
    "-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals",
    "-Clink-arg=--shared-memory",
    "-Clink-arg=--max-memory=1073741824",
    "-Clink-arg=--import-memory",
    "-Clink-arg=--export=__wasm_init_tls",
    "-Clink-arg=--export=__tls_size",
    "-Clink-arg=--export=__tls_align",
    "-Clink-arg=--export=__tls_base",
];

fn compile(toolbox: &Toolbox, server: SocketAddr) -> Result<Vec<Executable>> {
    let mut command = std_source::cargo(toolbox, "test", FLAGS)?;
    // Other flags, and perhaps another compiler: in the usual folder both builds would be made anew each time.
    command.arg("--target-dir").arg(toolbox.project.target.join("shared-memory"));
    browser::executables(&mut command, &[TEST], server)
}
