//! The only loop: what the browser tells goes into the machine, and what the machine wants is done.
//!
//! No borrow is held while code of the application runs, so that it may call anything of its socket, and drop it.

mod sending;
mod soon;
mod target;
mod wires;
mod work;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

pub(crate) use sending::Busy;
use soon::Running;
pub(crate) use soon::{Provided, Reply, Soon};
pub use target::Target;
use wires::Wires;

use crate::browser::page::{PageWatch, now, seed};
use crate::browser::timer::Timer;
use crate::machine::{Config, Ending, Event, Input, Instant, Machine, Phase, TransportId};
use crate::slot::Slot;
use crate::table::Table;
use crate::transport::{OwnedData, Payload, Transport};
use crate::{BinaryType, CloseCode, CloseReason, ConstructorError};

/// A change of the machine.
type Order = Box<dyn FnOnce(&mut Machine<OwnedData>, Instant)>;

type Prepare = fn(&Transport, BinaryType);

/// Turns on what is optional.
pub(crate) type TurnOn = fn(&mut Machine<OwnedData>);

/// Whom the driver works for.
pub(crate) trait Host: 'static {
    /// Asks for URL and protocols.
    fn resolve(&self, endpoint: usize, attempt: u32, last: Option<Ending>) -> Soon;
    /// Whether this endpoint's URL and protocols are always the same.
    fn is_fixed(&self, endpoint: usize) -> bool;
    /// Asks over another way whether an attempt is of use. `last` is what was resolved last for the endpoint.
    fn probe(&self, endpoint: usize, last: Option<Rc<Target>>) -> Soon;
    /// Runs the application's handshake.
    fn greet(&self, id: TransportId, transport: &Rc<Transport>) -> Soon;
    /// A message for the application's handshake.
    fn greeting(&self, id: TransportId, payload: Payload<'_>);
    /// The heartbeat's message.
    fn ping(&self) -> Option<OwnedData>;
    /// Whether this message is the heartbeat's answer.
    fn is_reply(&self, payload: &Payload<'_>) -> bool;
    /// A message for the application.
    fn deliver(&self, payload: Payload<'_>);
    /// A transport that was being greeted is no more.
    fn forget(&self, id: TransportId);
    /// An event for the application.
    fn tell(&self, event: Event);
}

/// A machine, its transports, and everything it waits for.
pub(crate) struct Driver<H> {
    machine: RefCell<Machine<OwnedData>>,
    /// The machine's phase, to be seen also while the machine is at work.
    phase: Cell<Phase>,
    /// What was asked for while the machine was at work.
    deferred: Slot<VecDeque<Order>>,
    wires: Slot<Wires>,
    /// What was resolved last for each endpoint.
    targets: Slot<Table<usize, Rc<Target>>>,
    /// What runs for an attempt: a provider, a probe, a handshake.
    tasks: Slot<Table<TransportId, Running>>,
    timer: Slot<Option<(Instant, Timer)>>,
    page: Slot<Option<PageWatch>>,
    /// Whether outputs are being carried out, further up in the stack.
    running: Cell<bool>,
    /// Whether it is all over.
    ended: Cell<bool>,
    binary_type: Cell<BinaryType>,
    /// Sets it, once it was asked for: every transport begins with the default.
    prepare: Cell<Option<Prepare>>,
    constructor_error: Slot<Option<ConstructorError>>,
    this: Weak<Self>,
    pub(crate) host: H,
}

impl<H: Host> Driver<H> {
    /// `turn_on`: what is optional, and asked for.
    pub(crate) fn new(config: Config, turn_on: Option<TurnOn>, host: impl FnOnce(&Weak<Self>) -> H) -> Rc<Self> {
        let mut machine = Machine::plain(Rc::new(config), seed());
        if let Some(turn_on) = turn_on {
            turn_on(&mut machine);
        }
        Rc::new_cyclic(|this| Self {
            machine: RefCell::new(machine),
            phase: Cell::new(Phase::Idle),
            deferred: Slot::default(),
            wires: Slot::default(),
            targets: Slot::default(),
            tasks: Slot::default(),
            timer: Slot::default(),
            page: Slot::default(),
            running: Cell::new(false),
            ended: Cell::new(false),
            binary_type: Cell::default(),
            prepare: Cell::default(),
            constructor_error: Slot::default(),
            this: Weak::clone(this),
            host: host(this),
        })
    }

    /// Listens to the page, from now on.
    pub(crate) fn watch_page(&self) {
        let this = Weak::clone(&self.this);
        let watch = PageWatch::new(move |page| {
            if let Some(driver) = this.upgrade() {
                driver.tell_buffered();
                driver.input(Input::Page(page));
            }
        });
        self.page.set(Some(watch));
    }

    pub(crate) fn phase(&self) -> Phase {
        if self.ended.get() { Phase::Closed } else { self.phase.get() }
    }

    /// Looks at the machine. While the application's own backoff or close policy is asked, the machine is at work, and there is nothing to be
    /// seen of it.
    pub(crate) fn look<T: Default>(&self, look: impl FnOnce(&Machine<OwnedData>) -> T) -> T {
        self.machine.try_borrow().map_or_else(|_| T::default(), |machine| look(&machine))
    }

    /// Changes the machine, and does what it wants then. If the machine is at work, it is done right after that.
    pub(crate) fn act(&self, order: impl FnOnce(&mut Machine<OwnedData>, Instant) + 'static) {
        let mut order = Some(order);
        let done = self.at_once(&mut |machine, now| {
            if let Some(order) = order.take() {
                order(machine, now);
            }
        });
        if let Some(order) = order.filter(|_| !done && !self.ended.get()) {
            self.deferred.with(|deferred| deferred.push_back(Box::new(order)));
        }
    }

    /// Changes the machine at once, with a result. `None` while it is at work, and when all is over.
    pub(crate) fn try_act<T>(&self, act: impl FnOnce(&mut Machine<OwnedData>, Instant) -> T) -> Option<T> {
        let (mut act, mut result) = (Some(act), None);
        self.at_once(&mut |machine, now| result = act.take().map(|act| act(machine, now)));
        result
    }

    /// What the two have in common, once for all orders: `false` if the machine is at work, or all is over.
    fn at_once(&self, order: &mut dyn FnMut(&mut Machine<OwnedData>, Instant)) -> bool {
        let done = self.change(order);
        if done {
            self.run();
        }
        done
    }

    fn change(&self, order: &mut dyn FnMut(&mut Machine<OwnedData>, Instant)) -> bool {
        let Ok(mut machine) = self.machine.try_borrow_mut() else { return false };
        if self.ended.get() {
            return false;
        }
        order(&mut machine, now());
        self.phase.set(machine.phase());
        true
    }

    fn input(&self, input: Input) {
        self.act(|machine, now| machine.handle_input(now, input));
    }

    /// Says what is still buffered, where it matters for what is queued again: the machine may be about to give the connection up.
    fn tell_buffered(&self) {
        let requeue = self.look(|machine| machine.config().requeue);
        if let Some(id) = self.look(Machine::carrier).filter(|_| requeue)
            && let Some(transport) = self.wire(id)
        {
            self.input(Input::Buffered { id, bytes: transport.buffered_amount() });
        }
    }

    /// Why the browser's constructor threw last.
    pub(crate) fn constructor_error(&self) -> Option<ConstructorError> {
        self.constructor_error.get()
    }

    /// The transport that carries messages now.
    pub(crate) fn carrier(&self) -> Option<Rc<Transport>> {
        let id = self.look(Machine::carrier)?;
        self.wires.with(|wires| wires.get(id))
    }

    /// What was resolved last.
    pub(crate) fn target(&self) -> Option<Rc<Target>> {
        self.wires.with(|wires| wires.target().cloned())
    }

    pub(crate) fn binary_type(&self) -> BinaryType {
        self.binary_type.get()
    }

    pub(crate) fn set_binary_type(&self, binary_type: BinaryType) {
        self.binary_type.set(binary_type);
        self.prepare.set(Some(Transport::set_binary_type));
        self.wires.with(|wires| wires.all().for_each(|transport| transport.set_binary_type(binary_type)));
    }

    /// Carries out what the machine wants, unless that is going on already: then it is done there, in its turn.
    fn run(&self) {
        if self.running.replace(true) {
            return;
        }
        while !self.ended.get() {
            let order = self.deferred.with(VecDeque::pop_front);
            if let Some(order) = order {
                let mut order = Some(order);
                self.change(&mut |machine, now| {
                    if let Some(order) = order.take() {
                        order(machine, now);
                    }
                });
                continue;
            }
            let output = self.machine.try_borrow_mut().ok().and_then(|mut machine| machine.poll_output());
            let Some(output) = output else { break };
            self.carry_out(output);
        }
        self.running.set(false);
        self.arm();
    }

    /// Arms the timer, unless it is.
    fn arm(&self) {
        if self.ended.get() {
            return;
        }
        let next = self.look(Machine::poll_timeout);
        let armed = self.timer.with(|timer| timer.as_ref().map(|(at, _)| *at));
        if next == armed {
            return;
        }
        let timer = next.map(|at| {
            let this = Weak::clone(&self.this);
            let millis = millis_until(at, now());
            (
                at,
                Timer::after(millis, move || {
                    if let Some(driver) = this.upgrade() {
                        driver.timer_fired();
                    }
                }),
            )
        });
        self.timer.set(timer);
    }

    fn timer_fired(&self) {
        let _fired = self.timer.take();
        self.tell_buffered();
        // From the event loop: the machine is not at work.
        self.try_act(Machine::handle_timeout);
    }

    /// Whether it is all over: see [`end`](Self::end).
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.get()
    }

    /// The end of it all: nothing is heard or done any more.
    pub(crate) fn end(&self) {
        self.ended.set(true);
        let tasks = self.tasks.take();
        let (timer, page) = (self.timer.take(), self.page.take());
        let wires = self.wires.take();
        for transport in wires.all() {
            transport.detach();
            close(transport, None);
        }
        let deferred = self.deferred.take();
        drop((tasks, timer, page, wires, deferred));
    }
}

impl<H> std::fmt::Debug for Driver<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("wires", &self.wires).finish_non_exhaustive()
    }
}

fn close(transport: &Transport, with: Option<&(CloseCode, CloseReason)>) {
    transport.close(with.map(|(code, reason)| (*code, reason)));
}

/// Rounded up, so that the timer does not fire early. A browser's timer counts no further than 31 bits; one that was cut short is armed
/// again.
pub(crate) fn millis_until(at: Instant, now: Instant) -> u32 {
    // Of 64 bits: `Duration::as_micros` has 128, whose division is a kilobyte.
    let millis = at.as_micros().saturating_sub(now.as_micros()).div_ceil(1000);
    u32::try_from(millis).unwrap_or(u32::MAX).min(i32::MAX.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_rounded_up_and_never_longer_than_a_browser_counts() {
        let millis = |micros| millis_until(Instant::from_micros(micros), Instant::ZERO);
        assert_eq!([millis(0), millis(1), millis(1000), millis(1001)], [0, 1, 1, 2]);
        assert_eq!(millis(u64::MAX), 2_147_483_647);
        assert_eq!(millis_until(Instant::ZERO, Instant::from_micros(5)), 0, "what is past is due now");
    }
}
