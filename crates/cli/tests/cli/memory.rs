//! How much memory a large photo takes.
#![cfg(target_os = "linux")]

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::bench::Bench;

/// The most resident memory that 24 megapixels may take with the starter, in bytes.
const BAR: u64 = 1_500_000_000;

#[test]
fn twenty_four_megapixels_stay_under_one_and_a_half_gigabytes() {
    let bench = Bench::new();
    let noise = |x: u32, y: u32| ((x * 7) ^ (y * 13)) as u8 / 2 + (x / 40) as u8 % 128;
    let photo = image::RgbImage::from_fn(6000, 4000, |x, y| image::Rgb([noise(x, y); 3]));
    photo.save(bench.path("large.jpg")).unwrap();
    drop(photo);
    // At the default size, as a user would.
    let mut child = bench
        .command(&["colorize", "large.jpg"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        // The kernel keeps the high-water mark, so that nothing between two looks is missed.
        peak = high_water_mark(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        thread::sleep(Duration::from_millis(10));
    };
    assert!(status.success());
    assert!(bench.path("large-colorized.jpg").is_file());
    println!("peak {} MB", peak / 1_000_000);
    assert!(peak > 100_000_000, "not measured: {peak}");
    assert!(peak < BAR, "{peak}");
}

fn high_water_mark(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
