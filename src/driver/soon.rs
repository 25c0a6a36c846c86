//! Answers that an attempt waits for: there at once, or later.

use std::any::Any;
use std::rc::Rc;

use super::Target;
use crate::browser::task::Task;
use crate::machine::Verdict;

/// What the provider of URL and protocols says.
pub(crate) enum Provided {
    Target(Rc<Target>),
    Failed,
    Stop,
}

/// What was waited for.
pub(crate) enum Reply {
    Provided(Provided),
    Probed(Verdict),
    Greeted(bool),
}

/// What is done with the reply.
pub(super) type Then = Box<dyn FnOnce(Reply)>;

/// What waits for it. Dropped, it waits no longer.
pub(super) type Running = Box<dyn Any>;

/// A reply that is there, or comes later. What comes later brings along how it is run: where nothing does, no code for that is linked.
pub(crate) enum Soon {
    Now(Reply),
    Later(Box<dyn FnOnce(Then) -> Running>),
}

impl Soon {
    pub(crate) fn later(reply: impl Future<Output = Reply> + 'static) -> Self {
        Self::Later(Box::new(|then| Box::new(Task::run(async move { then(reply.await) }))))
    }
}
