//! The clients: as little work as it takes to keep a server busy, on one thread.

mod clients;
mod progress;

pub use clients::{Client, LENGTH, frame};
pub use progress::{Progress, WINDOW};

use std::cell::Cell;
use std::rc::Rc;

use anyhow::{Result, ensure};

/// How many messages have come, to all clients together.
pub type Count = Rc<Cell<u64>>;

/// Keeps `window` messages on their way to the server and back, until it fails.
///
/// # Errors
/// The server ends the connection, or sends something else.
pub async fn echo(mut client: Client, window: usize, count: Count) -> Result<()> {
    let frames = frame().repeat(window);
    client.send(&frames).await?;
    loop {
        let came = client.receive().await?;
        ensure!(came <= window, "{came} messages came back, of {window}");
        count.set(count.get() + came as u64);
        client.send(&frames[..came * (frames.len() / window)]).await?;
    }
}

/// Takes what is published, until it fails.
///
/// # Errors
/// The server ends the connection, or sends something else.
pub async fn subscribe(mut client: Client, progress: Rc<Progress>, count: Count) -> Result<()> {
    let mut next = 0;
    loop {
        let came = client.receive().await? as u64;
        count.set(count.get() + came);
        for number in next..next + came {
            progress.reached_one(number)?;
        }
        next += came;
    }
}

/// Publishes, and never lets more than [`WINDOW`] messages be on their way to somebody.
///
/// # Errors
/// The server ends the connection.
pub async fn publish(mut client: Client, progress: Rc<Progress>) -> Result<()> {
    let frame = frame();
    for number in 0.. {
        progress.room_for(number).await;
        client.send(&frame).await?;
    }
    Ok(())
}
