//! Two-way traffic over connections that keep ending, each time over another transport: nothing is lost, doubled or out of order.

mod support;

use std::collections::VecDeque;

use futures_util::{SinkExt as _, StreamExt as _};
use support::channel::{SESSION, place};
use support::{Running, within};
use tautline::MessageRef;
use tautline::channel::wire::{Frame, Hello, Known, write_record};
use tautline_server::Config;
use tautline_server::channel::{MemoryLimits, Settings};
use tokio_tungstenite::tungstenite::Message;

/// How often the connection ends.
const ROUNDS: usize = 200;

/// How many messages each side sends.
const MESSAGES: u64 = 2_000;

/// A client as PROTOCOL.md has it, on top of whatever comes.
#[derive(Default)]
struct Peer {
    epoch: String,
    after: Option<u64>,
    got: Vec<String>,
    /// Handed over and not acknowledged.
    waiting: VecDeque<u64>,
    next: u64,
}

impl Peer {
    fn query(&self) -> String {
        let place = self.after.map_or_else(String::new, |after| format!("&{}", place(&self.epoch, after)));
        format!("?tl_session={SESSION}{place}")
    }

    fn receive(&mut self, frame: &str) {
        match Frame::read(MessageRef::Text(frame)).unwrap() {
            Frame::Hello { version, fields } => {
                let hello = Hello::read(version, fields).unwrap();
                assert_eq!(hello.missed, None);
                match self.after {
                    None => self.epoch = hello.epoch,
                    Some(after) => assert_eq!((hello.epoch.as_str(), hello.after), (self.epoch.as_str(), after)),
                }
                self.after = Some(hello.after);
                if let Known::Known { accepted } = hello.session {
                    self.acknowledge(accepted);
                } else {
                    assert_eq!(self.next, 0, "the session is not forgotten");
                }
            }
            Frame::Message { offset, payload } => {
                assert_eq!(Some(offset - 1), self.after);
                self.after = Some(offset);
                let MessageRef::Text(text) = payload else { panic!("{payload:?}") };
                self.got.push(text.to_owned());
            }
            Frame::Accepted { sequence } => self.acknowledge(sequence),
            Frame::Beat { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    fn acknowledge(&mut self, accepted: u64) {
        assert!(accepted <= self.next);
        self.waiting.retain(|sequence| *sequence > accepted);
    }

    /// The next of its messages.
    fn write(&mut self, count: u64) {
        for _ in 0..count.min(MESSAGES - self.next) {
            self.next += 1;
            self.waiting.push_back(self.next);
        }
    }

    fn is_done(&self) -> bool {
        self.next == MESSAGES && self.waiting.is_empty()
    }
}

fn own(sequence: u64) -> String {
    format!("s{sequence}:own {sequence}")
}

/// A round over WebSocket: sends what is not acknowledged, and reads some frames.
async fn over_websocket(server: &Running, peer: &mut Peer, reads: usize) {
    let Ok(mut client) = server.try_channel("soak", &peer.query(), None).await else { return };
    let mut sent = false;
    for _ in 0..reads {
        let Some(Ok(Message::Text(frame))) = within(client.next()).await else { return };
        peer.receive(&frame);
        if !sent {
            sent = true;
            for sequence in peer.waiting.clone() {
                if client.feed(Message::text(own(sequence))).await.is_err() {
                    return;
                }
            }
            if client.flush().await.is_err() {
                return;
            }
        }
    }
}

async fn over_events(server: &Running, peer: &mut Peer, reads: usize) {
    let mut stream = server.events("soak", &peer.query(), "").await;
    for _ in 0..reads {
        let Some(event) = stream.event().await else { break };
        let data = event.lines().filter_map(|line| line.strip_prefix("data: "));
        data.for_each(|frame| peer.receive(frame));
    }
    post(server, peer).await;
}

async fn over_polls(server: &Running, peer: &mut Peer) {
    for wait in [0, 20] {
        if let Some(frames) = server.poll("soak", &format!("{}&tl_wait={wait}", peer.query())).await {
            frames.texts().iter().for_each(|frame| peer.receive(frame));
        }
        post(server, peer).await;
    }
}

async fn post(server: &Running, peer: &mut Peer) {
    let mut body = Vec::new();
    peer.waiting.iter().for_each(|sequence| write_record(&mut body, MessageRef::Text(&own(*sequence))));
    let kind = "Content-Type: application/vnd.tautline.frames\r\n";
    let target = format!("/channel/soak?tl_session={SESSION}");
    let (status, answer) = server.bytes("POST", &target, kind, &body).await;
    // A cut answer is none; what it acknowledged is sent again, and skipped.
    if status == 200 && answer.len() > 4 && answer.ends_with(b":") {
        let frames = support::channel::Frames::of_records(&answer);
        frames.texts().iter().for_each(|frame| peer.receive(frame));
    }
}

/// Drops the connection in the middle of whatever it is at.
async fn cut_off(server: &Running, transport: &str, how: &str) {
    let state = server.json(&format!("/channel/soak/dev/wait?{transport}=1")).await;
    let offset = state["offset"].as_u64().unwrap();
    // Some messages later, if any come.
    server.get(&format!("/channel/soak/dev/wait?offset={}&ms=5", offset + 3)).await;
    server.command(&format!("/channel/soak/dev/drop?how={how}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_out_of_order_while_connections_end_200_times() {
    // A client that reads a few messages of each connection is far behind at times.
    let memory = MemoryLimits { history_messages: 10_000, ..MemoryLimits::default() };
    let channel = Settings { memory, ..Settings::default() };
    let server = Running::with(Config { channel, ..Config::default() }).await;
    let mut peer = Peer::default();
    over_polls(&server, &mut peer).await;
    server.command(&format!("/channel/soak/dev/publish?count={MESSAGES}&every_ms=1&size=0")).await;
    let mut round = 0;
    while round < ROUNDS || !peer.is_done() {
        round += 1;
        peer.write(MESSAGES / (ROUNDS as u64 - 20));
        match round % 5 {
            0 => {
                server.command("/channel/soak/dev/fault?transport=post&what=cut").await;
                over_polls(&server, &mut peer).await;
            }
            1 => over_websocket(&server, &mut peer, 2 + round % 7).await,
            2 => {
                tokio::join!(over_events(&server, &mut peer, usize::MAX), cut_off(&server, "events", "fin"));
            }
            3 => {
                tokio::join!(over_websocket(&server, &mut peer, usize::MAX), cut_off(&server, "websocket", "reset"));
            }
            _ => over_polls(&server, &mut peer).await,
        }
    }
    server.json(&format!("/channel/soak/dev/wait?published={MESSAGES}")).await;
    let total = 2 * MESSAGES;
    while peer.after != Some(total) {
        over_polls(&server, &mut peer).await;
    }
    let of = |start: &str| peer.got.iter().filter(|text| text.starts_with(start)).count() as u64;
    assert_eq!((of("own "), peer.got.len() as u64), (MESSAGES, total));
    let mine: Vec<_> = peer.got.iter().filter_map(|text| text.strip_prefix("own ")).collect();
    assert_eq!(mine, (1..=MESSAGES).map(|sequence| sequence.to_string()).collect::<Vec<_>>());
    let theirs: Vec<_> = peer.got.iter().filter(|text| !text.starts_with("own ")).collect();
    assert_eq!(theirs.len() as u64, MESSAGES);
    assert!(theirs.iter().zip(1..).all(|(text, number)| **text == format!("{number}:")));
    let state = server.json("/channel/soak/dev").await;
    let counted = ["offset", "accepted", "gaps", "published"].map(|name| state[name].as_u64().unwrap());
    assert_eq!(counted, [total, MESSAGES, 0, MESSAGES]);
    assert!(state["repeated"].as_u64().unwrap() > 0, "some answers were lost");
}
