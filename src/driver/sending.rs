//! Sending: straight to the browser where that keeps the order, otherwise by way of the machine.

use super::{Driver, Host};
use crate::machine::{Input, Instant, Machine, MessageId, NotAccepted, Pass, TransportId};
use crate::transport::{Outgoing, OwnedData};
use crate::{ReadyState, SendError};

impl<H: Host> Driver<H> {
    /// Sends, at once where that keeps the order, without a copy.
    ///
    /// `own` makes the copy where it has to wait.
    pub(crate) fn send<E: From<NotAccepted> + From<SendError>>(
        &self,
        data: Outgoing<'_>,
        bytes: usize,
        urgent: bool,
        queue: impl FnOnce(&mut Machine<OwnedData>, Instant) -> Result<MessageId, E>,
    ) -> Result<MessageId, E> {
        loop {
            let pass = self.machine.borrow_mut().pass(bytes, urgent);
            match pass {
                Pass::Queue => return self.act(queue),
                Pass::Ask { id } => {
                    let buffered = self.wires.borrow().get(id).map_or(0, |transport| transport.buffered_amount());
                    self.input(Input::Buffered { id, bytes: buffered });
                }
                Pass::Now { id, message_id } => {
                    let transport = self.wires.borrow().get(id);
                    let sent = transport.map_or_else(gone, |transport| transport.send(data));
                    let Err(error) = sent else { return Ok(message_id) };
                    return self.not_passed(id, message_id, bytes, urgent, error, queue);
                }
            }
        }
    }

    /// The browser has not taken a message that was to pass. Where the connection is ending it waits for the next one.
    fn not_passed<E: From<NotAccepted> + From<SendError>>(
        &self,
        id: TransportId,
        message_id: MessageId,
        bytes: usize,
        urgent: bool,
        error: SendError,
        queue: impl FnOnce(&mut Machine<OwnedData>, Instant) -> Result<MessageId, E>,
    ) -> Result<MessageId, E> {
        let ending = matches!(error, SendError::NotOpen { .. });
        self.act(|machine, _| {
            if ending {
                machine.stall(id);
            }
            machine.withdraw(id, message_id, bytes);
        });
        if ending && !urgent { self.act(queue) } else { Err(error.into()) }
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
            Err(SendError::NotOpen { .. }) => self.act(|machine, _| {
                machine.stall(id);
                machine.put_back(id, message_id, message, expires);
            }),
            Err(_) => self.act(|machine, _| machine.not_sent(id, message_id, message.byte_len())),
        }
    }
}

/// What a transport that is no more says to a message.
fn gone() -> Result<(), SendError> {
    Err(SendError::NotOpen { state: ReadyState::Closed })
}
