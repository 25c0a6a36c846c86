//! Our Channel. What it costs to receive is measured; the other jobs are there since each client has them.

use std::cell::RefCell;

use tautline::MessageRef;
use tautline::channel::Channel;

use crate::tally::{Laps, Tally};

thread_local! {
    static HELD: RefCell<Vec<Channel>> = RefCell::default();
}

pub struct Sender(Channel);

fn connect(url: &str) -> Channel {
    let channel = Channel::builder(url).remember(false).open().expect("it is a URL");
    HELD.with_borrow_mut(|held| held.push(channel.clone()));
    channel
}

pub fn receive(_: &str, url: &str, tally: Tally) {
    let listener = connect(url).add_message_listener(move |delivery| match delivery.data() {
        MessageRef::Text(text) => tally.text(text),
        MessageRef::Binary(bytes) => tally.binary(bytes),
        _ => {}
    });
    listener.keep();
}

/// A channel's messages come back to whoever sent them.
pub fn echo(_: &str, url: &str, laps: Laps) {
    let channel = connect(url);
    let answering = channel.clone();
    laps.start();
    channel.send(crate::TEXT).expect("there is room");
    let listener = channel.add_message_listener(move |_| {
        if laps.end() {
            laps.start();
            answering.send(crate::TEXT).expect("there is room");
        }
    });
    listener.keep();
}

pub async fn open(_: &str, url: &str) -> Sender {
    let channel = connect(url);
    channel.opened().await.expect("it opens");
    Sender(channel)
}

impl Sender {
    pub fn send(&mut self, text: &str) {
        self.0.send(text).expect("there is room");
    }
}

pub async fn cycle(way: &str, url: &str) {
    open(way, url).await.0.close();
}
