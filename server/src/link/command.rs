//! What a link can be told to do.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::conduct::Mode;
use super::proxy::Link;
use super::spoils::Place;
use crate::app::App;
use crate::query::{BadParameter, Query};
use crate::raw_socket::{ABORTS, Abort};
use crate::reply::Failure;

/// The longest delay, in milliseconds.
const MAX_DELAY_MS: u64 = 60_000;

/// The highest limit, in bytes a second, and the furthest place.
const MAX_RATE: u64 = 1024 * 1024 * 1024;

/// The most of what is counted.
const MAX_COUNT: u64 = 1_000_000;

/// The commands, in the order of the docs.
const COMMANDS: &str = "freeze, hang, thaw, cut, half-close, cut-after, corrupt, stop, start, delay, limit, drop-next, block, unblock, script, end";

/// Whether it is what the client sends.
const WAYS: [(&str, bool); 2] = [("down", false), ("up", true)];

/// Whether the FIN goes to the server.
const SIDES: [(&str, bool); 2] = [("client", false), ("server", true)];

/// See the module's documentation. A script is none: one in a script would have no end.
#[derive(Debug)]
pub(super) enum Command {
    Mode(Mode),
    Cut(Abort),
    HalfClose { up: bool },
    CutAfter { up: bool, place: Place, how: Abort },
    Corrupt { up: bool, count: u64 },
    Stop,
    Start,
    Delay { delay: Duration, jitter: Duration },
    Block(bool),
    Limit(Option<NonZeroU64>),
    DropNext(u64),
    End,
}

impl Command {
    pub(super) fn parse(name: &str, mut query: Query) -> Result<Self, Failure> {
        let command = match name {
            "freeze" => Self::Mode(Mode::Freeze),
            "hang" => Self::Mode(Mode::Hang),
            "thaw" => Self::Mode(Mode::Forward),
            "cut" => Self::Cut(query.choice("how", &ABORTS, Abort::Reset)?),
            "half-close" => Self::HalfClose { up: query.choice("side", &SIDES, false)? },
            "cut-after" => Self::CutAfter {
                up: query.choice("way", &WAYS, false)?,
                place: query.optional_number("bytes", 1..=MAX_RATE)?.map_or(Place::Inside, Place::After),
                how: query.choice("how", &ABORTS, Abort::Reset)?,
            },
            "corrupt" => Self::Corrupt {
                up: query.choice("way", &WAYS, false)?,
                count: query.number("count", 1, 0..=MAX_COUNT)?,
            },
            "stop" => Self::Stop,
            "start" => Self::Start,
            "delay" => Self::Delay {
                delay: Duration::from_millis(query.number("ms", 0, 0..=MAX_DELAY_MS)?),
                jitter: Duration::from_millis(query.number("jitter_ms", 0, 0..=MAX_DELAY_MS)?),
            },
            "block" => Self::Block(true),
            "unblock" => Self::Block(false),
            "limit" => Self::Limit(NonZeroU64::new(query.number("rate", 0, 0..=MAX_RATE)?)),
            "drop-next" => Self::DropNext(query.number("count", 1, 0..=MAX_COUNT)?),
            "end" => Self::End,
            other => return Err(BadParameter::value("command", other, format!("one of: {COMMANDS}")).into()),
        };
        query.finish()?;
        Ok(command)
    }

    pub(super) async fn carry_out(self, app: &App, link: &Arc<Link>) -> Result<(), Failure> {
        match self {
            Self::Mode(mode) => link.change(|conduct| conduct.mode = mode),
            Self::Cut(how) => link.cut(how).await,
            Self::HalfClose { up } => link.half_close(up),
            Self::CutAfter { up, place, how } => link.spoils.cut(up, place, how),
            Self::Corrupt { up, count } => link.spoils.corrupt(up, count),
            Self::Stop => link.stop().await,
            Self::Start => {
                let no_room = |error| Failure::Full(format!("it can't listen again: {error}"));
                link.start(app).await.map_err(no_room)?;
            }
            Self::Delay { delay, jitter } => link.change(|conduct| (conduct.delay, conduct.jitter) = (delay, jitter)),
            Self::Block(blocks) => link.change(|conduct| conduct.blocks_websockets = blocks),
            Self::Limit(rate) => link.change(|conduct| conduct.rate = rate),
            Self::DropNext(count) => link.drop_next.store(count, Ordering::Relaxed),
            Self::End => app.links.end(link).await,
        }
        Ok(())
    }
}
