//! The figures, for people and for programs.

use std::time::Duration;

use serde_json::json;

use crate::witness::Findings;
use crate::{CLIENTS, JOBS, ROUNDS, SOCKETS};

/// What was measured in one round.
pub(crate) struct Round {
    pub(crate) took: Duration,
    pub(crate) findings: Findings,
    /// Bytes before it, at its hundredth job and behind it.
    pub(crate) resident: [Option<u64>; 3],
}

impl Round {
    fn jobs_per_second(&self) -> f64 {
        JOBS as f64 / self.took.as_secs_f64()
    }
}

/// Prints a table of the rounds, and one line of JSON of them all.
pub(crate) fn print(rounds: &[Round]) {
    println!("{SOCKETS} sockets of {CLIENTS} clients, {ROUNDS} rounds of {JOBS} jobs");
    let findings = || rounds.iter().map(|round| &round.findings);
    let messages: usize = findings().map(|of_round| of_round.messages).sum();
    let left_out: usize = findings().map(|of_round| of_round.left_out).sum();
    println!("{messages} messages about jobs: none lost, none out of order");
    if left_out > 0 {
        println!("latency not known of {left_out} jobs as heard by one socket each");
    }
    println!(
        "round   jobs/s  latency: median     p99  (samples)  MiB resident: before  100th    end"
    );
    for (index, round) in rounds.iter().enumerate() {
        let [before, hundredth, end] = round.resident.map(mebibytes);
        println!(
            "{:>5} {:>8.1} {:>13} ms {:>7} ms {:>8} {:>21} {hundredth:>6} {end:>6}",
            index + 1,
            round.jobs_per_second(),
            milliseconds(percentile(&round.findings.latencies, 50)),
            milliseconds(percentile(&round.findings.latencies, 99)),
            round.findings.latencies.len(),
            before,
        );
    }
    let mut latencies: Vec<_> = rounds
        .iter()
        .flat_map(|round| &round.findings.latencies)
        .collect();
    latencies.sort_unstable();
    let all: Vec<Duration> = latencies.into_iter().copied().collect();
    let in_milliseconds = |percent| percentile(&all, percent).map(|time| time.as_secs_f64() * 1e3);
    let speeds: Vec<f64> = rounds.iter().map(Round::jobs_per_second).collect();
    let resident: Vec<_> = rounds.iter().map(|round| round.resident).collect();
    println!(
        "{}",
        json!({
            "sockets": SOCKETS,
            "clients": CLIENTS,
            "jobs": JOBS * rounds.len(),
            "messages": messages,
            "latency_ms": {"median": in_milliseconds(50), "p99": in_milliseconds(99)},
            "latency_samples": all.len(),
            "latency_unknown": left_out,
            "jobs_per_second": speeds,
            "resident_bytes": resident,
        })
    );
}

/// Of times in rising order, by the nearest rank; none of none.
fn percentile(times: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (times.len() * percent).div_ceil(100);
    times.get(rank.saturating_sub(1)).copied()
}

fn milliseconds(time: Option<Duration>) -> String {
    time.map_or_else(
        || "unknown".into(),
        |time| format!("{:.2}", time.as_secs_f64() * 1e3),
    )
}

fn mebibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(
        || "unknown".into(),
        |bytes| format!("{:.1}", bytes as f64 / f64::from(1 << 20)),
    )
}
