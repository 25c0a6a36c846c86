//! The program as a whole, with few clients and little time.
#![cfg(target_os = "linux")]

use std::process::Command;

use serde_json::Value;

fn bench(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_tautline-server-bench")).args(arguments).output().unwrap()
}

#[test]
fn both_servers_do_every_job_and_every_figure_is_told() {
    let json = tempfile::NamedTempFile::new().unwrap();
    let path = json.path().to_str().unwrap();
    let output = bench(&["--rounds", "2", "--clients", "20", "30", "--seconds", "0.2", "--json", path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let samples: Vec<Value> = serde_json::from_reader(json).unwrap();
    assert_eq!(samples.len(), 2 * 2 * 5);
    let servers: Vec<_> = samples.iter().map(|sample| sample["server"].as_str().unwrap()).collect();
    assert_eq!(servers[8..12], ["tautline", "bare", "bare", "tautline"], "the two take turns");
    for sample in &samples {
        let figures = sample["figures"].as_object().unwrap();
        let speed = figures.get("messages_per_s").is_none_or(|speed| speed.as_f64() > Some(1.0));
        assert!(speed && figures.len() >= 2, "{sample}");
    }
    let table = String::from_utf8(output.stdout).unwrap();
    for line in ["round trips, 1 connection", "echo, 100 connections", "fan-out to 20", "fan-out to 30", "30 idle"] {
        assert!(table.contains(line), "{line}: {table}");
    }
}

#[test]
fn more_clients_than_the_system_has_files_for_are_an_error() {
    // The limit is the child's own: nothing but this run sees it.
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 200 && exec \"$0\" --clients 1000", env!("CARGO_BIN_EXE_tautline-server-bench")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("1001 connections take 1101 open files"), "{said}");
}
