//! The transports of a channel: objects with the interface of the browser's WebSocket, whose messages are whole frames.

use wasm_bindgen::prelude::*;

use super::Opening;
use super::shim::Receiver;
use super::websocket::Connection;
use crate::ConstructorError;

/// Every file that `open.js` imports has to be named, so that it is there beside it.
macro_rules! files {
    ($($file:literal: $name:ident),* $(,)?) => {
        $(
            #[wasm_bindgen(module = $file)]
            extern "C" {
                type $name;
            }
        )*
    };
}

files! {
    "/src/transport/push/checks.js": Checks,
    "/src/transport/push/clock.js": Clock,
    "/src/transport/push/event-source.js": EventSourceFile,
    "/src/transport/push/event-stream.js": EventStreamFile,
    "/src/transport/push/fault.js": Fault,
    "/src/transport/push/fetch-stream.js": FetchStreamFile,
    "/src/transport/push/frames.js": Frames,
    "/src/transport/push/http.js": Http,
    "/src/transport/push/link.js": Link,
    "/src/transport/push/long-polling.js": LongPollingFile,
    "/src/transport/push/outbox.js": OutboxFile,
    "/src/transport/push/pipe.js": Pipe,
    "/src/transport/push/poll.js": Poll,
    "/src/transport/push/polling.js": PollingFile,
    "/src/transport/push/request.js": Request,
    "/src/transport/push/sockets.js": Sockets,
    "/src/transport/push/uplink.js": Uplink,
    "/src/transport/push/websocket-stream.js": WebSocketStreamFile,
}

#[wasm_bindgen(module = "/src/transport/push/open.js")]
extern "C" {
    type Opener;

    #[wasm_bindgen(constructor)]
    fn new(kind: u8, session: &str, begin: bool, epoch: &str, after: f64, wait: u32, every: u32) -> Opener;
}

impl Connection {
    /// One of a channel's transports.
    pub(crate) fn push(url: &str, with: &Opening<'_>) -> Result<Self, ConstructorError> {
        let (epoch, after) = with.position.unwrap_or(("", 0));
        // Offsets are at most 2^53 - 1.
        let opener = Opener::new(with.kind, with.session, with.begin, epoch, after as f64, with.wait, with.every);
        Self::made(Receiver::opened(url, "", &opener), url)
    }
}
