//! Any requests for a channel are answered, and what is accepted comes once and in order.

mod world;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_is_answered_and_what_is_accepted_comes_once_in_order(data in prop::collection::vec(any::<u8>(), 0..600)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(world::run(&data));
    }
}

#[test]
fn bytes_stand_for_sending_forgetting_and_reading() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Begins, sends four, is forgotten, is refused, begins anew and sends two.
    let script = [7, 0, 0, 0, 6, 0, 10, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2, 0, 5, 0, 0];
    runtime.block_on(world::run(&script));
}
