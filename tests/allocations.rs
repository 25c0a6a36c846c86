//! How often the machine, the parsers and the codecs allocate: counts are the same on every machine, as times are not. The steps are
//! those that `benches/native/` measures. Growth counts as an allocation; what other threads do does not.
#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../benches/native/channel_rig.rs"]
mod channel_rig;
#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../benches/native/rig.rs"]
mod rig;
#[path = "../benches/native/values.rs"]
mod values;

use std::hint::black_box;
use std::time::Duration;

use tautline::codec::{Codec, Json, MessagePack};
use tautline::machine::{ClosePolicy, Config, Pass, RetryHint, Route};
use tautline::{CloseReason, RedactedUrl};

use self::channel_rig::ChannelRig;
use self::rig::{Rig, broken, narrow, restart};
use self::values::{Quote, Update};

fn allocations<T>(act: impl FnOnce() -> T) -> u64 {
    let mut result = None;
    let counted = allocation_counter::measure(|| result = Some(act())).count_total;
    drop(black_box(result));
    counted
}

/// What a thousand rounds allocate, after as many that have let every buffer grow.
fn steady<R>(mut rig: R, mut round: impl FnMut(&mut R)) -> u64 {
    (0..1000).for_each(|_| round(&mut rig));
    allocations(|| (0..1000).for_each(|_| round(&mut rig)))
}

#[test]
fn what_is_counted_is_what_is_allocated() {
    assert_eq!(allocations(|| 1), 0);
    assert_eq!(allocations(|| Box::new(1)), 1);
    assert_eq!(allocations(|| (0..9).collect::<Vec<_>>()), 1);
    let grown = allocations(|| {
        (0..9).fold(Vec::with_capacity(8), |mut all, one| {
            all.push(one);
            all
        })
    });
    assert_eq!(grown, 2, "growth counts");
}

#[test]
fn a_message_that_arrives_allocates_nothing() {
    assert_eq!(steady(Rig::up(), |rig| assert_eq!(rig.receive(), Route::Deliver)), 0);
}

#[test]
fn a_message_sent_while_up_allocates_nothing_on_any_way() {
    let passed = steady(Rig::up(), |rig| assert!(matches!(rig.pass(), Pass::Now { .. })));
    let sent = steady(Rig::up(), |rig| {
        rig.send();
        rig.forget_buffered();
    });
    assert_eq!((passed, sent, steady(Rig::up(), Rig::send_now)), (0, 0, 0));
}

#[test]
fn messages_that_wait_for_the_browser_allocate_nothing() {
    let rig = Rig::up_with(narrow());
    assert_eq!(
        steady(rig, |rig| {
            let before = rig.sent;
            rig.send_in_turns();
            assert_eq!((rig.sent - before, rig.machine.queued()), (20, (0, 0)));
        }),
        0
    );
}

#[test]
fn messages_that_are_kept_to_be_sent_again_allocate_nothing_but_their_copies() {
    let rig = Rig::up_with(Config { requeue: true, ..narrow() });
    assert_eq!(steady(rig, Rig::send_in_turns), 0, "these have nothing that could be copied");
}

#[test]
fn a_message_that_replaces_the_oldest_in_a_full_outbox_allocates_nothing() {
    assert_eq!(
        steady(Rig::down_and_full(), |rig| {
            rig.send();
            assert_eq!(rig.machine.queued().0, 64);
        }),
        0
    );
}

#[test]
fn a_heartbeat_and_its_answer_allocate_nothing() {
    let mut expected = 0;
    let counted = steady(Rig::up(), |rig| {
        rig.ping();
        rig.answer();
        expected += 1;
        assert_eq!(rig.pings, expected);
    });
    assert_eq!(counted, 0);
    // Between messages, which it answers for.
    let counted = steady(Rig::up(), |rig| {
        rig.send();
        rig.ping();
        rig.send();
        rig.receive();
        rig.answer();
        rig.buffered(0);
    });
    assert_eq!(counted, 0);
}

#[test]
fn a_timer_with_nothing_due_allocates_nothing() {
    assert_eq!(steady(Rig::up(), Rig::fire_early), 0);
}

#[test]
fn coming_back_allocates_for_the_new_connection_and_for_the_reason() {
    let mut rig = Rig::idle(Config::default());
    assert_eq!(allocations(|| rig.connect()), 1, "what the driver is to do, for the first time");
    assert_eq!([allocations(|| rig.resolve()), allocations(|| rig.open()), allocations(|| rig.announce())], [0, 2, 0]);
    // A live connection, its carrier and its heartbeat, a box each.
    assert_eq!(steady(Rig::up(), |rig| rig.come_back(broken())), 3000);
    // And what it has handed over, and the heartbeats without an answer.
    let used = steady(Rig::up(), |rig| {
        rig.send();
        rig.ping();
        rig.answer();
        rig.come_back(broken());
    });
    assert_eq!(used, 5000);
    // A reason is there four times: as it came, in the event that tells the retry, for the next request of a URL, and in it.
    assert_eq!(steady(Rig::up(), |rig| rig.come_back(restart())), 7000);
}

#[test]
fn attempts_that_fail_one_after_the_other_allocate_nothing() {
    let mut rig = Rig::up();
    rig.pass_time(Duration::from_secs(10));
    rig.end(broken());
    let counted = steady(rig, |rig| {
        rig.fire();
        rig.resolve();
        rig.end(broken());
    });
    assert_eq!(counted, 0);
}

#[test]
fn a_message_of_a_channel_that_arrives_allocates_nothing() {
    assert_eq!(steady(ChannelRig::up(), |rig| assert!(rig.receive())), 0);
    assert_eq!(steady(ChannelRig::up(), |rig| assert!(rig.receive_offset())), 0);
    assert_eq!(steady(ChannelRig::up(), ChannelRig::beat), 0);
}

#[test]
fn a_message_sent_over_a_channel_and_its_acknowledgement_allocate_nothing() {
    let counted = steady(ChannelRig::up(), |rig| {
        (0..20).for_each(|_| rig.send());
        assert_eq!(rig.machine.unacknowledged().0, 20);
        rig.acknowledge();
        assert_eq!(rig.machine.unacknowledged().0, 0);
    });
    assert_eq!(counted, 0);
}

#[test]
fn a_channel_that_comes_back_allocates_for_its_session_and_its_position() {
    // The name of another session, twice; the epoch of the request, of the hello, and of where the hello says to be.
    assert_eq!(steady(ChannelRig::up(), ChannelRig::come_back), 5000);
}

#[test]
fn what_reads_close_reasons_and_codes_allocates_nothing_and_a_redacted_url_little() {
    let (policy, closed) = (ClosePolicy::default().retry_normal(), restart());
    assert_eq!(allocations(|| RetryHint::parse(&closed.reason)), 0);
    assert_eq!(allocations(|| policy.action(&closed)), 0);
    assert_eq!(allocations(|| CloseReason::new("done for today")), 1);
    // What is to be left out of it is looked for when it is shown.
    assert_eq!(allocations(|| RedactedUrl::new("wss://a:b@example.com/?c#d")), 1);
}

#[test]
fn codecs_allocate_for_what_they_make_and_for_the_place_that_an_error_names() {
    fn of(codec: impl Codec, value: &Update) -> (u64, u64) {
        let message = codec.encode(value).unwrap();
        let encoding = allocations(|| codec.encode(value));
        (encoding, allocations(|| codec.decode::<Update>(message.borrow())))
    }
    let (small, large) = (Update { quotes: vec![Quote::example(7)] }, Update::of_10_kb());
    let bytes = [&small, &large].map(|value| Json.encode(value).unwrap().byte_len());
    assert_eq!(bytes, [87, 9829]);
    assert_eq!([of(Json, &small), of(MessagePack, &small)], [(5, 14), (4, 15)]);
    assert_eq!([of(Json, &large), of(MessagePack, &large)], [(12, 1339), (11, 1332)]);
    // Without the place of an error.
    let text = serde_json::to_string(&large).unwrap();
    assert_eq!(allocations(|| serde_json::from_str::<Update>(&text)), 157);
}
