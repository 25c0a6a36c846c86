//! The program itself: its line of output, its exit codes, its signals.

mod support;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::SinkExt as _;
use support::{closed, next_text};
use tokio_tungstenite::tungstenite::Message;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tautline-server"));
    command.args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program once it listens, and its address.
fn start() -> (Child, String) {
    let mut child = program(&["--port", "0"]).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.as_mut().unwrap());
    stdout.read_line(&mut line).unwrap();
    let port = line
        .strip_prefix("listening on http://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix('\n'))
        .unwrap_or_else(|| panic!("unexpected: {line:?}"));
    let port: u16 = port.parse().unwrap();
    (child, format!("127.0.0.1:{port}"))
}

/// Sends a signal and waits; the exit code, how long it took, and all that was said after the first line.
fn stop(mut child: Child, signal: &str) -> (Option<i32>, Duration, String) {
    let start = Instant::now();
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let status = child.wait().unwrap();
    let took = start.elapsed();
    let mut said = String::new();
    child.stdout.unwrap().read_to_string(&mut said).unwrap();
    child.stderr.unwrap().read_to_string(&mut said).unwrap();
    (status.code(), took, said)
}

#[test]
fn it_prints_one_line_and_stops_cleanly_on_either_signal() {
    for signal in ["-TERM", "-INT"] {
        let (child, _) = start();
        let (code, took, said) = stop(child, signal);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{signal}");
        assert!(took < Duration::from_secs(1), "{signal}: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_connections_do_not_hold_it_up() {
    let (child, address) = start();
    let mut client = tokio_tungstenite::connect_async(format!("ws://{address}/")).await.unwrap().0;
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(next_text(&mut client).await, "hello");
    // One that hangs, one that never reads, one that is just there.
    let url = format!("ws://{address}/raw");
    let hanging = tokio_tungstenite::connect_async(url).await.unwrap();
    let url = format!("ws://{address}/flood?count=1000000&size=1000");
    let flooded = tokio_tungstenite::connect_async(url).await.unwrap();
    let idle = tokio::net::TcpStream::connect(&address).await.unwrap();
    let stopped = tokio::task::spawn_blocking(|| stop(child, "-TERM"));
    assert_eq!(closed(&mut client).await.unwrap().0, 1001);
    let (code, took, said) = stopped.await.unwrap();
    assert_eq!((code, said.as_str()), (Some(0), ""));
    assert!(took < Duration::from_secs(2), "{took:?}");
    drop((hanging, flooded, idle));
}

#[test]
fn a_port_in_use_is_one_line_of_error_and_exit_code_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = program(&["--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!("tautline-server: port {port} of 127.0.0.1 is already in use; choose another with --port\n")
    );
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let output = program(&["--port", "0", "--static-dir", "no/such/folder"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no/such/folder is not a folder"), "{said}");
}
