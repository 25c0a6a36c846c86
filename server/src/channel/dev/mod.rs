//! `/channel/{name}/dev`: what tests and demonstrations see of a channel, and do to it.

mod commands;
mod hall;
mod publish;
mod state;

pub(crate) use commands::command;
pub(super) use hall::{Drops, Guest, Hall, Halls, How};
pub(crate) use state::{state, wait};
