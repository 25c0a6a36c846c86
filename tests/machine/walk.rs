//! Every input and every call in every state: nothing panics, the world finds nothing wrong, and the phases follow each other as the
//! list in the docs says.

use std::collections::BTreeSet;
use std::time::Duration;

use tautline::machine::{Answer, Config, Heartbeat, Input, Page, Pass, Phase, ProbeRule, TransportId, Verdict};
use tautline::{Closed, SendMarks};

use crate::driving::{broken, closed, seconds, with};
use crate::operations::{LENGTH, run};
use crate::world::{UNFIT, Wire, World};

type Edge = (Phase, Phase);
type Step = fn(&mut World);

/// The lines `From → To    why` of the docs.
fn documented() -> BTreeSet<Edge> {
    let phase = |name: &str| {
        let all = Phase::ALL.into_iter();
        all.into_iter().find(|phase| format!("{phase:?}") == name).unwrap_or_else(|| panic!("a phase {name}?"))
    };
    let mut edges = BTreeSet::new();
    for line in include_str!("../../src/machine/states.txt").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [from, "→", to, why @ ..] = words.as_slice() {
            assert!(!why.is_empty(), "{line}: why?");
            assert!(edges.insert((phase(from), phase(to))), "{line}: twice");
        }
    }
    edges
}

/// Ways into every state, with what it may have with it.
fn situations() -> Vec<(&'static str, Step)> {
    vec![
        ("idle", |_| {}),
        ("idle with a queue", |world| _ = world.send(10, None)),
        ("resolving", World::connect),
        ("opening", opening),
        ("opening with an answer that stays good", |world| {
            world.connect();
            world.answer(Answer::Ready { valid_for: Some(seconds(3600)) });
        }),
        ("greeting", greeting),
        ("up, not announced", |world| {
            greeting(world);
            world.greet(true);
        }),
        ("up", up),
        ("up for long", |world| {
            up(world);
            world.advance(seconds(20));
        }),
        ("up with a full buffer and a queue", |world| {
            up(world);
            world.send_all(&[600, 100, 100]);
        }),
        ("up while the browser's socket is gone", gone),
        ("up after the heartbeat was sent", |world| {
            up(world);
            world.input(Input::Page(Page::Online));
        }),
        ("up with a candidate that resolves", |world| {
            up(world);
            world.replace();
        }),
        ("up with a candidate that opens", candidate),
        ("up with a candidate that is greeted", |world| {
            candidate(world);
            world.open();
        }),
        ("up with a candidate that waits", |world| {
            candidate(world);
            world.refuse();
        }),
        ("up in the place of another", replaced),
        ("waiting", waiting),
        ("waiting, as the server has asked", |world| {
            up(world);
            world.end(closed(1013, "retry-in=60000"));
        }),
        ("waiting with a connection on its way out", |world| {
            replaced(world);
            world.end(broken());
        }),
        ("waiting with an answer that is good", |world| {
            world.connect();
            world.answer(Answer::Ready { valid_for: Some(seconds(3600)) });
            world.refuse();
        }),
        ("probing", probing),
        ("probing with an answer that is good", |world| {
            world.connect();
            world.answer(Answer::Ready { valid_for: Some(seconds(3600)) });
            world.refuse();
            world.retry();
        }),
        ("closing without a transport", |world| {
            world.connect();
            world.close();
        }),
        ("closing while opening", |world| {
            opening(world);
            world.close();
        }),
        ("closing", |world| {
            up(world);
            world.send_all(&[600, 100]);
            world.close_with(with(1000));
        }),
        ("closing with a connection on its way out", |world| {
            replaced(world);
            world.close();
        }),
        ("suspended", |world| {
            up(world);
            world.input(Input::Page(Page::Frozen));
        }),
        ("suspended while waiting", |world| {
            waiting(world);
            world.input(Input::Page(Page::Frozen));
        }),
        ("closed", |world| {
            up(world);
            world.close();
            world.end(closed(1000, ""));
        }),
        ("given up", |world| {
            world.connect();
            world.answer(Answer::Stop);
        }),
    ]
}

fn opening(world: &mut World) {
    world.connect();
    world.resolve();
}

fn greeting(world: &mut World) {
    opening(world);
    world.open();
}

fn up(world: &mut World) {
    greeting(world);
    world.greet(true);
    world.announce();
    world.send_all(&[10, 20]);
}

fn gone(world: &mut World) {
    up(world);
    world.go(world.carrier());
    world.send_all(&[10, 20]);
}

fn candidate(world: &mut World) {
    up(world);
    world.replace();
    world.resolve();
}

fn replaced(world: &mut World) {
    candidate(world);
    world.open();
    world.greet(true);
}

fn waiting(world: &mut World) {
    opening(world);
    world.send_all(&[10]);
    world.refuse();
}

fn probing(world: &mut World) {
    opening(world);
    world.refuse();
    world.retry();
}

/// Every input there is, about this transport, attempt or probe.
fn inputs(id: TransportId) -> Vec<Input> {
    let mut inputs = vec![
        Input::Opened { id },
        Input::Greeted { id, accepted: true },
        Input::Greeted { id, accepted: false },
        Input::Announced { id },
        Input::Received { id, bytes: 5, reply: false },
        Input::Received { id, bytes: 5, reply: true },
        Input::Failed { id },
        Input::Buffered { id, bytes: 0 },
        Input::Buffered { id, bytes: u64::MAX },
        Input::Rejected { id, for_good: false },
        Input::Rejected { id, for_good: true },
    ];
    let valid = [None, Some(Duration::ZERO), Some(seconds(60)), Some(Duration::MAX)];
    let ready = valid.map(|valid_for| Answer::Ready { valid_for });
    let answers = ready.into_iter().chain([Answer::Failed, Answer::Stop]);
    inputs.extend(answers.map(|answer| Input::Resolved { id, answer }));
    let waits = [Duration::ZERO, Duration::MAX].map(Verdict::WaitFor);
    let verdicts = [Verdict::Connect, Verdict::Refresh, Verdict::Wait, Verdict::Stop { status: None }];
    inputs.extend(verdicts.into_iter().chain(waits).map(|verdict| Input::Probed { id, verdict }));
    let ends = [
        closed(1000, ""),
        broken(),
        closed(1008, ""),
        closed(1012, ""),
        closed(1013, "retry-in=9000+9000"),
        closed(4001, "retry-in=999999999999999999999"),
    ];
    let ended = |closed: Closed| [0, u64::MAX].map(|buffered| Input::Closed { id, closed: closed.clone(), buffered });
    inputs.extend(ends.into_iter().flat_map(ended));
    inputs
}

/// Every call there is, and the inputs that are about no transport.
fn calls() -> Vec<(&'static str, Step)> {
    vec![
        ("connect", World::connect),
        ("close", World::close),
        ("close with a code", |world| world.close_with(with(4000))),
        ("reconnect", World::reconnect),
        ("replace", |world| _ = world.replace()),
        ("send", |world| _ = world.send(10, None)),
        ("send what is short-lived", |world| _ = world.send(10, Some(Duration::ZERO))),
        ("send what the browser refuses", |world| _ = world.send(UNFIT, None)),
        ("send now", |world| _ = world.send_now(10)),
        ("pass", |world| _ = world.pass(10, false)),
        ("pass urgently", |world| _ = world.pass(10, true)),
        ("pass when asked", |world| {
            if let Pass::Ask { id } = world.pass(10, false) {
                world.input(Input::Buffered { id, bytes: 0 });
                assert!(!matches!(world.pass(10, false), Pass::Ask { .. }), "it is not asked twice");
            }
        }),
        ("stall", |world| {
            if let Some(id) = world.machine.carrier() {
                world.go(id);
                world.machine.stall(world.now, id);
                world.drain();
            }
        }),
        ("the timer, early", |world| world.fire(world.now)),
        ("the timer, on time", |world| {
            if let Some(at) = world.machine.poll_timeout() {
                world.fire(at.max(world.now));
            }
        }),
        ("the timer, late", |world| world.sleep(seconds(86_400))),
        ("the timer, a thousand years late", |world| world.sleep(seconds(86_400 * 365_000))),
        ("time", |world| world.advance(seconds(120))),
        ("online", |world| world.input(Input::Page(Page::Online))),
        ("offline", |world| world.input(Input::Page(Page::Offline))),
        ("visible", |world| world.input(Input::Page(Page::Visible))),
        ("hidden", |world| world.input(Input::Page(Page::Hidden))),
        ("frozen", |world| world.input(Input::Page(Page::Frozen))),
        ("resumed", |world| world.input(Input::Page(Page::Resumed))),
    ]
}

/// Configurations that between them turn everything on.
fn configs() -> Vec<(&'static str, Config)> {
    let probe = Some(ProbeRule { after_failures: 1, every: Duration::ZERO });
    let plain = Config { probe, marks: SendMarks { high: 500, low: 100 }, ..Config::default() };
    vec![
        ("default", Config::default()),
        ("plain", plain.clone()),
        (
            "all",
            Config {
                handshake: true,
                requeue: true,
                heartbeat: Some(Heartbeat::default()),
                endpoints: 3,
                max_age: Some((seconds(3000), seconds(10))),
                renew_before: Some(seconds(5)),
                close_hidden_after: Some(seconds(30)),
                ..plain.clone()
            },
        ),
        ("few retries", Config { max_retries: Some(2), max_elapsed: Some(seconds(60)), ..plain.clone() }),
        ("no retries", Config { max_retries: Some(0), handshake: true, ..plain }),
    ]
}

/// Goes into a situation, if the configuration lets it: without retries nothing waits.
fn go(config: &Config, offline: bool, (name, way): (&str, Step)) -> Option<World> {
    if config.max_retries == Some(0) && (name.contains("waiting") || name.contains("probing")) {
        return None;
    }
    if config.probe.is_none() && name.contains("probing") {
        return None;
    }
    let mut world = World::new(config.clone(), 7);
    if offline {
        world.input(Input::Page(Page::Offline));
    }
    way(&mut world);
    Some(world)
}

#[test]
fn every_input_and_call_in_every_state_keeps_what_always_holds_and_the_phases_follow_as_documented() {
    let (mut seen, mut steps) = (BTreeSet::new(), 0_u32);
    for (config_name, config) in configs() {
        for offline in [false, true] {
            for situation in situations() {
                let Some(world) = go(&config, offline, situation) else { continue };
                seen.extend(&world.edges);
                // All that there is, and all that there was: an input about the latter is late.
                let ids = world.ids.clone();
                for input in ids.into_iter().flat_map(inputs) {
                    let mut world = go(&config, offline, situation).unwrap();
                    let told = format!("{config_name}, {}, {input:?}", situation.0);
                    on(&mut world, input, &told);
                    seen.extend(&world.edges);
                    steps += 1;
                }
                for (_, call) in calls() {
                    let mut world = go(&config, offline, situation).unwrap();
                    call(&mut world);
                    seen.extend(&world.edges);
                    steps += 1;
                }
            }
        }
    }
    assert!(steps > 10_000, "{steps}");
    let documented = documented();
    let undocumented: Vec<_> = seen.difference(&documented).collect();
    let unseen: Vec<_> = documented.difference(&seen).collect();
    assert!(undocumented.is_empty() && unseen.is_empty(), "not documented: {undocumented:?}; never seen: {unseen:?}");
}

/// Gives an input as a driver would. One about a transport that is no more changes nothing.
fn on(world: &mut World, input: Input, told: &str) {
    let (id, needs) = match &input {
        Input::Opened { id } | Input::Rejected { id, .. } => (*id, Some(Wire::Opening)),
        Input::Closed { id, .. } => (*id, world.wires.get(id).copied()),
        _ => return world.input(input),
    };
    let fits = needs.is_some() && world.wires.get(&id) == needs.as_ref();
    let before = (world.machine.phase(), world.machine.poll_timeout(), world.events.len());
    world.input(input);
    let after = (world.machine.phase(), world.machine.poll_timeout(), world.events.len());
    assert!(fits || before == after, "{told}: a late input changes nothing, but {before:?} became {after:?}");
}

#[test]
fn no_random_sequence_leads_along_an_edge_that_is_not_documented() {
    let (documented, mut rng) = (documented(), fastrand::Rng::with_seed(1));
    let (mut phases, mut fates) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..3000 {
        let data: Vec<u8> = (0..1 + LENGTH * 100).map(|_| rng.u8(..)).collect();
        let world = run(&data);
        assert!(world.edges.is_subset(&documented), "{:?}", world.edges.difference(&documented));
        phases.extend(world.edges.iter().map(|(_, to)| *to));
        fates.extend(world.ledger.reached.iter().cloned());
    }
    // The random walk is worth something only if it gets everywhere.
    assert_eq!(phases.len(), Phase::ALL.len() - 1, "all but Idle: {phases:?}");
    assert_eq!(fates.len(), 6, "{fates:?}");
}
