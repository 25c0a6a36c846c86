//! `/lab`: the server's side of the Push Lab, a page that compares the ways to get a message to a page.
//!
//! A run has a channel, a stream of messages that is published on it, and a lane for each technique: a [`link`](crate::link) to this
//! server, with a port of its own, so that a browser's limit of connections for each origin does not make the lanes wait for each other.
//! All lanes read the same channel, at `/channel/{channel}` of their ports. As with `/link`, a page of any origin may ask all of this,
//! without a preflight: no body, no header, parameters in the query. A command is answered, with 204, when it is done.
//!
//! | request | parameters (default) | what it does |
//! | --- | --- | --- |
//! | `POST /lab` | `rate` in messages a second (10, at most 200; 0 is none), `burst` (1, at most 200), `size` in bytes (100, 32 to 16,384), `count` (what rate and time give, which is also the most), `seconds` (20, at most 120), `delay_ms`, `jitter_ms` (0, at most 5,000), `technique` = `all`, `polling-rate`, `polling-delay`, `long-polling`, `event-stream`, `websocket` or `channel` (`all`), `trail` = `yes` or `no` (`no`) | opens a run, and answers with its state. `burst`: how many messages are published at once, less often, so that the rate is kept |
//! | `GET /lab/{id}` | | its state, see below |
//! | `GET /lab/{id}/clock` | | `{"now_ms":1234.5}`, the run's clock, which its messages bear the time of |
//! | `GET /lab/{id}/trail` | | with `trail=yes`: what passed through each lane, see below |
//! | `POST /lab/{id}/go` | | publishes, from now on, for as long as was asked |
//! | `POST /lab/{id}/network` | `delay_ms`, `jitter_ms` | sets the network of all lanes from now on |
//! | `POST /lab/{id}/drop` | `technique`, `how` = `fin` or `reset` (`reset`) | ends the connections there are |
//! | `POST /lab/{id}/restart` | `technique`, `down_ms` (1,000, at most 10,000) | stops listening, and resets the connections there are; listens again after so long |
//! | `POST /lab/{id}/block`, `/unblock` | `technique` | answers handshakes of WebSockets 403, and ends the connections there are; lets them through again |
//! | `POST /lab/{id}/lose-history` | | the channel forgets its messages and begins another epoch |
//! | `POST /lab/{id}/end` | | ends the run |
//!
//! A message is its number, from 1, a space, when it was published, in milliseconds of the run's clock, a space, and `x` up to its size.
//!
//! Delay and jitter are put in by the link, for each connection and direction: each portion of bytes that arrives passes `delay_ms` later,
//! and later by up to `jitter_ms` more, drawn evenly. One connection's bytes stay in order, as TCP has it; those of two may overtake each
//! other. TCP's own handshake is not delayed.
//!
//! The state is `id`, `channel` (its name), `stage` (`ready`, `going`, `done`), `now_ms`, `published` (messages),
//! `resident` and `resident_at_first` (the memory of the whole process, in bytes, now and when the run began, as Linux counts it; it is
//! not possible to say which technique it is for), `history` (`messages` and `bytes` that the channel keeps, once for all lanes) and
//! `lanes`, each with
//! - `technique`, `port`, `listening`, `blocked`,
//! - `requests`: HTTP requests that came to the server through it, handshakes too,
//! - `bytes_up`, `bytes_down`: what passed, as TCP carries it: heads, bodies and frames, not the headers of TCP and IP,
//! - `open`, `accepted`, `most_open`: connections now, in all, and the most at once for 20 ms or longer.
//!
//! The trail is `now_ms`, `published` (`number` and `at_ms` of the last 50 messages) and `lanes`, each with `technique` and at most 2,000
//! `hops`: `connection` (from 0), `what` (`kind` = `open`, `close`, `request` with `handshake`, `answer` with `status`, `data` with `up`),
//! `bytes`, `at_ms` (when it entered the link) and `due_ms` (when it leaves).
//!
//! There are 16 runs at most (503 beyond). Each ends by itself: a minute after it began, and twice the time that was asked for.
//!
//! ```text
//! routes → runs → run → source: the channel
//!            ↳ plan, technique   ↳ link: the lanes; memory
//! ```

mod memory;
mod plan;
mod routes;
mod run;
mod runs;
mod source;
mod technique;

use std::time::Duration;

pub(crate) use routes::{clock, command, start, state, trail};
pub(crate) use runs::Runs;

/// The longest life of a run, and of its links.
const LIFE: Duration = Duration::from_secs(run::PREPARATION.as_secs() + 2 * plan::MAX_SECONDS + run::REST.as_secs());
