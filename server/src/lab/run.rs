//! One run: its lanes, the stream of messages, and what was counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::memory::resident;
use super::plan::{Network, Plan};
use super::source::Source;
use super::technique::Technique;
use crate::app::App;
use crate::link::Link;

/// How long the page may take to open its transports.
pub(super) const PREPARATION: Duration = Duration::from_secs(30);

/// How long a run stays when it is over, for late answers and a last look at what was counted.
pub(super) const REST: Duration = Duration::from_secs(30);

/// How many of the latest messages' times are told.
const TOLD: usize = 50;

/// A technique and the listener that is its own.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) technique: Technique,
    pub(super) link: Arc<Link>,
}

/// A stream of messages, and all lanes that carry it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) lanes: Vec<Lane>,
    plan: Plan,
    source: Source,
    /// Where its clock is 0.
    begin: Instant,
    resident_at_first: Option<u64>,
    published: AtomicU64,
    times: Mutex<Vec<(u64, f64)>>,
    going: OnceLock<()>,
    done: CancellationToken,
    pub(super) ended: CancellationToken,
}

impl Run {
    pub(super) fn new(id: String, plan: Plan, source: Source, lanes: Vec<Lane>) -> Self {
        let begin = Instant::now();
        for lane in &lanes {
            if plan.trail {
                lane.link.trail.begin(begin);
            }
        }
        let run = Self {
            id,
            lanes,
            source,
            begin,
            resident_at_first: resident(),
            published: AtomicU64::new(0),
            times: Mutex::default(),
            going: OnceLock::new(),
            done: CancellationToken::new(),
            ended: CancellationToken::new(),
            plan,
        };
        run.shape(run.plan.network);
        run
    }

    /// How long it may be there at most.
    pub(super) fn life(&self) -> Duration {
        PREPARATION + 2 * self.plan.length + REST
    }

    /// Begins to publish; once.
    pub(super) fn go(self: &Arc<Self>, app: &App) {
        if self.going.set(()).is_ok() {
            let (run, app) = (self.clone(), app.clone());
            app.clone().spawn(async move {
                tokio::select! {
                    // What is published is to be watched for as long as was asked.
                    ((), ()) = async { tokio::join!(run.publish(), sleep(run.plan.length)) } => {}
                    // Where this process is held up too much.
                    () = sleep(2 * run.plan.length) => {}
                    () = run.ended.cancelled() => {}
                    () = app.closing() => {}
                }
                run.done.cancel();
            });
        }
    }

    async fn publish(&self) {
        let Some(every) = self.plan.every else { return };
        let mut ticks = interval(every);
        // Where this process was held up, the stream goes on later: it does not catch up.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut left = self.plan.count;
        while left > 0 {
            ticks.tick().await;
            let burst = self.plan.burst.min(left);
            for _ in 0..burst {
                self.publish_one().await;
            }
            left -= burst;
        }
    }

    async fn publish_one(&self) {
        let (number, now_ms) = (self.published() + 1, self.now_ms());
        if !self.source.publish(&message(number, now_ms, self.plan.size)).await {
            return;
        }
        self.published.store(number, Ordering::Relaxed);
        let mut times = self.times();
        if times.len() == TOLD {
            times.remove(0);
        }
        times.push((number, now_ms));
    }

    fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// What its clock says, in milliseconds.
    pub(super) fn now_ms(&self) -> f64 {
        self.begin.elapsed().as_secs_f64() * 1_000.0
    }

    /// Sets the network of all lanes.
    pub(super) fn shape(&self, network: Network) {
        for lane in &self.lanes {
            lane.link.change(|conduct| (conduct.delay, conduct.jitter) = (network.delay, network.jitter));
        }
    }

    pub(super) fn lose_history(&self) {
        self.source.lose_history();
    }

    pub(super) fn lanes(&self, only: Option<Technique>) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().filter(move |lane| only.is_none_or(|only| only == lane.technique))
    }

    /// Ends its lanes and its channel.
    pub(super) async fn end(&self, app: &App) {
        self.ended.cancel();
        for lane in &self.lanes {
            app.links.end(&lane.link).await;
        }
        self.source.end();
    }

    pub(super) async fn state(&self) -> Value {
        let mut lanes = Vec::new();
        for Lane { technique, link } in &self.lanes {
            let (traffic, counts) = (link.traffic(), link.attendance.counts());
            lanes.push(json!({
                "technique": technique.name(),
                "port": link.port(),
                "listening": link.listens().await,
                "blocked": link.blocks_websockets(),
                "requests": traffic.requests,
                "bytes_up": traffic.bytes_up,
                "bytes_down": traffic.bytes_down,
                "open": counts.open,
                "accepted": counts.accepted,
                "most_open": counts.most_open,
            }));
        }
        let stage = match (self.done.is_cancelled(), self.going.get()) {
            (true, _) => "done",
            (false, Some(())) => "going",
            (false, None) => "ready",
        };
        let kept = self.source.kept();
        json!({
            "id": self.id,
            "channel": self.source.name(),
            "stage": stage,
            "now_ms": self.now_ms(),
            "published": self.published(),
            "resident": resident(),
            "resident_at_first": self.resident_at_first,
            "history": { "messages": kept.messages, "bytes": kept.bytes },
            "lanes": lanes,
        })
    }

    /// What passed through the lanes, and when the messages were published.
    pub(super) fn trail(&self) -> Value {
        let lanes = self.lanes.iter().filter_map(|Lane { technique, link }| {
            Some(json!({ "technique": technique.name(), "hops": link.trail.hops()? }))
        });
        let published: Vec<_> =
            self.times().iter().map(|(number, at_ms)| json!({ "number": number, "at_ms": at_ms })).collect();
        json!({ "now_ms": self.now_ms(), "published": published, "lanes": lanes.collect::<Vec<_>>() })
    }

    fn times(&self) -> MutexGuard<'_, Vec<(u64, f64)>> {
        // Nothing panics while it holds this lock.
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message: its number, when it was published, and as much as is wanted to fill it up.
fn message(number: u64, now_ms: f64, size: usize) -> String {
    let mut text = format!("{number} {now_ms:.3} ");
    text.extend(std::iter::repeat_n('x', size.saturating_sub(text.len())));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_as_long_as_wanted() {
        assert_eq!(message(7, 1234.5678, 32), format!("7 1234.568 {}", "x".repeat(21)));
        // The last number there can be, two and a half minutes after the run began.
        assert_eq!(message(24_000, 150_000.0, 32).len(), 32);
    }
}
