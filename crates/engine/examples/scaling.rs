//! What a photo takes, foreseen and true, for `cargo xtask bench engine`:
//! `scaling CHECKPOINT fp32|bf16|int8 SIZE MEGAPIXELS RUNS`.
//!
//! Colors a grainy gray photo of so many megapixels, once and then so many times, from JPEG to JPEG, and prints
//! one line of JSON: the seconds of each stage as they were foreseen and as they were (medians), and the most
//! memory on top of the loaded model, foreseen and true (Linux alone tells).
#![allow(clippy::print_stdout, reason = "its standard output is its voice")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use image::{GrayImage, Luma};
use tintype_checkpoint::Weights;
use tintype_engine::{
    Network, Options, Outcome, Request, Room, SharedColorizer, Stage, Timings, colorize_file,
};
use tintype_photo::{JPEG_QUALITY, Limits, OutputFormat, Overwrite, SaveOptions};
use tintype_protocol::{CancelFlag, Device, DeviceChoice, Precision};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [checkpoint, precision, size, megapixels, runs] = words.as_slice() else {
        return Err("usage: scaling CHECKPOINT fp32|bf16 SIZE MEGAPIXELS RUNS".into());
    };
    let precision = match precision.as_str() {
        "fp32" => Precision::Fp32,
        "bf16" => Precision::Bf16,
        "int8" => Precision::Int8,
        other => return Err(format!("unknown precision: {other}").into()),
    };
    let folder = tempfile::tempdir()?;
    let request = Request {
        source: grainy(folder.path(), megapixels.parse()?)?,
        destination: folder.path().join("colors.jpg"),
        save: SaveOptions::new(
            OutputFormat::Jpeg {
                quality: JPEG_QUALITY,
            },
            Overwrite::Replace,
        ),
        has_mark: false,
        limits: Limits::default(),
        options: Options {
            size: size.parse()?,
            ..Options::default()
        },
        room: Room::default(),
    };
    let weights = Weights::open(Path::new(checkpoint))?;
    let network = Network::load(&weights, DeviceChoice::Exactly(Device::Cpu), precision)?;
    // As the server and the command line have it: what is foreseen is not what the last run took.
    let mut colorizer = SharedColorizer::new(Box::new(network));
    let mut color = || colorize_file(&request, &mut colorizer, &mut |_| {}, &CancelFlag::new());
    forget_peak();
    let before = resident("VmRSS:");
    color()?;
    let outcomes = (0..runs.parse()?).map(|_: u32| color());
    let outcomes = outcomes.collect::<tintype_engine::Result<Vec<Outcome>>>()?;
    let peak = resident("VmHWM:").zip(before);
    let peak = peak.map_or_else(
        || "null".to_owned(),
        |(peak, before)| peak.saturating_sub(before).to_string(),
    );
    let plan = &outcomes[0].plan;
    println!(
        r#"{{"expected": {:?}, "measured": {:?}, "expected_peak": {}, "peak": {peak}}}"#,
        seconds(&plan.expected),
        medians(&outcomes),
        plan.peak_bytes,
    );
    Ok(())
}

fn seconds(timings: &Timings) -> [f64; 5] {
    Stage::ALL.map(|stage| timings.get(stage).as_secs_f64())
}

fn medians(outcomes: &[Outcome]) -> [f64; 5] {
    Stage::ALL.map(|stage| {
        let of_stage = |outcome: &Outcome| outcome.timings.get(stage).as_secs_f64();
        let mut all: Vec<f64> = outcomes.iter().map(of_stage).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    })
}

/// A photo of three by two with the noise of film.
fn grainy(folder: &Path, megapixels: f64) -> Result<PathBuf> {
    let height = (megapixels * 1e6 / 1.5).sqrt();
    let grain = |x: u32, y: u32| {
        let mixed = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_mul(2_654_435_761);
        (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519) >> 28
    };
    let photo = GrayImage::from_fn((1.5 * height) as u32, height as u32, |x, y| {
        Luma([(x / 40 + y / 30 + grain(x, y)) as u8])
    });
    let path = folder.join("gray.jpg");
    photo.save(&path)?;
    Ok(path)
}

/// Lets the peak begin anew, where the system can.
fn forget_peak() {
    // Elsewhere there is no such file, and no peak is told.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// Bytes that the system says of this process.
fn resident(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1024)
}
