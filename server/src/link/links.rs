//! All links, and their end.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use super::proxy::Link;
use crate::app::App;
use crate::reply::Failure;

/// How many links there may be.
const MAX_LINKS: usize = 256;

/// The links to one server.
#[derive(Debug)]
pub(crate) struct Links {
    server: SocketAddr,
    all: Mutex<All>,
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
        Self { server: address, all: Mutex::default() }
    }

    /// Makes a link that listens, on any port if it is 0, and ends after `life`.
    pub(super) async fn open(&self, app: &App, port: u16, life: Duration) -> Result<Arc<Link>, Failure> {
        let refused = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => Failure::Conflict(format!("port {port} is in use")),
            _ => Failure::Full(format!("the system has no room for another link: {error}")),
        };
        let link = {
            let mut all = self.all();
            if all.links.len() >= MAX_LINKS {
                return Err(Failure::Full(format!("there are {MAX_LINKS} links; end some, or wait until they do")));
            }
            let link = Arc::new(Link::claim(all.count, self.server, port).map_err(refused)?);
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

    pub(super) fn find(&self, id: &str) -> Result<Arc<Link>, Failure> {
        let link = id.parse().ok().and_then(|id: u64| self.all().links.get(&id).cloned());
        link.ok_or_else(|| Failure::NotFound("no link has this id, or it has ended".to_owned()))
    }

    pub(super) async fn end(&self, link: &Link) {
        self.forget(link);
        link.end().await;
    }

    fn forget(&self, link: &Link) {
        self.all().links.remove(&link.id);
    }

    fn all(&self) -> MutexGuard<'_, All> {
        // Nothing panics while it holds this lock.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
