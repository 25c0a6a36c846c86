//! All links, and their end.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{Request, Uri};
use tokio::time::sleep;

use super::dice::Dice;
use super::proxy::Link;
use crate::app::App;
use crate::reply::Failure;
use crate::routes::is_handshake;

/// How many links there may be.
const MAX_LINKS: usize = 256;

/// What a link is to be.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Where it listens, and on which port; any if it is 0.
    pub(super) address: Ipv4Addr,
    pub(super) port: u16,
    /// After which time it ends.
    pub(super) life: Duration,
    /// Of what is drawn; none: any.
    pub(super) seed: Option<u32>,
}

impl Wanted {
    /// Any that ends after this time.
    pub(crate) fn lasting(life: Duration) -> Self {
        Self { address: Ipv4Addr::LOCALHOST, port: 0, life, seed: None }
    }
}

/// The links to one server.
#[derive(Debug)]
pub(crate) struct Links {
    server: SocketAddr,
    all: Mutex<All>,
    /// From where the links' connections to the server come.
    sources: Mutex<HashMap<SocketAddr, Arc<Link>>>,
}

#[derive(Debug, Default)]
struct All {
    /// How many there were.
    count: u64,
    links: HashMap<u64, Arc<Link>>,
}

impl Links {
    /// For the server that listens on `address`.
    pub(crate) fn to(mut address: SocketAddr) -> Self {
        if address.ip().is_unspecified() {
            let loopback: IpAddr =
                if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
            address.set_ip(loopback);
        }
        Self { server: address, all: Mutex::default(), sources: Mutex::default() }
    }

    /// Makes a link that listens.
    pub(crate) async fn open(&self, app: &App, wanted: Wanted) -> Result<Arc<Link>, Failure> {
        let Wanted { address, port, life, seed } = wanted;
        let seed = seed.unwrap_or_else(Dice::seed);
        let refused = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => Failure::Conflict(format!("port {port} is in use")),
            _ => Failure::Full(format!("the system has no room for another link: {error}")),
        };
        let link = {
            let mut all = self.all();
            if all.links.len() >= MAX_LINKS {
                return Err(Failure::Full(format!("there are {MAX_LINKS} links; end some, or wait until they do")));
            }
            let link =
                Arc::new(Link::claim(all.count, self.server, SocketAddrV4::new(address, port), seed).map_err(refused)?);
            all.count += 1;
            all.links.insert(link.id, link.clone());
            link
        };
        if let Err(error) = link.start(app).await {
            self.end(&link).await;
            return Err(refused(error));
        }
        let (app, ending) = (app.clone(), link.clone());
        app.clone().spawn(async move {
            tokio::select! {
                () = sleep(life) => app.links.end(&ending).await,
                () = ending.ended.cancelled() => {}
                // What is open goes on until the server has ended it.
                () = app.closing() => app.links.forget(&ending),
            }
        });
        Ok(link)
    }

    /// Notes that the connection from `address` to the server is one of `link`.
    pub(super) fn comes_from<'a>(&'a self, address: SocketAddr, link: &Arc<Link>) -> Source<'a> {
        self.sources().insert(address, link.clone());
        Source { links: self, address }
    }

    /// Counts a request that came from `peer`, if that is a link. One that the link keeps from the server goes to `/refuse`.
    pub(crate) fn passes<B>(&self, peer: impl FnOnce() -> Option<SocketAddr>, request: &mut Request<B>) {
        let sources = self.sources();
        let link = if sources.is_empty() { None } else { peer().and_then(|peer| sources.get(&peer).cloned()) };
        drop(sources);
        if let Some(link) = link
            && !link.passes(is_handshake(request.headers()))
        {
            *request.uri_mut() = Uri::from_static("/refuse?status=403");
        }
    }

    pub(super) fn find(&self, id: &str) -> Result<Arc<Link>, Failure> {
        let link = id.parse().ok().and_then(|id: u64| self.all().links.get(&id).cloned());
        link.ok_or_else(|| Failure::NotFound("no link has this id, or it has ended".to_owned()))
    }

    pub(crate) async fn end(&self, link: &Link) {
        self.forget(link);
        link.end().await;
    }

    fn forget(&self, link: &Link) {
        self.all().links.remove(&link.id);
    }

    fn sources(&self) -> MutexGuard<'_, HashMap<SocketAddr, Arc<Link>>> {
        // Nothing panics while it holds this lock.
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> MutexGuard<'_, All> {
        // Nothing panics while it holds this lock.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a connection of a link comes from, until this is dropped.
#[derive(Debug)]
pub(super) struct Source<'a> {
    links: &'a Links,
    address: SocketAddr,
}

impl Drop for Source<'_> {
    fn drop(&mut self) {
        self.links.sources().remove(&self.address);
    }
}
