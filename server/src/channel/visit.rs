//! A request for a channel that was let in.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;

use super::clients::Place;
use super::dev::{Fault, Guest, Hall, Orders};
use super::end::End;
use super::gate::Verdict;
use super::origin;
use super::reader::{Opening, Reader};
use super::request::Asked;
use super::service::{Sender, Service};
use crate::connection::Connection;

/// The ways to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    WebSocket,
    Events,
    Poll,
    Post,
}

impl Transport {
    pub(super) const ALL: [Self; 4] = [Self::WebSocket, Self::Events, Self::Poll, Self::Post];

    /// Its name in the commands and the state of `/channel/{name}/dev`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Events => "events",
            Self::Poll => "poll",
            Self::Post => "post",
        }
    }
}

/// What the address of a client is counted by: of IPv6 the network, for whoever has one has all of its addresses.
fn name_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
    }
}

/// Who asks, for what, and how.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) service: Arc<Service>,
    pub(super) channel: String,
    pub(super) hall: Arc<Hall>,
    pub(super) asked: Asked,
    pub(super) client: String,
    /// What goes wrong with the answer.
    pub(super) fault: Option<Fault>,
    /// It is counted as long as this is there.
    _guest: Guest,
    _place: Place,
}

impl Visit {
    /// Asks everyone who may refuse. The orders are all that are given from when the visit is counted on.
    pub(super) async fn enter(
        service: &Arc<Service>,
        hall: &Arc<Hall>,
        channel: &str,
        transport: Transport,
        parts: &Parts,
    ) -> Result<(Self, Orders), End> {
        if !origin::may_ask(&service.origins, &parts.headers) {
            return Err(End::new(4403, "this origin may not ask"));
        }
        let client = match service.gate.admit(parts, channel).await {
            Verdict::Allow { client } => client,
            Verdict::Unauthorized => return Err(End::new(4401, "who asks is not known")),
            Verdict::Forbidden => return Err(End::new(4403, "not allowed")),
            Verdict::NoSuchChannel => return Err(End::new(4404, "there is no such channel")),
        };
        let client = client.unwrap_or_else(|| {
            let connection = parts.extensions.get::<Arc<Connection>>();
            connection.and_then(|connection| connection.peer()).map(name_of).unwrap_or_default()
        });
        let place = service.clients.enter(&client)?;
        let asked = Asked::read(parts)?;
        let orders = hall.orders();
        let visit = Self {
            service: service.clone(),
            channel: channel.to_owned(),
            hall: hall.clone(),
            asked,
            client,
            fault: None,
            _guest: hall.enter(transport),
            _place: place,
        };
        Ok((visit, orders))
    }

    /// A reader at the place asked for, of a connection that stays.
    pub(super) async fn read(&self) -> Result<(Reader, Opening), End> {
        Reader::open(self.service.clone(), &self.channel, &self.asked, &self.client, self.beat(), None).await
    }

    /// After how much silence a beat is sent.
    pub(super) fn beat(&self) -> Duration {
        self.hall.beat().unwrap_or(self.service.limits.beat)
    }

    /// For messages of this client; `None` if it has no session.
    pub(super) fn sender(&self) -> Option<Sender<'_>> {
        let session = self.asked.session.as_deref()?;
        Some(Sender { channel: &self.channel, session, client: &self.client, hall: &self.hall })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_one_network_are_one() {
        let name = |text: &str| name_of(text.parse().unwrap());
        assert_eq!(name("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(name("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(name("192.0.2.1"), "192.0.2.1");
    }
}
