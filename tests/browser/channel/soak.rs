//! Connections killed and transports switched, 200 times, while messages go both ways.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tautline::channel::{Channel, Config, Event, Fate, Item, Kind};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::channel::{Topic, config, find};
use crate::support::{turn, within};

const TIMES: u64 = 200;

#[wasm_bindgen_test]
async fn nothing_is_lost_doubled_or_out_of_order_over_200_kills_and_switches() {
    let topic = Topic::new();
    let all = [Kind::WebSocket, Kind::EventStream, Kind::LongPolling, Kind::Polling];
    let config = Config {
        upgrade_after: Duration::from_millis(30),
        upgrade_cap: Duration::from_millis(60),
        blocked_after: 1,
        ..config(&all)
    };
    let channel = Channel::builder(&topic.url()).config(config).remember(false).open().unwrap();
    let (events, fates) = (Rc::<RefCell<Vec<Event>>>::default(), Rc::<RefCell<BTreeMap<u64, Fate>>>::default());
    let (told, noted) = (Rc::clone(&events), Rc::clone(&fates));
    channel
        .add_event_listener(move |event| match event {
            Event::Fate { first, last, fate } => {
                for id in first.get()..=last.get() {
                    assert_eq!(noted.borrow_mut().insert(id, *fate), None, "the fate of {id} is told once");
                }
            }
            event => told.borrow_mut().push(event.clone()),
        })
        .keep();
    let (mut messages, mut course) = (channel.messages(), channel.events());
    within("open", channel.opened()).await.unwrap();

    let (mut sent, mut seen) = (0, Vec::new());
    for time in 0..TIMES {
        for _ in 0..5 {
            sent += 1;
            channel.send(format!("up {sent}")).unwrap();
        }
        topic.order("publish?count=5&size=12").await;
        // By turns: a kill, a block that leads down, another kill there, and the block's end, which leads up again.
        match time % 4 {
            0 => {
                topic.order("drop?how=reset").await;
                find(&mut course, |event| matches!(event, Event::Opened { .. })).await;
            }
            1 => {
                topic.order("block?transport=websocket&how=refuse").await;
                if time % 8 == 5 {
                    topic.order("block?transport=events&how=reset").await;
                }
                topic.order("drop?how=fin").await;
                let down = if time % 8 == 5 { Kind::LongPolling } else { Kind::EventStream };
                find(&mut course, |event| matches!(event, Event::Opened { kind, .. } if *kind == down)).await;
            }
            2 => {
                let lost = || events.borrow().iter().filter(|event| matches!(event, Event::Lost { .. })).count();
                let before = lost();
                within("a kill that hits", async {
                    // Between two polls there is nothing to kill.
                    while lost() == before {
                        topic.order("end?code=1012").await;
                    }
                })
                .await;
                find(&mut course, |event| matches!(event, Event::Opened { .. })).await;
            }
            _ => {
                topic.order("heal").await;
                find(&mut course, |event| matches!(event, Event::Moved { to: Kind::WebSocket, .. })).await;
            }
        }
    }
    take(&mut messages, &mut seen, 1).await;
    topic.order("heal").await;
    let total = usize::try_from(TIMES * 10).unwrap();
    let missing = total - seen.len();
    take(&mut messages, &mut seen, missing).await;
    within("every acknowledgement", async {
        while channel.unacknowledged().0 > 0 {
            turn().await;
        }
    })
    .await;

    let state = topic.state().await;
    assert_eq!((state.offset, state.accepted), (TIMES * 10, TIMES * 5), "the server handled each once");
    let ups: Vec<u64> = seen.iter().filter_map(|text| text.strip_prefix("up ")?.parse().ok()).collect();
    assert_eq!(ups, (1..=sent).collect::<Vec<u64>>(), "each of ours came back once, in order");
    let others: Vec<_> =
        fates.borrow().iter().filter(|(_, fate)| **fate != Fate::Accepted).map(|(id, fate)| (*id, *fate)).collect();
    assert_eq!(others, []);
    assert_eq!(fates.borrow().len() as u64, sent);
    let events = events.borrow();
    let count = |fits: fn(&Event) -> bool| events.iter().filter(|event| fits(event)).count() as u64;
    let ends = count(|event| matches!(event, Event::Lost { .. }));
    let switches = count(|event| matches!(event, Event::Moved { .. } | Event::SteppedDown { .. }));
    assert_eq!(count(|event| matches!(event, Event::Missed(_) | Event::Closed { .. })), 0);
    assert!(ends >= TIMES / 4 * 3, "{ends} connections ended");
    assert!(switches >= TIMES / 2, "{switches} switches");
    wasm_bindgen_test::console_log!(
        "soak: {ends} connections ended, {switches} transports switched, {} repeats dropped here, {} at the server",
        channel.repeated(),
        state.repeated
    );
}

/// Takes so many messages; each has the offset after the last.
async fn take(messages: &mut tautline::channel::Messages, seen: &mut Vec<String>, count: usize) {
    for _ in 0..count {
        let item = within("the next message", messages.next()).await;
        let Some(Item::Message { offset, message }) = item else { panic!("{item:?} in the place of a message") };
        assert_eq!(offset, seen.len() as u64 + 1);
        seen.push(message.as_text().unwrap_or_default().to_owned());
    }
}
