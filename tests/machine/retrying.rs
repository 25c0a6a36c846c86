//! When it comes back, and when it does not.

use std::collections::BTreeSet;
use std::time::Duration;

use tautline::machine::{
    Answer, Backoff, CloseAction, ClosePolicy, Config, Ending, Event, GaveUp, Input, Output, Page, Phase, ProbeRule,
    Verdict,
};

use crate::driving::{broken, closed, millis, seconds};
use crate::world::World;

fn gave_up(world: &World) -> Option<GaveUp> {
    world.events.iter().rev().find_map(|event| match event {
        Event::GaveUp { why } => Some(*why),
        _ => None,
    })
}

#[test]
fn the_wait_grows_while_attempts_fail_up_to_the_cap_and_for_years() {
    let mut world = World::of(Config::default());
    world.connect();
    world.refuse();
    for longest in [1, 3, 9, 20, 20, 20] {
        let waited = world.refused_again();
        assert!(waited <= seconds(longest), "{waited:?} of {longest} s");
    }
    // A few years of an outage.
    for _ in 0..2_000 {
        assert!(world.refused_again() <= seconds(20));
        world.now = world.now + seconds(86_400);
    }
    world.up();
}

#[test]
fn the_connect_timeout_grows_with_each_failed_attempt_and_is_short_again_after_a_connection_that_lasted() {
    let mut world = World::of(Config::default());
    world.connect();
    world.resolve();
    for timeout in [10, 20, 40, 60, 60] {
        assert_eq!(world.until_timer(), Some(seconds(timeout)));
        world.sleep(seconds(timeout));
        assert_eq!(world.phase(), Phase::Waiting);
        world.retry();
        world.resolve();
    }
    world.open();
    world.announce();
    world.advance(seconds(5));
    world.end(broken());
    world.retry();
    world.resolve();
    assert_eq!(world.until_timer(), Some(seconds(10)));
}

#[test]
fn a_server_that_accepts_and_closes_at_once_is_backed_off_like_one_that_refuses() {
    let longest = |lasts: u64| {
        let mut world = World::connected(Config::default());
        let mut waits = Vec::new();
        for _ in 0..40 {
            world.advance(seconds(lasts));
            world.end(broken());
            waits.push(world.delay());
            world.up();
        }
        waits.into_iter().max().unwrap()
    };
    assert!(longest(0) > seconds(10), "the count goes on");
    assert!(longest(4) > seconds(10), "less than stable_after");
    assert!(longest(5) <= seconds(1), "it has lasted: each time the first wait");
}

#[test]
fn retries_are_bounded_in_number_and_in_time_if_that_is_asked_for() {
    let mut world = World::of(Config { max_retries: Some(3), ..Config::default() });
    world.connect();
    world.refuse();
    (0..3).for_each(|_| _ = world.refused_again());
    assert_eq!((world.phase(), gave_up(&world)), (Phase::Closed, Some(GaveUp::Retries(3))));
    assert_eq!(world.final_closes(), [broken()]);

    let mut world = World::connected(Config { max_elapsed: Some(seconds(60)), ..Config::default() });
    world.advance(seconds(1000));
    world.end(broken());
    let lost = world.now;
    while world.phase() == Phase::Waiting {
        world.refused_again();
    }
    assert!(matches!(gave_up(&world), Some(GaveUp::Elapsed(_))));
    assert!(world.now.since(lost) <= seconds(60), "no attempt after the time is up");
}

#[test]
fn without_retries_it_is_a_plain_socket() {
    let config = || Config { max_retries: Some(0), ..Config::default() };
    let mut world = World::of(config());
    world.connect();
    world.refuse();
    assert_eq!((world.phase(), world.final_closes().len()), (Phase::Closed, 1));
    let mut world = World::connected(config());
    world.advance(seconds(100));
    world.end(closed(4000, "over"));
    assert_eq!(world.final_closes(), [closed(4000, "over")]);
}

#[test]
fn close_codes_decide_whether_and_how_to_come_back() {
    let after = |code: u16, policy: ClosePolicy| {
        let mut world = World::connected(Config { close_policy: policy, ..Config::default() });
        world.advance(seconds(10));
        world.end(closed(code, ""));
        world
    };
    for code in [1000, 1003, 1007, 1008, 1009, 1010, 3000, 3003] {
        let world = after(code, ClosePolicy::default());
        assert!(matches!(gave_up(&world), Some(GaveUp::ClosePolicy(why)) if why.get() == code), "{code}");
    }
    for code in [1002, 1005, 1006, 1011, 1014, 3008, 4000, 4999] {
        let world = after(code, ClosePolicy::default());
        assert!(world.phase() == Phase::Waiting && world.delay() <= seconds(1), "{code}");
    }
    let now = after(4001, ClosePolicy::default().with(4001..=4001, CloseAction::Now));
    assert_eq!(now.delay(), Duration::ZERO);
    assert_eq!(after(1000, ClosePolicy::default().retry_normal()).phase(), Phase::Waiting);
}

#[test]
fn coming_back_at_once_is_for_connections_that_have_lasted() {
    let config =
        Config { close_policy: ClosePolicy::default().with(4001..=4001, CloseAction::Now), ..Config::default() };
    let mut world = World::connected(config);
    let mut waits = BTreeSet::new();
    for _ in 0..20 {
        world.end(closed(4001, ""));
        waits.insert(world.delay());
        world.up();
    }
    assert!(waits.len() > 15, "no spinning: {waits:?}");
}

#[test]
fn a_server_that_goes_away_has_its_clients_spread_over_the_whole_cap() {
    let waits: Vec<_> = (0..500)
        .map(|seed| {
            let mut world = World::new(Config::default(), seed);
            world.connect();
            world.up();
            world.advance(seconds(10));
            world.end(closed([1001, 1012, 1013][seed as usize % 3], ""));
            world.delay()
        })
        .collect();
    let above = |limit: u64| waits.iter().filter(|wait| **wait > seconds(limit)).count();
    assert!((200..300).contains(&above(10)) && above(19) > 5 && above(20) == 0, "{} {}", above(10), above(19));
}

#[test]
fn a_delay_that_the_server_asks_for_is_kept_within_limits_and_cut_short_by_nothing() {
    let wait = |reason: &str, seed| {
        let mut world = World::new(Config::default(), seed);
        world.connect();
        world.up();
        world.end(closed(1012, reason));
        world
    };
    let draws: BTreeSet<_> = (0..50).map(|seed| wait("retry-in=2000+1000", seed).delay()).collect();
    assert!(draws.iter().all(|delay| (seconds(2)..=seconds(3)).contains(delay)));
    assert!(draws.len() > 40, "all at once: {draws:?}");
    assert!(wait("retry-in=99999999999", 1).delay() <= seconds(600), "five minutes, and as much spread");
    assert_eq!(wait("retry-in=0+0", 1).delay(), Duration::ZERO);
    let mut world = wait("retry-in=60000+0", 1);
    world.advance(seconds(5));
    for page in [Page::Online, Page::Visible, Page::Resumed] {
        world.input(Input::Page(page));
    }
    assert_eq!(world.until_timer(), Some(seconds(55)));
    let mut refused = World::connected(Config::default());
    refused.end(closed(1008, "retry-in=1"));
    assert_eq!(refused.phase(), Phase::Closed, "a hint does not overrule a code that stops");
}

#[test]
fn the_provider_is_asked_before_each_attempt_and_told_why() {
    let mut world = World::of(Config::default());
    world.connect();
    world.refuse();
    world.refused_again();
    world.retry();
    world.answer(Answer::Failed);
    world.retry();
    world.sleep(seconds(15));
    world.up();
    world.end(closed(4000, "why"));
    world.retry();
    let refused = Some(Ending::ConnectFailed(broken()));
    let asked = [
        (0, None),
        (1, refused.clone()),
        (2, refused),
        (3, Some(Ending::ResolveFailed)),
        (4, Some(Ending::ResolveTimedOut)),
        (5, Some(Ending::Closed(closed(4000, "why")))),
    ];
    assert_eq!(world.questions(), asked);
}

#[test]
fn a_good_answer_is_used_again_so_that_a_storm_is_none_on_the_token_service() {
    let mut world = World::of(Config::default());
    world.connect();
    world.answer(Answer::Ready { valid_for: Some(seconds(120)) });
    world.refuse();
    while world.now < tautline::machine::Instant::from_micros(100_000_000) {
        world.refused_again();
    }
    assert_eq!(world.questions().len(), 1);
    world.advance(seconds(120));
    world.input(Input::Page(Page::Online));
    while world.questions().len() == 1 {
        match world.phase() {
            Phase::Waiting => world.retry(),
            _ => world.refuse(),
        }
    }
}

#[test]
fn a_provider_that_says_stop_is_asked_no_more() {
    let mut world = World::of(Config::default());
    world.connect();
    world.answer(Answer::Stop);
    world.advance(seconds(3600));
    assert_eq!((gave_up(&world), world.questions().len()), (Some(GaveUp::Provider), 1));
}

#[test]
fn endpoints_rotate_from_a_random_start() {
    let mut starts = BTreeSet::new();
    for seed in 0..50 {
        let mut world = World::new(Config { endpoints: 3, ..Config::default() }, seed);
        world.connect();
        (0..6).for_each(|attempt| if attempt == 0 { world.refuse() } else { _ = world.refused_again() });
        let tried = world.events.iter().filter_map(|event| match event {
            Event::Connecting { endpoint, .. } => Some(*endpoint),
            _ => None,
        });
        let tried: Vec<_> = tried.collect();
        starts.insert(tried[0]);
        assert!(tried.windows(2).all(|pair| pair[1] == (pair[0] + 1) % 3), "{tried:?}");
    }
    assert_eq!(starts.len(), 3);
}

#[test]
fn a_probe_takes_the_place_of_an_attempt_now_and_then_and_its_verdict_counts() {
    let config = || Config { probe: Some(ProbeRule { after_failures: 2, every: seconds(30) }), ..Config::default() };
    let probing = || {
        let mut world = World::of(config());
        world.connect();
        world.refuse();
        world.refused_again();
        world.retry();
        let id = *world.probing.first().expect("after two failures");
        (world, id)
    };
    let (mut world, id) = probing();
    world.input(Input::Probed { id, verdict: Verdict::Stop { status: Some(401) } });
    assert_eq!(gave_up(&world), Some(GaveUp::Probe { status: Some(401) }));

    let (mut world, id) = probing();
    world.input(Input::Probed { id, verdict: Verdict::WaitFor(seconds(7)) });
    assert!((seconds(7)..=seconds(14)).contains(&world.delay()));

    let (mut world, id) = probing();
    world.input(Input::Probed { id, verdict: Verdict::Connect });
    let probed = world.now;
    world.refuse();
    while world.now.since(probed) < seconds(29) {
        assert!(world.probing.is_empty(), "one in thirty seconds");
        world.refused_again();
        if world.until_timer().is_some_and(|wait| (world.now + wait).since(probed) >= seconds(30)) {
            break;
        }
    }
    let (mut world, _) = probing();
    world.sleep(seconds(15));
    assert_eq!((world.phase(), world.take_done().last()), (Phase::Waiting, Some(&Output::CancelProbe { id })));
}

#[test]
fn an_error_and_its_close_start_one_retry_and_late_events_none() {
    let mut world = World::of(Config::default());
    world.connect();
    world.resolve();
    let id = world.opening().unwrap();
    world.input(Input::Failed { id });
    world.input(Input::Closed { id, closed: broken(), buffered: 0 });
    world.input(Input::Failed { id });
    world.input(Input::Opened { id });
    world.input(Input::Closed { id, closed: broken(), buffered: 0 });
    let retries = world.events.iter().filter(|event| matches!(event, Event::Retry { .. })).count();
    assert_eq!((retries, world.phase()), (1, Phase::Waiting));
}

#[test]
fn times_of_zero_do_not_hang() {
    let zero = Duration::ZERO;
    let mut world = World::of(Config {
        backoff: Backoff::Fixed { delay: zero, spread: zero },
        connect_timeout: vec![zero],
        resolve_timeout: zero,
        handshake_timeout: zero,
        close_timeout: zero,
        stable_after: zero,
        ..Config::default()
    });
    world.connect();
    for _ in 0..100 {
        world.fire(world.now);
    }
    world.now = world.now + millis(1);
    world.close();
    world.fire(world.now);
    assert_eq!(world.phase(), Phase::Closed);
}
