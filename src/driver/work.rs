//! What the machine wants done.

use std::rc::{Rc, Weak};

use super::{Driver, Host, Provided, Reply, Soon, close};
use crate::machine::{Answer, Event, Input, Output, Route, TransportId};
use crate::transport::{Connection, Incoming, OwnedData, Payload, Transport};
use crate::{CloseCode, CloseReason};

impl<H: Host> Driver<H> {
    pub(super) fn carry_out(&self, output: Output<OwnedData>) {
        match output {
            Output::Resolve { id, endpoint, attempt, last } => {
                self.await_reply(id, endpoint, self.host.resolve(endpoint, attempt, last));
            }
            Output::Probe { id, endpoint } => {
                let last = self.targets.with(|targets| targets.get(endpoint).cloned());
                self.await_reply(id, endpoint, self.host.probe(endpoint, last));
            }
            Output::CancelResolve { id } | Output::CancelProbe { id } => self.end_task(id),
            Output::Open { id, endpoint } => self.open(id, endpoint),
            Output::Greet { id } => self.greet(id),
            Output::Send { id, message_id, message, expires } => self.hand_over(id, message_id, message, expires),
            Output::Ping { id } => self.ping(id),
            Output::AskBuffered { id } => {
                if let Some(transport) = self.wire(id) {
                    self.input(Input::Buffered { id, bytes: transport.buffered_amount() });
                }
            }
            Output::Close { id, with } => {
                if let Some(transport) = self.wire(id) {
                    close(&transport, with.as_ref());
                }
            }
            Output::Abort { id, with } => self.abort(id, with.as_ref()),
            Output::Event(event) => self.tell(event),
        }
    }

    fn tell(&self, event: Event) {
        let opened = if let Event::Open { id, .. } = &event { Some(*id) } else { None };
        self.host.tell(event);
        if let Some(id) = opened {
            self.input(Input::Announced { id });
        }
    }

    pub(super) fn wire(&self, id: TransportId) -> Option<Rc<Transport>> {
        self.wires.with(|wires| wires.get(id))
    }

    /// Goes on with what an attempt waits for: now, or when it is there.
    fn await_reply(&self, id: TransportId, endpoint: usize, soon: Soon) {
        match soon {
            Soon::Now(reply) => self.replied(id, endpoint, reply),
            Soon::Later(run) => {
                let this = Weak::clone(&self.this);
                let running = run(Box::new(move |reply| {
                    if let Some(driver) = this.upgrade() {
                        driver.end_task(id);
                        driver.replied(id, endpoint, reply);
                    }
                }));
                let replaced = self.tasks.with(|tasks| tasks.insert(id, running));
                drop(replaced);
            }
        }
    }

    fn replied(&self, id: TransportId, endpoint: usize, reply: Reply) {
        self.input(match reply {
            Reply::Provided(Provided::Target(target)) => {
                let valid_for = target.valid_for;
                let replaced = self.targets.with(|targets| targets.insert(endpoint, target));
                drop(replaced);
                Input::Resolved { id, answer: Answer::Ready { valid_for } }
            }
            Reply::Provided(Provided::Failed) => Input::Resolved { id, answer: Answer::Failed },
            Reply::Provided(Provided::Stop) => Input::Resolved { id, answer: Answer::Stop },
            Reply::Probed(verdict) => Input::Probed { id, verdict },
            Reply::Greeted(accepted) => Input::Greeted { id, accepted },
        });
    }

    fn greet(&self, id: TransportId) {
        if let Some(transport) = self.wire(id) {
            // The endpoint is of no meaning for this reply.
            self.await_reply(id, 0, self.host.greet(id, &transport));
        }
    }

    fn end_task(&self, id: TransportId) {
        // Dropped after the borrow: it may hold anything of the application's.
        let _ended = self.tasks.with(|tasks| tasks.remove(id));
    }

    fn open(&self, id: TransportId, endpoint: usize) {
        let Some(target) = self.targets.with(|targets| targets.get(endpoint).cloned()) else {
            return self.input(Input::Rejected { id, for_good: false });
        };
        let protocols = target.protocols.as_ref().map_err(|wrong| wrong.clone().into());
        match protocols.and_then(|protocols| Connection::new(&target.url, protocols)) {
            Ok(connection) => {
                let transport = self.listen(id, connection);
                if let Some(prepare) = self.prepare.get() {
                    prepare(&transport, self.binary_type.get());
                }
                self.wires.with(|wires| wires.add(id, transport, target));
            }
            Err(error) => {
                let for_good = self.host.is_fixed(endpoint);
                self.constructor_error.set(Some(error));
                self.input(Input::Rejected { id, for_good });
            }
        }
    }

    #[cfg_attr(
        not(all(target_arch = "wasm32", target_os = "unknown")),
        expect(unreachable_code, reason = "there is no connection that could be listened to")
    )]
    fn listen(&self, id: TransportId, connection: Connection) -> Rc<Transport> {
        let this = Weak::clone(&self.this);
        Rc::new(connection.listen(move |incoming| {
            if let Some(driver) = this.upgrade() {
                driver.incoming(id, incoming);
            }
        }))
    }

    fn incoming(&self, id: TransportId, incoming: Incoming<'_>) {
        match incoming {
            Incoming::Message(payload) => self.received(id, payload),
            Incoming::Open => self.input(Input::Opened { id }),
            Incoming::Error => self.input(Input::Failed { id }),
            Incoming::Close(closed) => {
                let transport = self.wires.with(|wires| wires.remove(id));
                let buffered = transport.as_ref().map_or(0, |transport| transport.buffered_amount());
                if let Some(transport) = &transport {
                    transport.detach();
                }
                self.end_task(id);
                self.host.forget(id);
                self.input(Input::Closed { id, closed, buffered });
            }
        }
    }

    fn received(&self, id: TransportId, payload: Payload<'_>) {
        // Where nothing is to be decided there is no need to look at the clock, or for outputs.
        let counted = self.machine.try_borrow_mut().is_ok_and(|mut machine| machine.count(id, payload.size_hint()));
        if counted {
            return self.host.deliver(payload);
        }
        let route = self.look(|machine| Some(machine.route(id))).unwrap_or(Route::Ignore);
        let bytes = payload.size_hint();
        match route {
            Route::Ignore => {}
            Route::Greet => {
                self.input(Input::Received { id, bytes, reply: false });
                self.host.greeting(id, payload);
            }
            Route::Deliver => {
                let reply = self.host.is_reply(&payload);
                self.input(Input::Received { id, bytes, reply });
                if !reply {
                    self.host.deliver(payload);
                }
            }
        }
    }

    fn ping(&self, id: TransportId) {
        let (message, transport) = (self.host.ping(), self.wire(id));
        if let (Some(message), Some(transport)) = (message, transport) {
            // A socket that is not OPEN any more is one whose close event is on the way.
            let _ = transport.send(message.outgoing());
        }
    }

    /// Detaches, then closes, then drops.
    fn abort(&self, id: TransportId, with: Option<&(CloseCode, CloseReason)>) {
        self.end_task(id);
        self.host.forget(id);
        let transport = self.wires.with(|wires| wires.remove(id));
        if let Some(transport) = transport {
            transport.detach();
            close(&transport, with);
        }
    }
}
