//! The channel's loop: what the transports bring goes into the machine, and what the machine wants is done. No borrow is held while code of
//! the application runs.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::listening::{Delivery, EventQueue};
use super::machine::{Answer, Cause, Config, Event, Kind, Machine, Output, Phase, PipeId, Position};
use super::sending::Confirmations;
use super::wire::Frame;
use crate::browser::page::{PageWatch, now, seed};
use crate::browser::probe;
use crate::browser::task::Task;
use crate::browser::timer::Timer;
use crate::driver::millis_until;
use crate::machine::Instant;
use crate::slot::Slot;
use crate::socket::handlers::HandlerList;
use crate::socket::waits::Waits;
use crate::table::Table;
use crate::transport::{
    Connection, Incoming, Opening, OwnedData, Payload, Transport, held_millis, memory, timer_millis,
};
use crate::{Closed, Message, StatusCode};

pub(super) type OnDelivery = dyn Fn(&Delivery<'_>);
pub(super) type OnEvent = dyn Fn(&Event);
/// Says where the channel is.
pub(super) type Provider = dyn Fn() -> String;

/// A machine, its transports, and who listens.
pub(super) struct Link {
    url: String,
    /// Is asked for the URL each time, where there is one.
    provider: Option<Rc<Provider>>,
    /// Whether what works is remembered.
    remembers: bool,
    wait: u32,
    every: u32,
    opening: u32,
    machine: RefCell<Machine<Message>>,
    wires: Slot<Table<PipeId, Rc<Transport>>>,
    probe: Slot<Option<(PipeId, Task)>>,
    timer: Slot<Option<(Instant, Timer)>>,
    page: Slot<Option<PageWatch>>,
    /// Whether outputs are being carried out, further up in the stack.
    running: Cell<bool>,
    /// Whether the last handle is gone.
    ended: Cell<bool>,
    pub(super) deliveries: HandlerList<OnDelivery>,
    pub(super) events: HandlerList<OnEvent>,
    pub(super) queues: Slot<Vec<Weak<EventQueue>>>,
    pub(super) confirmations: Slot<Confirmations>,
    pub(super) waits: Slot<Waits>,
    /// How many streams are full.
    pub(super) full: Cell<usize>,
    /// Why it has ended, while it has.
    pub(super) closed: Slot<Option<Cause>>,
    this: Weak<Self>,
}

impl Link {
    pub(super) fn new(
        url: String,
        provider: Option<Rc<Provider>>,
        config: Config,
        start: Option<Position>,
        remembers: bool,
    ) -> Rc<Self> {
        let remembered = if remembers { memory::recall(&url).and_then(|name| Kind::from_name(&name)) } else { None };
        let (wait, every) = (held_millis(config.poll_wait), timer_millis(config.poll_every));
        let opening = timer_millis(config.longest_attempt());
        let mut machine = Machine::new(config, seed(), remembered, memory::secret);
        if let Some(start) = start {
            machine.start_at(start);
        }
        Rc::new_cyclic(|this| Self {
            url,
            provider,
            remembers,
            wait,
            every,
            opening,
            machine: RefCell::new(machine),
            wires: Slot::default(),
            probe: Slot::default(),
            timer: Slot::default(),
            page: Slot::default(),
            running: Cell::new(false),
            ended: Cell::new(false),
            deliveries: HandlerList::default(),
            events: HandlerList::default(),
            queues: Slot::default(),
            confirmations: Slot::default(),
            waits: Slot::default(),
            full: Cell::new(0),
            closed: Slot::default(),
            this: Weak::clone(this),
        })
    }

    pub(super) fn begin(&self) {
        let this = Weak::clone(&self.this);
        let watch = PageWatch::new(move |page| {
            if let Some(link) = this.upgrade() {
                link.act(|machine, now| machine.page(now, page));
            }
        });
        self.page.set(Some(watch));
        self.act(Machine::connect);
    }

    /// Looks at the machine.
    pub(super) fn look<T: Default>(&self, look: impl FnOnce(&Machine<Message>) -> T) -> T {
        self.machine.try_borrow().map_or_else(|_| T::default(), |machine| look(&machine))
    }

    /// Changes the machine, and does what it wants then.
    pub(super) fn act<T: Default>(&self, act: impl FnOnce(&mut Machine<Message>, Instant) -> T) -> T {
        if self.ended.get() {
            return T::default();
        }
        let result = self.change(act);
        self.run();
        result
    }

    /// The machine calls nothing of the application's, so it is never at work further up in the stack.
    fn change<T: Default>(&self, act: impl FnOnce(&mut Machine<Message>, Instant) -> T) -> T {
        let machine = self.machine.try_borrow_mut();
        debug_assert!(machine.is_ok(), "the machine is at work");
        machine.map_or_else(|_| T::default(), |mut machine| act(&mut machine, now()))
    }

    /// Carries out what the machine wants, unless that is going on already: then it is done there, in its turn.
    fn run(&self) {
        if self.running.replace(true) {
            return;
        }
        while !self.ended.get()
            && let Some(output) = self.machine.try_borrow_mut().ok().and_then(|mut machine| machine.poll_output())
        {
            self.carry_out(output);
        }
        self.running.set(false);
        self.arm();
    }

    fn carry_out(&self, output: Output) {
        match output {
            Output::Open { id, kind, session, begin, position } => {
                self.open(id, kind, &session, begin, position.as_ref())
            }
            Output::Transmit { id, sequence } => self.transmit(id, sequence),
            Output::Ask { id } => self.send_frame(id, Message::Text("b0:".to_owned())),
            Output::Abort { id } => self.abort(id),
            Output::Probe { id } => self.ask(id),
            Output::Remember { kind } if self.remembers => memory::remember(&self.url, kind.name()),
            Output::Remember { .. } => {}
            Output::Tell(event) => self.tell(event),
        }
    }

    fn open(&self, id: PipeId, kind: Kind, session: &str, begin: bool, position: Option<&Position>) {
        let position = position.map(|position| (position.epoch.as_str(), position.offset));
        let kind = Kind::ALL.iter().position(|known| *known == kind).and_then(|at| u8::try_from(at).ok());
        let with = Opening {
            kind: kind.unwrap_or_default(),
            session,
            begin,
            position,
            wait: self.wait,
            every: self.every,
            rate: false,
            opening: self.opening,
        };
        match Connection::push(&self.current_url(), &with) {
            Ok(connection) => {
                let transport = self.listen(id, connection);
                let _none = self.wires.with(|wires| wires.insert(id, transport));
            }
            Err(_) => self.change(|machine, now| machine.not_made(now, id)),
        }
    }

    fn current_url(&self) -> String {
        self.provider.as_ref().map_or_else(|| self.url.clone(), |provider| provider())
    }

    #[cfg_attr(
        not(all(target_arch = "wasm32", target_os = "unknown")),
        expect(unreachable_code, reason = "there is no connection that could be listened to")
    )]
    fn listen(&self, id: PipeId, connection: Connection) -> Rc<Transport> {
        let this = Weak::clone(&self.this);
        Rc::new(connection.listen(move |incoming| {
            if let Some(link) = this.upgrade() {
                link.incoming(id, incoming);
            }
        }))
    }

    fn incoming(&self, id: PipeId, incoming: Incoming<'_>) {
        match incoming {
            // The hello says that it is open.
            Incoming::Open | Incoming::Error => {}
            Incoming::Message(payload) => self.received(id, &payload),
            Incoming::Close(closed) => {
                self.remove(id);
                self.act(|machine, now| machine.ended(now, id, closed));
            }
        }
    }

    fn received(&self, id: PipeId, payload: &Payload<'_>) {
        let bytes = payload.size_hint();
        if !self.machine.try_borrow_mut().is_ok_and(|mut machine| machine.takes(now, id, bytes)) {
            return self.run();
        }
        let Ok(data) = payload.data() else {
            // No room for it, or a Blob. What the server has is asked for again.
            self.abort(id);
            let closed = Closed::new(StatusCode::ABNORMAL_CLOSURE, "a message could not be read", false);
            return self.act(|machine, now| machine.ended(now, id, closed));
        };
        if self.ended.get() {
            return;
        }
        let received = self.machine.try_borrow_mut().ok().and_then(|mut machine| machine.received(now, id, data));
        // Nothing is to be done for a message, and much for any other frame.
        let Some(received) = received else { return self.run() };
        self.deliveries.dispatch(|listener| listener(&Delivery::new(received)));
    }

    fn transmit(&self, id: PipeId, sequence: u64) {
        let frame = self.look(|machine| {
            let message = machine.outgoing(sequence)?;
            let frame = Frame::Send { sequence, payload: message.borrow() };
            Some(frame.to_text().map_or_else(|| Message::Binary(frame.to_bytes()), Message::Text))
        });
        if let Some(frame) = frame {
            self.send_frame(id, frame);
        }
    }

    fn send_frame(&self, id: PipeId, frame: Message) {
        let Some(transport) = self.wires.with(|wires| wires.get(id).map(Rc::clone)) else { return };
        let frame = OwnedData::Message(frame);
        // One that is not OPEN any more is one whose close event is on the way.
        let _ = transport.send(frame.outgoing());
    }

    fn remove(&self, id: PipeId) -> Option<Rc<Transport>> {
        let transport = self.wires.with(|wires| wires.remove(id));
        if let Some(transport) = &transport {
            transport.detach();
        }
        transport
    }

    /// Detaches, then closes, then drops.
    fn abort(&self, id: PipeId) {
        if let Some(transport) = self.remove(id) {
            transport.close(None);
        }
        let _ended = self
            .probe
            .with(|probe| if probe.as_ref().is_some_and(|(known, _)| *known == id) { probe.take() } else { None });
    }

    /// Asks over HTTP, by the URL of the channel itself.
    fn ask(&self, id: PipeId) {
        let this = Weak::clone(&self.this);
        let url = over_http(&self.current_url());
        let task = Task::run(async move {
            let answer = probe::ask_channel(url).await.map_or(Answer::Nothing, Answer::Status);
            if let Some(link) = this.upgrade() {
                // Its own task, which must not be dropped while it runs.
                let _done = link.probe.take();
                link.act(|machine, now| machine.probed(now, id, answer));
            }
        });
        self.probe.set(Some((id, task)));
    }

    fn tell(&self, event: Event) {
        match &event {
            Event::Closed { cause } => self.closed.set(Some(cause.clone())),
            Event::Opened { .. } => self.closed.set(None),
            Event::Fate { first, last, fate } => {
                let woken = self.confirmations.with(|confirmations| confirmations.settle(*first, *last, *fate));
                woken.into_iter().for_each(std::task::Waker::wake);
            }
            _ => {}
        }
        if matches!(event, Event::Opened { .. } | Event::Closed { .. }) {
            self.wake();
        }
        let queues = self.queues.with(|queues| {
            queues.retain(|queue| queue.strong_count() > 0);
            queues.clone()
        });
        for queue in queues.iter().filter_map(Weak::upgrade) {
            queue.push(event.clone());
        }
        self.events.dispatch(|listener| listener(&event));
    }

    pub(super) fn wake(&self) {
        let woken = self.waits.with(Waits::take);
        woken.into_iter().for_each(|(_, waker)| waker.wake());
    }

    fn arm(&self) {
        if self.ended.get() {
            return;
        }
        let next = self.look(Machine::poll_timeout);
        if next == self.timer.with(|timer| timer.as_ref().map(|(at, _)| *at)) {
            return;
        }
        let timer = next.map(|at| {
            let this = Weak::clone(&self.this);
            let fired = move || {
                if let Some(link) = this.upgrade() {
                    let _fired = link.timer.take();
                    link.act(Machine::handle_timeout);
                }
            };
            (at, Timer::after(millis_until(at, now()), fired))
        });
        self.timer.set(timer);
    }

    pub(super) fn phase(&self) -> Phase {
        if self.ended.get() {
            Phase::Closed
        } else {
            self.look(|machine| Some(machine.phase())).unwrap_or(Phase::Closed)
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.get() || self.closed.with(|closed| closed.is_some())
    }

    pub(super) fn is_dropped(&self) -> bool {
        self.ended.get()
    }

    /// The last handle is gone: nothing is heard or done any more.
    pub(super) fn end(&self) {
        self.ended.set(true);
        let (timer, page, probe) = (self.timer.take(), self.page.take(), self.probe.take());
        let wires = self.wires.take();
        for transport in wires.values() {
            transport.detach();
            transport.close(None);
        }
        self.deliveries.end();
        self.events.end();
        self.wake();
        let followed = self.confirmations.with(Confirmations::wakers);
        followed.into_iter().for_each(std::task::Waker::wake);
        drop((timer, page, probe, wires));
    }
}

/// A channel's URL may be written with either scheme.
fn over_http(url: &str) -> String {
    match url.get(..2) {
        Some(start) if start.eq_ignore_ascii_case("ws") => format!("http{}", url.get(2..).unwrap_or_default()),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_goes_over_http_whatever_the_scheme() {
        for (url, asked) in [
            ("ws://a/b", "http://a/b"),
            ("WSS://a/b?c", "https://a/b?c"),
            ("https://a", "https://a"),
            ("channel", "channel"),
            ("", ""),
        ] {
            assert_eq!(over_http(url).to_lowercase(), asked);
        }
    }
}
