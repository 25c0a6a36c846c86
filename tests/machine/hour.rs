//! Hours of a socket's life, in virtual time: connections that open, break, freeze and are refused, a page that comes and goes, heartbeats
//! that are answered or not, and messages all the while.

use std::time::Duration;

use fastrand::Rng;
use tautline::machine::{Answer, Event, Input, Instant, Output, Page, Phase, Verdict};

use crate::driving::{broken, closed, seconds};
use crate::operations::config;
use crate::world::{Wire, World};

const HOURS: Duration = Duration::from_secs(2 * 3600);

const PAGES: [Page; 4] = [Page::Online, Page::Offline, Page::Visible, Page::Hidden];

/// What the browser, the application and the network owe the machine; each is given, but not always the good answer.
fn answer(world: &mut World, random: &mut Rng) {
    while let Some(id) = world.resolving.first().copied() {
        let answer = if random.u8(..10) == 0 { Answer::Failed } else { Answer::Ready { valid_for: Some(seconds(60)) } };
        world.input(Input::Resolved { id, answer });
    }
    while let Some(id) = world.probing.first().copied() {
        world.probing.remove(&id);
        let verdict = if random.u8(..4) == 0 { Verdict::Wait } else { Verdict::Connect };
        world.input(Input::Probed { id, verdict });
    }
    while let Some(id) = world.greeting.first().copied() {
        world.input(Input::Greeted { id, accepted: random.u8(..8) > 0 });
    }
    if let Some(id) = world.unannounced {
        world.input(Input::Announced { id });
    }
}

/// Something happens to one of the transports, or to the page.
fn happen(world: &mut World, random: &mut Rng, frozen: &mut bool) {
    let wires: Vec<_> = world.wires.iter().map(|(id, wire)| (*id, *wire)).collect();
    for (id, wire) in wires {
        match wire {
            Wire::Opening if random.u8(..3) > 0 => world.input(Input::Opened { id }),
            Wire::Opening if random.u8(..3) == 0 => {
                world.input(Input::Closed { id, closed: broken(), buffered: 0 });
            }
            Wire::Closing if random.bool() => {
                world.input(Input::Closed { id, closed: closed(1000, ""), buffered: 0 });
            }
            Wire::Open if random.u8(..40) == 0 => {
                let end = if random.bool() { broken() } else { closed(1012, "") };
                world.input(Input::Closed { id, closed: end, buffered: u64::from(random.u8(..)) });
            }
            _ => {}
        }
    }
    match random.u8(..60) {
        0..10 if *frozen => {
            *frozen = false;
            world.input(Input::Page(Page::Resumed));
        }
        0 => {
            *frozen = true;
            world.input(Input::Page(Page::Frozen));
        }
        1 => world.input(Input::Page(PAGES[random.usize(..PAGES.len())])),
        2 => world.sleep(seconds(random.u64(1..100))),
        3 => world.reconnect(),
        4 => _ = world.replace(),
        _ => {}
    }
}

/// Answers the heartbeats that were sent, or leaves one unanswered: then that connection is given up. How many there were.
fn beat(world: &mut World, random: &mut Rng) -> usize {
    let pings: Vec<_> = std::mem::take(&mut world.done)
        .into_iter()
        .filter_map(|output| match output {
            Output::Ping { id } => Some(id),
            _ => None,
        })
        .collect();
    for id in &pings {
        if world.wires.get(id) == Some(&Wire::Open) && random.u8(..20) > 0 {
            world.input(Input::Received { id: *id, bytes: 4, reply: true });
        }
    }
    pings.len()
}

/// The network is well, the page is there, and everything is answered: there is a connection before long.
fn recover(world: &mut World) {
    for page in [Page::Resumed, Page::Online, Page::Visible] {
        world.input(Input::Page(page));
    }
    world.reconnect();
    for _ in 0..100 {
        let wires: Vec<_> = world.wires.iter().map(|(id, wire)| (*id, *wire)).collect();
        for (id, wire) in wires {
            match wire {
                Wire::Opening => world.input(Input::Opened { id }),
                Wire::Closing => world.input(Input::Closed { id, closed: closed(1000, ""), buffered: 0 }),
                Wire::Open => {}
            }
        }
        for id in std::mem::take(&mut world.resolving) {
            world.input(Input::Resolved { id, answer: Answer::Ready { valid_for: None } });
        }
        for id in std::mem::take(&mut world.probing) {
            world.input(Input::Probed { id, verdict: Verdict::Connect });
        }
        for id in std::mem::take(&mut world.greeting) {
            world.input(Input::Greeted { id, accepted: true });
        }
        if let Some(id) = world.unannounced {
            world.input(Input::Announced { id });
        }
        if world.machine.phase() == Phase::Up && world.machine.queued() == (0, 0) {
            return;
        }
        if let Some(id) = world.machine.carrier() {
            world.input(Input::Buffered { id, bytes: 0 });
        }
        world.advance(seconds(1));
    }
    panic!("no connection: {:?}, {:?}", world.machine.phase(), world.events.last());
}

#[test]
fn two_hours_of_drops_page_changes_and_heartbeats_break_nothing_and_end_with_a_connection() {
    let (mut opens, mut pings, mut sleeps) = (0, 0, 0);
    for kind in (0..=u8::MAX).step_by(5) {
        let mut random = Rng::with_seed(u64::from(kind));
        let mut world = World::new(config(kind), u64::from(kind));
        world.connect();
        let mut frozen = false;
        while world.now < Instant::ZERO + HOURS {
            answer(&mut world, &mut random);
            happen(&mut world, &mut random, &mut frozen);
            if random.u8(..8) == 0 {
                // Where the outbox is full it says so.
                _ = world.send(usize::from(random.u8(..)), None);
            }
            pings += beat(&mut world, &mut random);
            if world.machine.phase() == Phase::Closed {
                world.reconnect();
            }
            world.advance(Duration::from_millis(random.u64(1..5_000)));
        }
        sleeps += usize::from(frozen);
        recover(&mut world);
        opens += world.events.iter().filter(|event| matches!(event, Event::Open { .. })).count();
        world.finish();
    }
    assert!(opens > 5_000 && pings > 1_000 && sleeps > 1, "{opens} connections, {pings} heartbeats, {sleeps} asleep");
}
