//! What the machine, the parsers and the codecs cost natively: `cargo bench`, or `cargo bench -- machine` for a part of it. With
//! `-- --verbose` each has its median too. Built as what ships is: for size.
//!
//! `tests/allocations.rs` counts the allocations of the same steps.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

mod channel;
mod channel_rig;
mod codecs;
mod machine;
mod parsers;
mod queues;
mod rig;
mod values;

/// What is not exported is compiled once more, with its tests. It finds what it imports in this crate's root.
#[allow(dead_code, unreachable_pub, unused_imports, reason = "the tests, and what is not measured")]
#[path = "../../src"]
mod inside {
    pub(crate) mod config;
    pub(crate) mod endpoint;
    pub(crate) mod queue;
}

use std::time::Duration;

use criterion::Criterion;

use self::inside::config::{Overflow, ReceiveLimits};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    machine::all(&mut criterion);
    channel::all(&mut criterion);
    queues::all(&mut criterion);
    parsers::all(&mut criterion);
    codecs::all(&mut criterion);
    criterion.final_summary();
}
