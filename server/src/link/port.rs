//! A port that stays a link's own, also while nobody listens there.

use std::io;
use std::net::{SocketAddr, SocketAddrV4};

use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 128;

/// The receive buffer of a connection, so that a sender soon notices that nothing is taken.
const RECEIVE_BUFFER: u32 = 64 * 1024;

/// A port of a loopback address.
#[derive(Debug)]
pub(super) struct Port {
    address: SocketAddrV4,
    pub(super) number: u16,
    /// Bound, and never listens: while there is no listener connects are refused, and nobody else gets the port. Nor does a connect to
    /// it, as the port it is made from: TCP would connect it to itself.
    _held: TcpSocket,
}

impl Port {
    /// Port 0 lets the system choose.
    pub(super) fn claim(address: SocketAddrV4) -> io::Result<Self> {
        let held = TcpSocket::new_v4()?;
        held.bind(address.into())?;
        // After it is bound: it shall share the port with the listener, and with nothing that had it before.
        held.set_reuseaddr(true)?;
        Ok(Self { address, number: held.local_addr()?.port(), _held: held })
    }

    /// Listens, also where connections of an earlier listener are not quite over.
    pub(super) fn listen(&self) -> io::Result<TcpListener> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        socket.bind(SocketAddr::from((*self.address.ip(), self.number)))?;
        socket.listen(BACKLOG)
    }
}
