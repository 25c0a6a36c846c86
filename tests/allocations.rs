//! How often the machine allocates: counts are the same on every machine, times are not. What is measured is in `benches/native/`.
#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../benches/native/rig.rs"]
mod rig;

use rig::*;

#[test]
fn probe() {
    let count = |mut f: Box<dyn FnMut()>| allocation_counter::measure(|| f()).count_total;
    let _ = count;
    let show = |name: &str, rig: &mut Rig, step: &mut dyn FnMut(&mut Rig)| {
        let mut counts = vec![];
        for _ in 0..12 {
            counts.push(allocation_counter::measure(|| step(rig)).count_total);
        }
        for _ in 0..200 {
            step(rig);
        }
        let after = allocation_counter::measure(|| {
            for _ in 0..1000 {
                step(rig)
            }
        })
        .count_total;
        println!("{name}: first {counts:?}, 1000 later: {after}");
    };
    show("receive", &mut Rig::up(), &mut |r| {
        r.receive();
    });
    show("send", &mut Rig::up(), &mut |r| {
        r.send();
        if r.sent % 100 == 0 {
            r.buffered(0)
        }
    });
    show("send_now", &mut Rig::up(), &mut |r| {
        r.send_now();
    });
    show("pass", &mut Rig::up(), &mut |r| {
        r.pass();
    });
    show("beat", &mut Rig::up(), &mut |r| {
        r.ping();
        r.answer();
    });
    show("beat+traffic", &mut Rig::up(), &mut |r| {
        r.send();
        r.ping();
        r.send();
        r.answer();
        r.receive();
        r.buffered(0);
    });
    show("backpressure 20 of 10", &mut Rig::up_with(narrow()), &mut |r| {
        for _ in 0..20 {
            r.send()
        }
        r.buffered(0);
        r.buffered(0);
        r.buffered(0);
    });
    show("requeue", &mut Rig::up_with(tautline::machine::Config { requeue: true, ..narrow() }), &mut |r| {
        r.send();
        r.buffered(0);
    });
    show("broken", &mut Rig::up(), &mut |r| {
        r.come_back(broken());
    });
    show("broken with traffic", &mut Rig::up(), &mut |r| {
        r.send();
        r.ping();
        r.answer();
        r.send();
        r.come_back(broken());
    });
    show("restart", &mut Rig::up(), &mut |r| {
        r.come_back(restart());
    });
    show("restart stages: end", &mut Rig::up(), &mut |r| {
        r.pass_time(std::time::Duration::from_secs(10));
        r.end(restart());
        let _x = allocation_counter::opt_out(|| {
            r.fire();
            r.come_up();
        });
    });
}
