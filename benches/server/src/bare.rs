//! What ours is compared with: tokio-tungstenite and tokio, as they are meant to be used, and nothing else.
//!
//! `/fanout` has one group for all; everything else is an echo.

use std::future::ready;
use std::io;

use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::{Receiver, Sender, channel};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

/// How many messages a member of the group may fall behind.
const BEHIND: usize = 1_024;

/// How much is read at a time, in bytes: as much as by ours. By default it would be 128 KiB, which each connection would have in memory.
const READ_BUFFER: usize = 8 * 1024;

/// A message, and the number of the connection it came by.
type Said = (u64, Message);

/// Serves for ever.
///
/// # Errors
/// Nothing more can be accepted.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    let (group, _) = channel(BEHIND);
    for number in 0.. {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        tokio::spawn(connection(tcp, number, group.clone()));
    }
    Ok(())
}

#[expect(clippy::result_large_err, reason = "the library says what the callback returns")]
async fn connection(tcp: TcpStream, number: u64, group: Sender<Said>) -> Result<(), Error> {
    let mut news = None;
    // Who is told that the connection is open is a member already.
    let join = |request: &Request, response: Response| {
        news = (request.uri().path() == "/fanout").then(|| group.subscribe());
        Ok(response)
    };
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let socket = accept_hdr_async_with_config(tcp, join, Some(config)).await?;
    match news {
        Some(news) => member(socket, number, &group, news).await,
        None => echo(socket).await,
    }
}

fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}

async fn echo(socket: WebSocketStream<TcpStream>) -> Result<(), Error> {
    let (sink, stream) = socket.split();
    stream.try_filter(|message| ready(is_data(message))).forward(sink).await
}

async fn member(
    mut socket: WebSocketStream<TcpStream>,
    number: u64,
    group: &Sender<Said>,
    mut news: Receiver<Said>,
) -> Result<(), Error> {
    loop {
        tokio::select! {
            message = socket.next() => match message.transpose()? {
                // It has a receiver: this one's.
                Some(message) if is_data(&message) => drop(group.send((number, message))),
                Some(_) => {}
                None => return Ok(()),
            },
            said = news.recv() => {
                let mut next = said.ok();
                // Who has fallen behind is dropped.
                let Some(_) = next else { return Ok(()) };
                while let Some((by, message)) = next {
                    if by != number {
                        socket.feed(message).await?;
                    }
                    next = news.try_recv().ok();
                }
                socket.flush().await?;
            }
        }
    }
}
