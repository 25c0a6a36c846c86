//! Streams of messages on demand.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tautline::Message;
use tokio::time::{MissedTickBehavior, interval};

use super::hall::Hall;
use crate::channel::{BrokerError, Service};

/// What is published.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    pub(super) count: u64,
    pub(super) size: usize,
    pub(super) every: Duration,
    pub(super) kind: Kind,
    /// Whether texts say when they were published.
    pub(super) stamp: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Wide,
    Lines,
    Binary,
    Mixed,
}

pub(super) const KINDS: [(&str, Kind); 5] = [
    ("text", Kind::Text),
    ("wide", Kind::Wide),
    ("lines", Kind::Lines),
    ("binary", Kind::Binary),
    ("mixed", Kind::Mixed),
];

/// Publishes all of them, or until it is told to stop.
pub(super) async fn run(service: &Service, channel: &str, hall: &Arc<Hall>, stream: Stream) -> Result<(), BrokerError> {
    let stop = hall.publishing();
    let mut ticks = (!stream.every.is_zero()).then(|| {
        let mut ticks = interval(stream.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        ticks
    });
    for number in 1..=stream.count {
        if let Some(ticks) = &mut ticks {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => return Ok(()),
            }
        } else if number % 64 == 0 {
            // Those who read have their turn too.
            tokio::task::yield_now().await;
            if stop.is_cancelled() {
                return Ok(());
            }
        }
        let message = message(stream, number);
        service.broker.publish(channel, message.borrow()).await?;
        hall.count(|counts| counts.published += 1);
    }
    Ok(())
}

/// Message `number`, from 1: text is the number, a colon, with `stamp` the milliseconds since 1970 and a colon, and then filling up to the
/// size. Lines are filled with CR, LF and CRLF; binary is the number in eight bytes, little-endian, over and over.
fn message(stream: Stream, number: u64) -> Message {
    let kind = match (stream.kind, number % 4) {
        (Kind::Mixed, 1) => Kind::Text,
        (Kind::Mixed, 2) => Kind::Binary,
        (Kind::Mixed, 3) => Kind::Wide,
        (Kind::Mixed, _) => Kind::Lines,
        (kind, _) => kind,
    };
    let filling = match kind {
        Kind::Binary => {
            let mut bytes = number.to_le_bytes().repeat(stream.size.div_ceil(8));
            bytes.truncate(stream.size);
            return Message::Binary(bytes);
        }
        Kind::Wide => "жx\u{1f600}",
        Kind::Lines => "a\rb\nc\r\nd\n\n",
        Kind::Text | Kind::Mixed => "x",
    };
    let mut text = format!("{number}:");
    if stream.stamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        text.push_str(&format!("{:.3}:", now.as_secs_f64() * 1_000.0));
    }
    let mut filling = filling.chars().cycle();
    while text.len() < stream.size {
        let next = filling.next().filter(|next| text.len() + next.len_utf8() <= stream.size);
        text.push(next.unwrap_or('.'));
    }
    Message::Text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, size: usize, number: u64) -> Message {
        message(Stream { count: 0, size, every: Duration::ZERO, kind, stamp: false }, number)
    }

    #[test]
    fn messages_have_the_size_asked_for_but_texts_always_their_number() {
        assert_eq!(of(Kind::Text, 6, 12).as_text(), Some("12:xxx"));
        assert_eq!(of(Kind::Text, 0, 12).as_text(), Some("12:"));
        assert_eq!(of(Kind::Wide, 7, 1).as_text(), Some("1:жx.."));
        assert_eq!(of(Kind::Lines, 9, 1).as_text(), Some("1:a\rb\nc\r\n"));
        assert_eq!(of(Kind::Binary, 9, 258).as_binary(), Some(&[2, 1, 0, 0, 0, 0, 0, 0, 2][..]));
    }

    #[test]
    fn a_mixed_stream_has_all_kinds() {
        let kinds: Vec<_> = (1..=4).map(|number| of(Kind::Mixed, 8, number)).collect();
        assert_eq!(kinds[0].as_text(), Some("1:xxxxxx"));
        assert!(kinds[1].as_binary().is_some() && kinds[2].as_text().is_some());
        assert!(kinds[3].as_text().is_some_and(|text| text.contains('\r')));
    }
}
