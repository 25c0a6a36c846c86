//! The results as a table for people.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

use crate::child::Kind;
use crate::figure::{Figure, Median, Sample};
use crate::job::Job;

/// All samples, a line for each figure of each job.
#[must_use]
pub fn of(jobs: &[Job], samples: &[Sample]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(["", "", "tautline", "bare", "tautline : bare"]);
    for job in jobs {
        for figure in Figure::ALL {
            let [ours, bare] = Kind::ALL.map(|kind| series(samples, *job, kind, figure));
            let ratios = ours.iter().zip(&bare).map(|(ours, bare)| ours / bare);
            let Some(ratio) = Median::of(ratios) else { continue };
            let cells = [Median::of(ours.iter().copied()), Median::of(bare.iter().copied())];
            let [ours, bare] = cells.map(|cell| cell.map_or_else(String::new, |cell| with_spread(cell, number)));
            let ratio = with_spread(ratio, |ratio| format!("{ratio:.2}"));
            table.add_row([job.to_string(), figure.words().to_owned(), ours, bare, ratio]);
        }
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("Medians, with the least and the most; ratios are taken round by round.\n\n{}", table.trim_fmt())
}

/// A figure of each round, in the order of the rounds.
fn series(samples: &[Sample], job: Job, kind: Kind, figure: Figure) -> Vec<f64> {
    let mut found: Vec<_> = samples
        .iter()
        .filter(|sample| sample.job == job && sample.server == kind)
        .filter_map(|sample| Some((sample.round, *sample.figures.get(&figure)?)))
        .collect();
    found.sort_by_key(|(round, _)| *round);
    found.into_iter().map(|(_, value)| value).collect()
}

fn with_spread(median: Median, text: impl Fn(f64) -> String) -> String {
    format!("{} ({}..{})", text(median.median), text(median.min), text(median.max))
}

/// With two digits behind the point if it is small, else whole.
fn number(value: f64) -> String {
    if value < 100.0 { format!("{value:.2}") } else { thousands(value) }
}

/// A whole number, in groups of three digits.
#[must_use]
pub fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Figures;

    #[test]
    fn ratios_are_taken_round_by_round() {
        let sample = |round, server, value| Sample {
            round,
            server,
            job: Job::Fanout(1_000),
            figures: Figures::from([(Figure::MessagesPerS, value)]),
        };
        let samples = [
            sample(0, Kind::Tautline, 1_000.0),
            sample(0, Kind::Bare, 2_000.0),
            // Who begins changes with each round.
            sample(1, Kind::Bare, 100_000.0),
            sample(1, Kind::Tautline, 100_000.0),
        ];
        let table = of(&[Job::Fanout(1_000)], &samples);
        let row = table.lines().last().unwrap();
        let words: Vec<_> = row.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        let expected = [
            "fan-out to 1,000",
            "messages a second",
            "50,500 (1,000..100,000)",
            "51,000 (2,000..100,000)",
            "0.75 (0.50..1.00)",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0.0, 1.234, 99.0, 100.4, 1_234_567.0].map(number), ["0.00", "1.23", "99.00", "100", "1,234,567"]);
    }
}
