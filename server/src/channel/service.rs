//! What all requests for channels share.

use std::sync::Arc;

use tautline::MessageRef;
use tokio::sync::Semaphore;

use super::broker::{Broker, Claim, Met};
use super::clients::Clients;
use super::dev::{Hall, Halls};
use super::end::End;
use super::gate::Gate;
use super::handler::{From, Handler};
use super::memory::MemoryBroker;
use super::settings::{Limits, Origins, Settings};

/// How often old things are looked for.
const SWEEP: std::time::Duration = std::time::Duration::from_secs(10);

/// The channels of one server.
#[derive(Debug)]
pub(crate) struct Service {
    pub(super) broker: Arc<dyn Broker>,
    /// The broker, if it is the one in memory.
    pub(super) memory: Option<Arc<MemoryBroker>>,
    pub(super) gate: Arc<dyn Gate>,
    pub(super) handler: Arc<dyn Handler>,
    pub(super) origins: Origins,
    pub(super) limits: Limits,
    pub(super) clients: Arc<Clients>,
    pub(super) halls: Halls,
    pub(super) dev: bool,
    /// Bytes of bodies that may arrive at once.
    pub(super) bodies: Arc<Semaphore>,
}

/// Whose messages are taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender<'a> {
    pub(super) channel: &'a str,
    pub(super) session: &'a str,
    pub(super) client: &'a str,
    pub(super) hall: &'a Hall,
}

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was the next one, and is handled.
    Accepted,
    /// It had been before.
    Repeated,
}

impl Service {
    pub(crate) fn new(settings: Settings) -> Self {
        let (broker, memory): (Arc<dyn Broker>, _) = match settings.broker {
            Some(broker) => (broker, None),
            None => {
                let memory = Arc::new(MemoryBroker::new(settings.memory));
                (memory.clone(), Some(memory))
            }
        };
        Self {
            broker,
            memory,
            gate: settings.gate,
            handler: settings.handler,
            origins: settings.origins,
            clients: Arc::new(Clients::new(&settings.limits)),
            halls: Halls::default(),
            dev: settings.dev,
            bodies: Arc::new(Semaphore::new(settings.limits.bodies)),
            limits: settings.limits,
        }
    }

    /// Drops what is too old, from time to time.
    pub(crate) async fn sweep(&self) {
        loop {
            tokio::time::sleep(SWEEP).await;
            if let Some(memory) = &self.memory {
                memory.sweep();
            }
            self.halls.sweep();
            self.clients.sweep();
        }
    }

    pub(super) async fn meet(&self, channel: &str, session: &str, begin: bool, client: &str) -> Result<Met, End> {
        // Counted before it is kept.
        if begin && self.broker.claim(channel, session).await?.is_none() {
            self.clients.begin_session(client)?;
        }
        Ok(self.broker.meet(channel, session, begin).await?)
    }

    /// The session of a sender, for its messages. Without one, the next message would be its first.
    pub(super) async fn claim(&self, sender: Sender<'_>) -> Result<Option<Box<dyn Claim>>, End> {
        Ok(self.broker.claim(sender.channel, sender.session).await?)
    }

    /// Takes one message: the next one is handled, an earlier one is skipped, and a later one is an error.
    pub(super) async fn take(
        &self,
        sender: Sender<'_>,
        claim: Option<&mut (dyn Claim + 'static)>,
        sequence: u64,
        message: MessageRef<'_>,
    ) -> Result<Taken, End> {
        if message.byte_len() > self.limits.message {
            sender.hall.count(|counts| counts.rejected += 1);
            return Err(End::new(4413, format!("a message has at most {} bytes", self.limits.message)));
        }
        let gap = || {
            sender.hall.count(|counts| counts.gaps += 1);
            End::new(4409, "a gap in the sequence numbers")
        };
        let Some(claim) = claim else { return Err(gap()) };
        if sequence <= claim.accepted() {
            sender.hall.count(|counts| counts.repeated += 1);
            return Ok(Taken::Repeated);
        }
        if sequence != claim.accepted() + 1 {
            return Err(gap());
        }
        self.clients.spend_message(sender.client)?;
        let from = From { channel: sender.channel, client: sender.client, sequence };
        self.handler.handle(&*self.broker, from, message).await?;
        claim.advance(sequence).await?;
        sender.hall.count(|counts| counts.accepted += 1);
        Ok(Taken::Accepted)
    }
}
