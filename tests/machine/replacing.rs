//! A connection that takes the place of another, and what is left of the other.

use tautline::SendMarks;
use tautline::machine::{Config, Event, Fate, Input, Phase};

use crate::driving::{broken, closed, seconds};
use crate::world::World;

/// Connected, and the transport that was replaced is on its way out.
fn replaced(config: Config, sizes: &[usize]) -> (World, Vec<tautline::machine::MessageId>) {
    let mut world = World::connected(config);
    let ids = world.send_all(sizes);
    world.advance(seconds(1000));
    world.replace();
    world.resolve();
    world.open();
    world.announce();
    (world, ids)
}

#[test]
fn the_count_starts_anew_when_a_connection_that_has_lasted_is_replaced() {
    let config = || Config { max_elapsed: Some(seconds(60)), max_retries: Some(2), ..Config::default() };
    let mut world = World::of(config());
    world.connect();
    world.refuse();
    world.refused_again();
    world.up();
    world.advance(seconds(1000));
    world.replace();
    world.resolve();
    world.open();
    world.end(broken());
    assert_eq!(world.phase(), Phase::Waiting, "it was connected until just now");
    assert!(world.delay() <= seconds(1));
}

#[test]
fn what_is_queued_again_from_a_replaced_connection_goes_to_the_new_one_at_once() {
    let config = || Config { requeue: true, ..Config::default() };
    let (mut world, ids) = replaced(config(), &[10, 20]);
    world.take_done();
    let old = *world.wires.first_key_value().unwrap().0;
    world.input(Input::Closed { id: old, closed: broken(), buffered: 20 });
    assert_eq!(world.fates(&ids), [Fate::Unknown, Fate::HandedOver]);
    assert_eq!(world.take_sent(), ids[1..]);

    let (mut world, ids) = replaced(config(), &[10, 20]);
    world.take_done();
    world.advance(seconds(10));
    assert_eq!(world.fates(&ids), [Fate::HandedOver; 2], "the same where its closing handshake took too long");
}

#[test]
fn what_a_replaced_connection_gives_back_goes_to_the_new_one() {
    let mut world = World::connected(Config { marks: SendMarks { high: 10, low: 1 }, ..Config::default() });
    let id = world.carrier();
    let message_id = world.send(5, None).unwrap();
    // The driver finds out only after the machine has gone on.
    world.replace();
    world.resolve();
    world.open();
    world.announce();
    world.give_back(id, message_id);
    let at = world.until_timer().unwrap();
    world.advance(at);
    let new = world.carrier();
    world.input(Input::Buffered { id: new, bytes: 0 });
    assert_eq!(world.fates(&[message_id]), [Fate::HandedOver]);
}

#[test]
fn an_end_is_told_only_of_messages_of_that_connection() {
    let mut world = World::of(Config::default());
    world.connect();
    let queued = world.send_all(&[1]);
    world.resolve();
    let old = world.open();
    let urgent = world.send_now(2).unwrap();
    world.replace();
    world.resolve();
    world.open();
    world.announce();
    let later = world.send_all(&[3]);
    world.end(broken());
    assert_eq!(world.fates(&[queued[0], urgent, later[0]]), [Fate::Unknown, Fate::HandedOver, Fate::Unknown]);
    world.input(Input::Closed { id: old, closed: closed(1000, ""), buffered: 0 });
    assert_eq!((world.fates(&[urgent]), world.metrics().unknown), (vec![Fate::HandedOver], 2), "it was answered");
}

#[test]
fn nothing_is_told_after_the_last_close_event() {
    let ends: [fn(&mut World); 2] = [
        |world| {
            world.close();
            world.end(closed(1000, ""));
        },
        |world| world.end(closed(1008, "")),
    ];
    for end in ends {
        let (mut world, ids) = replaced(Config::default(), &[1]);
        end(&mut world);
        assert!(world.phase() == Phase::Closed && world.wires.is_empty() && world.until_timer().is_none());
        assert_eq!(world.fates(&ids), [Fate::Unknown], "its closing handshake was not waited for");
        assert!(matches!(world.events.last(), Some(Event::Close { retrying: false, .. })));
    }
}

#[test]
fn closes_are_counted_once_for_each_connection_that_was_up() {
    let (mut world, _) = replaced(Config::default(), &[]);
    world.advance(seconds(10));
    world.close();
    world.end(closed(1000, ""));
    world.reconnect();
    world.resolve();
    world.close();
    world.advance(seconds(10));
    assert_eq!(
        (world.metrics().opens, world.metrics().closes.iter().collect::<Vec<_>>()),
        (2, vec![(1000, 1), (1006, 1)])
    );
}
