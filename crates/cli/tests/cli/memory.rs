//! How much memory a large photo takes.
#![cfg(target_os = "linux")]

use std::io::Read as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::bench::{Bench, street};

/// The most resident memory that 24 megapixels may take with the starter, in bytes.
const BAR: u64 = 1_500_000_000;

#[test]
fn twenty_four_megapixels_stay_under_one_and_a_half_gigabytes() {
    let bench = Bench::new();
    let noise = |x: u32, y: u32| ((x * 7) ^ (y * 13)) as u8 / 2 + (x / 40) as u8 % 128;
    let photo = image::RgbImage::from_fn(6000, 4000, |x, y| image::Rgb([noise(x, y); 3]));
    photo.save(bench.path("large.jpg")).unwrap();
    drop(photo);
    let peak = run(&bench, &["colorize", "large.jpg", "--json"]).peak;
    assert!(bench.path("large-colorized.jpg").is_file());
    println!("peak {} MB", peak / 1_000_000);
    assert!(peak > 100_000_000, "not measured: {peak}");
    assert!(peak < BAR, "{peak}");
}

#[test]
fn the_memory_that_a_size_takes_is_foreseen() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    let at = |size: &str| {
        run(
            &bench,
            &["colorize", "a.jpg", "--overwrite", "--json", "--size", size],
        )
    };
    // What the program and its libraries take before any photo, as nearly as can be seen.
    let idle = at("32").peak;
    for size in ["512", "1024"] {
        let run = at(size);
        let taken = run.peak - idle;
        println!(
            "{size}: {} MB foreseen, {} MB taken",
            run.predicted >> 20,
            taken >> 20
        );
        assert!(
            run.predicted >= taken,
            "{size}: {} foreseen, {taken} taken",
            run.predicted
        );
        assert!(
            run.predicted < 4 * taken,
            "{size}: {} foreseen, {taken} taken",
            run.predicted
        );
    }
}

struct Run {
    /// The most resident memory, in bytes.
    peak: u64,
    /// What the plan foresaw, in bytes.
    predicted: u64,
}

fn run(bench: &Bench, arguments: &[&str]) -> Run {
    let mut child = bench
        .command(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        // The kernel keeps the high-water mark, so that nothing between two looks is missed.
        peak = high_water_mark(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    assert!(status.success());
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    let stop = said
        .lines()
        .find(|line| line.contains("execution_stop"))
        .unwrap();
    let stop: serde_json::Value = serde_json::from_str(stop).unwrap();
    let predicted = stop["data"]["predicted_peak_bytes"].as_u64().unwrap();
    Run { peak, predicted }
}

fn high_water_mark(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
