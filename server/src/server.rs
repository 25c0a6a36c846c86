//! Listening, one task for each connection, and stopping.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use crate::Config;
use crate::app::App;
use crate::connection::{Connection, Stream};
use crate::routes;
use crate::wire::MAX_HEAD;

/// How long a client that is turned away may take over the answer.
const TURN_AWAY: Duration = Duration::from_secs(5);

/// How long open connections have when the server stops.
const GRACE: Duration = Duration::from_millis(800);

/// How many connections beyond the limit are told so at once; more are just closed.
const MAX_TURNED_AWAY: usize = 64;

/// How long the listener rests when the system has no room for a connection.
const REST: Duration = Duration::from_millis(50);

/// A server that listens. Connections wait until [`Server::run`].
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    /// The same port of `[::1]`, if wanted.
    second: Option<io::Result<TcpListener>>,
    address: SocketAddr,
    max_connections: usize,
    head_timeout: Duration,
    app: App,
}

/// Why a server can't listen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BindError {
    /// Some other program listens there.
    #[error("port {} of {} is already in use; choose another with --port", .0.port(), .0.ip())]
    InUse(SocketAddr),
    /// The folder to serve isn't one.
    #[error("{} is not a folder that can be served", .0.display())]
    StaticDir(PathBuf),
    /// The system refuses for another reason.
    #[error("can't listen on {address}: {source}")]
    Refused {
        /// Where.
        address: SocketAddr,
        /// What it says.
        source: io::Error,
    },
}

impl Server {
    /// Starts to listen.
    ///
    /// # Errors
    /// [`BindError::InUse`] when the port is taken, [`BindError::StaticDir`] when the folder isn't there, [`BindError::Refused`] for
    /// anything else that the system says.
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        if let Some(folder) = &config.static_dir
            && !folder.is_dir()
        {
            return Err(BindError::StaticDir(folder.clone()));
        }
        let wanted = SocketAddr::new(config.host, config.port);
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse(wanted),
            _ => BindError::Refused { address: wanted, source },
        };
        let listener = TcpListener::bind(wanted).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let second = if config.host == IpAddr::V4(Ipv4Addr::LOCALHOST) {
            Some(TcpListener::bind((Ipv6Addr::LOCALHOST, address.port())).await)
        } else {
            None
        };
        Ok(Self {
            listener,
            second,
            address,
            max_connections: config.max_connections,
            head_timeout: config.head_timeout,
            app: App::new(address, config.static_dir, config.channel),
        })
    }

    /// Where the server listens, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether another program has the same port of `[::1]`, so that `localhost` may lead there.
    pub fn localhost_is_shared(&self) -> bool {
        matches!(&self.second, Some(Err(error)) if error.kind() == io::ErrorKind::AddrInUse)
    }

    /// What answers the requests, to be called without a connection: by tests, and by fuzzers. It neither sweeps nor ends.
    pub fn router(&self) -> Router {
        routes::router(self.app.clone())
    }

    /// Serves until `shutdown` is ready. Then it stops listening, tells open WebSockets (1001), and drops what is still open a second
    /// later.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let acceptor = Acceptor {
            router: self.router(),
            app: self.app.clone(),
            places: Arc::new(Semaphore::new(self.max_connections)),
            max_connections: self.max_connections,
            head_timeout: self.head_timeout,
            door: Arc::new(Semaphore::new(MAX_TURNED_AWAY)),
        };
        let app = self.app.clone();
        self.app.spawn(async move {
            tokio::select! {
                () = app.channels.sweep() => {}
                () = app.closing() => {}
            }
        });
        let second = async {
            match &self.second {
                Some(Ok(listener)) => acceptor.accept_all(listener).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shutdown => {}
            () = acceptor.accept_all(&self.listener) => {}
            () = second => {}
        }
        drop((self.listener, self.second));
        self.app.stop(GRACE).await;
    }
}

/// Takes in connections.
#[derive(Debug)]
struct Acceptor {
    router: Router,
    app: App,
    places: Arc<Semaphore>,
    max_connections: usize,
    head_timeout: Duration,
    door: Arc<Semaphore>,
}

impl Acceptor {
    async fn accept_all(&self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((tcp, _)) => self.welcome(tcp),
                // Gone before it was taken in.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // Most likely too many open files: some will close.
                Err(_) => sleep(REST).await,
            }
        }
    }

    fn welcome(&self, tcp: TcpStream) {
        // Small messages are not to wait; where it can't be set, they do.
        let _ = tcp.set_nodelay(true);
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            let connection = Connection::new(tcp, self.app.feeds.clone(), place);
            let serving = serve(self.app.clone(), self.router.clone(), Arc::new(connection), self.head_timeout);
            self.app.spawn(serving);
        } else if let Ok(place) = self.door.clone().try_acquire_owned() {
            let text = format!("the server has its {} connections; try again later\n", self.max_connections);
            let connection = Connection::new(tcp, self.app.feeds.clone(), place);
            self.app.spawn(turn_away(connection, text));
        }
    }
}

async fn serve(app: App, router: Router, connection: Arc<Connection>, head_timeout: Duration) {
    let stream = TokioIo::new(Stream(connection.clone()));
    let links = app.links.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        links.passes(|| connection.source(), &mut request);
        request.extensions_mut().insert(connection.clone());
        router.clone().oneshot(request.map(Body::new))
    });
    let mut serving = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_timeout)
            .max_buf_size(MAX_HEAD)
            .serve_connection(stream, service)
            .with_upgrades()
    );
    // A connection that ends badly is the client's business; there is nobody to tell.
    let _ = tokio::select! {
        ended = &mut serving => ended,
        () = app.closing() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
}

/// Answers 503 without reading the request first.
async fn turn_away(connection: Connection, text: String) {
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Access-Control-Allow-Origin: *\r\nRetry-After: 1\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    let connection = Arc::new(connection);
    let mut stream = Stream(connection.clone());
    // Whoever doesn't take the answer does without.
    let _ = timeout(TURN_AWAY, stream.write_all(head.as_bytes())).await;
    connection.finish().await;
}
