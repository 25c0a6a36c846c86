//! `/control`: the client says what the server does, one text message a command. Everything that is no command is echoed.

use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use tokio::time::timeout;

use crate::app::App;
use crate::query::{Query, unhex};
use crate::raw_socket::{ABORTS, Abort, RawSocket, close_payload};
use crate::session::{self, Answer, Refusal};
use crate::wire::frame;

/// How long `silent` lasts.
const SILENCE: Duration = Duration::from_secs(60);

const MAX_BLANK: u32 = 1_000_000;

/// How many empty messages are written at a time.
const BLANKS: usize = 8 * 1024;

/// `GET /control`
pub(crate) async fn control(State(app): State<App>, parts: Parts) -> Result<Response, Refusal> {
    Query::parse(&parts)?.finish()?;
    session::accept_raw(app, parts, Answer::default(), run).await
}

/// A text message that tells the server what to do.
#[derive(Debug, PartialEq, Eq)]
enum Command<'a> {
    Close(Vec<u8>),
    Abort(Abort),
    Text(&'a str),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Blank(u32),
    Raw(Vec<u8>),
    Silent,
}

/// None if the text is no command, an error if it is one that can't be carried out.
fn parse(text: &str) -> Option<Result<Command<'_>, &'static str>> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let bytes = |limit: usize| unhex(rest).filter(|bytes| bytes.len() <= limit);
    let command = match word {
        "close" if rest.is_empty() => Ok(Command::Close(Vec::new())),
        "close" => {
            let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            match code.parse() {
                Ok(code) if reason.len() <= 123 => Ok(Command::Close(close_payload(Some(code), reason))),
                _ => Err("close: a code from 0 to 65535 and a reason of at most 123 bytes"),
            }
        }
        "abort" => match ABORTS.iter().find(|(how, _)| *how == rest) {
            Some(&(_, how)) => Ok(Command::Abort(how)),
            None => Err("abort: fin or reset"),
        },
        "text" => Ok(Command::Text(rest)),
        "binary" => bytes(usize::MAX).map(Command::Binary).ok_or("binary: bytes in hexadecimal"),
        "raw" => bytes(usize::MAX).map(Command::Raw).ok_or("raw: bytes in hexadecimal"),
        "ping" => bytes(125).map(Command::Ping).ok_or("ping: bytes in hexadecimal, 125 at most"),
        "blank" => match rest.parse() {
            Ok(count) if count <= MAX_BLANK => Ok(Command::Blank(count)),
            _ => Err("blank: a whole number from 0 to 1000000"),
        },
        "silent" if rest.is_empty() => Ok(Command::Silent),
        _ => return None,
    };
    Some(command)
}

/// Carries out commands until the connection ends.
pub(crate) async fn run(mut socket: RawSocket) {
    loop {
        let app = socket.session.app.clone();
        let incoming = tokio::select! {
            incoming = socket.read() => incoming,
            () = app.closing() => {
                return socket.close(&close_payload(Some(1001), ""), false).await;
            }
        };
        let Some(incoming) = incoming else {
            return socket.session.end().await;
        };
        let payload = incoming.payload;
        let written = match incoming.opcode {
            frame::CLOSE => return socket.close(&payload, true).await,
            frame::PING => socket.write(frame::PONG, &payload).await,
            frame::PONG => Ok(()),
            frame::TEXT => match str::from_utf8(&payload) {
                Err(_) => return socket.close(&close_payload(Some(1007), ""), false).await,
                Ok(text) => match parse(text) {
                    None => socket.write(frame::TEXT, &payload).await,
                    Some(Err(message)) => {
                        let message = format!("error: {message}");
                        socket.write(frame::TEXT, message.as_bytes()).await
                    }
                    Some(Ok(Command::Close(payload))) => return socket.close(&payload, false).await,
                    Some(Ok(Command::Abort(how))) => return socket.abort(how).await,
                    Some(Ok(Command::Silent)) => {
                        let connection = &socket.session.connection;
                        // Either way it ends here.
                        let _ = timeout(SILENCE, connection.closed_by_client()).await;
                        return socket.session.end().await;
                    }
                    Some(Ok(Command::Text(text))) => socket.write(frame::TEXT, text.as_bytes()).await,
                    Some(Ok(Command::Binary(bytes))) => socket.write(frame::BINARY, &bytes).await,
                    Some(Ok(Command::Ping(bytes))) => socket.write(frame::PING, &bytes).await,
                    Some(Ok(Command::Raw(bytes))) => socket.write_bytes(&bytes).await,
                    Some(Ok(Command::Blank(count))) => blank(&mut socket, count).await,
                },
            },
            opcode => socket.write(opcode, &payload).await,
        };
        if written.is_err() {
            return socket.session.end().await;
        }
    }
}

async fn blank(socket: &mut RawSocket, count: u32) -> std::io::Result<()> {
    let empty = frame::FrameHeader::new(frame::TEXT, 0).encode();
    let blanks = empty.repeat(BLANKS);
    let mut left = count as usize * empty.len();
    while left > 0 {
        let part = left.min(blanks.len());
        socket.write_bytes(&blanks[..part]).await?;
        left -= part;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let ok = |text| parse(text).and_then(Result::ok);
        assert_eq!(ok("close"), Some(Command::Close(vec![])));
        assert_eq!(ok("close 1000"), Some(Command::Close(1000u16.to_be_bytes().to_vec())));
        let close = ok("close 3000 two words");
        assert_eq!(close, Some(Command::Close(b"\x0b\xb8two words".to_vec())));
        assert_eq!(ok("abort fin"), Some(Command::Abort(Abort::Fin)));
        assert_eq!(ok("abort reset"), Some(Command::Abort(Abort::Reset)));
        assert_eq!(ok("text a b"), Some(Command::Text("a b")));
        assert_eq!(ok("text"), Some(Command::Text("")));
        assert_eq!(ok("binary 00 fF"), Some(Command::Binary(vec![0, 255])));
        assert_eq!(ok("ping"), Some(Command::Ping(vec![])));
        assert_eq!(ok("raw 8100"), Some(Command::Raw(vec![0x81, 0])));
        assert_eq!(ok("blank 3"), Some(Command::Blank(3)));
        assert_eq!(ok("silent"), Some(Command::Silent));
    }

    #[test]
    fn commands_that_cannot_be_carried_out_are_errors() {
        let long = format!("close 1000 {}", "r".repeat(124));
        for text in
            ["close 65536", "close x", &long, "abort", "abort now", "binary 0", "ping zz", "blank", "blank 1000001"]
        {
            assert!(matches!(parse(text), Some(Err(_))), "{text}");
        }
    }

    #[test]
    fn other_text_is_no_command() {
        for text in ["", "hello", "closed", "CLOSE", " close", "silent night"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
