//! The reconnecting core: no I/O, no clock, no browser.
//!
//! A [`Machine`] decides everything that staying connected takes. It is told what happens ([`Input`]) and when ([`Instant`]), and says
//! what is to be done ([`Output`]). It never looks at a clock or inside a message, and its random numbers come from a seed: the same
//! inputs give the same outputs. [`ReconnectingWebSocket`](crate::ReconnectingWebSocket) drives it in a browser; it can be driven by
//! anything that has transports.
//!
//! # How to drive it
//! After each call that changes it: take outputs with [`poll_output`](Machine::poll_output) until there are none, and carry them out in
//! their order; then arm one timer for [`poll_timeout`](Machine::poll_timeout), and call
//! [`handle_timeout`](Machine::handle_timeout) when it fires. A timer that fires early is harmless, and so is one that fires late.
//!
//! ```
//! use std::rc::Rc;
//! use tautline::Message;
//! use tautline::machine::{Answer, Config, Input, Instant, Machine, Output, Phase};
//!
//! let now = Instant::ZERO;
//! let mut machine = Machine::<Message>::new(Rc::new(Config::default()), 42);
//! machine.connect(now);
//! machine.send(now, "waits until there is a connection".into(), None)?;
//! while let Some(output) = machine.poll_output() {
//!     match output {
//!         Output::Resolve { id, .. } => {
//!             machine.handle_input(now, Input::Resolved { id, answer: Answer::Ready { valid_for: None } });
//!         }
//!         Output::Open { id, .. } => { /* open it, and tell its events */ }
//!         _ => {}
//!     }
//! }
//! assert_eq!(machine.phase(), Phase::Opening);
//! assert_eq!(machine.poll_timeout().map(|at| at.since(now).as_secs()), Some(10), "the connect timeout");
//! # Ok::<(), tautline::machine::NotAccepted>(())
//! ```
//!
//! # The states
//! Every change from one [`Phase`] to another that there is, and what leads to it. A test walks through all states and inputs, and holds
//! what it finds against this list. From `Closed` only `reconnect()` leads on; `close()` leads to `Closing` from everywhere else.
//!
//! ```text
#![doc = include_str!("states.txt")]
//! ```
//!
//! # What always holds
//! - Every transport has an id; an input with the id of one that is no more is ignored.
//! - At most one transport delivers ([`Machine::route`]), and at most one more is a candidate to replace it.
//! - Each transport that was opened ends once: by its close event, or by [`Output::Abort`].
//! - A message that was accepted is queued, or handed over, or reported with its [`Fate`]. When the connection ends, what was handed over
//!   is `Unknown`, unless the server has answered a later heartbeat or the closing handshake.
//! - Messages are handed over in the order of their numbers, but for those of [`Machine::send_now`] in the `open` event.
//! - The number of retries falls back only after a connection that has lasted for `stable_after`.

mod attempts;
mod backoff;
mod config;
mod handed;
mod ids;
mod input;
mod kept;
mod live;
mod losing;
mod metrics;
mod outbox;
mod output;
mod page;
mod policy;
mod probing;
mod pulse;
mod replacing;
mod sending;
mod state;
mod time;
mod timer;
mod view;

use std::collections::VecDeque;
use std::rc::Rc;

use fastrand::Rng;

pub use backoff::{Backoff, Custom};
pub use config::{Config, Heartbeat, OutboxLimits, OutboxOverflow, ProbeRule};
pub use ids::{MessageId, TransportId};
pub use input::{Answer, Input, Page, Verdict};
pub use metrics::{Closes, Metrics};
pub use outbox::OutboxError;
pub use output::{Ending, Event, Fate, GaveUp, Output};
pub use policy::{CloseAction, ClosePolicy, RetryHint};
pub use sending::{NotAccepted, Pass};
pub use state::Phase;
pub use time::Instant;
#[cfg(feature = "channel")]
pub(crate) use time::micros;

use self::attempts::Role;
use self::kept::{Kept, StartKeeping};
use self::outbox::Outbox;
use self::probing::{Prober, Probing};
use self::replacing::{Replacer, Replacing};
use self::state::{Carrier, State};
use self::timer::{Timer, Timers};
use crate::table::Table;
use crate::{CloseCode, CloseReason, Message};

/// What a machine carries. It never looks inside: a JavaScript value passes through without a copy.
///
/// It is cloned only where [`Config::requeue`] asks for messages to be kept.
pub trait Payload: Clone + 'static {
    /// The payload's length in bytes; of text, in bytes of UTF-8.
    fn byte_len(&self) -> usize;
}

impl Payload for Message {
    fn byte_len(&self) -> usize {
        Self::byte_len(self)
    }
}

/// Nothing, for whoever only wants the connection.
impl Payload for () {
    fn byte_len(&self) -> usize {
        0
    }
}

/// Where a message that has arrived belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// To the application.
    Deliver,
    /// To the application's handshake.
    Greet,
    /// Nowhere: its transport is not the one, or not any more.
    Ignore,
}

/// The reconnecting core. See the [module's docs](self) for how to drive it.
#[derive(Debug)]
pub struct Machine<M: 'static> {
    config: Rc<Config>,
    rng: Rng,
    state: State<M>,
    /// The phase that the application knows of.
    phase: Phase,
    /// A connection that was replaced, and whose closing handshake is not over.
    retiring: Option<Box<Carrier<M>>>,
    timers: Timers,
    out: VecDeque<Output<M>>,
    outbox: Outbox<M>,
    /// Messages of `send_now` that the driver may not have handed over yet.
    urgent: Vec<MessageId>,
    next_id: u64,
    next_message: u64,
    /// The endpoint of the next attempt.
    endpoint: usize,
    /// Of which endpoints the driver still has URL and protocols, and until when they are good.
    answers: Table<usize, Instant>,
    /// How many connections in a row were replaced before they had lasted.
    swaps: u32,
    /// Since the last connection that lasted: retries, attempts and short connections that failed, attempts that did not open.
    retries: u32,
    failed: u32,
    unopened: u32,
    /// Since when there is no connection.
    down_since: Instant,
    last: Option<Ending>,
    last_attempt: Option<Instant>,
    last_probe: Option<Instant>,
    offline: bool,
    hidden: bool,
    metrics: Metrics,
    // What is optional, where it is turned on.
    replacing: Option<&'static dyn Replacing<M>>,
    keep: Option<StartKeeping<M>>,
    probing: Option<&'static dyn Probing<M>>,
    expire: Option<fn(&mut Self, Instant)>,
}

impl<M: Payload> Machine<M> {
    /// A machine that does nothing yet. With several endpoints it starts at a random one.
    #[must_use]
    pub fn new(config: Rc<Config>, seed: u64) -> Self {
        let mut machine = Self::plain(config, seed);
        machine.turn_on();
        machine
    }

    /// A machine that replaces no connection by itself, queues nothing again and never probes, whatever the configuration says: and so no code of that is
    /// linked.
    pub(crate) fn plain(config: Rc<Config>, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let endpoint = rng.usize(..=config.endpoints.saturating_sub(1));
        Self {
            config,
            rng,
            state: State::Idle,
            phase: Phase::Idle,
            retiring: None,
            timers: Timers::new(),
            out: VecDeque::new(),
            outbox: Outbox::new(),
            urgent: Vec::new(),
            next_id: 0,
            next_message: 0,
            endpoint,
            answers: Table::new(),
            swaps: 0,
            retries: 0,
            failed: 0,
            unopened: 0,
            down_since: Instant::ZERO,
            last: None,
            last_attempt: None,
            last_probe: None,
            offline: false,
            hidden: false,
            metrics: Metrics::default(),
            replacing: None,
            keep: None,
            probing: None,
            expire: None,
        }
    }

    /// Turns on that one alone.
    pub(crate) fn turn_on_probing(&mut self) {
        self.probing = Some(&Prober);
    }

    /// Turns on what the configuration asks for. Before it connects.
    pub(crate) fn turn_on(&mut self) {
        self.replacing = Some(&Replacer);
        self.keep = self.config.requeue.then_some(Kept::start);
        self.turn_on_probing();
    }

    /// Begins to connect, and to stay connected. Only in `Idle`; elsewhere nothing happens.
    pub fn connect(&mut self, now: Instant) {
        if matches!(self.state, State::Idle) {
            self.down_since = now;
            self.begin(now);
            self.watch_hidden(now);
        }
    }

    /// Connects anew, from every state: a live connection is closed with 1000, a wait ends, what was given up is taken up again. Retries
    /// count from 0, and the provider is asked anew.
    pub fn reconnect(&mut self, now: Instant) {
        self.start_anew(now);
    }

    /// Replaces the live connection without a gap: another one is opened beside it and takes over when it is up; then the old one is
    /// closed with 1000. Returns `false` where there is no live connection, or it is being replaced already.
    pub fn replace(&mut self, now: Instant) -> bool {
        let replacing = *self.replacing.insert(&Replacer);
        replacing.begin(self, now, false)
    }

    /// The same, since the server has asked for it: it may have asked everybody, so that the other one is opened at a random time up to
    /// [`Config::wake_spread`].
    pub fn drain(&mut self, now: Instant) -> bool {
        let replacing = *self.replacing.insert(&Replacer);
        replacing.begin(self, now, true)
    }

    /// Closes, for good unless [`reconnect`](Self::reconnect) is called. What waits in the outbox is handed over if there is a connection,
    /// and fails otherwise. [`Event::Close`] follows. In `Closing` and `Closed` nothing happens.
    pub fn close(&mut self, now: Instant, with: Option<(CloseCode, CloseReason)>) {
        self.begin_closing(now, with);
    }

    /// Tells what has happened.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Resolved { id, answer } => self.resolved(now, id, answer),
            Input::Rejected { id, for_good } => self.rejected(now, id, for_good),
            Input::Opened { id } => self.opened(now, id),
            Input::Greeted { id, accepted } => self.greeted(now, id, accepted),
            Input::Announced { id } => self.announced(now, id),
            Input::Received { id, bytes, reply } => self.heard(now, id, bytes, reply),
            Input::Failed { id } => {
                if self.is_current(id) {
                    self.event(Event::Error);
                }
            }
            Input::Closed { id, closed, buffered } => self.closed(now, id, closed, buffered),
            Input::Buffered { id, bytes } => self.buffered(now, id, bytes),
            Input::Probed { id, verdict } => {
                if let Some(probing) = self.probing {
                    probing.probed(self, now, id, verdict);
                }
            }
            Input::Page(page) => self.page(now, page),
        }
    }

    /// A shorter way for [`route`](Self::route) and [`Input::Received`] where there is no heartbeat: `true` if the message is the
    /// application's, and is counted. Otherwise nothing has changed, and the machine is to be asked and told. Changes no output and no timer.
    pub fn count(&mut self, id: TransportId, bytes: usize) -> bool {
        let plain = self.config.heartbeat.is_none() && matches!(&self.state, State::Up(live) if live.carrier.id == id);
        if plain {
            self.count_received(true, bytes);
        }
        plain
    }

    /// Does what is due at this time. May be called at any time.
    pub fn handle_timeout(&mut self, now: Instant) {
        // Times of zero could set each other for ever: what is left over is due again at once.
        for _ in 0..32 {
            let Some((timer, deadline)) = self.timers.take_due(now) else { return };
            match timer {
                Timer::Retry => self.begin(now),
                Timer::Attempt => self.attempt_timed_out(now, Role::Main),
                Timer::Candidate => self.attempt_timed_out(now, Role::Candidate),
                Timer::Heartbeat => self.heartbeat_due(now, deadline),
                Timer::Closing => self.closing_timed_out(now),
                Timer::Retiring => self.drop_retiring(now),
                Timer::Renewal => _ = self.replacing.is_some_and(|replacing| replacing.begin(self, now, false)),
                Timer::Hidden => self.suspend(now),
                Timer::Expiry => self.expire(now),
                Timer::Flush => self.flush_due(),
            }
        }
    }

    /// The next thing to do. Every call that changes the machine may have added some.
    pub fn poll_output(&mut self) -> Option<Output<M>> {
        self.out.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called next. Every call that changes the machine may have changed it.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Whether this is the transport that carries, or is about to.
    fn is_current(&self, id: TransportId) -> bool {
        match &self.state {
            State::Connecting(attempt) => attempt.id == id,
            _ => self.carrier() == Some(id),
        }
    }

    fn new_id(&mut self) -> TransportId {
        let id = TransportId(self.next_id);
        self.next_id = self.next_id.saturating_add(1);
        id
    }

    fn event(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    /// Goes into a state, and says so if its name is another.
    fn enter(&mut self, state: State<M>) {
        self.state = state;
        let phase = self.state.phase();
        if phase != self.phase {
            self.phase = phase;
            self.event(Event::Phase(phase));
        }
    }

    /// All timers but the one of a connection that is on its way out.
    fn clear_timers(&mut self) {
        let retiring = self.timers.get(Timer::Retiring);
        self.timers.clear_all();
        if let Some(deadline) = retiring {
            self.timers.set(Timer::Retiring, deadline);
        }
    }
}
