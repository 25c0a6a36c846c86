//! Coming back: what the page does to a wait, and what a wait does to the page.

use tautline::machine::{Config, Ending, Event, Heartbeat, Input, Page, Phase};

use crate::driving::{broken, closed, millis, seconds};
use crate::world::World;

fn hiding() -> Config {
    Config { close_hidden_after: Some(seconds(60)), ..Config::default() }
}

#[test]
fn a_wait_that_the_server_has_asked_for_goes_on_while_the_page_is_away() {
    let mut world = World::connected(Config::default());
    world.end(closed(1013, "retry-in=60000+0"));
    world.advance(seconds(10));
    world.input(Input::Page(Page::Frozen));
    assert_eq!((world.phase(), world.until_timer()), (Phase::Suspended, None));
    world.sleep(seconds(10));
    world.input(Input::Page(Page::Resumed));
    assert_eq!((world.until_timer(), world.delay()), (Some(seconds(40)), seconds(40)));
    world.input(Input::Page(Page::Online));
    assert_eq!(world.until_timer(), Some(seconds(40)), "also then");
}

#[test]
fn the_time_that_the_page_was_away_does_not_count_as_time_spent_on_retries() {
    let mut world = World::connected(Config { max_elapsed: Some(seconds(60)), ..Config::default() });
    world.input(Input::Page(Page::Frozen));
    world.sleep(seconds(86_400));
    world.input(Input::Page(Page::Resumed));
    world.retry();
    world.refuse();
    assert_eq!(world.phase(), Phase::Waiting);
}

#[test]
fn a_hidden_page_does_not_stay_connected_by_another_way() {
    let ways: [fn(&mut World); 3] = [
        |world| {
            world.input(Input::Page(Page::Hidden));
            world.connect();
        },
        |world| {
            world.connect();
            world.input(Input::Page(Page::Hidden));
            world.advance(seconds(30));
            world.reconnect();
        },
        |world| {
            world.connect();
            world.input(Input::Page(Page::Hidden));
            world.input(Input::Page(Page::Frozen));
            world.input(Input::Page(Page::Resumed));
        },
    ];
    for way in ways {
        let mut world = World::of(hiding());
        way(&mut world);
        world.up();
        world.advance(seconds(59));
        assert_eq!(world.phase(), Phase::Up);
        world.advance(seconds(2));
        assert_eq!(world.phase(), Phase::Suspended);
        world.input(Input::Page(Page::Visible));
        world.up();
        world.advance(seconds(3600));
        assert_eq!(world.phase(), Phase::Up, "it is seen");
    }
}

#[test]
fn a_hidden_page_leaves_what_has_ended_alone() {
    let mut world = World::connected(hiding());
    world.close();
    world.advance(seconds(10));
    world.input(Input::Page(Page::Hidden));
    assert_eq!((world.phase(), world.until_timer()), (Phase::Closed, None));
}

#[test]
fn signs_of_the_page_in_a_row_do_not_keep_a_dead_connection_alive() {
    let mut world = World::connected(Config { heartbeat: Some(Heartbeat::default()), ..Config::default() });
    world.input(Input::Page(Page::Visible));
    for _ in 0..9 {
        world.advance(seconds(1));
        world.input(Input::Page(Page::Visible));
    }
    assert_eq!(world.phase(), Phase::Up);
    world.advance(seconds(1));
    assert_eq!(world.phase(), Phase::Waiting, "ten seconds after it was asked first");
}

#[test]
fn a_page_that_slept_is_asked_anew_when_it_is_seen() {
    let mut world = World::connected(Config { heartbeat: Some(Heartbeat::default()), ..Config::default() });
    world.input(Input::Page(Page::Visible));
    // The sign comes before the timer that is late.
    world.now = world.now + seconds(3600);
    world.input(Input::Page(Page::Visible));
    world.advance(millis(9_999));
    assert_eq!(world.phase(), Phase::Up);
    world.advance(millis(1));
    assert_eq!(world.phase(), Phase::Waiting);
}

#[test]
fn every_wait_is_told() {
    let mut world = World::of(Config::default());
    world.connect();
    world.resolve();
    world.advance(seconds(5));
    world.take_events();
    world.input(Input::Page(Page::Online));
    let told = world.take_events();
    let stuck = Ending::ConnectTimedOut(seconds(5));
    assert!(
        matches!(&told[..], [Event::Phase(Phase::Waiting), Event::Retry { cause, .. }] if *cause == stuck),
        "{told:?}"
    );
    world.up();
    world.end(broken());
    assert!(world.events.iter().any(|event| matches!(event, Event::Retry { .. })));
}
