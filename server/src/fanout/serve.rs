//! One member of a group.

use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt as _;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::yield_now;
use tokio::time::timeout;

use super::groups::{Member, Said};
use crate::echo;
use crate::session::Session;

/// How long a member may take for a few messages before it is dropped.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many messages are sent to a member, or taken from it, before others have their turn.
const BATCH: usize = 32;

/// Why nothing more can be sent to a member.
#[derive(Debug)]
enum Loss {
    /// It has missed messages.
    Behind,
    /// The connection has ended, or takes nothing.
    Gone,
}

/// Serves until the client ends the connection, or can't keep up.
pub(super) async fn run(mut member: Member, mut socket: WebSocket, session: Session) {
    let app = session.app.clone();
    let mut closing = pin!(app.closing());
    let mut said = 0;
    loop {
        let passed = tokio::select! {
            news = member.receiver.recv() => match news {
                Ok(first) => pass_on(&mut member, &mut socket, first).await,
                Err(RecvError::Lagged(_)) => Err(Loss::Behind),
                // Its own sender lives as long as the member.
                Err(RecvError::Closed) => Err(Loss::Gone),
            },
            message = socket.recv() => match message {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                    member.say(message);
                    said += 1;
                    if said % BATCH == 0 {
                        // A burst that was read at once must not overtake those who are to send it.
                        yield_now().await;
                    }
                    Ok(())
                }
                // The library answers these by itself.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => Ok(()),
                Some(Err(error)) => {
                    echo::complain(&mut socket, error).await;
                    Err(Loss::Gone)
                }
                None => Err(Loss::Gone),
            },
            () = &mut closing => return session.close(socket, 1001, "the server is stopping").await,
        };
        match passed {
            Ok(()) => {}
            Err(Loss::Gone) => return session.end().await,
            Err(Loss::Behind) => {
                // It may be past taking even that.
                if timeout(PATIENCE, session.close(socket, 1013, "too slow")).await.is_err() {
                    session.end().await;
                }
                return;
            }
        }
    }
}

/// Sends `first` and some of what else waits, in one go; but not what the member said itself.
async fn pass_on(member: &mut Member, socket: &mut WebSocket, first: Said) -> Result<(), Loss> {
    let sending = async {
        let mut next = first;
        for left in (0..BATCH).rev() {
            if next.by != member.number {
                socket.feed(next.message).await.map_err(|_| Loss::Gone)?;
            }
            if left == 0 {
                break;
            }
            next = match member.receiver.try_recv() {
                Ok(said) => said,
                Err(TryRecvError::Lagged(_)) => return Err(Loss::Behind),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            };
        }
        socket.flush().await.map_err(|_| Loss::Gone)
    };
    timeout(PATIENCE, sending).await.unwrap_or(Err(Loss::Gone))
}
