//! `/channel/{name}/dev`: what tests and demonstrations see of a channel, and do to it.

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
