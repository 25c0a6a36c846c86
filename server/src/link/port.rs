//! A port that stays a link's own, also while nobody listens there.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 128;

/// The receive buffer of a connection, so that a sender soon notices that nothing is taken.
const RECEIVE_BUFFER: u32 = 64 * 1024;

/// A port of 127.0.0.1.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) number: u16,
    /// Bound, and never listens: while there is no listener connects are refused, and nobody else gets the port. Nor does a connect to
    /// it, as the port it is made from: TCP would connect it to itself.
    _held: TcpSocket,
}

impl Port {
    /// 0 lets the system choose.
    pub(super) fn claim(number: u16) -> io::Result<Self> {
        let held = TcpSocket::new_v4()?;
        held.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, number)))?;
        // After it is bound: it shall share the port with the listener, and with nothing that had it before.
        held.set_reuseaddr(true)?;
        Ok(Self { number: held.local_addr()?.port(), _held: held })
    }

    /// Listens, also where connections of an earlier listener are not quite over.
    pub(super) fn listen(&self) -> io::Result<TcpListener> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, self.number)))?;
        socket.listen(BACKLOG)
    }
}
