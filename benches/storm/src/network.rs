//! What lies between client and server: the way, the client's TCP, and the browser.

use crate::time::{Micros, SECOND};

/// One way, from client to server or back: half of a round trip of 50 ms.
pub const LATENCY: Micros = 25_000;

/// When Linux sends a SYN that has no answer, in seconds after the first: the distances double.
const SYNS_S: [u64; 7] = [0, 1, 3, 7, 15, 31, 63];

/// When Linux gives up on a connection whose SYNs have no answer.
pub const SYN_TIMEOUT: Micros = 127 * SECOND;

/// Firefox's own delays in ms, by the number of attempts that were refused one after the other: as measured up to 12 s, then growing by the
/// same half each time, to its limit of 60 s.
const FIREFOX_MS: [u64; 14] =
    [303, 454, 683, 1042, 1524, 2440, 3448, 5503, 8518, 12_164, 18_246, 27_369, 41_054, 60_000];

/// When SYN number `copy` (from 0) is sent, after the first; `None` where no more are.
#[must_use]
pub fn syn_after(copy: u8) -> Option<Micros> {
    SYNS_S.get(usize::from(copy)).map(|s| s * SECOND)
}

/// The browser the clients run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// Attempts go out at once.
    Prompt,
    /// After refused attempts the next one is held back until some time after the last refusal. What is left of that when the client
    /// starts its attempt is taken from its connect timeout.
    Firefox,
}

impl Browser {
    /// How long after the last refusal an attempt is held back, where there were so many.
    #[must_use]
    pub fn delay(self, refusals: u8) -> Micros {
        match (self, refusals) {
            (Self::Prompt, _) | (_, 0) => 0,
            (Self::Firefox, refusals) => {
                let at = usize::from(refusals - 1).min(FIREFOX_MS.len() - 1);
                FIREFOX_MS.get(at).map_or(0, |ms| ms * 1000)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syn_is_sent_again_at_doubling_distances_until_the_system_gives_up() {
        let sent: Vec<_> = (0..).map_while(syn_after).map(|at| at / SECOND).collect();
        assert_eq!(sent, [0, 1, 3, 7, 15, 31, 63]);
        assert_eq!(SYN_TIMEOUT / SECOND, 63 + 64);
    }

    #[test]
    fn firefox_holds_back_by_refusals_and_stays_at_its_longest() {
        let delays = [0, 1, 2, 10, 14, 255].map(|refusals| Browser::Firefox.delay(refusals) / 1000);
        assert_eq!(delays, [0, 303, 454, 12_164, 60_000, 60_000]);
        assert_eq!(Browser::Prompt.delay(9), 0);
    }
}
