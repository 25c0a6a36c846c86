//! A list of commands, each with its time, which the link carries out itself: nothing that a client does moves them.

use std::sync::Arc;
use std::time::Duration;

use form_urlencoded::parse;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::command::Command;
use super::proxy::Link;
use crate::app::App;
use crate::query::{BadParameter, Query};
use crate::reply::Failure;

/// How many steps there may be, and when the last one may come, in milliseconds.
const MAX_STEPS: usize = 64;
const MAX_MS: u64 = 60_000;

/// Commands, and when they come after the first one could.
#[derive(Debug)]
pub(super) struct Script(Vec<(Duration, Command)>);

impl Script {
    /// `MS COMMAND PARAMETERS;…`, such as `0 freeze;300 thaw;300 cut how=fin`.
    pub(super) fn parse(mut query: Query) -> Result<Self, Failure> {
        let steps = query.text("steps")?.unwrap_or_default();
        query.finish()?;
        let expected = || {
            format!(
                "1 to {MAX_STEPS} of MS COMMAND [PARAMETERS], with ; between them, MS to {MAX_MS} and none below the last"
            )
        };
        let bad = || Failure::from(BadParameter::value("steps", &steps, expected()));
        let mut script: Vec<(Duration, Command)> = Vec::new();
        for step in steps.split(';') {
            let mut words = step.split(' ');
            let (ms, name) = words.next().zip(words.next()).ok_or_else(bad)?;
            let ms = ms.parse().ok().filter(|ms| *ms <= MAX_MS).ok_or_else(bad)?;
            let parameters = words.next().unwrap_or_default();
            let is_in_order = script.last().is_none_or(|(last, _)| *last <= Duration::from_millis(ms));
            if words.next().is_some() || !is_in_order || script.len() == MAX_STEPS {
                return Err(bad());
            }
            let query = Query::of(parse(parameters.as_bytes()).into_owned().collect());
            script.push((Duration::from_millis(ms), Command::parse(name, query)?));
        }
        Ok(Self(script))
    }

    /// Returns when all of it is done, or the link has ended. It goes on if whoever asked has gone.
    pub(super) async fn carry_out(self, app: &App, link: &Arc<Link>) -> Result<(), Failure> {
        let (tell, done) = oneshot::channel();
        let task = {
            let (app, link) = (app.clone(), link.clone());
            async move {
                let playing = self.play(&app, &link);
                let result = link.ended.run_until_cancelled(playing).await.unwrap_or(Ok(()));
                // Nobody may be waiting for it.
                let _ = tell.send(result);
            }
        };
        app.spawn(task);
        // Without an answer the server stops, and the link with it.
        done.await.unwrap_or(Ok(()))
    }

    async fn play(self, app: &App, link: &Arc<Link>) -> Result<(), Failure> {
        let begin = Instant::now();
        for (at, command) in self.0 {
            sleep_until(begin + at).await;
            command.carry_out(app, link).await?;
        }
        Ok(())
    }
}
