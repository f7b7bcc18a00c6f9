//! Measures what each kind of block costs: `cargo xtask bench blocks [CHECKPOINT] [SIZE] [RUNS] [fp32|bf16]`.
//!
//! Prints, for each kind, the median time of a run that goes into it, its share, and nanoseconds for a
//! million multiply-adds: the figures in `src/cost.rs`; and at the end the whole run, with what lies
//! between the blocks. Defaults: the bundled starter, 512, 7 runs, fp32.
#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tintype_checkpoint::Weights;
use tintype_ddcolor::{BlockTime, GrayInput, Model, threads};
use tintype_protocol::{CancelFlag, Device, Precision};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/starter.safetensors");
    let checkpoint = arguments.next().map_or(starter, PathBuf::from);
    let size: usize = arguments.next().map_or(Ok(512), |text| text.parse())?;
    let runs: usize = arguments.next().map_or(Ok(7), |text| text.parse())?;
    let precision = match arguments.next().as_deref() {
        None | Some("fp32") => Precision::Fp32,
        Some("bf16") => Precision::Bf16,
        Some("int8") => Precision::Int8,
        Some(other) => return Err(format!("unknown precision: {other}").into()),
    };

    let weights = Weights::open(&checkpoint)?;
    let mut model = Model::load(&weights, Device::Cpu, precision)?;
    let gray = vec![0.5; 3 * size * size];
    let input = GrayInput {
        data: &gray,
        batch: 1,
        height: size,
        width: size,
    };
    let mut kinds: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    let mut totals = Vec::new();
    // The first run also allocates and is not counted.
    for run in 0..=runs {
        let started = Instant::now();
        model.run(input, &mut |_| {}, &CancelFlag::new())?;
        if run > 0 {
            totals.push(started.elapsed().as_secs_f64());
            let times = model.block_times(1, size, size);
            for (kind, sums) in by_kind(&times) {
                kinds.entry(kind).or_default().push(sums);
            }
        }
    }
    let total = median(&mut totals);
    println!(
        "{} at {size}, {} threads, {precision:?}",
        checkpoint.display(),
        threads()
    );
    println!(
        "{:24} {:>9} {:>7} {:>9} {:>10}",
        "kind", "ms", "share", "GMAC", "ns/MMAC"
    );
    for (kind, runs) in kinds {
        let operations = runs[0].1;
        let mut seconds: Vec<f64> = runs.into_iter().map(|(seconds, _)| seconds).collect();
        let seconds = median(&mut seconds);
        println!(
            "{kind:24} {:9.2} {:6.1}% {:9.3} {:10.0}",
            seconds * 1e3,
            seconds / total * 100.0,
            operations / 1e9,
            seconds * 1e15 / operations,
        );
    }
    println!("{:24} {:9.2}", "all", total * 1e3);
    Ok(())
}

/// Seconds and multiply-adds of all blocks of one kind together.
fn by_kind(times: &[BlockTime]) -> BTreeMap<String, (f64, f64)> {
    let mut kinds: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for time in times {
        let sums = kinds.entry(time.block.to_string()).or_default();
        sums.0 += time.elapsed.as_secs_f64();
        sums.1 += time.operations;
    }
    kinds
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
