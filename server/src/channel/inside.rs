//! What other rooms of this server do with a channel.

use tautline::MessageRef;

use super::broker::BrokerError;
use super::memory::Loss;
use super::service::Service;

/// How much a channel keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) messages: usize,
    /// Of their payloads.
    pub(crate) bytes: u64,
}

impl Service {
    pub(crate) async fn publish(&self, channel: &str, text: &str) -> Result<(), BrokerError> {
        self.broker.publish(channel, MessageRef::Text(text)).await.map(|_| ())
    }

    /// Where the channel is in memory it loses its messages.
    pub(crate) fn lose(&self, channel: &str, loss: Loss) {
        if let Some(memory) = &self.memory {
            memory.lose(channel, loss);
        }
    }

    /// What the channel keeps, where it is in memory.
    pub(crate) fn kept(&self, channel: &str) -> Kept {
        let size = self.memory.as_ref().and_then(|memory| memory.size_of(channel));
        size.map_or_else(Kept::default, |(_, size)| Kept { messages: size.messages, bytes: size.bytes })
    }
}
