//! What the program writes: where it listens, and nothing of its clients.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

const SECRET: &str = "SECRET7f3a";

/// Sends a request, and reads what comes until the server ends it or says nothing more.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // What it has said by then is enough.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn the_program_writes_where_it_listens_and_nothing_that_clients_send() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tautline-server"))
        .args(["--port", "0"])
        .envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(program.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on http://").unwrap();

    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let secret = format!(
        "Host: a\r\nAuthorization: Bearer {SECRET}\r\nCookie: session={SECRET}\r\nReferer: http://a/?{SECRET}\r\n"
    );
    let targets = [
        "/echo?token=",
        "/wire/log?token=",
        "/close?code=",
        "/nowhere?token=",
        "/channel/private-a?token=",
        "/channel/a?tl_wait=0&tl_session=",
        "/channel/a?tl_wait=0&token=",
        "/ledger/a?x=",
        "/lab?x=",
        "/link?x=",
    ];
    let offer = format!("{upgrade}Sec-WebSocket-Protocol: tautline.channel.v1, token.{SECRET}\r\n");
    let headers = ["", upgrade, &offer, "Accept: text/event-stream\r\n"];
    // At the same time: what is not answered is waited for.
    let answered: usize = std::thread::scope(|scope| {
        let mut asking = Vec::new();
        for target in targets {
            for headers in headers {
                for end in ["", "nonsense"] {
                    let request = format!("GET {target}{SECRET} HTTP/1.1\r\n{secret}{headers}\r\n{end}");
                    asking.push(scope.spawn(move || usize::from(ask(address, &request).starts_with("HTTP/1.1 "))));
                }
            }
        }
        asking.into_iter().map(|one| one.join().unwrap()).sum()
    });
    let post = format!(
        "POST /channel/a?tl_session={SECRET}-0123456789&token={SECRET} HTTP/1.1\r\n{secret}Content-Length: 5\r\n\r\n{SECRET}"
    );
    assert!(ask(address, &post).starts_with("HTTP/1.1 400 "));
    ask(address, &format!("GET /?{SECRET} HTTP/1.1\r\nX{SECRET} Y: z\r\n\r\n"));
    assert!(answered > 60, "{answered}");

    let stopped = Command::new("kill").arg(program.id().to_string()).status().unwrap();
    assert!(stopped.success());
    assert!(program.wait().unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let mut errors = String::new();
    program.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    let errors: Vec<&str> = errors.lines().filter(|line| !line.contains("another program has port")).collect();
    assert_eq!((rest.as_str(), errors), ("", vec![]));
}
