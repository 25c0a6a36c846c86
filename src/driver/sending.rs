//! Sending: straight to the browser where that keeps the order, otherwise by way of the machine.

use super::{Driver, Host};
use crate::machine::{Input, Instant, Machine, MessageId, NotAccepted, Pass, TransportId};
use crate::transport::{Outgoing, OwnedData};
use crate::{ReadyState, SendError};

impl<H: Host> Driver<H> {
    /// Sends, at once where that keeps the order, without a copy. `queue` gives it to the machine where it has to wait.
    pub(crate) fn send<E: From<NotAccepted> + From<SendError> + From<Busy>>(
        &self,
        data: Outgoing<'_>,
        bytes: usize,
        urgent: bool,
        queue: impl FnOnce(&mut Machine<OwnedData>, Instant) -> Result<MessageId, E>,
    ) -> Result<MessageId, E> {
        if self.has_ended() {
            return Err(NotAccepted::NotOpen { state: ReadyState::Closed }.into());
        }
        loop {
            let pass = self.machine.try_borrow_mut().map_err(|_| Busy)?.pass(bytes, urgent);
            match pass {
                Pass::Queue => return self.try_act(queue).unwrap_or_else(|| Err(Busy.into())),
                Pass::Ask { id } => {
                    let buffered = self.wire(id).map_or(0, |transport| transport.buffered_amount());
                    self.input(Input::Buffered { id, bytes: buffered });
                }
                Pass::Now { id, message_id } => {
                    let sent = self.wire(id).map_or_else(gone, |transport| transport.send(data));
                    let Err(error) = sent else { return Ok(message_id) };
                    // Where the connection is ending, it waits for the next one.
                    let ending = matches!(error, SendError::NotOpen { .. });
                    self.try_act(|machine, now| {
                        if ending {
                            machine.stall(now, id);
                        }
                        machine.withdraw(id, message_id, bytes);
                    });
                    if urgent || !ending {
                        return Err(error.into());
                    }
                }
            }
        }
    }

    pub(super) fn hand_over(
        &self,
        id: TransportId,
        message_id: MessageId,
        message: OwnedData,
        expires: Option<Instant>,
    ) {
        let sent = self.wire(id).map_or_else(gone, |transport| transport.send(message.outgoing()));
        match sent {
            Ok(()) => {}
            // Its close event is on the way.
            Err(error) => {
                _ = self.try_act(|machine, now| match error {
                    SendError::NotOpen { .. } => {
                        machine.stall(now, id);
                        machine.put_back(id, message_id, message, expires);
                    }
                    SendError::Rejected { .. } => machine.not_sent(id, message_id, message.byte_len()),
                })
            }
        }
    }
}

/// The machine is at work: code of the application's that it asks in between can't send.
#[derive(Debug)]
pub(crate) struct Busy;

/// What a transport that is no more says to a message.
fn gone() -> Result<(), SendError> {
    Err(SendError::NotOpen { state: ReadyState::Closed })
}
