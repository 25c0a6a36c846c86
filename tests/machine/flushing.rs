//! How the outbox empties, and what it does when nobody looks for a while.

use std::time::Duration;

use tautline::SendMarks;
use tautline::machine::{Config, Fate, Input, OutboxLimits, Output, Pass};

use crate::driving::{broken, millis, seconds};
use crate::world::World;

fn marks(high: u64, low: u64) -> Config {
    Config { marks: SendMarks { high, low }, ..Config::default() }
}

fn asked(world: &mut World) -> bool {
    world.take_done().iter().any(|output| matches!(output, Output::AskBuffered { .. }))
}

#[test]
fn the_browsers_buffer_is_looked_at_less_and_less_often_while_it_stays_full() {
    let mut world = World::connected(marks(10, 5));
    world.send_all(&[10, 1]);
    let id = world.carrier();
    for wait in [1, 2, 4, 8, 16, 32, 32] {
        assert_eq!(world.until_timer(), Some(millis(wait)));
        world.advance(millis(wait));
        assert!(asked(&mut world));
        world.input(Input::Buffered { id, bytes: 10 });
    }
    world.advance(millis(32));
    world.take_done();
    world.input(Input::Buffered { id, bytes: 6 });
    assert_eq!(world.take_sent(), [], "not down to the lower mark");
    world.advance(millis(1));
    world.input(Input::Buffered { id, bytes: 5 });
    assert_eq!(world.take_sent().len(), 1);
}

#[test]
fn an_outbox_that_takes_nothing_does_not_stop_a_socket_whose_buffer_was_full_once() {
    let outbox = OutboxLimits { messages: 0, ..OutboxLimits::default() };
    let mut world = World::connected(Config { outbox, ..marks(10, 5) });
    world.send(10, None).unwrap();
    assert!(world.send(1, None).is_err(), "as far as is known it is full");
    world.advance(millis(1));
    assert!(asked(&mut world));
    let id = world.carrier();
    world.input(Input::Buffered { id, bytes: 0 });
    world.send(1, None).unwrap();
}

#[test]
fn whoever_passes_messages_asks_once_and_then_waits_for_the_timer() {
    let mut world = World::connected(marks(10, 5));
    let id = world.carrier();
    assert!(matches!(world.pass(10, false), Pass::Now { .. }));
    assert_eq!(world.pass(1, false), Pass::Ask { id });
    world.input(Input::Buffered { id, bytes: 10 });
    assert_eq!(world.pass(1, false), Pass::Queue);
    assert!(matches!(world.pass(1, true), Pass::Now { .. }), "urgent ones don't wait for it");
    world.input(Input::Buffered { id, bytes: 0 });
    assert!(matches!(world.pass(1, false), Pass::Now { .. }));
}

#[test]
fn what_has_expired_is_never_sent_however_late_the_timer_is() {
    let mut world = World::connected(marks(10, 5));
    world.send(10, None).unwrap();
    let (stale, good) = (world.send(1, Some(seconds(1))).unwrap(), world.send(1, None).unwrap());
    world.take_done();
    world.now = world.now + seconds(60);
    let id = world.carrier();
    world.input(Input::Buffered { id, bytes: 0 });
    assert_eq!((world.take_sent(), world.fates(&[stale])), (vec![good], vec![Fate::Expired]));
}

#[test]
fn what_has_expired_takes_no_room_however_late_the_timer_is() {
    let outbox = OutboxLimits { messages: 1, ..OutboxLimits::default() };
    let mut world = World::of(Config { outbox, ..Config::default() });
    let stale = world.send(1, Some(seconds(1))).unwrap();
    assert!(world.send(1, None).is_err());
    world.now = world.now + seconds(60);
    let good = world.send(1, None).unwrap();
    assert_eq!(world.fates(&[stale, good]), [Fate::Expired, Fate::Queued]);
}

#[test]
fn what_was_sent_now_to_a_socket_that_is_open_no_more_fails_and_comes_back_never() {
    // Once by way of the outputs, as where messages may be queued again; once in the open event.
    for announced in [true, false] {
        let mut world = World::of(Config { requeue: true, ..Config::default() });
        world.connect();
        world.resolve();
        world.open();
        if announced {
            world.announce();
        }
        world.go(world.carrier());
        let id = world.send_now(1).unwrap();
        assert_eq!(world.fates(&[id]), [Fate::Failed]);
        world.end(broken());
        world.take_done();
        world.up();
        assert_eq!(world.take_sent(), []);
    }
}

#[test]
fn a_message_that_may_wait_no_time_at_all_is_sent_at_once_or_expires() {
    let mut world = World::connected(marks(10, 5));
    let sent = world.send(10, Some(Duration::ZERO)).unwrap();
    let late = world.send(1, Some(Duration::ZERO)).unwrap();
    assert_eq!(world.fates(&[sent, late]), [Fate::HandedOver, Fate::Expired]);
}
