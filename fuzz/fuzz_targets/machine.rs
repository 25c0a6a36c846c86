//! The reconnecting core: bytes are operations, the same as those of its property tests, and the same world checks what has to hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/machine/ledger.rs"]
mod ledger;
#[path = "../../tests/machine/operations.rs"]
mod operations;
#[path = "../../tests/machine/world.rs"]
mod world;

fuzz_target!(|data: &[u8]| {
    operations::run(data).finish();
});
