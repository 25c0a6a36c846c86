//! The server that Tautline is tested against, and that its demo talks to.
//!
//! It serves the files of a folder, and WebSocket endpoints that behave well or badly as their parameters say. [`Server::bind`] takes
//! a [`Config`], [`Server::run`] serves until it is told to stop.
//!
//! # Endpoints
//! All are `GET` with a WebSocket handshake, unless it says otherwise. A wrong parameter is answered 400 with a text that names it.
//!
//! | endpoint | parameters (default) | what it does |
//! | --- | --- | --- |
//! | `/`, `/echo` | any | sends every message back, up to 64 MiB; `/` without a handshake is the page |
//! | `/protocol` | `choose` = NAME, `first` or `none` (`first`), or `force` = NAME | answers with the subprotocol NAME if it was offered, with the first one, with none; `force`: with NAME even if it was not offered. Sends the offers as a JSON array, then echoes |
//! | `/close` | `code` = 0–65535 or `none` (1000), `reason` (empty, at most 123 bytes), `after_ms` (0, at most 60,000) | sends a close frame |
//! | `/abort` | `how` = `fin` or `reset` (`fin`), `after_ms` (0, at most 60,000) | ends the TCP connection without a close frame |
//! | `/flood` | `count` (1,000, at most 1,000,000), `size` (100, at most 64 MiB; together at most 2 GiB), `kind` = `text`, `wide` (not ASCII), `binary` or `mixed` (`text`), `close` = `yes` or `no` (`yes`) | sends `count` messages of `size` bytes, dropping what it gets meanwhile; then closes with 1000 "flood done", or echoes |
//! | `/fanout` | `group` = 1 to 64 of `A-Z a-z 0-9 _ -` (`all`) | sends every message, of at most 64 KiB, to all other members of the group, in order. A member that falls 1,024 messages behind is closed with 1013 "too slow"; one that takes nothing for 10 seconds is dropped. 64 groups at once (503 beyond) |
//! | `/sink` | `every` (1,000, at most 1,000,000) | reads; after each `every` messages it sends a text with how many there were |
//! | `/slow-read` | `pause_ms` (1,000, at most 60,000), `rate` in bytes a second (1 MiB, at most 1 GiB) | reads nothing, then reads slowly; answers a close frame with 1000 and the reason "received N messages, B bytes" |
//! | `/slow-handshake` | `ms` (1,000, at most 60,000) | answers the handshake late, then echoes |
//! | `/hang` | | never answers the handshake; after 60 s the connection ends |
//! | `/refuse` | `status` = 200–599 (403) | answers with this status, with or without a handshake; 3xx has a `Location` |
//! | `/bad-accept`, `/no-accept` | | 101 with a wrong `Sec-WebSocket-Accept`, or without one |
//! | `/raw` | `hex` (at most 32,000 bytes), `then` = `hang`, `fin`, `reset`, `close` or `control` (`hang`), `extensions`, `protocol` | answers 101 with these headers, then writes these bytes as they are. `hang` says nothing more, and ends the TCP connection when the client closes or after 60 s; `control` goes on as `/control` |
//! | `/control` | | carries out commands, see below |
//! | `/wire/{id}` | | what was seen on the wire of the connections to any of the above with `wire=ID` in their query |
//! | `/ledger/{id}` | `push_ms`, `close_after`, `how`, `code`, `reason` | writes down and sends back each text message; plain HTTP, also `/ledger/{id}/wait`: what was written down; see [`ledger`] |
//! | `/channel/{name}` | those of PROTOCOL.md | a channel over WebSocket, Server-Sent Events, polling and POST. The channels `private-…` want `token=secret`, or `Authorization: Bearer secret`; `missing-…` are not there; see [`channel`] |
//! | `/channel/{name}/dev`, … | | plain HTTP: what is known of a channel, and commands: publish, drop, lose, forget, block, faults; see [`channel::dev`] |
//! | `/welcome` | `token` (`secret`), `delay_ms` (0, at most 60,000), `hang` = `yes` or `no` (`no`) | waits for a first message `token T`. If T is `token` it sends `welcome`, `delay_ms` later, then echoes; else it closes with 3000 "bad token". `hang`: answers nothing |
//! | `POST /link`, `/link/{id}`, … | | plain HTTP: TCP proxies in front of the server, to freeze, cut, stop and start; see [`link`] |
//! | `POST /lab`, `/lab/{id}`, … | | plain HTTP: runs of the Push Lab, which compare the ways to get a message to a page; see [`lab`] |
//! | `/status` | `code` = 200–599 (200), `retry_after` in seconds (none, at most 86,400) | plain HTTP: answers with this status and `Retry-After`, readable from any origin, with credentials too |
//! | `/health` | | plain HTTP: `ok` |
//! | anything else | `isolated`, or any | plain HTTP: a file of the folder; with `?isolated` cross-origin isolated, so that its clock is a fine one |
//!
//! `/control` takes one command in each text message: `close`, `close CODE REASON…`, `abort fin`, `abort reset`, `text …`, `binary HEX`,
//! `ping HEX`, `raw HEX` (bytes as they are), `blank N` (N empty text messages), `silent` (neither reads nor writes until the TCP
//! connection ends, at most 60 s). A command it can't carry out is answered with a text that starts with `error: `. Everything else is
//! echoed.
//!
//! # Limits
//! 2,000 connections (503 beyond), 64 MiB for a message, 128 KiB and 100 fields and 10 seconds for the head of a request, a request
//! target of 65,534 characters. The limits of `/wire`, `/link`, `/ledger`, `/lab` and `/channel` are in [`wire`], [`link`], [`ledger`],
//! [`lab`] and [`channel::Limits`].
//!
//! # Layout
//! ```text
//! main → server: listens, one task a connection → connection: the TCP stream, watched by wire::recorder
//!          ↳ routes: which endpoint → query: its parameters → session: the handshake
//!              ↳ echo, flood, fanout, welcome, ledger, wire::subscribe: axum's WebSocket
//!              ↳ control, faults::*: raw_socket, frames written by hand
//!          ↳ channel: its own layout is in [`channel`]
//!          ↳ link, lab, ledger, status: plain HTTP, answered by reply
//! lab: links for its lanes, and a channel that it publishes on
//! link: listens too, and carries its connections to the server's own port; attendance counts them, and those of a ledger
//! ```

#![deny(missing_docs)]

mod app;
mod attendance;
pub mod channel;
mod config;
mod connection;
mod control;
mod echo;
mod fanout;
mod faults;
mod flood;
pub mod lab;
pub mod ledger;
pub mod link;
mod query;
mod raw_socket;
mod reply;
mod routes;
mod server;
mod session;
mod sink;
mod status;
mod welcome;
pub mod wire;

pub use config::Config;
pub use server::{BindError, Server};
