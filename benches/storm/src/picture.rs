//! The results as a picture: load over time, a panel for each case and a line for each policy.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::policy::is_held_to_targets;
use crate::report::{Report, SHOWN_S};
use crate::table::heading;

const WIDTH: u32 = 1400;
const PANEL_HEIGHT: u32 = 340;
const HEADER_HEIGHT: u32 = 110;
const COLUMNS: usize = 2;
/// Names in a row of the legend.
const LEGEND_COLUMNS: usize = 6;
/// The axis of the load, as a ratio to C, is logarithmic. What is less than its beginning is drawn there.
const LOAD: std::ops::Range<f64> = 0.05..40.0;

const OUR_COLOUR: RGBColor = RGBColor(0xc4, 0x14, 0x2c);
/// The line of C, and that of the server's return.
const CAPACITY: ShapeStyle = ShapeStyle { color: RGBAColor(0, 0, 0, 1.0), filled: false, stroke_width: 2 };
/// Apart for eyes of every kind.
const COLOURS: [RGBColor; 9] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0x8c, 0x56, 0x4b),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0xa0, 0xa0, 0xa0),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x94, 0x67, 0xbd),
    RGBColor(0x6b, 0x8e, 0x23),
];

/// Draws the cases that have a capacity.
///
/// # Errors
/// There is none, or the file can't be written.
pub fn draw(file: &Path, reports: &[Report], clients: u32) -> Result<()> {
    let shown: Vec<_> = reports.iter().filter(|report| report.case.drain_s.is_some()).collect();
    let first = shown.first().ok_or_else(|| anyhow!("nothing to draw: none of these cases has a capacity"))?;
    let names: Vec<_> = first.runs.iter().map(|run| run.row.policy.as_str()).collect();
    let columns = COLUMNS.min(shown.len());
    let rows = shown.len().div_ceil(columns);
    let height = HEADER_HEIGHT + PANEL_HEIGHT * u32::try_from(rows)?;
    let area = SVGBackend::new(file, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE).map_err(|error| anyhow!("cannot draw {}: {error}", file.display()))?;
    let (header, panels) = area.split_vertically(HEADER_HEIGHT);
    let drawn = legend(&header, &names, clients).and_then(|()| {
        let places = panels.split_evenly((rows, columns));
        shown.iter().zip(&places).try_for_each(|(report, place)| panel(place, report, clients))
    });
    drawn?;
    area.present().map_err(|error| anyhow!("cannot write {}: {error}", file.display()))
}

/// The colour and the width of a policy's line.
fn style(name: &str, index: usize) -> ShapeStyle {
    if is_held_to_targets(name) {
        return OUR_COLOUR.stroke_width(4);
    }
    let colour = COLOURS.get(index % COLOURS.len()).copied().unwrap_or(BLACK);
    colour.stroke_width(2)
}

/// The peers' places among the colours are those in the list of policies, whichever are drawn.
fn colour_index(name: &str) -> usize {
    let peers = crate::peers::PEERS.iter().map(|peer| peer.name);
    let mut names = peers.chain(crate::stepping::STEPPING.iter().map(|stepping| stepping.name));
    names.position(|peer| peer == name).unwrap_or(0)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn legend(area: &Area<'_>, names: &[&str], clients: u32) -> Result<()> {
    let failed = |error| anyhow!("cannot draw the legend: {error}");
    let title = format!(
        "Load: SYNs in each second, as a ratio to the handshakes that the server can accept in one (C). N = {} clients",
        crate::table::thousands(u64::from(clients))
    );
    area.draw(&Text::new(title, (20, 14), ("sans-serif", 20).into_font())).map_err(failed)?;
    let lines = names.iter().map(|name| (*name, style(name, colour_index(name))));
    for (at, (name, style)) in lines.chain([("C, the server's capacity", CAPACITY)]).enumerate() {
        let x = 20 + i32::try_from(at % LEGEND_COLUMNS)? * 228;
        let y = 58 + i32::try_from(at / LEGEND_COLUMNS)? * 26;
        area.draw(&PathElement::new(vec![(x, y), (x + 36, y)], style)).map_err(failed)?;
        area.draw(&Text::new(name.to_owned(), (x + 44, y - 9), ("sans-serif", 16).into_font())).map_err(failed)?;
    }
    Ok(())
}

fn panel(area: &Area<'_>, report: &Report, clients: u32) -> Result<()> {
    let failed = |error| anyhow!("cannot draw a panel: {error}");
    let title = heading(report.case, clients);
    let title = title.lines().next().unwrap_or_default();
    let (before, after) = (-(SHOWN_S.0 as f64), SHOWN_S.1 as f64);
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 17))
        .margin(10)
        .margin_right(24)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(before..after, LOAD.log_scale())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_desc("seconds after the server is back")
        .y_desc("load, × C")
        .x_labels(8)
        .y_label_formatter(&|load| format!("{load}"))
        .x_label_formatter(&|at| format!("{at:.0}"))
        .label_style(("sans-serif", 14))
        .axis_desc_style(("sans-serif", 15))
        .light_line_style(RGBColor(0xf2, 0xf2, 0xf2))
        .bold_line_style(RGBColor(0xdd, 0xdd, 0xdd))
        .draw()
        .map_err(failed)?;
    chart.draw_series([PathElement::new(vec![(before, 1.0), (after, 1.0)], CAPACITY)]).map_err(failed)?;
    chart.draw_series([PathElement::new(vec![(0.0, LOAD.start), (0.0, LOAD.end)], CAPACITY)]).map_err(failed)?;
    // Ours last, on top of the others.
    for run in report.runs.iter().rev() {
        let policy = &run.row.policy;
        let points = run.load.iter().map(|(at, load)| (*at, load.clamp(LOAD.start, LOAD.end)));
        chart.draw_series(LineSeries::new(points, style(policy, colour_index(policy)))).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CASES;
    use crate::policy::Named;
    use crate::report::reports;

    #[test]
    fn the_picture_names_policies_axes_and_capacity() {
        let file = std::env::temp_dir().join(format!("tautline-storm-{}.svg", std::process::id()));
        let cases = [&CASES[0], &CASES[6]];
        let reports = reports(&cases, &Named::all(), 1000, 1, 1).unwrap();
        draw(&file, &reports, 1000).unwrap();
        let svg = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        for text in ["tautline", "sockette", "seconds after the server is back", "load, × C", "C, the server"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(draw(&file, &reports[1..], 1000).is_err(), "no capacity, no picture");
    }
}
