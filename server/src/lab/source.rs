//! The channel that all lanes of a run read.

use std::sync::Arc;

use crate::app::App;
use crate::channel::{Kept, Loss, Service};

/// The channel of one run.
#[derive(Debug)]
pub(super) struct Source {
    channels: Arc<Service>,
    name: String,
}

impl Source {
    pub(super) fn new(app: &App, id: &str) -> Self {
        Self { channels: app.channels.clone(), name: format!("lab-{id}") }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// False where there is no room for the channel.
    pub(super) async fn publish(&self, text: &str) -> bool {
        self.channels.publish(&self.name, text).await.is_ok()
    }

    /// Begins another epoch.
    pub(super) fn lose_history(&self) {
        self.channels.lose(&self.name, Loss::Epoch);
    }

    pub(super) fn kept(&self) -> Kept {
        self.channels.kept(&self.name)
    }

    /// Nothing of it stays.
    pub(super) fn end(&self) {
        self.channels.lose(&self.name, Loss::Trim);
    }
}
