//! The program itself, from a photo's file to a result's: how much the network's own time is of it.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use super::peers::Peers;
use super::results::{PhotoToFile, median};
use crate::places::Places;
use crate::run;

/// The size at which published results are made.
const SIDE: usize = 512;
const NETWORK: &str = "inference";
const STAGES: [&str; 5] = ["load", "preprocess", NETWORK, "postprocess", "save"];

/// Colors the large photo with tiny, `runs` times and once more.
pub(super) fn measure(places: &Places, peers: &Peers, runs: u32) -> Result<PhotoToFile> {
    let build = ["build", "--release", "--locked", "-p", "tintype-cli"];
    run::check(&mut run::cargo(places, &build))?;
    let (photo, setting) = (peers.large_photo()?, peers.setting("tiny", SIDE)?);
    let out = tempfile::tempdir()?;
    let program = format!("tintype{}", std::env::consts::EXE_SUFFIX);
    let mut by_stage = vec![Vec::new(); STAGES.len()];
    let (mut rests, mut processes) = (Vec::new(), Vec::new());
    for counts in 0..=runs {
        let mut command = Command::new(places.target.join("release").join(&program));
        command
            .args([
                "colorize",
                "--json",
                "--overwrite",
                "--geometry",
                "square",
                "--size",
            ])
            .arg(SIDE.to_string())
            .arg("--checkpoint")
            .arg(&setting.folded)
            .arg("--out")
            .arg(out.path())
            .arg(&photo);
        let started = Instant::now();
        let report = run::output(&mut run::with_libtorch(places, command))?;
        let process = started.elapsed().as_secs_f64();
        if counts == 0 {
            continue;
        }
        let seconds = timings(&report)?;
        let network = seconds[STAGES
            .iter()
            .position(|stage| *stage == NETWORK)
            .unwrap_or(0)];
        rests.push((seconds.iter().sum::<f64>() - network) / network);
        processes.push(process);
        for (all, one) in by_stage.iter_mut().zip(seconds) {
            all.push(one);
        }
    }
    let names = STAGES.iter().map(|stage| (*stage).to_owned());
    Ok(PhotoToFile {
        side: SIDE,
        stages: names.zip(by_stage.iter().map(|all| median(all))).collect(),
        rest_over_network: median(&rests),
        process: median(&processes),
    })
}

/// Seconds by stage, from what `tintype colorize --json` prints.
fn timings(report: &str) -> Result<Vec<f64>> {
    let timings = report
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|line| line.pointer("/data/timings").cloned())
        .context("the program reported no timings")?;
    let seconds = |stage: &&str| {
        let milliseconds = timings[*stage].as_f64();
        Ok(milliseconds.with_context(|| format!("no time of {stage}"))? / 1e3)
    };
    STAGES.iter().map(seconds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_report_is_read() {
        let report = "{\"type\":\"progress\",\"data\":{}}\n{\"type\":\"execution_stop\",\"data\":\
            {\"timings\":{\"load\":200,\"preprocess\":30,\"inference\":1400,\"postprocess\":210,\"save\":430}}}\n";
        assert_eq!(timings(report).unwrap(), [0.2, 0.03, 1.4, 0.21, 0.43]);
        assert!(timings("").is_err());
    }
}
