//! What is known of the connections of a channel, and what is to become of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::fault::{Fault, FaultOrder, Faults};
use crate::channel::broker::Data;
use crate::channel::end::End;
use crate::channel::visit::Transport;

/// How many channels are known at once.
const MAX_HALLS: usize = 2_000;

/// How many orders a connection may be behind.
const MAX_ORDERS: usize = 64;

/// How long one is known that nobody uses.
const LIFE: Duration = Duration::from_secs(600);

/// All halls, by channel.
#[derive(Debug, Default)]
pub(in crate::channel) struct Halls {
    all: Mutex<HashMap<String, Arc<Hall>>>,
}

impl Halls {
    /// The one of this channel. `None` if there is no room.
    pub(in crate::channel) fn enter(&self, channel: &str) -> Option<Arc<Hall>> {
        let mut all = lock(&self.all);
        if !all.contains_key(channel) && all.len() >= MAX_HALLS {
            let idle = all.iter().filter(|(_, hall)| Arc::strong_count(hall) == 1);
            let idlest = idle.min_by_key(|(_, hall)| lock(&hall.state).touched)?.0.clone();
            all.remove(&idlest);
        }
        let hall = all.entry(channel.to_owned()).or_default().clone();
        lock(&hall.state).touched = Instant::now();
        Some(hall)
    }

    pub(in crate::channel) fn sweep(&self) {
        let now = Instant::now();
        let old = |hall: &Hall| now.saturating_duration_since(lock(&hall.state).touched) > LIFE;
        lock(&self.all).retain(|_, hall| Arc::strong_count(hall) > 1 || !old(hall));
    }
}

/// Of one channel.
#[derive(Debug)]
pub(in crate::channel) struct Hall {
    state: Mutex<State>,
    news: watch::Sender<()>,
    orders: broadcast::Sender<Order>,
}

#[derive(Debug)]
struct State {
    counts: Counts,
    beat: Option<Duration>,
    faults: Faults,
    blocks: [Block; 4],
    publishing: CancellationToken,
    touched: Instant,
}

/// What all open connections are to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::channel) enum Order {
    /// End without a word, with a RST.
    Reset,
    /// End without a word, with a FIN.
    Fin,
    /// End in order.
    End(End),
    /// Send this frame, whatever it is.
    Send(Data),
}

/// Whether a way is closed, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::channel) enum Block {
    Off,
    Refuse,
    Hang,
    Reset,
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(in crate::channel) struct Counts {
    /// Connections and requests that are open, by transport.
    pub(super) open: [u64; 4],
    /// Those that there were.
    pub(super) opened: [u64; 4],
    /// Messages of clients that were handled.
    pub(in crate::channel) accepted: u64,
    /// Messages of clients that had been handled before.
    pub(in crate::channel) repeated: u64,
    /// Messages of clients before which others were missing.
    pub(in crate::channel) gaps: u64,
    /// Frames and bodies that were none.
    pub(in crate::channel) rejected: u64,
    /// Requests that were not let in.
    pub(in crate::channel) refused: u64,
    /// Connections that the server ended with a code from 4000 on.
    pub(in crate::channel) ended: u64,
    /// Messages published by command.
    pub(super) published: u64,
}

impl Default for Hall {
    fn default() -> Self {
        let state = State {
            counts: Counts::default(),
            beat: None,
            faults: Faults::default(),
            blocks: [Block::Off; 4],
            publishing: CancellationToken::new(),
            touched: Instant::now(),
        };
        Self { state: Mutex::new(state), news: watch::Sender::default(), orders: broadcast::Sender::new(MAX_ORDERS) }
    }
}

impl Hall {
    pub(in crate::channel) fn count(&self, what: impl FnOnce(&mut Counts)) {
        what(&mut lock(&self.state).counts);
        self.news.send_replace(());
    }

    pub(super) fn counts(&self) -> Counts {
        lock(&self.state).counts
    }

    /// Changes with each count.
    pub(super) fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    pub(in crate::channel) fn enter(self: &Arc<Self>, transport: Transport) -> Guest {
        self.count(|counts| {
            counts.open[transport as usize] += 1;
            counts.opened[transport as usize] += 1;
        });
        Guest { hall: self.clone(), transport }
    }

    pub(in crate::channel) fn orders(&self) -> Orders {
        Orders(self.orders.subscribe())
    }

    pub(super) fn order(&self, order: Order) {
        // Where nobody is there, there is nothing to do.
        let _ = self.orders.send(order);
    }

    /// What goes wrong with the next request.
    pub(in crate::channel) fn take_fault(&self, transport: Transport) -> Option<Fault> {
        let fault = lock(&self.state).faults.take(transport);
        self.told(fault)
    }

    /// What goes wrong with the frames of the next answer to a poll.
    pub(in crate::channel) fn take_fault_of_frames(&self, has_messages: bool) -> Option<Fault> {
        let fault = lock(&self.state).faults.take_of_frames(has_messages);
        self.told(fault)
    }

    fn told(&self, fault: Option<Fault>) -> Option<Fault> {
        if fault.is_some() {
            self.news.send_replace(());
        }
        fault
    }

    /// False if there are too many.
    pub(super) fn add_faults(&self, order: FaultOrder) -> bool {
        let faults = &mut lock(&self.state).faults;
        let room = !faults.is_full();
        if room {
            faults.add(order);
        }
        room
    }

    pub(super) fn clear_faults(&self) {
        lock(&self.state).faults.clear();
        self.news.send_replace(());
    }

    pub(in crate::channel) fn block(&self, transport: Transport) -> Block {
        lock(&self.state).blocks[transport as usize]
    }

    /// One transport, or all.
    pub(super) fn set_block(&self, transport: Option<Transport>, block: Block) {
        let blocks = &mut lock(&self.state).blocks;
        match transport {
            Some(transport) => blocks[transport as usize] = block,
            None => blocks.fill(block),
        }
    }

    pub(in crate::channel) fn beat(&self) -> Option<Duration> {
        lock(&self.state).beat
    }

    pub(super) fn set_beat(&self, beat: Option<Duration>) {
        lock(&self.state).beat = beat;
    }

    /// How many faults are still to come.
    pub(super) fn faults_left(&self) -> u64 {
        lock(&self.state).faults.left()
    }

    /// Cancelled when publishing is to stop.
    pub(super) fn publishing(&self) -> CancellationToken {
        lock(&self.state).publishing.clone()
    }

    pub(super) fn stop_publishing(&self) {
        std::mem::take(&mut lock(&self.state).publishing).cancel();
    }
}

/// A connection or request; it counts as open until this is dropped.
#[derive(Debug)]
pub(in crate::channel) struct Guest {
    hall: Arc<Hall>,
    transport: Transport,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.hall.count(|counts| {
            let open = &mut counts.open[self.transport as usize];
            *open = open.saturating_sub(1);
        });
    }
}

/// The orders to one connection.
#[derive(Debug)]
pub(in crate::channel) struct Orders(broadcast::Receiver<Order>);

impl Orders {
    pub(in crate::channel) async fn next(&mut self) -> Order {
        loop {
            match self.0.recv().await {
                Ok(order) => return order,
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds a lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
