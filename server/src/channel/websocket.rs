//! A channel over WebSocket.

use std::pin::pin;

use axum::extract::ws::{Message, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tautline::channel::wire::{Frame, Known};
use tokio::time::{Instant, sleep_until, timeout};
use tungstenite::error::{CapacityError, Error, ProtocolError};

use super::broker::Data;
use super::dev::{Fault, Order, Orders, cut_frame, huge_frame, spoil};
use super::end::End;
use super::reader::Reader;
use super::service::Taken;
use super::visit::Visit;
use crate::session::{CLOSE_PATIENCE, Session};

/// Why a connection is over.
enum Stop {
    /// The server ends it in order.
    End(End),
    /// The server drops it.
    Drop(Order),
    /// It goes wrong on demand.
    Fault(Fault),
    /// The client has, or takes nothing any more.
    Gone,
}

/// Serves until either side ends it.
pub(super) async fn run(mut visit: Result<(Visit, Orders), End>, socket: WebSocket, session: Session) {
    let (sink, stream) = socket.split();
    let mut talk = Talk { sink, stream };
    let stop = match &mut visit {
        Ok((visit, orders)) => talk.serve(visit, orders, &session).await,
        Err(end) => Stop::End(end.clone()),
    };
    match stop {
        Stop::End(end) => {
            if end.code >= 4000
                && let Ok((visit, _)) = &visit
            {
                visit.hall.count(|counts| counts.ended += 1);
            }
            // To whoever takes nothing it can't be told.
            if timeout(2 * CLOSE_PATIENCE, talk.end(end, &session)).await.is_err() {
                session.connection.reset_when_closed();
            }
        }
        Stop::Fault(Fault::Huge(bytes)) => huge_frame(&session.connection, bytes).await,
        Stop::Fault(_) => cut_frame(&session.connection).await,
        Stop::Drop(Order::Reset) => session.connection.reset_when_closed(),
        Stop::Drop(_) | Stop::Gone => session.end().await,
    }
}

struct Talk {
    sink: SplitSink<WebSocket, Message>,
    stream: SplitStream<WebSocket>,
}

/// What is accepted, and what of it the client knows.
struct Acks {
    accepted: u64,
    told: u64,
    /// Once a client has sent again what was accepted, it is told even if it was told before.
    repeat: bool,
    due: Option<Instant>,
}

impl Acks {
    fn frame(&mut self) -> Option<Data> {
        if self.accepted == self.told && !self.repeat {
            return None;
        }
        (self.told, self.repeat, self.due) = (self.accepted, false, None);
        Some(Data::frame(&Frame::Accepted { sequence: self.accepted }))
    }
}

impl Talk {
    async fn serve(&mut self, visit: &Visit, orders: &mut Orders, session: &Session) -> Stop {
        let (mut reader, opening) = match visit.read().await {
            Ok(open) => open,
            Err(end) => return Stop::End(end),
        };
        let accepted = if let Known::Known { accepted } = opening.hello.session { accepted } else { 0 };
        let mut acks = Acks { accepted, told: accepted, repeat: false, due: None };
        let mut fault = visit.fault;
        let mut closing = pin!(session.app.closing());
        let beat = visit.beat();
        let mut spoke = Instant::now();
        let mut out = opening.frames();
        loop {
            if !out.is_empty() {
                spoil(&mut fault, &mut out);
                if let Err(stop) = self.write(visit, std::mem::take(&mut out), &reader, orders).await {
                    return stop;
                }
                if let Some(fault @ (Fault::Cut | Fault::Huge(_))) = fault {
                    return Stop::Fault(fault);
                }
                spoke = Instant::now();
            }
            tokio::select! {
                order = orders.next() => match order {
                    Order::End(end) => return Stop::End(end),
                    Order::Send(frame) => out.push(frame),
                    order => return Stop::Drop(order),
                },
                () = &mut closing => return Stop::End(End::stopping()),
                read = reader.next() => match read {
                    Ok(messages) => out.extend(messages.into_iter().map(|message| message.frame)),
                    Err(end) => return Stop::End(end),
                },
                incoming = self.stream.next() => match incoming {
                    Some(Ok(Message::Close(_))) => {
                        // The library has its answer ready, and to send anything else now would be an error before that is written.
                        let _ = timeout(CLOSE_PATIENCE, self.sink.flush()).await;
                        return Stop::Gone;
                    }
                    // Its answer goes out before anything else is read: where the client takes none, they would pile up.
                    Some(Ok(Message::Ping(_))) => {
                        if let Err(stop) = self.write(visit, Vec::new(), &reader, orders).await {
                            return stop;
                        }
                    }
                    Some(Ok(incoming)) => match take(visit, incoming, &reader, &mut acks).await {
                        Ok(answer) => out.extend(answer),
                        Err(end) => {
                            // What was accepted before is told all the same.
                            out.extend(acks.frame());
                            let _ = self.write(visit, out, &reader, orders).await;
                            return Stop::End(end);
                        }
                    },
                    Some(Err(error)) => return complaint(visit, error),
                    None => return Stop::Gone,
                },
                () = sleep_until(acks.due.unwrap_or(spoke)), if acks.due.is_some() => out.extend(acks.frame()),
                () = sleep_until(spoke + beat), if !beat.is_zero() => {
                    out.push(Data::frame(&Frame::Beat { offset: reader.newest() }));
                }
            }
        }
    }

    /// Writes, unless the client is too slow.
    async fn write(
        &mut self,
        visit: &Visit,
        frames: Vec<Data>,
        reader: &Reader,
        orders: &mut Orders,
    ) -> Result<(), Stop> {
        let sending = async {
            for frame in frames {
                self.sink.feed(frame.into()).await?;
            }
            self.sink.flush().await
        };
        tokio::select! {
            biased;
            sent = timeout(visit.service.limits.stall, sending) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(Stop::Gone),
                Err(_) => Err(Stop::End(End::too_slow())),
            },
            () = reader.overrun() => Err(Stop::End(End::too_slow())),
            order = halting(orders) => Err(order),
        }
    }

    async fn end(self, end: End, session: &Session) {
        let Self { mut sink, stream } = self;
        if sink.send(end.frame().into()).await.is_ok()
            && let Ok(socket) = sink.reunite(stream)
        {
            session.close(socket, end.code, end.reason).await;
        }
    }
}

/// Waits for an order to stop. One to send something comes too late for a client that is slow.
async fn halting(orders: &mut Orders) -> Stop {
    loop {
        match orders.next().await {
            Order::Send(_) => {}
            Order::End(end) => return Stop::End(end),
            order => return Stop::Drop(order),
        }
    }
}

/// Takes what a client sent; what there is to say at once is the answer.
async fn take(visit: &Visit, incoming: Message, reader: &Reader, acks: &mut Acks) -> Result<Option<Data>, End> {
    let data = match incoming {
        Message::Text(text) => Data::Text(text),
        Message::Binary(bytes) => Data::Binary(bytes),
        // The library answers these by itself.
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(None),
    };
    let rejected = |reason: &str| {
        visit.hall.count(|counts| counts.rejected += 1);
        Err(End::bad(reason))
    };
    match Frame::read(data.borrow()) {
        Ok(Frame::Send { sequence, payload }) => {
            let Some(sender) = visit.sender() else {
                return rejected("only a client with a session sends");
            };
            let mut claim = visit.service.claim(sender).await?;
            let taken = visit.service.take(sender, claim.as_deref_mut(), sequence, payload).await?;
            match taken {
                Taken::Accepted => acks.accepted = sequence,
                Taken::Repeated => (acks.repeat, acks.accepted) = (true, acks.accepted.max(sequence)),
            }
            let limits = &visit.service.limits;
            if acks.accepted.saturating_sub(acks.told) >= limits.ack_after {
                return Ok(acks.frame());
            }
            acks.due.get_or_insert_with(|| Instant::now() + limits.ack_delay);
            Ok(None)
        }
        Ok(Frame::Beat { offset: 0 }) => Ok(Some(Data::frame(&Frame::Beat { offset: reader.newest() }))),
        Ok(_) => rejected("a client has no such frame"),
        Err(error) => rejected(&error.to_string()),
    }
}

/// What a client did wrong below the frames.
fn complaint(visit: &Visit, error: axum::Error) -> Stop {
    let Ok(error) = error.into_inner().downcast::<Error>() else { return Stop::Gone };
    let end = match *error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            End::new(4413, format!("a message has at most {} bytes", visit.service.limits.message))
        }
        Error::Utf8(_) => End::bad("a text that is not UTF-8"),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return Stop::Gone,
        Error::Protocol(_) => End::new(1002, "a frame that WebSocket does not have"),
        _ => return Stop::Gone,
    };
    visit.hall.count(|counts| counts.rejected += 1);
    Stop::End(end)
}
