//! The transports there are: seldom more than two.

use std::rc::Rc;

use super::Target;
use crate::machine::TransportId;
use crate::transport::Transport;

#[derive(Debug, Default)]
pub(super) struct Wires {
    all: Vec<(TransportId, Rc<Transport>)>,
    /// Where the newest one leads.
    target: Option<Rc<Target>>,
}

impl Wires {
    pub(super) fn add(&mut self, id: TransportId, transport: Rc<Transport>, target: Rc<Target>) {
        self.all.push((id, transport));
        self.target = Some(target);
    }

    pub(super) fn get(&self, id: TransportId) -> Option<Rc<Transport>> {
        self.all.iter().find(|(known, _)| *known == id).map(|(_, transport)| Rc::clone(transport))
    }

    /// Takes one out. It is the caller's to drop, once it holds no borrow.
    pub(super) fn remove(&mut self, id: TransportId) -> Option<Rc<Transport>> {
        let at = self.all.iter().position(|(known, _)| *known == id)?;
        Some(self.all.swap_remove(at).1)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Rc<Transport>> {
        self.all.iter().map(|(_, transport)| transport)
    }

    pub(super) fn target(&self) -> Option<&Rc<Target>> {
        self.target.as_ref()
    }
}
