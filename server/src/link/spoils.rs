//! What is to go wrong with what passes: once each, with whatever connection it befalls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::dice::Dice;
use crate::raw_socket::Abort;

/// No frame begins with it (its opcode and its reserved bits are none), no head and no chunk.
const NONSENSE: u8 = 0xff;

/// Where a connection is cut.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// After so many more bytes, at least one.
    After(u64),
    /// Inside of the next frame, head or chunk.
    Inside,
}

/// Of one link.
#[derive(Debug, Default)]
pub(super) struct Spoils {
    up: Mutex<ToCome>,
    down: Mutex<ToCome>,
    struck: AtomicU64,
}

#[derive(Debug, Default)]
struct ToCome {
    /// How many frames, heads or chunks get a first byte that is none's.
    corrupt: u64,
    cut: Option<(Place, Abort)>,
}

impl Spoils {
    pub(super) fn corrupt(&self, up: bool, count: u64) {
        self.change(up, |to_come| to_come.corrupt = count);
    }

    pub(super) fn cut(&self, up: bool, place: Place, how: Abort) {
        self.change(up, |to_come| to_come.cut = Some((place, how)));
    }

    /// How often something has gone wrong.
    pub(super) fn struck(&self) -> u64 {
        self.struck.load(Ordering::Relaxed)
    }

    /// Spoils a portion, if it is this one's turn. `begins`: how many bytes the frame has that begins with it. How the connection is to
    /// be cut after what is left of it.
    pub(super) fn spoil(&self, up: bool, bytes: &mut Vec<u8>, begins: Option<usize>, dice: &mut Dice) -> Option<Abort> {
        self.change(up, |to_come| {
            if to_come.corrupt > 0
                && begins.is_some()
                && let Some(first) = bytes.first_mut()
            {
                *first = NONSENSE;
                to_come.corrupt -= 1;
                self.struck.fetch_add(1, Ordering::Relaxed);
            }
            let (place, how) = to_come.cut?;
            let length = match (place, begins) {
                (Place::After(left), _) if left > bytes.len() as u64 => {
                    to_come.cut = Some((Place::After(left - bytes.len() as u64), how));
                    return None;
                }
                (Place::After(left), _) => usize::try_from(left).unwrap_or(bytes.len()),
                (Place::Inside, Some(frame @ 2..)) => dice.place_in(frame),
                (Place::Inside, _) => return None,
            };
            bytes.truncate(length);
            to_come.cut = None;
            self.struck.fetch_add(1, Ordering::Relaxed);
            Some(how)
        })
    }

    fn change<T>(&self, up: bool, change: impl FnOnce(&mut ToCome) -> T) -> T {
        let to_come = if up { &self.up } else { &self.down };
        // Nothing panics while it holds this lock.
        change(&mut to_come.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_after_bytes_counts_them_over_portions() {
        let spoils = Spoils::default();
        let mut dice = Dice::new(0, 0, false);
        spoils.cut(false, Place::After(5), Abort::Fin);
        let mut spoil = |text: &str, up| {
            let mut bytes = text.as_bytes().to_vec();
            let how = spoils.spoil(up, &mut bytes, None, &mut dice);
            (String::from_utf8(bytes).unwrap(), how)
        };
        assert_eq!(spoil("other way", true), ("other way".to_owned(), None));
        assert_eq!(spoil("abc", false), ("abc".to_owned(), None));
        assert_eq!(spoil("def", false), ("de".to_owned(), Some(Abort::Fin)));
        assert_eq!(spoil("ghi", false), ("ghi".to_owned(), None));
        assert_eq!(spoils.struck(), 1);
    }

    #[test]
    fn a_cut_inside_leaves_a_part_of_the_next_frame_and_corruption_befalls_only_its_first_byte() {
        let places = |seed| {
            (0..50).map(move |connection| {
                let spoils = Spoils::default();
                let mut dice = Dice::new(seed, connection, false);
                spoils.cut(false, Place::Inside, Abort::Reset);
                let mut payload = b"the rest of a frame".to_vec();
                assert_eq!(spoils.spoil(false, &mut payload, None, &mut dice), None);
                let mut bytes = vec![0x81; 10];
                assert_eq!(spoils.spoil(false, &mut bytes, Some(7), &mut dice), Some(Abort::Reset));
                bytes.len()
            })
        };
        assert!(places(1).eq(places(1)), "by the seed");
        assert!(!places(1).eq(places(2)));
        assert_eq!(places(1).min().zip(places(1).max()), Some((1, 6)));
        let spoils = Spoils::default();
        let mut dice = Dice::new(0, 0, true);
        spoils.corrupt(true, 1);
        let mut spoiled = |begins| {
            let mut bytes = b"abc".to_vec();
            assert_eq!(spoils.spoil(true, &mut bytes, begins, &mut dice), None);
            bytes
        };
        assert_eq!([spoiled(None), spoiled(Some(3)), spoiled(Some(3))].concat(), b"abc\xffbcabc");
    }
}
