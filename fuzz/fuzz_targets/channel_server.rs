//! The server's side of a channel: any requests are answered, and what is accepted comes once and in order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

#[path = "../../server/tests/requests/world.rs"]
mod world;

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
}

fuzz_target!(|data: &[u8]| RUNTIME.with(|runtime| runtime.block_on(world::run(data))));
