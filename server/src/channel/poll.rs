//! A channel by polling: one answer, at once or held until there is something new.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use tokio::time::{Instant, sleep_until};

use super::broker::{Budget, Data};
use super::dev::How;
use super::end::{End, records};
use super::reader::Reader;
use super::visit::Visit;
use crate::app::App;

/// What came of a poll.
pub(super) enum Polled {
    Answer(Response),
    /// The connection is to be dropped.
    Drop(How),
}

pub(super) async fn answer(app: &App, visit: &Visit) -> Result<Polled, End> {
    let wait = visit.asked.wait.unwrap_or_default().min(visit.service.limits.wait);
    let until = Instant::now() + wait;
    let mut drops = visit.hall.drops();
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
            let hello = opening.hello();
            let frames = [&hello].into_iter().chain(opening.messages.iter().map(|message| &message.frame));
            return Ok(Polled::Answer(records(frames.map(Data::borrow))));
        }
        if wait.is_zero() || Instant::now() >= until {
            return Ok(Polled::Answer(StatusCode::NO_CONTENT.into_response()));
        }
        tokio::select! {
            news = reader.news() => news?,
            () = sleep_until(until) => {}
            () = app.closing() => return Err(End::stopping()),
            how = drops.next() => return Ok(Polled::Drop(how)),
        }
    }
}
