//! Heartbeat, replacing, page, `close()` and `reconnect()`.

use std::collections::BTreeSet;
use std::time::Duration;

use tautline::machine::{Answer, Config, Ending, Event, Heartbeat, Input, Output, Page, Phase};

use crate::driving::{broken, closed, millis, seconds};
use crate::world::{Wire, World};

/// A way into a state, and its name.
type Way = (&'static str, fn(&mut World));

fn beating() -> Config {
    let heartbeat = Heartbeat::new().interval(seconds(30)).timeout(seconds(10)).phase(seconds(5));
    Config { heartbeat: Some(heartbeat), ..Config::default() }
}

/// Advances until the heartbeat is sent, and says after how long.
fn until_ping(world: &mut World) -> Duration {
    let start = world.now;
    world.take_done();
    while !world.done.iter().any(|output| matches!(output, Output::Ping { .. })) {
        world.fire(world.machine.poll_timeout().expect("a heartbeat to come").max(world.now));
    }
    world.now.since(start)
}

fn dead(world: &World) -> bool {
    world.events.iter().any(|event| matches!(event, Event::Retry { cause: Ending::Dead { .. }, .. }))
}

#[test]
fn nothing_is_added_to_the_wire_unless_it_is_asked_for() {
    let mut world = World::connected(Config::default());
    world.advance(seconds(100_000));
    assert!(world.until_timer().is_none() && world.done.iter().all(|output| !matches!(output, Output::Ping { .. })));
}

#[test]
fn a_dead_connection_is_dropped_at_once_and_another_follows() {
    let mut world = World::connected(beating());
    until_ping(&mut world);
    let id = world.carrier();
    world.advance(millis(9_999));
    assert_eq!(world.phase(), Phase::Up);
    world.advance(millis(1));
    assert!(
        dead(&world) && world.take_done().contains(&Output::Abort { id, with: None }),
        "without waiting for its close"
    );
    assert_eq!(world.metrics().dead, 1);
    world.input(Input::Closed { id, closed: broken(), buffered: 0 });
    world.up();
}

#[test]
fn any_traffic_is_life() {
    let mut world = World::connected(beating());
    for _ in 0..100 {
        world.advance(seconds(25));
        world.hear(false);
    }
    until_ping(&mut world);
    world.hear(false);
    world.advance(seconds(29));
    assert!(!dead(&world) && world.phase() == Phase::Up);
}

#[test]
fn heartbeats_of_many_clients_spread_from_the_first_on() {
    let mut first = BTreeSet::new();
    let mut second = BTreeSet::new();
    for seed in 0..100 {
        let mut world = World::new(beating(), seed);
        world.connect();
        world.up();
        first.insert(until_ping(&mut world));
        world.hear(true);
        second.insert(until_ping(&mut world));
    }
    assert!(first.len() > 95 && *first.last().unwrap() > seconds(25) && *first.first().unwrap() < seconds(5));
    assert!(second.len() > 95 && second.iter().all(|wait| (seconds(30)..=seconds(35)).contains(wait)));
}

#[test]
fn a_page_that_slept_is_given_time_to_hear_what_has_arrived() {
    // It slept while the answer was on its way: the timer fires first, then the message is handled.
    let mut world = World::connected(beating());
    until_ping(&mut world);
    world.sleep(seconds(3600));
    assert_eq!(world.phase(), Phase::Up, "not judged at once");
    world.hear(true);
    world.advance(seconds(20));
    assert!(!dead(&world));
    // And one whose connection is gone does not believe in it for long.
    until_ping(&mut world);
    world.sleep(seconds(3600));
    world.advance(seconds(1));
    assert!(dead(&world));
}

#[test]
fn a_throttled_page_finds_out_too() {
    let mut world = World::connected(beating());
    until_ping(&mut world);
    let start = world.now;
    while world.phase() == Phase::Up {
        world.sleep(seconds(60));
    }
    assert!(dead(&world) && world.now.since(start) <= seconds(300), "{:?}", world.now.since(start));
}

#[test]
fn a_watchdog_only_listens() {
    let heartbeat = Heartbeat::new().ping(false).interval(seconds(20)).timeout(seconds(10));
    let mut world = World::connected(Config { heartbeat: Some(heartbeat), ..Config::default() });
    for _ in 0..10 {
        world.advance(seconds(29));
        world.hear(false);
    }
    assert!(world.done.iter().all(|output| !matches!(output, Output::Ping { .. })));
    world.advance(seconds(30));
    assert!(dead(&world));
}

#[test]
fn the_round_trip_is_measured() {
    let mut world = World::connected(beating());
    until_ping(&mut world);
    world.now = world.now + millis(40);
    world.hear(true);
    assert_eq!(world.metrics().round_trip, Some(millis(40)));
}

#[test]
fn another_connection_takes_over_without_a_gap_and_then_the_old_one_is_closed() {
    let mut world = World::connected(Config::default());
    let old = world.carrier();
    assert!(world.replace() && !world.replace(), "one at a time");
    world.take_events();
    world.resolve();
    assert_eq!(world.machine.carrier(), Some(old), "until the other is up");
    let new = world.open();
    assert_eq!((world.machine.carrier(), world.wires[&old]), (Some(new), Wire::Closing));
    let events = world.take_events();
    assert!(matches!(events[..], [Event::Open { replaced: true, .. }]), "{events:?}");
    let before = world.send_all(&[1]);
    world.announce();
    assert_eq!(world.take_sent(), before);
    world.input(Input::Closed { id: old, closed: closed(1000, ""), buffered: 0 });
    assert_eq!(world.wires.len(), 1);
}

#[test]
fn an_old_connection_that_does_not_close_is_dropped() {
    let mut world = World::connected(Config::default());
    let old = world.carrier();
    world.replace();
    world.resolve();
    world.open();
    world.advance(seconds(10));
    assert!(world.take_done().contains(&Output::Abort { id: old, with: None }));
}

#[test]
fn a_candidate_that_fails_leaves_the_live_connection_alone_and_another_follows() {
    let mut world = World::connected(Config::default());
    let live = world.carrier();
    world.replace();
    world.refuse();
    assert_eq!(world.machine.carrier(), Some(live));
    world.advance(seconds(1));
    world.resolve();
    assert!(world.opening().is_some() && !world.replace());
}

#[test]
fn a_candidate_goes_on_as_the_attempt_when_the_live_connection_ends() {
    let mut world = World::connected(Config::default());
    world.replace();
    world.resolve();
    let candidate = world.opening().unwrap();
    world.end(closed(1000, "drained"));
    assert_eq!(
        (world.phase(), world.opening()),
        (Phase::Opening, Some(candidate)),
        "also after 1000: it was to be replaced"
    );
    world.up();
    let mut world = World::connected(Config::default());
    world.replace();
    world.resolve();
    world.end(closed(1008, ""));
    assert_eq!((world.phase(), world.wires.len()), (Phase::Closed, 0));
}

#[test]
fn a_candidate_asks_for_another_token() {
    let mut world = World::of(Config { renew_before: Some(seconds(10)), ..Config::default() });
    world.connect();
    world.answer(Answer::Ready { valid_for: Some(seconds(60)) });
    world.open();
    world.announce();
    world.advance(seconds(49));
    assert_eq!(world.questions().len(), 1);
    world.advance(seconds(1));
    assert_eq!(world.questions().len(), 2, "ten seconds before it expires");
}

#[test]
fn a_connection_is_replaced_at_its_age_each_at_its_own_time() {
    let mut ages = BTreeSet::new();
    for seed in 0..50 {
        let mut world = World::new(Config { max_age: Some((seconds(100), seconds(50))), ..Config::default() }, seed);
        world.connect();
        world.up();
        let age = world.until_timer().unwrap();
        assert!((seconds(100)..=seconds(150)).contains(&age));
        world.advance(age);
        assert_eq!(world.resolving.len(), 1);
        ages.insert(age);
    }
    assert!(ages.len() > 45);
}

#[test]
fn offline_is_a_hint_that_asks_an_open_connection_and_slows_retries_down() {
    let mut world = World::connected(beating());
    world.take_done();
    world.input(Input::Page(Page::Offline));
    assert!(matches!(world.take_done()[..], [Output::Ping { .. }]) && world.phase() == Phase::Up);
    world.end(broken());
    for _ in 0..5 {
        assert!((seconds(15)..=seconds(30)).contains(&world.delay()));
        world.retry();
        world.refuse();
    }
    world.input(Input::Page(Page::Online));
    assert!(world.until_timer().unwrap() <= seconds(2), "a second after the last attempt, and a random part of one");
}

#[test]
fn a_page_that_is_seen_again_tries_at_once_each_at_its_own_time_and_not_each_time() {
    let mut delays = BTreeSet::new();
    for seed in 0..50 {
        let mut world = World::new(Config::default(), seed);
        world.connect();
        (0..5).for_each(|attempt| if attempt == 0 { world.refuse() } else { _ = world.refused_again() });
        world.now = world.now + seconds(2);
        world.input(Input::Page(Page::Visible));
        delays.insert(world.until_timer().unwrap_or_default());
        let before = world.metrics().attempts;
        for _ in 0..100 {
            world.advance(millis(10));
            world.input(Input::Page(Page::Visible));
            if world.phase() == Phase::Resolving {
                world.refuse();
            }
        }
        assert!(world.metrics().attempts <= before + 2, "signs in a row are no attempts in a row");
    }
    assert!(delays.len() > 25 && delays.iter().all(|delay| *delay <= seconds(1)), "{delays:?}");
}

#[test]
fn a_page_that_is_put_away_closes_with_a_stated_code_and_comes_back() {
    for away in [Page::Frozen, Page::Hidden] {
        let mut world = World::connected(Config { close_hidden_after: Some(seconds(60)), ..Config::default() });
        let id = world.carrier();
        world.input(Input::Page(away));
        if away == Page::Hidden {
            world.advance(seconds(59));
            assert_eq!(world.phase(), Phase::Up);
            world.advance(seconds(1));
        }
        let done = world.take_done();
        assert!(done.iter().any(|output| matches!(output, Output::Abort { id: gone, with: Some((code, reason)) }
            if *gone == id && code.get() == 4010 && reason.as_str() == "page suspended")));
        world.advance(seconds(86_400));
        assert_eq!(world.phase(), Phase::Suspended);
        world.input(Input::Page(if away == Page::Hidden { Page::Visible } else { Page::Resumed }));
        assert!(world.until_timer().unwrap() <= seconds(1));
        world.up();
    }
}

#[test]
fn an_attempt_that_is_stuck_when_the_network_comes_back_is_given_up_for_a_new_one() {
    let mut world = World::of(Config::default());
    world.connect();
    world.resolve();
    let stuck = world.opening().unwrap();
    world.advance(seconds(2));
    world.input(Input::Page(Page::Online));
    assert_eq!(world.opening(), Some(stuck), "it may still open");
    world.advance(seconds(5));
    world.input(Input::Page(Page::Online));
    assert!(world.wires.is_empty() && world.until_timer().unwrap() <= seconds(1));
}

#[test]
fn close_ends_in_one_close_event_from_every_state() {
    fn opening(world: &mut World) {
        world.connect();
        world.resolve();
    }
    let ways: [Way; 6] = [
        ("idle", |_| {}),
        ("resolving", World::connect),
        ("opening", opening),
        ("waiting", |world| {
            opening(world);
            world.refuse();
        }),
        ("suspended", |world| {
            world.connect();
            world.input(Input::Page(Page::Frozen));
        }),
        ("up", |world| {
            opening(world);
            world.up_now();
        }),
    ];
    for (name, way) in ways {
        let mut world = World::of(Config::default());
        way(&mut world);
        world.close();
        assert_eq!((world.phase(), world.final_closes().len()), (Phase::Closing, 0), "{name}: not in the same task");
        world.close();
        world.advance(seconds(10));
        assert_eq!((world.phase(), world.final_closes().len(), world.wires.len()), (Phase::Closed, 1, 0), "{name}");
        world.advance(seconds(86_400));
        assert_eq!(world.final_closes().len(), 1, "{name}");
    }
}

#[test]
fn reconnect_starts_anew_from_every_state_and_counts_from_zero() {
    let mut given_up = World::of(Config { max_retries: Some(1), ..Config::default() });
    given_up.connect();
    given_up.refuse();
    given_up.refused_again();
    assert_eq!(given_up.phase(), Phase::Closed);
    given_up.reconnect();
    given_up.refuse();
    given_up.up();

    let mut live = World::connected(Config::default());
    let old = live.carrier();
    live.reconnect();
    assert_eq!((live.phase(), live.wires[&old]), (Phase::Resolving, Wire::Closing));
    assert!(live.events.iter().any(|event| matches!(event, Event::Close { retrying: true, .. })));
    live.up();
    assert_eq!(live.questions().last(), Some(&(0, Some(Ending::Reconnect))));

    let mut closing = World::connected(Config::default());
    closing.close();
    closing.reconnect();
    closing.up();
    assert_eq!(closing.final_closes(), [], "it was taken back");
}

#[test]
fn a_message_is_counted_by_the_shorter_way_unless_there_is_a_heartbeat_to_be_told() {
    for (config, counts) in [(Config::default(), true), (beating(), false)] {
        let mut world = World::connected(config);
        let (id, timer) = (world.machine.carrier().expect("up"), world.machine.poll_timeout());
        let before = world.machine.metrics(world.now);
        assert_eq!(world.machine.count(id, 7), counts);
        let after = world.machine.metrics(world.now);
        let counted =
            [after.messages_received - before.messages_received, after.bytes_received - before.bytes_received];
        assert_eq!(counted, if counts { [1, 7] } else { [0, 0] });
        assert_eq!((world.machine.poll_output(), world.machine.poll_timeout()), (None, timer));
        assert!(!world.machine.count(tautline::machine::TransportId::new(id.get() + 1), 7), "of another transport");
    }
}
