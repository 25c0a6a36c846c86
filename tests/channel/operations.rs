//! What can happen to a channel, read from bytes: for the fuzzer, and for a test that any bytes mean something.

use tautline::channel::{Config, Kind};
use tautline::machine::Page;

use crate::world::{Op, World};

/// How many bytes make one operation: what it is, which, and how much of it.
const LENGTH: usize = 4;

const PAGES: [Page; 4] = [Page::Online, Page::Visible, Page::Frozen, Page::Resumed];

/// Runs the operations that these bytes stand for, and then lets everything come to rest and be checked. The first byte says what is
/// remembered of the last time, and what is random.
pub(crate) fn run(data: &[u8]) {
    let (first, rest) = data.split_first().map_or((0, data), |(first, rest)| (*first, rest));
    let remembered = Kind::ALL.get(usize::from(first % 8)).copied();
    let mut world = World::new(Config::default(), first.into(), remembered);
    world.connect();
    for bytes in rest.chunks_exact(LENGTH) {
        if let [what, which, much @ ..] = bytes {
            world.apply(&operation(*what, *which, much));
        }
    }
    world.settle();
    world.check();
}

fn operation(what: u8, which: u8, much: &[u8]) -> Op {
    let much = much.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let on = which % 2 == 1;
    match what % 24 {
        0..4 => Op::Publish,
        4..8 => Op::Send,
        8..11 => Op::Carry(usize::from(which % 5) + 1),
        11 => Op::Carry(1000),
        12 => Op::Cut,
        13 => Op::Mute,
        14 => Op::Late,
        15 => Op::Trim,
        16 => {
            if on {
                Op::Restart
            } else {
                Op::Forget
            }
        }
        17 => Op::Outage(on),
        18 => Op::Block(Kind::ALL[usize::from(which / 2) % Kind::ALL.len()], on),
        19 => Op::Advance(much % 20_000 + 1),
        20 => Op::Advance(much * 16),
        21 => Op::Page(PAGES[usize::from(which) % PAGES.len()]),
        22 => Op::Behind(on),
        _ => Op::Reconnect,
    }
}
