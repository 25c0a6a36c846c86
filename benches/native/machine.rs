//! The machine: each step with everything it wants done taken out, as a driver does it.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use tautline::machine::{Config, ProbeRule};

use crate::rig::{Rig, broken, narrow, restart};

pub(crate) fn all(criterion: &mut Criterion) {
    steady(criterion);
    transitions(criterion);
    cycles(criterion);
}

/// Steps that lead back to where they began: one machine takes them again and again.
fn steady(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("machine");
    let mut again = |name: &str, mut rig: Rig, step: fn(&mut Rig)| {
        group.bench_function(name, |bencher| bencher.iter(|| step(&mut rig)));
    };
    again("route", Rig::up(), |rig| _ = black_box(rig.route()));
    again("message arrives", Rig::up(), |rig| _ = black_box(rig.receive()));
    again("send while up, straight to the browser", Rig::up(), |rig| _ = black_box(rig.pass()));
    again("send while up, by way of the machine", Rig::up(), |rig| {
        rig.send();
        rig.forget_buffered();
    });
    again("send_now while up", Rig::up(), Rig::send_now);
    again("20 sends while 10 may be buffered", Rig::up_with(narrow()), Rig::send_in_turns);
    again("send while down, the oldest dropped", Rig::down_and_full(), Rig::send);
    again("heartbeat, with its answer", Rig::up(), |rig| {
        rig.ping();
        rig.answer();
    });
    again("timer, with nothing due", Rig::up(), Rig::fire_early);
    again("next timer", Rig::up(), |rig| _ = black_box(rig.machine.poll_timeout()));
}

/// Steps that lead elsewhere: each is taken by a machine that was brought where they begin.
fn transitions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transition");
    let mut once = |name: &str, begin: fn() -> Rig, step: fn(&mut Rig)| {
        // So few at a time that they stay in the cache, as one machine does.
        let size = BatchSize::NumIterations(32);
        group.bench_function(name, |bencher| bencher.iter_batched_ref(begin, step, size));
    };
    once("idle to resolving", || Rig::idle(Config::default()), Rig::connect);
    once("resolving to opening", resolving, Rig::resolve);
    once("opening to up", opening, Rig::open);
    once("up and announced", open, Rig::announce);
    once("ping", Rig::up, Rig::ping);
    once("answer", pinged, Rig::answer);
    once("up to waiting, broken", lasted, |rig| rig.end(broken()));
    once("up to waiting, with a hint", lasted, |rig| rig.end(restart()));
    once("waiting to resolving", waiting, Rig::fire);
    once("waiting to probing", probing, Rig::fire);
}

fn cycles(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cycle");
    let mut rig = Rig::up();
    group.bench_function("up, broken, waiting, up again", |bencher| bencher.iter(|| rig.come_back(broken())));
    let mut rig = Rig::up();
    group.bench_function("the same with a hint", |bencher| bencher.iter(|| rig.come_back(restart())));
}

fn resolving() -> Rig {
    let mut rig = waiting();
    rig.fire();
    rig
}

fn opening() -> Rig {
    let mut rig = resolving();
    rig.resolve();
    rig
}

fn open() -> Rig {
    let mut rig = opening();
    rig.open();
    rig
}

fn pinged() -> Rig {
    let mut rig = Rig::up();
    rig.send();
    rig.ping();
    rig
}

fn lasted() -> Rig {
    let mut rig = Rig::up();
    rig.pass_time(Duration::from_secs(10));
    rig
}

fn waiting() -> Rig {
    let mut rig = lasted();
    rig.end(broken());
    rig
}

fn probing() -> Rig {
    let rule = ProbeRule { after_failures: 1, ..ProbeRule::default() };
    let mut rig = Rig::up_with(Config { probe: Some(rule), ..Config::default() });
    rig.pass_time(Duration::from_secs(10));
    rig.end(broken());
    rig.fire();
    rig.resolve();
    rig.end(broken());
    rig
}
