//! All runs, and their end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::sleep;

use super::plan::Plan;
use super::run::{Lane, Run};
use super::source::Source;
use crate::app::App;
use crate::link::Wanted;
use crate::reply::Failure;

/// How many runs there may be.
pub(super) const MAX_RUNS: usize = 16;

/// The runs of one server.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    /// How many there were.
    count: u64,
    /// None while its lanes are opened.
    runs: HashMap<String, Option<Arc<Run>>>,
}

impl Runs {
    /// Opens the lanes. The run ends by itself.
    pub(super) async fn start(&self, app: &App, plan: Plan) -> Result<Arc<Run>, Failure> {
        let claim = self.claim()?;
        let source = Source::new(app, &claim.id);
        let mut lanes: Vec<Lane> = Vec::new();
        for technique in plan.techniques() {
            // The links end with the run; their own end is for a run that is gone without that.
            match app.links.open(app, Wanted::lasting(super::LIFE)).await {
                Ok(link) => lanes.push(Lane { technique, link }),
                Err(failure) => {
                    for lane in &lanes {
                        app.links.end(&lane.link).await;
                    }
                    source.end();
                    return Err(failure);
                }
            }
        }
        let run = Arc::new(Run::new(claim.id.clone(), plan, source, lanes));
        claim.keep(run.clone());
        let (app, ending) = (app.clone(), run.clone());
        app.clone().spawn(async move {
            tokio::select! {
                () = sleep(ending.life()) => app.runs.end(&app, &ending).await,
                () = ending.ended.cancelled() => {}
            }
        });
        Ok(run)
    }

    pub(super) fn find(&self, id: &str) -> Result<Arc<Run>, Failure> {
        let run = self.all().runs.get(id).cloned().flatten();
        run.ok_or_else(|| Failure::NotFound("no run has this id, or it has ended".to_owned()))
    }

    pub(super) async fn end(&self, app: &App, run: &Run) {
        self.all().runs.remove(&run.id);
        run.end(app).await;
    }

    fn claim(&self) -> Result<Claim<'_>, Failure> {
        let mut all = self.all();
        if all.runs.len() >= MAX_RUNS {
            return Err(Failure::Full(format!("there are {MAX_RUNS} runs; end some, or wait until they do")));
        }
        let id = all.count.to_string();
        all.count += 1;
        all.runs.insert(id.clone(), None);
        Ok(Claim { runs: self, id, kept: false })
    }

    fn all(&self) -> MutexGuard<'_, All> {
        // Nothing panics while it holds this lock.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place for a run, which is free again when this is dropped, unless the run was put there.
#[derive(Debug)]
struct Claim<'a> {
    runs: &'a Runs,
    id: String,
    kept: bool,
}

impl Claim<'_> {
    fn keep(mut self, run: Arc<Run>) {
        self.kept = true;
        self.runs.all().runs.insert(self.id.clone(), Some(run));
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.runs.all().runs.remove(&self.id);
        }
    }
}
