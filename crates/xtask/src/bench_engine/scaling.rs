//! How time and memory grow with the network's input and with the photo, and how well that is foreseen.
//!
//! The program foresees a photo's time by counting, times what it has learned of this computer's pace at each
//! stage. Here it learns from one photo ([`REFERENCE`]), and everything else is held against that.

use anyhow::{Context, Result};
use serde_json::Value;

use super::contender::Precision;
use super::peers::Peers;
use super::results::{Law, Point};

/// The size and the megapixels of the photo that the pace is learned from.
const REFERENCE: (usize, f64) = (512, 12.0);
/// Other sizes at the reference's megapixels.
const SIZES: [usize; 3] = [256, 384, 1024];
/// Other megapixels at the reference's size.
const MEGAPIXELS: [f64; 3] = [1.0, 24.0, 48.0];

/// Measures each model in every precision.
pub(super) fn measure(peers: &Peers, models: &[String], runs: u32) -> Result<Vec<Law>> {
    peers.build("tintype-engine", "scaling")?;
    let mut laws = Vec::new();
    for model in models {
        for precision in Precision::ALL {
            println!("== {model} {}: sizes and megapixels", precision.as_str());
            laws.push(law(peers, model, precision, runs)?);
        }
    }
    Ok(laws)
}

fn law(peers: &Peers, model: &str, precision: Precision, runs: u32) -> Result<Law> {
    let (size, megapixels) = REFERENCE;
    let at = |size, megapixels| point(peers, model, precision, (size, megapixels), runs);
    let reference = at(size, megapixels)?;
    let mut points = Vec::new();
    for other in SIZES {
        points.push(at(other, megapixels)?);
    }
    for other in MEGAPIXELS {
        points.push(at(size, other)?);
    }
    let pace = pace(&reference);
    for point in &mut points {
        point.foreseen = foreseen(point, &pace);
    }
    Ok(Law {
        model: model.to_owned(),
        precision,
        reference: Point {
            foreseen: reference.measured.iter().sum(),
            ..reference
        },
        points,
    })
}

/// Measured over counted, by stage. What was counted as nothing says nothing.
fn pace(reference: &Point) -> [f64; 5] {
    let of = |stage: usize| match reference.counted[stage] {
        0.0 => 1.0,
        counted => reference.measured[stage] / counted,
    };
    [0, 1, 2, 3, 4].map(of)
}

/// The seconds that the program would have told.
fn foreseen(point: &Point, pace: &[f64; 5]) -> f64 {
    let counted = point.counted.iter().zip(pace);
    counted.map(|(counted, pace)| counted * pace).sum()
}

fn point(
    peers: &Peers,
    model: &str,
    precision: Precision,
    (size, megapixels): (usize, f64),
    runs: u32,
) -> Result<Point> {
    let setting = peers.setting(model, size)?;
    let mut command = peers.example("scaling");
    command.arg(&setting.folded).arg(precision.as_str());
    command
        .arg(size.to_string())
        .arg(megapixels.to_string())
        .arg(runs.to_string());
    let said = crate::run::output(&mut command)?;
    let said: Value = serde_json::from_str(said.trim()).context("it said no JSON")?;
    let five = |name: &str| -> Result<[f64; 5]> {
        let list = said[name].as_array().context("a list is missing")?;
        let numbers: Vec<f64> = list.iter().filter_map(Value::as_f64).collect();
        numbers.try_into().ok().context("five numbers are missing")
    };
    Ok(Point {
        size,
        megapixels,
        counted: five("expected")?,
        measured: five("measured")?,
        foreseen: 0.0,
        foreseen_peak: said["expected_peak"].as_u64().unwrap_or(0),
        peak: said["peak"].as_u64(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_of_each_stage_is_learned_and_used() {
        let point = |counted, measured| Point {
            size: 512,
            megapixels: 12.0,
            counted,
            measured,
            foreseen: 0.0,
            foreseen_peak: 0,
            peak: None,
        };
        let reference = point([1.0, 0.0, 2.0, 1.0, 1.0], [2.0, 0.5, 2.0, 1.0, 0.5]);
        let other = point([1.0, 0.0, 4.0, 1.0, 1.0], [0.0; 5]);
        assert_eq!(foreseen(&other, &pace(&reference)), 2.0 + 4.0 + 1.0 + 0.5);
    }
}
