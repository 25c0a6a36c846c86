//! What each client has and does, so that none takes all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::end::End;
use super::settings::Limits;

/// The most clients that are counted at once.
const MAX_CLIENTS: usize = 100_000;

/// Over which time the sessions of a client are counted.
const SESSIONS_OVER: Duration = Duration::from_secs(120);

/// All clients, by their name or address.
#[derive(Debug)]
pub(super) struct Clients {
    all: Mutex<HashMap<String, Client>>,
    connections: usize,
    sessions: u32,
    messages: u32,
}

#[derive(Debug)]
struct Client {
    connections: usize,
    sessions: Bucket,
    messages: Bucket,
}

/// Something that is used up, and comes back over time.
#[derive(Debug)]
struct Bucket {
    left: f64,
    most: f64,
    per_second: f64,
    at: Instant,
}

impl Bucket {
    fn new(most: f64, per_second: f64, now: Instant) -> Self {
        Self { left: most, most, per_second, at: now }
    }

    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = self.per_second.mul_add(elapsed, self.left).min(self.most);
        self.at = now;
    }

    fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        let enough = self.left >= 1.0;
        if enough {
            self.left -= 1.0;
        }
        enough
    }
}

/// One connection of a client; it counts until this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    clients: Arc<Clients>,
    client: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(client) = self.clients.lock().get_mut(&self.client) {
            client.connections = client.connections.saturating_sub(1);
        }
    }
}

impl Clients {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            all: Mutex::default(),
            connections: limits.client_connections,
            sessions: limits.client_sessions,
            messages: limits.client_messages,
        }
    }

    /// One more connection or request.
    pub(super) fn enter(self: &Arc<Self>, client: &str) -> Result<Place, End> {
        self.with(client, |client, _| {
            let room = client.connections < self.connections;
            client.connections += usize::from(room);
            room
        })
        .ok_or_else(|| End::new(4429, "too many connections of this client"))?;
        Ok(Place { clients: self.clone(), client: client.to_owned() })
    }

    pub(super) fn begin_session(&self, client: &str) -> Result<(), End> {
        self.with(client, |client, now| client.sessions.take(now))
            .ok_or_else(|| End::new(4429, "too many sessions of this client"))
    }

    pub(super) fn spend_message(&self, client: &str) -> Result<(), End> {
        self.with(client, |client, now| client.messages.take(now))
            .ok_or_else(|| End::new(4429, "too many messages of this client"))
    }

    /// Forgets those about whom there is nothing to remember.
    pub(super) fn sweep(&self) {
        let now = Instant::now();
        self.lock().retain(|_, client| {
            client.sessions.fill(now);
            client.messages.fill(now);
            let full = |bucket: &Bucket| bucket.left >= bucket.most;
            client.connections > 0 || !full(&client.sessions) || !full(&client.messages)
        });
    }

    fn with(&self, name: &str, what: impl FnOnce(&mut Client, Instant) -> bool) -> Option<()> {
        let now = Instant::now();
        let mut all = self.lock();
        if let Some(client) = all.get_mut(name) {
            return what(client, now).then_some(());
        }
        if all.len() >= MAX_CLIENTS {
            return None;
        }
        let (sessions, messages) = (f64::from(self.sessions), f64::from(self.messages));
        let mut client = Client {
            connections: 0,
            sessions: Bucket::new(sessions, sessions / SESSIONS_OVER.as_secs_f64(), now),
            messages: Bucket::new(messages * 4.0, messages, now),
        };
        let allowed = what(&mut client, now);
        all.insert(name.to_owned(), client);
        allowed.then_some(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Client>> {
        // Nothing panics while it holds this lock.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(connections: usize, sessions: u32, messages: u32) -> Arc<Clients> {
        let limits = Limits {
            client_connections: connections,
            client_sessions: sessions,
            client_messages: messages,
            ..Limits::default()
        };
        Arc::new(Clients::new(&limits))
    }

    #[test]
    fn each_client_has_its_own_places_and_gives_them_back() {
        let clients = clients(1, 1, 1);
        let place = clients.enter("a").unwrap();
        assert_eq!(clients.enter("a").unwrap_err().code, 4429);
        clients.enter("b").unwrap();
        drop(place);
        clients.enter("a").unwrap();
        clients.sweep();
        assert!(clients.lock().is_empty());
    }

    #[test]
    fn what_is_spent_comes_back_over_time() {
        let now = Instant::now();
        let mut bucket = Bucket::new(2.0, 1.0, now);
        assert!(bucket.take(now) && bucket.take(now) && !bucket.take(now));
        assert!(bucket.take(now + Duration::from_secs(1)));
        assert!(!bucket.take(now + Duration::from_secs(1)));
        assert!(bucket.take(now + Duration::from_secs(60)) && bucket.take(now + Duration::from_secs(60)));
        assert!(!bucket.take(now + Duration::from_secs(60)));
    }

    #[test]
    fn sessions_and_messages_are_counted_apart() {
        let clients = clients(9, 1, 1);
        clients.begin_session("a").unwrap();
        assert_eq!(clients.begin_session("a").unwrap_err().code, 4429);
        (0..4).for_each(|_| clients.spend_message("a").unwrap());
        assert_eq!(clients.spend_message("a").unwrap_err().code, 4429);
    }
}
