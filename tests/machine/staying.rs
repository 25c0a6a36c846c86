//! What must not end a socket, nor make it hammer its server.

use std::collections::BTreeSet;
use std::time::Duration;

use tautline::machine::{Answer, Config, Event, Input, Output, Page, Phase};

use crate::driving::{broken, closed, seconds};
use crate::world::World;

#[test]
fn a_connection_that_was_drained_and_is_closed_with_1000_is_followed_by_another_also_when_the_first_candidate_failed() {
    let mut world = World::connected(Config::default());
    world.advance(seconds(100));
    world.replace();
    world.refuse();
    world.end(closed(1000, "drained"));
    assert_eq!(world.phase(), Phase::Waiting);
    world.up();
}

#[test]
fn the_age_of_a_connection_that_was_replaced_counts_for_the_next_one() {
    let mut world = World::connected(Config { max_elapsed: Some(seconds(60)), ..Config::default() });
    world.advance(seconds(3600));
    world.replace();
    world.up();
    world.advance(seconds(2));
    world.end(broken());
    assert_eq!(world.phase(), Phase::Waiting, "it was lost two seconds ago, not an hour");
}

#[test]
fn no_hint_turns_the_backoff_off() {
    let mut world = World::connected(Config::default());
    let (mut connections, end) = (0, world.now + seconds(120));
    while world.now < end {
        world.end(closed(1012, "retry-in=0+0"));
        world.up();
        connections += 1;
    }
    assert!(connections < 60, "{connections} connections in two minutes");
}

#[test]
fn a_server_that_wants_every_connection_replaced_is_not_hammered() {
    let mut world = World::connected(Config::default());
    let (mut swaps, end) = (0, world.now + seconds(120));
    while world.now < end {
        world.machine.drain(world.now);
        world.drain();
        world.advance(world.until_timer().unwrap_or_default());
        world.resolve();
        if world.opening().is_some() {
            world.open();
            world.announce();
            swaps += 1;
        }
    }
    assert!((3..60).contains(&swaps), "{swaps} in two minutes");
}

#[test]
fn clients_that_are_asked_to_drain_together_do_so_each_at_its_own_time() {
    let waits: BTreeSet<_> = (0..50)
        .map(|seed| {
            let mut world = World::new(Config::default(), seed);
            world.connect();
            world.up();
            world.advance(seconds(100));
            world.machine.drain(world.now);
            world.drain();
            world.until_timer().unwrap()
        })
        .collect();
    assert!(waits.len() > 40 && *waits.last().unwrap() <= seconds(1), "{waits:?}");
}

#[test]
fn a_browsers_socket_that_closes_and_does_not_say_so_is_given_up_in_time() {
    let mut world = World::connected(Config::default());
    let id = world.carrier();
    world.go(id);
    let ids = world.send_all(&[1]);
    world.advance(seconds(10));
    assert!(world.done.contains(&Output::Abort { id, with: None }));
    world.take_done();
    world.up();
    assert_eq!(world.take_sent(), ids);
}

#[test]
fn a_token_that_the_server_has_refused_is_not_used_again() {
    let good = Answer::Ready { valid_for: Some(seconds(3600)) };
    for (code, asked) in [(4401, 2), (1011, 1)] {
        let mut world = World::of(Config::default());
        world.connect();
        world.answer(good);
        world.open();
        world.announce();
        world.end(closed(code, ""));
        world.retry();
        assert_eq!(world.questions().len(), asked, "{code}");
    }
    let mut world = World::of(Config { handshake: true, ..Config::default() });
    world.connect();
    world.answer(good);
    world.open();
    world.sleep(seconds(15));
    world.retry();
    assert_eq!(world.questions().len(), 2, "a handshake that hangs may be the token's fault");
}

#[test]
fn a_candidate_never_uses_an_answer_again() {
    let mut world = World::of(Config::default());
    world.connect();
    world.answer(Answer::Ready { valid_for: Some(seconds(3600)) });
    world.open();
    world.announce();
    world.replace();
    assert_eq!(world.questions().len(), 2, "it may be what is to be replaced");
}

#[test]
fn an_answer_that_is_about_to_expire_is_not_good_enough_for_another_connection() {
    let mut world = World::of(Config { renew_before: Some(seconds(10)), ..Config::default() });
    world.connect();
    world.answer(Answer::Ready { valid_for: Some(seconds(60)) });
    world.open();
    world.announce();
    world.advance(seconds(49));
    world.end(broken());
    world.sleep(seconds(3));
    assert_eq!(world.questions().len(), 2);
}

#[test]
fn a_replacement_that_was_given_up_is_tried_again_at_the_next_age() {
    let config = Config { max_age: Some((seconds(100), Duration::ZERO)), max_retries: Some(1), ..Config::default() };
    let mut world = World::connected(config);
    for _ in 0..3 {
        world.advance(seconds(100));
        while !world.resolving.is_empty() || world.until_timer().is_some_and(|wait| wait < seconds(50)) {
            if world.resolving.is_empty() {
                world.advance(world.until_timer().unwrap());
            } else {
                world.refuse();
            }
        }
    }
    let failed = |event: &&Event| matches!(event, Event::ReplaceFailed { delay: None, .. });
    assert_eq!((world.events.iter().filter(failed).count(), world.phase()), (3, Phase::Up));
}

#[test]
fn the_time_that_a_page_is_put_away_is_no_time_of_trying() {
    let mut world = World::connected(Config { max_elapsed: Some(seconds(60)), ..Config::default() });
    world.advance(seconds(100));
    world.input(Input::Page(Page::Frozen));
    world.advance(seconds(600));
    world.input(Input::Page(Page::Resumed));
    world.retry();
    world.refuse();
    assert_eq!(world.phase(), Phase::Waiting);
}
