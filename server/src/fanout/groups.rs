//! Who is in which group. A group is there while it has members.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Message;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use crate::wire::WireId;

/// How many groups there may be at once.
const MAX_GROUPS: usize = 64;

/// How many messages a member may fall behind.
pub(super) const BEHIND: usize = 1_024;

/// All groups.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    all: Mutex<HashMap<WireId, Group>>,
}

#[derive(Debug)]
struct Group {
    sender: Sender<Said>,
    members: usize,
    /// The number of the next member.
    next: u64,
}

/// A message of a group.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// The number of the member that said it.
    pub(super) by: u64,
    pub(super) message: Message,
}

/// A place in a group, which is left when this is dropped.
#[derive(Debug)]
pub(super) struct Member {
    /// Unlike any other in its group.
    pub(super) number: u64,
    sender: Sender<Said>,
    /// What was said since it joined, its own messages too.
    pub(super) receiver: Receiver<Said>,
    id: WireId,
    groups: Arc<Groups>,
}

impl Groups {
    /// One more member of the group, which is made where there is none. None if there is no room.
    pub(super) fn join(self: &Arc<Self>, id: &WireId) -> Option<Member> {
        let mut all = self.lock();
        if !all.contains_key(id) && all.len() >= MAX_GROUPS {
            return None;
        }
        let group = all.entry(id.clone()).or_insert_with(|| Group { sender: channel(BEHIND).0, members: 0, next: 0 });
        let number = group.next;
        group.next += 1;
        group.members += 1;
        let (sender, receiver) = (group.sender.clone(), group.sender.subscribe());
        Some(Member { number, sender, receiver, id: id.clone(), groups: self.clone() })
    }

    fn leave(&self, id: &WireId) {
        let mut all = self.lock();
        if let Some(group) = all.get_mut(id) {
            group.members -= 1;
            if group.members == 0 {
                all.remove(id);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WireId, Group>> {
        // Nothing panics while it holds this lock.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    /// Says it to all the others.
    pub(super) fn say(&self, message: Message) {
        // It has a receiver: this one.
        let _ = self.sender.send(Said { by: self.number, message });
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.groups.leave(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> WireId {
        WireId::parse(&number.to_string()).unwrap()
    }

    #[test]
    fn a_group_is_there_while_it_has_members() {
        let groups = Arc::new(Groups::default());
        let [first, second] = [0, 0].map(|group| groups.join(&id(group)).unwrap());
        assert_eq!((first.number, second.number), (0, 1));
        drop(first);
        let third = groups.join(&id(0)).unwrap();
        assert_eq!(third.number, 2, "no number is given twice");
        drop((second, third));
        assert!(groups.lock().is_empty());
    }

    #[test]
    fn beyond_so_many_groups_there_is_no_room_for_another() {
        let groups = Arc::new(Groups::default());
        let members: Vec<_> = (0..MAX_GROUPS).map(|group| groups.join(&id(group)).unwrap()).collect();
        assert!(groups.join(&id(MAX_GROUPS)).is_none());
        assert!(groups.join(&id(0)).is_some(), "one that is there takes more members");
        drop(members);
        assert!(groups.join(&id(MAX_GROUPS)).is_some());
    }
}
