//! The ways to get a message to a page, as the lab compares them.

/// One lane of a run. The server treats all alike: what differs is how the client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Technique {
    PollingRate,
    PollingDelay,
    LongPolling,
    EventStream,
    WebSocket,
    /// The library's own: whichever of them works.
    Channel,
}

impl Technique {
    /// In the order of history.
    pub(super) const ALL: [Self; 6] =
        [Self::PollingRate, Self::PollingDelay, Self::LongPolling, Self::EventStream, Self::WebSocket, Self::Channel];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PollingRate => "polling-rate",
            Self::PollingDelay => "polling-delay",
            Self::LongPolling => "long-polling",
            Self::EventStream => "event-stream",
            Self::WebSocket => "websocket",
            Self::Channel => "channel",
        }
    }
}

/// The values of a parameter that names one technique or all.
pub(super) const CHOICES: [(&str, Option<Technique>); 7] = [
    ("all", None),
    ("polling-rate", Some(Technique::PollingRate)),
    ("polling-delay", Some(Technique::PollingDelay)),
    ("long-polling", Some(Technique::LongPolling)),
    ("event-stream", Some(Technique::EventStream)),
    ("websocket", Some(Technique::WebSocket)),
    ("channel", Some(Technique::Channel)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_can_be_chosen_by_its_name() {
        let named: Vec<_> = Technique::ALL.map(|technique| (technique.name(), Some(technique))).to_vec();
        assert_eq!(CHOICES[1..], named);
    }
}
