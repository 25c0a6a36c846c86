//! `/link`: TCP proxies in front of this server, for network faults that a page can make.
//!
//! A link listens on a port of its own, and carries each connection to this server. All requests are such as a page of any
//! origin may send without a preflight: no body, no header, parameters in the query. A command is answered, with 204, when it is done.
//!
//! | request | parameters (default) | what it does |
//! | --- | --- | --- |
//! | `POST /link` | `port` (any), `address` (127.0.0.1, or another of 127.0.0.0/8), `life_ms` (600,000, at most 18,000,000), `seed` (any, below 2^32) | makes a link: `{"id":"0","port":40123}`. 409 if the port is in use. With the same seed jitter and drawn places are the same again, for the connection of the same number and direction |
//! | `GET /link/{id}` | | its state, see below |
//! | `GET /link/{id}/wait` | `open` = exactly, `accepted`, `closed`, `most_open`, `struck` = at least so many; `ms` (20,000, which is also the most) | the state, once all that is asked for is so; 504 if it isn't in time |
//! | `POST /link/{id}/freeze` | | no byte passes either way, and no end of a connection; new connections are accepted and held |
//! | `POST /link/{id}/hang` | | new connections are accepted and held; those there are go on |
//! | `POST /link/{id}/thaw` | | ends both: what was held back passes, also connections that were held, unless the client has left them |
//! | `POST /link/{id}/cut` | `how` = `fin` or `reset` (`reset`) | ends the connections there are, on both sides |
//! | `POST /link/{id}/half-close` | `side` = `client` or `server` (`client`) | a FIN to that side of the connections there are, and nothing after it: what the other side still sends that way is dropped. The other direction goes on |
//! | `POST /link/{id}/cut-after` | `way` = `down` or `up` (`down`), `bytes` (none, from 1 to 1 GiB), `how` = `fin` or `reset` (`reset`) | once so many bytes more have passed that way, the connection that carried the last of them is cut right there. Without `bytes` inside of the next frame of a WebSocket, head or chunk of HTTP that a portion begins with, at a place that is drawn |
//! | `POST /link/{id}/corrupt` | `way` = `down` or `up` (`down`), `count` (1, at most 1,000,000) | the first byte of so many of the next frames, heads or chunks that a portion begins with becomes 0xff, which is none. Payloads stay as they are |
//! | `POST /link/{id}/stop` | | doesn't listen any more, so that connects are refused, and resets the connections there are |
//! | `POST /link/{id}/start` | | listens again, on the same port, which nobody else could take meanwhile |
//! | `POST /link/{id}/delay` | `ms`, `jitter_ms` (0, at most 60,000) | what arrives from now on passes so much later, each way, in order, 1 MiB at a time; `jitter_ms`: and later by up to as much again, drawn for each portion. Connections can overtake each other, what one carries stays in order |
//! | `POST /link/{id}/limit` | `rate` (0, at most 1 GiB) | so many bytes a second pass, for each connection and direction; 0 is no limit |
//! | `POST /link/{id}/drop-next` | `count` (1, at most 1,000,000) | so many of the next connections are closed as soon as they are accepted |
//! | `POST /link/{id}/block`, `/unblock` | | handshakes of WebSockets are answered 403, as some proxies do; all else passes |
//! | `POST /link/{id}/script` | `steps` | carries out commands at their times, to a millisecond: `MS COMMAND PARAMETERS` with `;` between, at most 64 and 60,000 ms after the first could be, as `0 freeze;300 thaw;300 cut how=fin`. It goes on if nobody waits for its answer |
//! | `POST /link/{id}/end` | | ends the link |
//!
//! `freeze`, `hang` and `thaw` are one mode, the others don't touch it: a link that is stopped can be frozen before it starts. Once
//! `freeze` is answered nothing passes; what has passed before may still be underway to the client.
//!
//! The state is `id`, `port`, `listening`, `mode` (`forward`, `freeze` or `hang`), `delay_ms`, `jitter_ms`, `rate`, `blocks_websockets`,
//! `drop_next` (how many are still to be dropped), `seed`, `struck` (how many things `cut-after` and `corrupt` have spoiled) and
//! - `open`: connections that nobody has ended: not the client by a FIN or RST (which is seen in a frozen link too), not the server by
//!   one that passed, not a command,
//! - `accepted`: how many there were, with those dropped, `closed`: how many of them are not open any more, `closed_by_client`: how many
//!   of these the client ended first,
//! - `most_open`: the most that were open at once, for 20 ms or longer,
//! - `bytes_up`, `bytes_down`: what passed to and from the server, as TCP carries it: heads, bodies and frames,
//! - `requests`: how many HTTP requests came to the server through it, those refused by `block` too.
//!
//! There are 256 links at most (503 beyond), with 256 connections each (one more is closed at once). All end with the server.
//!
//! ```text
//! routes → links → proxy: listens, one task a connection → relay → pipe: one direction → framing, dice
//!   ↳ command, script  ↳ port, conduct, spoils, attendance; trail: what passed and when, for the Push Lab
//! ```

mod command;
mod conduct;
mod dice;
mod framing;
mod links;
mod pipe;
mod port;
mod proxy;
mod relay;
mod routes;
mod script;
mod spoils;
mod trail;

pub(crate) use links::{Links, Wanted};
pub(crate) use proxy::Link;
pub(crate) use routes::{command, open, state, wait};
