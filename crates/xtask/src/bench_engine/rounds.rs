//! Turns: every contender runs once in each round.
//!
//! A computer is faster at one time than at another. What is compared is therefore what contenders took in
//! the same round, and only then the median taken over rounds.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::contender::{Contender, Kind, Precision, Runtime};
use super::groups::REFERENCE;
use super::peers::{Peers, Setting};
use super::results::{Entry, median};

/// Between two runs: threads of the one before may still be waiting for work, and busily.
const PAUSE: Duration = Duration::from_millis(50);

/// Lets all `kinds` take turns.
pub(super) fn measure(
    peers: &Peers,
    setting: &Setting,
    kinds: &[Kind],
    runs: u32,
) -> Result<Vec<Entry>> {
    let mut contenders = Vec::new();
    for &kind in kinds {
        println!("   starting {}", kind.label());
        contenders.push((kind, peers.start(kind, setting)?));
    }
    let mut first = Vec::new();
    for (_, contender) in &mut contenders {
        first.push(contender.run()?);
    }
    let seconds = take_turns(&mut contenders, runs)?;
    let colors = outputs(&mut contenders, peers)?;
    let published = kinds
        .iter()
        .position(|kind| *kind == Kind::new(Runtime::Torch, Precision::Fp32))
        .and_then(|index| colors[index].as_deref());
    let reference = kinds.iter().position(|kind| *kind == REFERENCE);
    let reference = reference.map_or(&[][..], |index| &seconds[index]);

    let entries = contenders
        .iter()
        .enumerate()
        .map(|(index, (kind, contender))| Entry {
            kind: *kind,
            version: contender.version.clone(),
            first_run: first[index],
            ratio: median(&ratios(&seconds[index], reference)),
            peak_bytes: contender.peak_bytes(),
            error: published
                .zip(colors[index].as_deref())
                .map(|(published, colors)| relative_error(colors, published)),
            seconds: seconds[index].clone(),
        });
    Ok(entries.collect())
}

/// Seconds by contender, then by round.
fn take_turns(contenders: &mut [(Kind, Contender)], runs: u32) -> Result<Vec<Vec<f64>>> {
    let count = contenders.len();
    let mut seconds = vec![Vec::new(); count];
    for round in 0..runs as usize {
        // Another one begins each time, so that nobody always follows the same neighbor.
        for turn in 0..count {
            let index = (round + turn) % count;
            thread::sleep(PAUSE);
            seconds[index].push(contenders[index].1.run()?);
        }
    }
    Ok(seconds)
}

/// What each has colored; nothing for the floor, which colors nothing.
fn outputs(contenders: &mut [(Kind, Contender)], peers: &Peers) -> Result<Vec<Option<Vec<f32>>>> {
    let mut outputs = Vec::new();
    for (kind, contender) in contenders {
        outputs.push(match kind.runtime {
            Runtime::Floor => None,
            _ => Some(contender.output(&peers.cache)?),
        });
    }
    Ok(outputs)
}

/// How many times as long each run took as the reference's in the same round.
fn ratios(seconds: &[f64], reference: &[f64]) -> Vec<f64> {
    seconds.iter().zip(reference).map(|(s, r)| s / r).collect()
}

/// Root of the mean square of the difference, relative to that of the expected values.
fn relative_error(found: &[f32], expected: &[f32]) -> f64 {
    let square = |value: f32| f64::from(value) * f64::from(value);
    let difference: f64 = found.iter().zip(expected).map(|(f, e)| square(f - e)).sum();
    let scale: f64 = expected.iter().map(|value| square(*value)).sum();
    (difference / scale).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slows_a_whole_round_changes_no_ratio() {
        let quiet = ratios(&[2.0, 2.0], &[1.0, 1.0]);
        let busy = ratios(&[2.0, 10.0], &[1.0, 5.0]);
        assert_eq!(median(&quiet), median(&busy));
    }

    #[test]
    fn the_error_is_relative() {
        assert_eq!(relative_error(&[3.0, 4.0], &[3.0, 4.0]), 0.0);
        assert!((relative_error(&[33.0, 44.0], &[30.0, 40.0]) - 0.1).abs() < 1e-6);
    }
}
