//! `/channel/{name}/dev`: what tests and demonstrations see of a channel, and do to it. All of it is plain HTTP; transports are `websocket`,
//! `events`, `poll` and `post`.
//!
//! `GET /channel/{name}/dev` answers JSON:
//! - `epoch`, `offset`; `history`: `messages`, `bytes` and `first`, the first offset that is kept,
//! - `sessions`: each with the highest sequence number accepted, or null while a message of it is handled,
//! - `open`, `opened`: connections and requests of each transport, those that are open and all that there were,
//! - `accepted`, `repeated`, `gaps`: messages of clients that were handled, that had been before, and before which others were missing,
//! - `rejected`: frames and bodies that were none, `refused`: requests not let in, `ended`: connections that the server ended with a code from 4000 on,
//! - `published`: messages published by command, `faults`: how many requests are still to go wrong.
//!
//! `GET /channel/{name}/dev/wait` answers the same, once all that is asked for is so: `websocket`, `events`, `poll`, `post` (open) and `faults` exactly;
//! `websocket_opened`, `events_opened`, `poll_opened`, `post_opened`, `offset` and the other counts at least. After `ms` (20,000, which is also
//! the most) it answers 504.
//!
//! `POST /channel/{name}/dev/{command}` with parameters in the query:
//!
//! | command | parameters (default) | what it does |
//! | --- | --- | --- |
//! | `publish` | `text`, or `hex`, or `count` (1, at most 1,000,000), `size` (20, at most 1 MiB), `every_ms` (0, at most 60,000), `kind` = `text`, `wide`, `lines`, `binary` or `mixed` (`text`), `stamp` = `no` or `yes` (`no`) | publishes that message, or a stream; with `every_ms` it answers 202 at once. Text is `N:` and filling up to the size, N from 1, with `stamp` `N:MILLISECONDS_SINCE_1970:`; `lines` is filled with CR, LF and CRLF; binary is N in eight bytes, little-endian, over and over; `mixed` is text, binary, wide, lines in turn |
//! | `stop` | | stops streams |
//! | `drop` | `how` = `reset` or `fin` (`reset`) | ends all connections and held polls without a word |
//! | `end` | `code` (1012), `reason` | ends them in order, with `x` |
//! | `inject` | `text` or `hex` | sends this frame to all of them, whatever it is |
//! | `lose` | `what` = `epoch` or `trim` (`epoch`) | the channel begins anew; or its history is gone and its offsets go on |
//! | `forget` | | forgets the sessions |
//! | `set` | `beat_ms` (15,000) | the time between beats, for those who come from now on |
//! | `block` | `transport` or `all` (`websocket`), `how` = `refuse`, `hang`, `reset` or `off` (`refuse`) | answers all such requests 403, or never, or resets them, until it is `off` |
//! | `fault` | `transport` or `all` (`all`), `count` (1), `what`, see below | spoils the next `count` requests of that transport |
//! | `heal` | | takes back all faults to come, and all blocks |
//!
//! What a fault is:
//! - `status` (`status` = 300–599 (503), `retry_after`): that answer, and nothing else is done; `hang`: none, for 60 s; `type`: a page in HTML;
//! - `late` (`ms`, 500): the request is taken up late; `held` (`ms`): its answer is late (`poll`, `post`). Either way later ones overtake it;
//! - `cut`: the answer ends in the middle of a record, chunk or frame. Of a `post` the messages are accepted all the same;
//! - `repeat`: the messages of the answer come twice, `jump`: an offset that jumps by 10 (of a `post`, an `a` of what was never sent), `malformed`: a frame
//!   that is none, `no_hello`: no hello. A poll that is held has them too, once it is answered; one answered 204 leaves them to the next;
//! - `huge` (`bytes`, 100 MiB): one frame of so many bytes.

mod commands;
mod fault;
mod faulty;
mod hall;
mod publish;
mod state;

pub(crate) use commands::command;
pub(super) use fault::{Fault, spoil, spoil_answer};
pub(super) use faulty::{CutAnswer, blocked, cut, cut_frame, huge_frame, spoil_request, wait as wait_for};
pub(super) use hall::{Guest, Hall, Halls, Order, Orders};
pub(crate) use state::{state, wait};
