//! A channel by polling: one answer, at once or held until there is something new.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::broker::{Budget, Data};
use super::dev::{Order, Orders};
use super::end::End;
use super::reader::Reader;
use super::visit::Visit;
use crate::app::App;

/// What came of a poll.
pub(super) enum Polled {
    /// These frames.
    Frames(Vec<Data>),
    /// There is nothing new.
    Nothing,
    /// The connection is to be dropped.
    Drop(Order),
}

pub(super) async fn answer(app: &App, visit: &Visit, mut orders: Orders) -> Result<Polled, End> {
    let wait = visit.asked.wait.unwrap_or_default().min(visit.service.limits.wait);
    let until = Instant::now() + wait;
    loop {
        let budget = Budget { messages: usize::MAX, bytes: visit.service.limits.answer };
        let opened = Reader::open(
            visit.service.clone(),
            &visit.channel,
            &visit.asked,
            &visit.client,
            Duration::ZERO,
            Some(budget),
        );
        let (mut reader, opening) = opened.await?;
        if !opening.is_no_news(&visit.asked) {
            return Ok(Polled::Frames(opening.frames()));
        }
        if wait.is_zero() || Instant::now() >= until {
            return Ok(Polled::Nothing);
        }
        tokio::select! {
            news = reader.news() => news?,
            () = sleep_until(until) => {}
            () = app.closing() => return Err(End::stopping()),
            order = orders.next() => match order {
                Order::End(end) => return Err(end),
                Order::Send(frame) => return Ok(Polled::Frames(vec![opening.hello(), frame])),
                order => return Ok(Polled::Drop(order)),
            },
        }
    }
}
