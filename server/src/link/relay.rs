//! One connection through a link, from its accept to its end.

use std::future::pending;
use std::io;
use std::net::Shutdown;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::join_all;
use socket2::SockRef;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::conduct::Conduct;
use super::pipe::Pipe;
use super::proxy::Link;
use crate::app::App;
use crate::attendance::Guest;
use crate::connection::closed_by_peer;
use crate::raw_socket::Abort;

/// How long a connection that is cut by a FIN waits for those of both sides.
const LINGER: Duration = Duration::from_secs(1);

/// A connection that was accepted.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) client: TcpStream,
    pub(super) guest: Guest,
    /// Some when the link is cut.
    pub(super) cut: watch::Receiver<Option<Abort>>,
    /// Whoever cuts the link waits for this.
    pub(super) present: TaskTrackerToken,
}

/// How it ended.
#[derive(Debug)]
enum Ended {
    /// Both sides have sent a FIN, or the client has gone before it was let through.
    InOrder,
    Reset,
    CutByFin,
}

/// Carries a connection until it ends.
pub(super) async fn run(link: Arc<Link>, app: App, accepted: Accepted) {
    let Accepted { client, guest, mut cut, present } = accepted;
    // A descriptor of its own, with events of its own: so the client's end is seen while nothing is read.
    let Ok(watched) = duplicate(&client) else { return };
    link.trail.opened(guest.number);
    let server = OnceLock::new();
    let client_gone = CancellationToken::new();
    let watching = async {
        closed_by_peer(&watched).await;
        guest.leave(true);
        client_gone.cancel();
        pending::<()>().await;
    };
    let settling = async {
        guest.settle().await;
        pending::<()>().await;
    };
    let cutting = async {
        match cut.wait_for(Option::is_some).await.map(|how| *how) {
            Ok(Some(Abort::Fin)) => Ended::CutByFin,
            _ => Ended::Reset,
        }
    };
    let ended = tokio::select! {
        ended = cutting => ended,
        ended = forward(&link, &app, &client, &server, &guest, &client_gone) => ended,
        () = watching => Ended::InOrder,
        () = settling => Ended::InOrder,
    };
    link.trail.closed(guest.number);
    let mut sockets: Vec<_> = [Some(client), server.into_inner()].into_iter().flatten().collect();
    for socket in sockets.iter().map(SockRef::from) {
        // It fails only where the connection is gone already.
        let _ = match ended {
            Ended::InOrder => Ok(()),
            Ended::Reset => socket.set_linger(Some(Duration::ZERO)),
            Ended::CutByFin => socket.shutdown(Shutdown::Write),
        };
    }
    if let Ended::CutByFin = ended {
        drop((guest, present));
        // Closing a socket that has unread bytes would send a RST. Past its time it is closed as it is.
        let _ = timeout(LINGER, join_all(sockets.iter_mut().map(drain))).await;
    } else {
        // In this order: who is told that nobody is there finds nobody.
        drop((watched, sockets));
        drop((guest, present));
    }
}

async fn forward(
    link: &Arc<Link>,
    app: &App,
    client: &TcpStream,
    server: &OnceLock<TcpStream>,
    guest: &Guest,
    client_gone: &CancellationToken,
) -> Ended {
    let mut conduct = link.conduct();
    tokio::select! {
        admitted = conduct.wait_for(Conduct::admits) => if admitted.is_err() {
            return Ended::Reset;
        },
        // It gave up while it was held: the server never hears of it.
        () = client_gone.cancelled() => return Ended::InOrder,
    }
    let Ok(connected) = TcpStream::connect(link.server).await else {
        return Ended::Reset;
    };
    // Small messages are not to wait; where it can't be set, they do.
    let _ = connected.set_nodelay(true);
    let server = server.get_or_init(|| connected);
    // Before its first byte: the server will ask where it comes from.
    let _source = server.local_addr().ok().map(|source| app.links.comes_from(source, link));
    let up = Pipe {
        from: client,
        to: server,
        conduct: link.conduct(),
        carried: &link.bytes_up,
        trail: &link.trail,
        spoils: &link.spoils,
        attendance: &link.attendance,
        seed: link.seed,
        connection: guest.number,
        up: true,
    };
    let down = Pipe { from: server, to: client, carried: &link.bytes_down, up: false, conduct: link.conduct(), ..up };
    let down = async {
        down.run().await?;
        guest.leave(false);
        Ok(())
    };
    match tokio::try_join!(up.run(), down) {
        Ok(((), ())) => Ended::InOrder,
        Err(Abort::Reset) => Ended::Reset,
        Err(Abort::Fin) => Ended::CutByFin,
    }
}

fn duplicate(tcp: &TcpStream) -> io::Result<TcpStream> {
    let socket = SockRef::from(tcp).try_clone()?;
    TcpStream::from_std(socket.into())
}

/// Reads until the other side's FIN or RST.
async fn drain(socket: &mut TcpStream) {
    let mut buffer = vec![0; 16 * 1024];
    while matches!(socket.read(&mut buffer).await, Ok(1..)) {}
}
