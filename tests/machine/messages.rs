//! What becomes of messages.

use tautline::machine::{
    Config, Event, Fate, Heartbeat, Input, NotAccepted, OutboxError, OutboxLimits, OutboxOverflow, Output, Page, Pass,
    Phase,
};
use tautline::{ReadyState, SendMarks};

use crate::driving::{broken, closed, seconds};
use crate::world::World;

#[test]
fn what_waits_goes_out_after_the_open_event_and_in_order() {
    let mut world = World::of(Config::default());
    let early = world.send_all(&[1, 2]);
    world.connect();
    let late = world.send_all(&[3]);
    world.resolve();
    world.open();
    let latest = world.send_all(&[4]);
    assert_eq!(world.take_sent(), [], "the application has not handled the event");
    world.announce();
    assert_eq!(world.take_sent(), [early, late, latest].concat());
}

#[test]
fn what_is_sent_now_in_the_open_event_goes_first_and_later_what_waits_goes_first() {
    let mut world = World::of(Config { marks: SendMarks { high: 10, low: 1 }, ..Config::default() });
    let queued = world.send_all(&[20, 5]);
    world.connect();
    world.resolve();
    world.open();
    let hello = world.send_now(1).unwrap();
    world.announce();
    assert_eq!(world.take_sent(), [hello, queued[0]], "the second waits for bufferedAmount");
    let urgent = world.send_now(1).unwrap();
    assert_eq!(world.take_sent(), [queued[1], urgent]);
}

#[test]
fn what_is_sent_now_is_an_error_without_a_connection_and_is_never_queued() {
    let mut world = World::of(Config { requeue: true, ..Config::default() });
    for step in [World::connect, World::resolve] {
        step(&mut world);
        assert_eq!(world.send_now(1), Err(NotAccepted::NotOpen { state: ReadyState::Connecting }));
    }
    world.open();
    world.announce();
    let now = world.send_now(100).unwrap();
    let later = world.send(100, None).unwrap();
    world.end_with(broken(), 200);
    assert_eq!(world.fates(&[now, later]), [Fate::Unknown, Fate::Queued], "only the other one may be sent twice");
}

#[test]
fn a_full_outbox_does_as_it_was_told() {
    let limits = |overflow| OutboxLimits { messages: 2, bytes: 100, overflow };
    let full = |overflow| {
        let mut world = World::of(Config { outbox: limits(overflow), ..Config::default() });
        let ids = world.send_all(&[10, 20]);
        (world, ids)
    };
    let (mut world, _) = full(OutboxOverflow::Reject);
    let error = OutboxError::Full { queued: 2, queued_bytes: 30, messages: 2, bytes: 100 };
    assert_eq!(world.send(1, None), Err(NotAccepted::Outbox(error)));
    assert_eq!(world.send(101, None), Err(NotAccepted::Outbox(OutboxError::TooLarge { size: 101, bytes: 100 })));

    let (mut world, ids) = full(OutboxOverflow::DropOldest);
    let new = world.send(1, None).unwrap();
    assert_eq!(world.fates(&[ids[0], ids[1], new]), [Fate::Dropped, Fate::Queued, Fate::Queued]);

    let (mut world, ids) = full(OutboxOverflow::DropNewest);
    let new = world.send(1, None).unwrap();
    assert_eq!(world.fates(&[ids[0], ids[1], new]), [Fate::Queued, Fate::Queued, Fate::Dropped]);
    assert_eq!(world.metrics().dropped, 1);
}

#[test]
fn a_message_expires_on_time_and_is_not_sent_after_that() {
    let mut world = World::of(Config::default());
    world.connect();
    let short = world.send(1, Some(seconds(3))).unwrap();
    let long = world.send(1, Some(seconds(300))).unwrap();
    world.advance(seconds(2));
    assert_eq!(world.fates(&[short, long]), [Fate::Queued; 2]);
    world.advance(seconds(1));
    assert_eq!(world.fates(&[short, long]), [Fate::Expired, Fate::Queued]);
    // The page sleeps, and wakes with the open event before any timer.
    let asleep = world.send(1, Some(seconds(3))).unwrap();
    world.resolve();
    world.now = world.now + seconds(60);
    let id = world.opening().unwrap();
    world.input(Input::Opened { id });
    world.announce();
    assert_eq!(world.fates(&[asleep, long]), [Fate::Expired, Fate::HandedOver]);
}

#[test]
fn while_too_much_is_buffered_the_outbox_waits_and_looks_again() {
    let mut world = World::connected(Config { marks: SendMarks { high: 100, low: 10 }, ..Config::default() });
    let ids = world.send_all(&[60, 60, 60]);
    assert_eq!(world.take_sent(), ids[..2], "120 bytes are buffered");
    let id = world.carrier();
    world.sleep(world.until_timer().unwrap());
    assert_eq!(world.take_done(), [Output::AskBuffered { id }]);
    world.input(Input::Buffered { id, bytes: 50 });
    assert_eq!(world.take_sent(), [], "not yet at the low mark");
    world.sleep(world.until_timer().unwrap());
    world.input(Input::Buffered { id, bytes: 10 });
    assert_eq!(world.take_sent(), ids[2..]);
}

#[test]
fn a_message_may_pass_only_in_its_turn() {
    let mut world = World::of(Config { marks: SendMarks { high: 100, low: 10 }, ..Config::default() });
    assert_eq!(world.pass(1, false), Pass::Queue);
    world.send_all(&[1]);
    world.connect();
    world.resolve();
    world.open();
    assert_eq!(world.pass(1, false), Pass::Queue, "something waits");
    assert!(matches!(world.pass(1, true), Pass::Now { .. }), "urgent, in the open event");
    world.announce();
    assert!(matches!(world.pass(100, false), Pass::Now { .. }));
    let id = world.carrier();
    assert_eq!(world.pass(1, false), Pass::Ask { id });
    world.input(Input::Buffered { id, bytes: 0 });
    assert!(matches!(world.pass(1, false), Pass::Now { .. }));
}

#[test]
fn what_was_handed_over_is_unknown_when_the_connection_ends_unless_a_heartbeat_has_answered() {
    let heartbeat = Heartbeat::new().interval(seconds(10)).phase(seconds(0));
    let mut world = World::connected(Config { heartbeat: Some(heartbeat), ..Config::default() });
    let before = world.send_all(&[1, 2]);
    while !world.take_done().iter().any(|output| matches!(output, Output::Ping { .. })) {
        world.advance(seconds(1));
    }
    let after = world.send_all(&[3]);
    world.hear(false);
    world.hear(true);
    world.end(broken());
    assert_eq!(world.fates(&before), [Fate::HandedOver; 2], "read by whoever answers");
    assert_eq!(world.fates(&after), [Fate::Unknown]);
    assert_eq!(world.metrics().unknown, 1);
}

#[test]
fn a_closing_handshake_that_we_began_answers_for_all_that_was_sent() {
    let mut world = World::connected(Config { marks: SendMarks { high: 10, low: 1 }, ..Config::default() });
    let ids = world.send_all(&[10, 10, 10]);
    world.close();
    assert_eq!(world.take_sent(), ids, "close() hands over all that waits");
    world.end(closed(1005, ""));
    assert_eq!(world.fates(&ids), [Fate::HandedOver; 3]);

    let mut world = World::connected(Config::default());
    let ids = world.send_all(&[10]);
    world.close();
    world.end(closed(1001, "going down"));
    assert_eq!(world.fates(&ids), [Fate::Unknown], "the server's close frame has crossed ours");

    let mut world = World::connected(Config::default());
    let ids = world.send_all(&[10]);
    world.end(closed(1000, ""));
    assert_eq!(world.fates(&ids), [Fate::Unknown], "the server began");
}

#[test]
fn what_can_not_be_sent_any_more_fails() {
    let mut world = World::of(Config::default());
    world.connect();
    let ids = world.send_all(&[1, 2]);
    world.close();
    assert_eq!(world.fates(&ids), [Fate::Failed; 2]);
    assert_eq!(world.send(1, None), Err(NotAccepted::NotOpen { state: ReadyState::Closing }));
    world.fire(world.now);
    assert_eq!(world.send(1, None), Err(NotAccepted::NotOpen { state: ReadyState::Closed }));
}

#[test]
fn what_the_browser_still_buffered_is_sent_again_only_where_that_is_asked_for() {
    let lost = |requeue| {
        let mut world = World::connected(Config { requeue, ..Config::default() });
        let ids = world.send_all(&[10, 20, 30]);
        world.end_with(broken(), 45);
        (world, ids)
    };
    let (world, ids) = lost(false);
    assert_eq!(world.fates(&ids), [Fate::Unknown; 3]);
    let (mut world, ids) = lost(true);
    assert_eq!(world.fates(&ids), [Fate::Unknown, Fate::Queued, Fate::Queued], "30 and a part of 20");
    world.take_done();
    world.up();
    assert_eq!(world.take_sent(), ids[1..]);
}

#[test]
fn a_socket_of_the_browsers_that_is_open_no_more_gives_its_messages_back() {
    let mut world = World::connected(Config::default());
    world.go(world.carrier());
    let ids = world.send_all(&[1, 2, 3]);
    assert_eq!(world.fates(&ids), [Fate::Queued; 3]);
    assert_eq!(world.send_now(1), Err(NotAccepted::NotOpen { state: ReadyState::Closing }));
    world.end(broken());
    world.take_done();
    world.up();
    assert_eq!(world.take_sent(), ids);
}

#[test]
fn the_handshake_of_the_application_decides_when_the_connection_is_up() {
    let mut world = World::of(Config { handshake: true, ..Config::default() });
    world.connect();
    let ids = world.send_all(&[1]);
    world.resolve();
    world.open();
    assert_eq!((world.phase(), world.machine.ready_state()), (Phase::Greeting, ReadyState::Connecting));
    world.greet(false);
    assert_eq!(world.phase(), Phase::Waiting);
    world.retry();
    world.resolve();
    world.open();
    world.sleep(seconds(15));
    assert_eq!((world.phase(), world.wires.len()), (Phase::Waiting, 0), "a handshake that hangs is a failed attempt");
    world.take_done();
    world.up();
    assert_eq!(world.take_sent(), ids);
}

#[test]
fn a_page_that_is_put_away_keeps_what_waits() {
    let mut world = World::connected(Config::default());
    let sent = world.send_all(&[1]);
    world.input(Input::Page(Page::Frozen));
    let ids = world.send_all(&[2]);
    assert_eq!(world.fates(&[sent[0], ids[0]]), [Fate::Unknown, Fate::Queued]);
    world.input(Input::Page(Page::Resumed));
    world.take_done();
    world.up();
    assert_eq!(world.take_sent(), ids);
    assert!(!world.events.iter().any(|event| matches!(event, Event::Close { retrying: false, .. })));
}
