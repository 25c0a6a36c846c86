//! Messages whose size is known for sure only after they were handed over.

use std::rc::Rc;

use tautline::machine::{Answer, Config, Event, Fate, Input, Instant, Machine, Output, Pass};
use tautline::{Closed, SendMarks, StatusCode};

#[test]
fn a_message_that_turns_out_larger_is_counted_with_all_its_bytes() {
    let now = Instant::ZERO;
    let config = Config { marks: SendMarks { high: 15, low: 5 }, ..Config::default() };
    let mut machine = Machine::<()>::new(Rc::new(config), 1);
    machine.connect(now);
    let mut carrier = None;
    while let Some(output) = machine.poll_output() {
        match output {
            Output::Resolve { id, .. } => {
                machine.handle_input(now, Input::Resolved { id, answer: Answer::Ready { valid_for: None } });
            }
            Output::Open { id, .. } => machine.handle_input(now, Input::Opened { id }),
            Output::Event(Event::Open { id, .. }) => {
                machine.handle_input(now, Input::Announced { id });
                carrier = Some(id);
            }
            _ => {}
        }
    }
    let id = carrier.unwrap();
    let Pass::Now { message_id, .. } = machine.pass(10, false) else { panic!("nothing waits") };
    machine.measured(id, message_id, 6);
    assert_eq!(machine.metrics(now).bytes_sent, 16);
    assert_eq!(machine.pass(1, false), Pass::Ask { id }, "16 bytes are more than the upper mark");
    let closed = Closed::new(StatusCode::ABNORMAL_CLOSURE, "", false);
    machine.handle_input(now, Input::Closed { id, closed, buffered: 16 });
    let fates = std::iter::from_fn(|| machine.poll_output()).filter_map(|output| match output {
        Output::Event(Event::Fate { first, last, fate, messages, bytes }) => Some((first, last, fate, messages, bytes)),
        _ => None,
    });
    assert_eq!(fates.collect::<Vec<_>>(), [(message_id, message_id, Fate::Unknown, 1, 16)]);
    machine.measured(id, message_id, 1);
    assert_eq!(machine.metrics(now).bytes_sent, 16, "of a transport that is gone nothing changes");
}
