//! Memory: an allocator of a kilobyte, where that of the standard library is eight of what every page loads.

use rlsf::{GlobalTlsf, GlobalTlsfOptions};

#[global_allocator]
static ALLOCATOR: GlobalTlsf<Small> = GlobalTlsf::new();

struct Small;

impl GlobalTlsfOptions for Small {
    /// To allocate anew and to copy is less code, and only what grows does it.
    const ENABLE_REALLOCATION: bool = false;
    /// An outbox may become larger than a page of memory: without this each of its sizes would keep pages of its own.
    const COALESCE_POOLS: bool = true;
}
