//! One connection of a ledger.

use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::book::Ledger;
use crate::attendance::Guest;
use crate::raw_socket::Abort;
use crate::session::Session;

/// What the server does beside writing down.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) push_every: Option<Duration>,
    pub(super) ending: Option<Ending>,
}

/// When and how the server ends the connection.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) after: u64,
    pub(super) way: Way,
}

#[derive(Debug)]
pub(super) enum Way {
    Close(u16, String),
    Abort(Abort),
}

/// Serves until either side ends the connection.
pub(super) async fn run(ledger: &Ledger, guest: &Guest, service: &Service, mut socket: WebSocket, session: Session) {
    let mut settling = pin!(guest.settle());
    let mut settled = false;
    let mut ticks = service.push_every.map(|every| {
        let mut ticks = interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    });
    let tick = async |ticks: &mut Option<tokio::time::Interval>| match ticks {
        Some(ticks) => ticks.tick().await,
        None => std::future::pending().await,
    };
    let mut received = 0;
    let mut closing = false;
    loop {
        let message = tokio::select! {
            message = socket.recv() => message,
            _ = tick(&mut ticks), if !closing => {
                let push = format!("p {}", ledger.push());
                if socket.send(Message::Text(push.into())).await.is_err() {
                    break;
                }
                continue;
            }
            () = &mut settling, if !settled => {
                settled = true;
                continue;
            }
            () = session.app.closing() => {
                guest.leave(false);
                return session.close(socket, 1001, "the server is stopping").await;
            }
        };
        match message {
            Some(Ok(Message::Text(text))) => {
                if ledger.append(guest.number, &text).is_err() {
                    guest.leave(false);
                    return session.close(socket, 1013, "the ledger is full").await;
                }
                received += 1;
                let sent = socket.send(Message::Text(text)).await;
                if let Some(ending) = service.ending.as_ref().filter(|ending| ending.after == received) {
                    guest.leave(false);
                    return end(&ending.way, socket, session).await;
                }
                if sent.is_err() {
                    break;
                }
            }
            Some(Ok(Message::Close(_))) => {
                guest.leave(true);
                closing = true;
            }
            Some(Ok(message @ Message::Binary(_))) => {
                if socket.send(message).await.is_err() {
                    break;
                }
            }
            // The library answers these by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Err(_)) | None => break,
        }
    }
    guest.leave(true);
    session.end().await;
}

async fn end(way: &Way, socket: WebSocket, session: Session) {
    match way {
        Way::Close(code, reason) => session.close(socket, *code, reason.clone()).await,
        Way::Abort(Abort::Fin) => session.end().await,
        // Dropping it does the rest.
        Way::Abort(Abort::Reset) => session.connection.reset_when_closed(),
    }
}
