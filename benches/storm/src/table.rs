//! The results as a table for people.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use tautline::StatusCode;

use crate::case::{CLIENTS, Case, Down, Target};
use crate::network::Browser;
use crate::policy::is_held_to_targets;
use crate::row::{Row, WaysRow, limits};
use crate::server::Full;

const HEADER: [&str; 7] = ["", "never back", "99 % back", "peak", "wasted", "attempts", "median wait"];
const WAYS_HEADER: [&str; 12] = [
    "",
    "never back",
    "99 % back",
    "peak",
    "wasted",
    "stepped down",
    "WebSocket",
    "SSE, long poll",
    "polling",
    "down, req/s",
    "most, req/s",
    "end, req/s",
];

/// What the numbers mean, in a few lines.
#[must_use]
pub fn legend(clients: u32, seed: u64, ways: bool) -> String {
    let clients_text = thousands(u64::from(clients));
    let scaled = if clients == CLIENTS {
        String::new()
    } else {
        format!(" instead of {}; C and the queues are scaled with them, N/C is the same", thousands(u64::from(CLIENTS)))
    };
    let ways = if ways {
        "Stepped down: not over WebSocket when they were back. Then what they are over at the end. Requests, polls among them: a second of the\n\
         outage's last ten, the most in a second after it, and a second at the end, where nothing happens.\n"
    } else {
        ""
    };
    format!(
        "N = {clients_text} clients{scaled}. Seed {seed}.\n\
         Times count from when the server is back. 99 % back: as a ratio to 0.99·N/C. Peak: most SYNs in a second, as a ratio to C.\n\
         Wasted: handshakes whose client had given up. Never: not connected at the end, half an hour later or more.\n{ways}"
    )
}

/// The rows of one case, under its description: those whose clients have several ways to be connected in a table of their own.
#[must_use]
pub fn of_case(case: &Case, clients: u32, rows: &[&Row]) -> String {
    let mut text = heading(case, clients);
    for ways in [false, true] {
        let rows: Vec<_> = rows.iter().copied().filter(|row| row.ways.is_some() == ways).collect();
        if !rows.is_empty() {
            text.push_str(&to_reach(case.target, ways));
            text.push_str(&of_rows(case, &rows, ways));
        }
    }
    text
}

fn of_rows(case: &Case, rows: &[&Row], ways: bool) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(if ways { &WAYS_HEADER[..] } else { &HEADER[..] });
    for row in rows {
        let mut cells = vec![
            row.policy.clone(),
            share(row.stranded, row.clients),
            or_dash(row.t99_ratio, |ratio| format!("{ratio:.2}")),
            or_dash(row.peak_ratio, |ratio| format!("{ratio:.2}")),
            format!("{:.1} %", row.wasted * 100.0),
        ];
        if let Some(ways) = &row.ways {
            cells.extend(of_ways(ways, row.clients));
        } else {
            cells.push(format!("{:.1}", row.attempts));
            cells.push(or_dash(row.median_wait_s, |wait| format!("{wait:.1} s")));
        }
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let ours = rows.iter().filter(|row| is_held_to_targets(&row.policy));
    let misses: String =
        ours.flat_map(|row| row.misses(case.target)).map(|miss| format!("  MISSED: {miss}\n")).collect();
    format!("\n{}\n{misses}", table.trim_fmt())
}

/// The cells of a row whose clients have several ways to be connected.
fn of_ways(ways: &WaysRow, clients: u32) -> [String; 7] {
    [
        share(ways.stepped_down, clients),
        share(ways.websocket, clients),
        share(ways.event_stream + ways.long_polling, clients),
        share(ways.polling, clients),
        thousands(ways.requests_down.round() as u64),
        thousands(ways.most_requests.round() as u64),
        thousands(ways.polls.round() as u64),
    ]
}

/// A case in words.
#[must_use]
pub fn heading(case: &Case, clients: u32) -> String {
    let mut parts = vec![format!("server down for {} s", case.outage_s)];
    match case.drain_s {
        Some(drain_s) => {
            parts.push(format!("queue of {}", thousands(case.queue(clients))));
            if drain_s != 20 {
                parts.push(format!("N/C = {drain_s} s"));
            }
        }
        None => parts.push("no contention".to_owned()),
    }
    if case.full == Full::Drop {
        parts.push("a full queue drops the SYN".to_owned());
    }
    if case.down == Down::Silent {
        parts.push("no reset while it is down".to_owned());
    }
    if case.notice_ms != 50 {
        parts.push(format!("the loss is noticed within {} s", case.notice_ms / 1000));
    }
    if case.code != StatusCode::ABNORMAL_CLOSURE {
        parts.push(format!("all were closed with {}", case.code.get()));
    }
    if case.browser == Browser::Firefox {
        parts.push("with Firefox's own delays".to_owned());
    }
    format!("{}: {}", case.name, parts.join(", "))
}

/// What ours, or the channel, has to reach, as a line of its own.
fn to_reach(target: Target, ways: bool) -> String {
    let (t99, peak_by) = limits(ways);
    let and = if ways { ", all over WebSocket, stepped down 3 %" } else { "" };
    match target {
        Target::None => String::new(),
        Target::Storm { peak } => {
            let peak = peak * peak_by;
            format!("\n  to reach: nobody stranded, 99 % back within {t99:.2}, peak {peak:.1}, wasted 5 %{and}")
        }
        Target::Wait { median_s } => format!("\n  to reach: nobody stranded, median wait {median_s:.0} s{and}"),
    }
}

fn or_dash(value: Option<f64>, text: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), text)
}

/// A share in percent; never 0 where there is one.
fn share(part: u32, whole: u32) -> String {
    let percent = f64::from(part) * 100.0 / f64::from(whole.max(1));
    match part {
        0 => "0".to_owned(),
        _ if percent < 0.1 => "< 0.1 %".to_owned(),
        _ => format!("{percent:.1} %"),
    }
}

/// A number with commas.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CASES;
    use crate::engine::Outcome;

    #[test]
    fn numbers_and_shares_are_written_for_people() {
        assert_eq!([0, 999, 1000, 65_536, 1_000_000].map(thousands), ["0", "999", "1,000", "65,536", "1,000,000"]);
        assert_eq!([0, 1, 500].map(|part| share(part, 10_000)), ["0", "< 0.1 %", "5.0 %"]);
    }

    #[test]
    fn a_case_is_described_and_a_missed_target_of_ours_is_named() {
        let row = Row::new("tautline", &CASES[0], 1000, 1, &Outcome::default());
        let text = of_case(&CASES[0], 1000, &[&row]);
        assert!(text.starts_with("5s-short: server down for 5 s, queue of 65\n"), "{text}");
        assert!(text.contains("1000 clients stranded") && text.contains("100.0 %"), "{text}");
    }

    #[test]
    fn another_number_of_clients_is_said() {
        assert!(!legend(CLIENTS, 1, false).contains("scaled"));
        assert!(
            legend(100_000, 1, false).contains("100,000 clients instead of 1,000,000; C and the queues are scaled")
        );
    }
}
