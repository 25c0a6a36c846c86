//! The simulation as a whole: small storms whose course can be told beforehand, and what is known of some policies.

use tautline::StatusCode;
use tautline_storm::case::{CASES, Case, Down, Target};
use tautline_storm::channel::Channel;
use tautline_storm::client::{Answered, Client, Next, Policy};
use tautline_storm::engine::{Outcome, run};
use tautline_storm::network::Browser;
use tautline_storm::ours::{Ours, Tuning};
use tautline_storm::peers::{Formula, PEERS};
use tautline_storm::row::Row;
use tautline_storm::server::Full;
use tautline_storm::stepping::STEPPING;
use tautline_storm::time::{Micros, NEVER, SECOND};

/// Tries a second after the loss, and again a second after each failure.
#[derive(Clone, Copy)]
struct Steady {
    connect_timeout: Micros,
}

impl Policy for Steady {
    type Client = Self;

    fn client(&self, _seed: u64) -> Self {
        *self
    }
}

impl Client for Steady {
    fn lose(&mut self, now: Micros, _code: StatusCode) -> Next {
        let at = now + SECOND;
        Next::Attempt { at, deadline: at + self.connect_timeout }
    }

    fn refused(&mut self, now: Micros) -> Next {
        self.lose(now, StatusCode::ABNORMAL_CLOSURE)
    }

    fn time_out(&mut self, now: Micros) -> Next {
        self.lose(now, StatusCode::ABNORMAL_CLOSURE)
    }

    fn open(&mut self, _now: Micros) -> Answered {
        Answered::Up
    }
}

const PATIENT: Steady = Steady { connect_timeout: NEVER };

/// The server is back at once, takes 2 s for a handshake of one of 10 clients, and has room for half of them.
const CALM: Case = Case {
    name: "calm",
    outage_s: 0,
    drain_s: Some(20),
    queue: 500_000,
    full: Full::Refuse,
    down: Down::Refuses,
    notice_ms: 0,
    code: StatusCode::ABNORMAL_CLOSURE,
    browser: Browser::Prompt,
    target: Target::None,
};

/// When each was connected, in whole seconds.
fn seconds(outcome: &Outcome) -> Vec<u64> {
    outcome.waits.iter().map(|wait| wait / SECOND).collect()
}

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap()
}

fn peer(name: &str) -> &'static Formula {
    PEERS.iter().find(|peer| peer.name == name).unwrap()
}

fn row<P: Policy>(policy: &P, case: &Case, clients: u32) -> Row {
    Row::new("any", case, clients, 1, &run(policy, case, clients, 1))
}

#[test]
fn one_handshake_follows_the_other_and_a_full_queue_refuses() {
    let outcome = run(&PATIENT, &CALM, 10, 1);
    // All arrive at 1 s; the first five are taken. The others come back each 1.05 s, and one finds room each 2 s.
    assert_eq!(seconds(&outcome), [3, 5, 7, 9, 11, 13, 15, 17, 19, 21]);
    assert_eq!((outcome.handshakes, outcome.wasted), (10, 0));
    assert!(outcome.attempts > 20 && outcome.load.peak(0) >= 10, "{outcome:?}");
}

#[test]
fn a_handshake_whose_client_has_given_up_costs_the_server_the_same() {
    let outcome = run(&Steady { connect_timeout: 3 * SECOND }, &CALM, 2, 1);
    // Ten seconds a handshake. Who gave up after 3 s is served all the same, and comes back behind his own corpse.
    assert_eq!((outcome.waits.len(), outcome.wasted), (0, outcome.handshakes));
    assert!((170..190).contains(&outcome.handshakes), "half an hour, ten seconds each: {}", outcome.handshakes);
    let row = Row::new("any", &CALM, 2, 1, &outcome);
    assert_eq!((row.stranded, row.gave_up, row.wasted, row.t99_ratio), (2, 0, 1.0, None));
}

#[test]
fn a_dropped_syn_is_sent_again_until_there_is_room() {
    let drops = Case { full: Full::Drop, ..CALM };
    let outcome = run(&PATIENT, &drops, 10, 1);
    // Five are taken at 1 s. The others' SYNs come at 2, 4, 8, 16 and 32 s, and take what room there is then.
    assert_eq!(seconds(&outcome), [3, 5, 7, 9, 11, 13, 15, 17, 19, 21]);
    assert_eq!(outcome.attempts, 10, "no attempt fails");
    let few = run(&PATIENT, &Case { queue: 100_000, ..drops }, 10, 1);
    // Room for one: after 1, 2, 4, 8, 16, 32 and 64 s one each; then the system gives up, and it begins anew.
    assert_eq!(seconds(&few)[..7], [3, 6, 10, 18, 34, 66, 131]);
}

#[test]
fn the_connect_timeout_ends_an_attempt_whose_syns_are_dropped() {
    let outcome = run(&Steady { connect_timeout: 2 * SECOND }, &Case { full: Full::Drop, ..CALM }, 10, 1);
    assert!(outcome.attempts > 10, "{outcome:?}");
}

#[test]
fn a_silent_server_has_its_answer_ready_for_the_next_syn() {
    let silent = Case { outage_s: 5, down: Down::Silent, drain_s: None, ..CALM };
    let outcome = run(&PATIENT, &silent, 1, 1);
    assert_eq!((outcome.attempts, seconds(&outcome)), (1, vec![3]), "sent at 1, 2, 4 and 8 s");
    let refuses = Case { down: Down::Refuses, ..silent };
    let outcome = run(&PATIENT, &refuses, 1, 1);
    assert_eq!((outcome.attempts, seconds(&outcome)), (5, vec![0]), "each 1.05 s");
}

#[test]
fn firefox_holds_attempts_back_within_the_connect_timeout() {
    let firefox = Case { outage_s: 5, browser: Browser::Firefox, drain_s: None, ..CALM };
    // Sent at 1, 2.05, 3.1 and 4.15 s. The fourth refusal is at 4.2 s: after it nothing is sent for 1.042 s, though the client asks at 5.2 s.
    assert_eq!(run(&PATIENT, &firefox, 1, 1).waits, [292_000]);
    assert_eq!(run(&PATIENT, &Case { browser: Browser::Prompt, ..firefox }, 1, 1).waits, [250_000]);
    // An attempt that is held back for longer than its client waits never reaches the network.
    let outcome = run(&Steady { connect_timeout: 2 * SECOND }, &Case { outage_s: 60, ..firefox }, 1, 1);
    let arrived = outcome.load.between(0, 3600 * SECOND);
    assert_eq!(outcome.waits.len(), 1);
    assert!(arrived < outcome.attempts, "{arrived} of {}", outcome.attempts);
}

#[test]
fn reconnecting_websocket_keeps_a_server_with_a_long_queue_down_for_good() {
    let row = row(&peer("reconnecting-websocket"), case("5s-long"), 20_000);
    assert!(row.stranded > 20_000 * 6 / 10, "{} of 20,000 stranded", row.stranded);
    assert!(row.wasted > 0.95, "{}", row.wasted);
}

#[test]
fn who_gives_up_is_stranded() {
    for (name, attempts) in [("signalr", 4.0), ("graphql-ws", 5.0), ("nats", 10.0)] {
        let row = row(&peer(name), case("60s-short"), 1000);
        assert_eq!((row.stranded, row.gave_up, row.attempts), (1000, 1000, attempts), "{name}");
    }
}

/// Our defaults as a formula: full jitter up to 1, 3, 9, 20 s.
static FORMULA: Formula = Formula {
    name: "formula",
    rule: "full jitter up to 1 s · 3ᵏ, up to 20 s",
    delay: |k, _, rng| Some(rng.f64() * (1000.0 * 3_f64.powi(i32::try_from(k).unwrap())).min(20_000.0)),
    connect_timeout_s: Some(60),
};

#[test]
fn the_machine_behaves_as_its_formula_says() {
    for name in ["5s-short", "60s-short", "60s-long", "2s-free"] {
        let (ours, formula) =
            (row(&Ours::new(&Tuning::default()), case(name), 20_000), row(&&FORMULA, case(name), 20_000));
        let numbers = |row: &Row| [row.t99_ratio, row.peak_ratio, Some(row.attempts), row.median_wait_s];
        for (ours, formula) in numbers(&ours).into_iter().zip(numbers(&formula)) {
            let (ours, formula) = (ours.unwrap_or(1.0), formula.unwrap_or(1.0));
            assert!((ours / formula - 1.0).abs() < 0.05, "{name}: {ours} instead of {formula}");
        }
    }
}

#[test]
fn our_defaults_reach_their_targets_with_few_clients_too() {
    for case in CASES.iter().filter(|case| case.has_target()) {
        let row = row(&Ours::new(&Tuning::default()), case, 5_000);
        // The peak of so few has too much noise.
        let misses: Vec<_> = row.misses(case.target).into_iter().filter(|miss| !miss.starts_with("peak")).collect();
        assert!(misses.is_empty(), "{}: {misses:?}", case.name);
    }
}

#[test]
fn who_is_sent_away_in_order_comes_back_spread_wide() {
    let row = row(&Ours::new(&Tuning::default()), case("close-1001"), 20_000);
    let peak = row.peak_ratio.unwrap();
    assert!(peak < 1.2, "{peak}");
}

#[test]
fn the_channel_is_back_over_websocket_and_reaches_its_targets() {
    for case in CASES.iter().filter(|case| case.has_target()) {
        let row = row(&Channel, case, 5_000);
        let misses: Vec<_> = row.misses(case.target).into_iter().filter(|miss| !miss.starts_with("peak")).collect();
        assert!(misses.is_empty(), "{}: {misses:?}", case.name);
        let ways = row.ways.unwrap();
        assert_eq!((ways.websocket, ways.polls), (5_000, 0.0), "{}", case.name);
    }
}

#[test]
fn who_steps_down_without_asking_polls_for_good() {
    for name in ["60s-short", "60s-long", "600s-short"] {
        for stepping in &STEPPING {
            let row = row(&stepping, case(name), 5_000);
            let ways = row.ways.as_ref().unwrap();
            assert_eq!((row.stranded, ways.stepped_down, ways.polling), (0, 5_000, 5_000), "{name}");
            // A poll each 2.05 s, and the server accepts 250 a second.
            assert_eq!(ways.polls.round(), 2439.0, "{name}");
            assert!(!row.misses(case(name).target).is_empty(), "{name}");
        }
        let rows = [row(&&STEPPING[0], case(name), 5_000), row(&&STEPPING[1], case(name), 5_000)];
        let [patient, eager] = rows.map(|row| row.ways.unwrap().requests_down);
        assert!(eager > 4.0 * patient, "{name}: {eager} and {patient} in the outage");
    }
}

#[test]
fn a_block_that_lasts_is_the_only_reason_to_stay_below() {
    // So little room that many are refused right after the server has answered their question: they step down, and climb again.
    let row = row(&Channel, case("60s-slow"), 5_000);
    let ways = row.ways.unwrap();
    assert!(ways.stepped_down > 0, "{ways:?}");
    assert_eq!((row.stranded, ways.websocket), (0, 5_000));
}
