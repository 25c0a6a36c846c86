//! Everything that can happen to a machine, as operations read from bytes: one list for the property tests and the fuzzer.

use std::time::Duration;

use tautline::machine::{
    Answer, Backoff, CloseAction, ClosePolicy, Config, Heartbeat, Input, OutboxLimits, OutboxOverflow, Page, ProbeRule,
    TransportId, Verdict,
};
use tautline::{CloseCode, CloseReason, Closed, SendMarks, StatusCode};

use crate::world::{UNFIT, World};

/// How many bytes make one operation: what it is, whom it concerns, and how much of it.
pub(crate) const LENGTH: usize = 4;

const CODES: [u16; 14] = [1000, 1001, 1002, 1005, 1006, 1008, 1011, 1012, 1013, 3000, 4000, 4001, 4321, 4999];
const REASONS: [&str; 6] =
    ["", "bye", "retry-in=0", "retry-in=5000+100", "retry-in=99999999999999999999", "retry-in=x"];
const PAGES: [Page; 6] = [Page::Online, Page::Offline, Page::Visible, Page::Hidden, Page::Frozen, Page::Resumed];

/// One of the configurations worth trying: the bits of `kind` turn features on.
pub(crate) fn config(kind: u8) -> Config {
    let on = |bit: u8| kind & (1 << bit) != 0;
    let seconds = Duration::from_secs;
    let overflow = match kind % 3 {
        0 => OutboxOverflow::Reject,
        1 => OutboxOverflow::DropOldest,
        _ => OutboxOverflow::DropNewest,
    };
    Config {
        backoff: if on(0) { Backoff::default() } else { Backoff::Fixed { delay: seconds(0), spread: seconds(1) } },
        max_retries: on(1).then_some(3),
        max_elapsed: (on(1) && on(2)).then_some(seconds(40)),
        handshake: on(2),
        close_policy: ClosePolicy::default().with(4001..=4001, CloseAction::Now).with(4321..=4321, CloseAction::Never),
        endpoints: if on(3) { 3 } else { usize::from(on(4)) },
        outbox: OutboxLimits { messages: 5, bytes: 1000, overflow },
        requeue: on(4),
        marks: SendMarks { high: 500, low: if on(5) { 100 } else { 600 } },
        heartbeat: on(5).then(|| Heartbeat::new().ping(!on(6))),
        max_age: on(6).then_some((seconds(60), seconds(10))),
        renew_before: on(3).then_some(seconds(5)),
        probe: on(7).then(ProbeRule::default),
        close_hidden_after: on(7).then_some(seconds(30)),
        ..Config::default()
    }
}

/// Runs the operations that these bytes stand for; the first byte chooses the configuration.
pub(crate) fn run(data: &[u8]) -> World {
    let (kind, rest) = data.split_first().map_or((0, data), |(kind, rest)| (*kind, rest));
    let mut world = World::new(config(kind), u64::from(kind));
    for operation in rest.chunks_exact(LENGTH) {
        apply(&mut world, operation);
    }
    world
}

/// Carries out one operation. Whatever the bytes, and whatever the state, it means something.
pub(crate) fn apply(world: &mut World, operation: &[u8]) {
    let [what, whom, much, more] = operation else { return };
    let (whom, much, more) = (*whom, *much, *more);
    let id = |world: &World| choose(world, whom);
    match what % 30 {
        0 => world.connect(),
        1 => world.close(),
        2 => {
            let with = (CloseCode::NORMAL, CloseReason::default());
            world.close_with(Some(with));
        }
        3 => world.reconnect(),
        4 => _ = world.replace(),
        5 | 6 => _ = world.send(usize::from(much) * usize::from(more % 5), None),
        7 => _ = world.send(usize::from(much), Some(Duration::from_millis(u64::from(more) * 100))),
        8 => _ = world.send_now(usize::from(much)),
        9 => _ = world.pass(usize::from(much), more % 2 == 0),
        10 => world.advance(Duration::from_millis(u64::from(much) * 10)),
        11 => world.advance(Duration::from_secs(u64::from(much))),
        12 => world.sleep(Duration::from_secs(u64::from(much) * u64::from(more))),
        13 => world.fire(world.now),
        14 => world.input(Input::Page(PAGES[usize::from(much) % PAGES.len()])),
        15 | 16 => {
            let valid_for = (more % 3 == 0).then(|| Duration::from_secs(u64::from(more)));
            let answer = match much % 8 {
                0 => Answer::Failed,
                1 => Answer::Stop,
                _ => Answer::Ready { valid_for },
            };
            let id = world.resolving.first().copied().filter(|_| whom > 20).or_else(|| id(world));
            on(world, id, |id| Input::Resolved { id, answer });
        }
        17 | 18 => on(world, id(world), |id| Input::Opened { id }),
        19 => on(world, id(world), |id| Input::Greeted { id, accepted: much % 4 != 0 }),
        20 | 21 => {
            let id = world.unannounced.filter(|_| whom > 20).or_else(|| id(world));
            on(world, id, |id| Input::Announced { id });
        }
        22 => on(world, id(world), |id| Input::Received { id, bytes: usize::from(much), reply: more % 2 == 0 }),
        23 => on(world, id(world), |id| Input::Failed { id }),
        24 => {
            let code = StatusCode::new(CODES[usize::from(much) % CODES.len()]).unwrap_or(StatusCode::ABNORMAL_CLOSURE);
            let closed = Closed::new(code, REASONS[usize::from(more) % REASONS.len()], more % 2 == 0);
            on(world, id(world), |id| Input::Closed { id, closed: closed.clone(), buffered: u64::from(more) });
        }
        25 => on(world, id(world), |id| Input::Buffered { id, bytes: u64::from(much) * 4 }),
        26 => on(world, id(world), |id| Input::Rejected { id, for_good: much % 4 == 0 }),
        27 => {
            if let Some(id) = id(world) {
                world.go(id);
            }
        }
        28 => _ = world.send(UNFIT, None),
        _ => {
            let verdict = match much % 5 {
                0 => Verdict::Connect,
                1 => Verdict::Refresh,
                2 => Verdict::Wait,
                3 => Verdict::WaitFor(Duration::from_secs(u64::from(more))),
                _ => Verdict::Stop { status: Some(401) },
            };
            let id = world.probing.first().copied().filter(|_| whom > 20).or_else(|| id(world));
            on(world, id, |id| Input::Probed { id, verdict });
        }
    }
}

/// One of the transports there are, or, seldom, one there was.
fn choose(world: &World, whom: u8) -> Option<TransportId> {
    let pick = |from: &mut dyn Iterator<Item = TransportId>, count: usize| from.nth(usize::from(whom) % count.max(1));
    if whom > 20 && !world.wires.is_empty() {
        return pick(&mut world.wires.keys().copied(), world.wires.len());
    }
    pick(&mut world.ids.iter().copied(), world.ids.len())
}

fn on(world: &mut World, id: Option<TransportId>, input: impl Fn(TransportId) -> Input) {
    let Some(id) = id else { return };
    let input = input(id);
    // A driver tells no event of a transport that it was told to drop, nor one that a browser can't fire.
    let impossible = match &input {
        Input::Opened { id } => world.wires.get(id) != Some(&crate::world::Wire::Opening),
        Input::Closed { id, .. } => !world.wires.contains_key(id),
        Input::Rejected { id, .. } => world.wires.get(id) != Some(&crate::world::Wire::Opening),
        _ => false,
    };
    if impossible {
        return late(world, input);
    }
    world.input(input);
}

/// A late input: whatever it says of a transport that is no more, nothing changes.
fn late(world: &mut World, input: Input) {
    let known = match &input {
        Input::Opened { id } | Input::Closed { id, .. } | Input::Rejected { id, .. } => world.wires.contains_key(id),
        _ => true,
    };
    if !known {
        let before = (world.machine.phase(), world.machine.poll_timeout(), world.events.len());
        world.input(input);
        let after = (world.machine.phase(), world.machine.poll_timeout(), world.events.len());
        assert_eq!(before, after, "a late input changes nothing");
    }
}
