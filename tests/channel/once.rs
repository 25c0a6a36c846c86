//! Whatever happens, each message is handled once and in order, or its loss is told.

use proptest::prelude::*;
use tautline::channel::{Config, Kind};
use tautline::machine::Page;

use crate::world::{Op, World};

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => Just(Op::Publish),
        6 => Just(Op::Send),
        8 => (1usize..5).prop_map(Op::Carry),
        2 => Just(Op::Carry(1000)),
        2 => Just(Op::Cut),
        1 => Just(Op::Mute),
        1 => Just(Op::Late),
        1 => Just(Op::Trim),
        1 => Just(Op::Restart),
        1 => Just(Op::Forget),
        1 => any::<bool>().prop_map(Op::Outage),
        1 => (prop::sample::select(&[Kind::WebSocket, Kind::EventStream, Kind::LongPolling][..]), any::<bool>())
            .prop_map(|(kind, blocked)| Op::Block(kind, blocked)),
        4 => (1u64..20_000).prop_map(Op::Advance),
        1 => (60_000u64..1_000_000).prop_map(Op::Advance),
        1 => prop::sample::select(&[Page::Online, Page::Visible, Page::Frozen, Page::Resumed][..]).prop_map(Op::Page),
        1 => any::<bool>().prop_map(Op::Behind),
        1 => Just(Op::Reconnect),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_handled_once_and_in_order_or_its_loss_is_told(
        ops in prop::collection::vec(op(), 1..150),
        seed in any::<u64>(),
        remembered in prop::option::of(prop::sample::select(&Kind::ALL[..])),
    ) {
        let mut world = World::new(Config::default(), seed, remembered);
        world.connect();
        ops.iter().for_each(|op| world.apply(op));
        world.settle();
        world.check();
    }

    #[test]
    fn whatever_the_fuzzer_may_find_is_a_course_like_any_other(data in prop::collection::vec(any::<u8>(), 0..400)) {
        crate::operations::run(&data);
    }

    #[test]
    fn nothing_that_a_server_may_send_is_more_than_an_error(
        frames in prop::collection::vec(prop_oneof![
            "[hmasbxz]?[0-9]{0,4}:?[a-z=&0-9-]{0,20}",
            (0u64..20).prop_map(|offset| format!("m{offset}:x")),
            (0u64..5).prop_map(|sequence| format!("a{sequence}:")),
            (0u64..9, 0u64..9).prop_map(|(offset, after)| {
                format!("h1:epoch=e&offset={offset}&after={after}&session=known&ack=0&beat=0&limit=9")
            }),
        ], 0..60),
        seed in any::<u64>(),
    ) {
        crate::scripted::frames_of_anybody(&frames, seed);
    }
}
