//! The channel's machine: what a message costs that arrives, is sent, is acknowledged.

use std::hint::black_box;

use criterion::Criterion;

use crate::channel_rig::ChannelRig;

pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("channel");
    let mut again = |name: &str, mut rig: ChannelRig, step: fn(&mut ChannelRig)| {
        group.bench_function(name, |bencher| bencher.iter(|| step(&mut rig)));
    };
    again("message arrives, as a frame", ChannelRig::up(), |rig| _ = black_box(rig.receive()));
    again("message arrives, its offset read already", ChannelRig::up(), |rig| _ = black_box(rig.receive_offset()));
    again("send, and its acknowledgement", ChannelRig::up(), |rig| {
        rig.send();
        rig.acknowledge();
    });
    again("20 sends, and one acknowledgement", ChannelRig::up(), |rig| {
        (0..20).for_each(|_| rig.send());
        rig.acknowledge();
    });
    again("beat", ChannelRig::up(), ChannelRig::beat);
    again("next timer", ChannelRig::up(), |rig| _ = black_box(rig.machine.poll_timeout()));
    again("up, broken, waiting, up again", ChannelRig::up(), ChannelRig::come_back);
}
