//! The program itself, from a photo's file to a result's: how much the network's own time is of it.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::batch::PRECISIONS;
use super::contender::Precision;
use super::peers::{Peers, Setting};
use super::results::{PhotoToFile, median};
use crate::run;

/// The size at which published results are made.
pub(super) const SIDE: usize = 512;
const NETWORK: usize = 2;
const STAGES: [&str; 5] = ["load", "preprocess", "inference", "postprocess", "save"];

/// Seconds by stage.
pub(super) type Seconds = [f64; 5];

/// Colors the large photo with each model, in each of the folders' [`PRECISIONS`].
pub(super) fn measure(peers: &Peers, models: &[String], runs: u32) -> Result<Vec<PhotoToFile>> {
    let mut all = Vec::new();
    for model in models {
        for precision in PRECISIONS {
            all.push(one(peers, model, precision, runs)?);
        }
    }
    Ok(all)
}

/// `runs` times, and once more.
fn one(peers: &Peers, model: &str, precision: Precision, runs: u32) -> Result<PhotoToFile> {
    let (photo, setting) = (peers.photo("large")?, peers.setting(model, SIDE)?);
    let mut by_stage = vec![Vec::new(); STAGES.len()];
    let (mut rests, mut processes) = (Vec::new(), Vec::new());
    for counts in 0..=runs {
        let started = Instant::now();
        let report = colorize(peers, &setting, precision, &photo)?;
        let process = started.elapsed().as_secs_f64();
        if counts == 0 {
            continue;
        }
        for seconds in timings_of_all(&report)? {
            let network = network(&seconds);
            rests.push((seconds.iter().sum::<f64>() - network) / network);
            processes.push(process);
            for (all, one) in by_stage.iter_mut().zip(seconds) {
                all.push(one);
            }
        }
    }
    let names = STAGES.iter().map(|stage| (*stage).to_owned());
    Ok(PhotoToFile {
        model: model.to_owned(),
        precision,
        side: SIDE,
        stages: names.zip(by_stage.iter().map(|all| median(all))).collect(),
        rest_over_network: median(&rests),
        process: median(&processes),
    })
}

/// The network's seconds of these.
pub(super) fn network(seconds: &Seconds) -> f64 {
    seconds[NETWORK]
}

/// Colors a photo, or all of a folder, with the program itself; what it reports as JSON.
pub(super) fn colorize(
    peers: &Peers,
    setting: &Setting,
    precision: Precision,
    source: &Path,
) -> Result<String> {
    let out = tempfile::tempdir()?;
    let size = setting.side.to_string();
    let mut command = peers.program()?;
    command
        .args(["colorize", "--json", "--overwrite", "--geometry", "square"])
        .args(["--size", &size, "--precision", precision.as_str()])
        .arg("--checkpoint")
        .arg(&setting.folded)
        .arg("--out")
        .arg(out.path())
        .arg(source);
    run::output(&mut command)
}

/// Seconds by stage of every photo, from what `tintype colorize --json` prints.
pub(super) fn timings_of_all(report: &str) -> Result<Vec<Seconds>> {
    let lines = report.lines();
    let lines = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let all = lines.filter_map(|line| line.pointer("/data/timings").cloned());
    let all: Vec<Seconds> = all
        .map(|timings| timings_of(&timings))
        .collect::<Result<_>>()?;
    ensure!(!all.is_empty(), "the program reported no timings");
    Ok(all)
}

fn timings_of(timings: &Value) -> Result<Seconds> {
    let mut seconds = [0.0; 5];
    for (seconds, stage) in seconds.iter_mut().zip(STAGES) {
        let milliseconds = timings[stage].as_f64();
        *seconds = milliseconds.with_context(|| format!("no time of {stage}"))? / 1e3;
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_report_is_read() {
        let report = "{\"type\":\"progress\",\"data\":{}}\n{\"type\":\"execution_stop\",\"data\":\
            {\"timings\":{\"load\":200,\"preprocess\":30,\"inference\":1400,\"postprocess\":210,\"save\":430}}}\n";
        assert_eq!(
            timings_of_all(report).unwrap(),
            [[0.2, 0.03, 1.4, 0.21, 0.43]]
        );
        assert!(timings_of_all("").is_err());
    }
}
