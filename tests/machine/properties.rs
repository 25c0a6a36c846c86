//! Whatever happens, in whatever order: the world finds nothing wrong.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::operations::{LENGTH, run};

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_operations_breaks_what_always_holds(kind: u8, operations in vec(any::<[u8; LENGTH]>(), 0..150)) {
        let mut data = vec![kind];
        data.extend(operations.iter().flatten());
        run(&data).finish();
    }

    #[test]
    fn the_same_inputs_give_the_same_outputs(kind: u8, operations in vec(any::<[u8; LENGTH]>(), 0..60)) {
        let mut data = vec![kind];
        data.extend(operations.iter().flatten());
        let (first, second) = (run(&data), run(&data));
        prop_assert_eq!(first.events, second.events);
        prop_assert_eq!(first.machine.poll_timeout(), second.machine.poll_timeout());
    }
}
