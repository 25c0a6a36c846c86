//! What counts as a failure, and which endpoint and which answer come next.

use std::time::Duration;

use tautline::machine::{
    Answer, Backoff, CloseAction, ClosePolicy, Config, Ending, Event, Input, Instant, Output, Phase, ProbeRule, Verdict,
};

use crate::driving::{broken, closed, seconds};
use crate::world::World;

fn endpoints(world: &World) -> Vec<usize> {
    let tried = world.events.iter().filter_map(|event| match event {
        Event::Connecting { endpoint, .. } => Some(*endpoint),
        _ => None,
    });
    tried.collect()
}

#[test]
fn a_short_connection_comes_back_with_backoff_even_where_its_code_says_now() {
    let close_policy = ClosePolicy::default().with(4001..=4001, CloseAction::Now);
    let mut world = World::connected(Config { close_policy, ..Config::default() });
    world.end(closed(4001, ""));
    assert_ne!(world.delay(), Duration::ZERO);
    world.up();
    world.advance(seconds(5));
    world.end(closed(4001, ""));
    assert_eq!(world.delay(), Duration::ZERO);
}

#[test]
fn an_endpoint_that_accepts_and_closes_at_once_gives_way_to_the_next_one() {
    let mut world = World::connected(Config { endpoints: 3, ..Config::default() });
    for _ in 0..3 {
        world.end(closed(1011, ""));
        world.up();
    }
    world.advance(seconds(5));
    world.end(broken());
    world.up();
    let tried = endpoints(&world);
    let first = tried[0];
    let turns = [0, 1, 2, 3, 3].map(|turn| (first + turn) % 3);
    assert_eq!(tried, turns, "and one that was good is tried again");
}

#[test]
fn the_answer_for_each_endpoint_is_used_as_long_as_it_is_good() {
    let mut world = World::of(Config { endpoints: 3, ..Config::default() });
    world.connect();
    while world.now < Instant::from_micros(100_000_000) {
        match world.phase() {
            Phase::Waiting => world.retry(),
            Phase::Resolving => world.answer(Answer::Ready { valid_for: Some(seconds(3600)) }),
            _ => world.refuse(),
        }
    }
    assert_eq!(world.questions().len(), 3, "one for each");
}

#[test]
fn an_answer_with_which_the_handshake_failed_is_not_used_again() {
    for candidate in [false, true] {
        let mut world = World::of(Config { handshake: true, ..Config::default() });
        world.connect();
        if candidate {
            world.up();
            world.replace();
        }
        world.answer(Answer::Ready { valid_for: Some(seconds(3600)) });
        world.open();
        world.greet(false);
        if candidate {
            world.end(broken());
        }
        world.take_done();
        world.retry();
        assert_eq!(world.questions().len(), 1);
    }
}

#[test]
fn a_candidate_has_a_count_of_its_own() {
    let timeouts = Config { connect_timeout: [1, 2, 3].map(seconds).to_vec(), ..Config::default() };
    let mut world = World::of(Config { backoff: Backoff::Fixed { delay: seconds(9), spread: seconds(0) }, ..timeouts });
    world.connect();
    world.refuse();
    world.refused_again();
    world.up();
    world.advance(seconds(100));
    world.take_done();
    world.replace();
    for (attempt, timeout) in [(0, 1), (1, 2), (2, 3), (3, 3)] {
        assert_eq!(world.questions().last().unwrap().0, attempt);
        world.resolve();
        assert_eq!(world.until_timer(), Some(seconds(timeout)));
        world.advance(seconds(timeout));
        world.advance(seconds(9));
        let last = world.questions().last().unwrap().1.clone();
        assert_eq!(last, Some(Ending::ConnectTimedOut(seconds(timeout))));
    }
}

#[test]
fn a_candidate_that_the_server_turns_away_follows_the_close_policy_and_the_hint() {
    let turned_away = |code, reason| {
        let mut world = World::connected(Config { handshake: true, ..Config::default() });
        world.replace();
        world.resolve();
        let id = world.open();
        world.input(Input::Closed { id, closed: closed(code, reason), buffered: 0 });
        let delay = world.events.iter().rev().find_map(|event| match event {
            Event::ReplaceFailed { delay, .. } => Some(*delay),
            _ => None,
        });
        assert_eq!(world.phase(), Phase::Up, "the live connection stays");
        delay.expect("it was told")
    };
    assert_eq!(turned_away(1008, ""), None);
    assert_eq!(turned_away(1013, "retry-in=50000+0"), Some(seconds(50)));
    assert!(turned_away(4000, "").is_some_and(|delay| delay <= seconds(1)));
}

#[test]
fn a_probe_that_says_wait_counts_as_the_attempt_it_took_the_place_of() {
    let probe = Some(ProbeRule { after_failures: 1, every: Duration::ZERO });
    let mut world = World::of(Config { probe, endpoints: 2, max_retries: Some(2), ..Config::default() });
    world.connect();
    world.refuse();
    world.retry();
    let id = *world.probing.first().unwrap();
    world.input(Input::Probed { id, verdict: Verdict::Wait });
    world.retry();
    let asked = world.done.iter().filter_map(|output| match output {
        Output::Probe { endpoint, .. } => Some(*endpoint),
        _ => None,
    });
    let asked: Vec<_> = asked.collect();
    assert_ne!(asked[0], asked[1], "the next endpoint has its turn");
    world.sleep(seconds(15));
    assert_eq!(world.phase(), Phase::Closed, "both retries are used up");
}

#[test]
fn a_wait_of_zero_stays_zero_for_ever() {
    let zero = Duration::ZERO;
    let backoff = Backoff::Exponential { base: zero, factor: 3.0, cap: seconds(20) };
    let mut world = World::of(Config { backoff, ..Config::default() });
    world.connect();
    world.refuse();
    assert!((0..2000).all(|_| world.refused_again() == zero));
}
