//! Hours of a channel's life, in virtual time: connections that break, go silent and are blocked, a server that restarts and forgets, a page that
//! comes and goes, and messages both ways all the while.

use std::time::Duration;

use fastrand::Rng;
use tautline::channel::{Config, Event, Kind};
use tautline::machine::{Instant, Page};

use crate::world::{Op, World};

const HOURS: Duration = Duration::from_secs(2 * 3600);

const KINDS: [Kind; 3] = [Kind::WebSocket, Kind::EventStream, Kind::LongPolling];
const PAGES: [Page; 5] = [Page::Online, Page::Visible, Page::Frozen, Page::Resumed, Page::Resumed];

fn op(random: &mut Rng) -> Op {
    match random.u8(..64) {
        0..16 => Op::Publish,
        16..32 => Op::Send,
        32..44 => Op::Carry(random.usize(1..1000)),
        44..50 => Op::Advance(random.u64(1..5_000)),
        50 => Op::Advance(if random.u8(..8) == 0 { random.u64(60_000..1_000_000) } else { 1 }),
        51..53 => Op::Cut,
        53 => Op::Mute,
        54 => Op::Late,
        55 => Op::Trim,
        56 => Op::Restart,
        57 => Op::Forget,
        58 => Op::Outage(random.u8(..4) == 0),
        59..61 => Op::Block(KINDS[random.usize(..KINDS.len())], random.u8(..4) == 0),
        61 => Op::Page(PAGES[random.usize(..PAGES.len())]),
        62 => Op::Behind(random.u8(..4) == 0),
        _ => Op::Reconnect,
    }
}

#[test]
fn in_two_hours_of_drops_blocks_and_restarts_each_message_is_handled_once_and_in_order_or_its_loss_is_told() {
    let (mut opens, mut delivered) = (0, 0);
    for seed in 0..30 {
        let mut random = Rng::with_seed(seed);
        let mut world = World::new(Config::default(), seed, None);
        world.connect();
        while world.now < Instant::ZERO + HOURS {
            world.apply(&op(&mut random));
        }
        world.settle();
        world.check();
        opens += world.events.iter().filter(|event| matches!(event, Event::Opened { .. })).count();
        delivered += world.delivered.len();
    }
    assert!(opens > 500 && delivered > 5_000, "{opens} connections, {delivered} messages");
}
