//! What becomes of a client's messages.

use std::fmt;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tautline::MessageRef;

use super::broker::{Broker, BrokerError};

/// Handles the messages of clients, each once and in the order of its session.
pub trait Handler: fmt::Debug + Send + Sync + 'static {
    /// Handles one. An error leaves it unaccepted, and ends the client's connection with 1013: it sends the message again.
    fn handle<'a>(
        &'a self,
        broker: &'a dyn Broker,
        from: From<'a>,
        message: MessageRef<'a>,
    ) -> BoxFuture<'a, Result<(), BrokerError>>;
}

/// Where a message comes from.
#[derive(Clone, Copy, Debug)]
pub struct From<'a> {
    /// The channel it was sent to.
    pub channel: &'a str,
    /// Who the gate or the address says it is.
    pub client: &'a str,
    /// Its sequence number.
    pub sequence: u64,
}

/// Publishes each message to the channel that it was sent to, so that all who read it get it, the sender too.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublishAll;

impl Handler for PublishAll {
    fn handle<'a>(
        &'a self,
        broker: &'a dyn Broker,
        from: From<'a>,
        message: MessageRef<'a>,
    ) -> BoxFuture<'a, Result<(), BrokerError>> {
        broker.publish(from.channel, message).map(|published| published.map(|_| ())).boxed()
    }
}
