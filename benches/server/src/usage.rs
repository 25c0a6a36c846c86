//! What a process has used so far: CPU time and memory, as the kernel counts them.

use std::time::Duration;

use anyhow::Result;

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// User and system time of all its threads, to the tick: 10 ms on most systems.
    pub cpu: Duration,
    /// Resident memory (`VmRSS`), in KiB.
    pub rss_kib: u64,
}

impl Usage {
    /// Of the process with this id, now.
    ///
    /// # Errors
    /// There is no such process, or the system is not Linux.
    #[cfg(target_os = "linux")]
    pub fn of(pid: u32) -> Result<Self> {
        use anyhow::Context as _;
        use procfs::process::Process;

        let process = Process::new(i32::try_from(pid)?)?;
        let stat = process.stat()?;
        let ticks = (stat.utime + stat.stime) as f64;
        let cpu = Duration::from_secs_f64(ticks / procfs::ticks_per_second() as f64);
        let rss_kib = process.status()?.vmrss.context("the process has ended")?;
        Ok(Self { cpu, rss_kib })
    }

    /// Of the process with this id, now.
    ///
    /// # Errors
    /// Always: it is read from Linux's `/proc`.
    #[cfg(not(target_os = "linux"))]
    pub fn of(_pid: u32) -> Result<Self> {
        anyhow::bail!("this needs Linux: CPU time and memory are read from its /proc")
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_written_to_and_time_that_is_spent_are_seen() {
        let own = || Usage::of(std::process::id()).unwrap();
        let before = own();
        let memory = std::hint::black_box(vec![1u8; 64 << 20]);
        // Until the next tick has been counted.
        while own().cpu == before.cpu {}
        let grown = own().rss_kib - before.rss_kib;
        assert!((60 << 10..100 << 10).contains(&grown), "{grown}");
        drop(memory);
    }
}
