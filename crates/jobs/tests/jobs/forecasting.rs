//! What a photo would take is told before it is queued.

use std::time::Duration;

use tintype_engine::{Costs, Machine};
use tintype_photo::{PhotoInfo, SourceFormat};
use tintype_protocol::{Device, Precision};

use crate::support::Bench;

/// A thousand bytes and a microsecond for each pixel of the network's input.
struct Linear;

impl Costs for Linear {
    fn peak_bytes(&self, width: u32, height: u32) -> u64 {
        1000 * u64::from(width) * u64::from(height)
    }

    fn expected_time(&self, width: u32, height: u32) -> Duration {
        Duration::from_micros(u64::from(width) * u64::from(height))
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn precision(&self) -> Precision {
        Precision::Fp32
    }
}

const PHOTO: PhotoInfo = PhotoInfo {
    width: 1000,
    height: 800,
    format: SourceFormat::Jpeg,
    channels: 3,
    bytes_per_channel: 1,
    has_alpha: false,
};

fn machine(available_bytes: u64) -> Machine {
    Machine {
        total_bytes: available_bytes,
        available_bytes,
    }
}

#[test]
fn larger_sizes_take_more_and_what_does_not_fit_is_told_with_the_largest_that_does() {
    let bench = Bench::new();
    let forecast = bench
        .jobs
        .forecast(&PHOTO, "a", &Linear, machine(1 << 30), &[512, 1024, 2048])
        .unwrap();
    let [small, middle, large] = forecast.sizes[..] else {
        panic!("{forecast:?}")
    };
    assert!(small.fits && !large.fits);
    assert!(small.peak_bytes < middle.peak_bytes && middle.peak_bytes < large.peak_bytes);
    assert!(small.expected.total() < middle.expected.total());
    // Pixels times a microsecond, and the stages around the network.
    assert!(small.expected.total() > Duration::from_micros(512 * 512));
    let largest = forecast.largest.unwrap();
    assert!((512..2048).contains(&largest), "{largest}");
    let at_most = bench
        .jobs
        .forecast(
            &PHOTO,
            "a",
            &Linear,
            machine(1 << 30),
            &[largest, largest + 32],
        )
        .unwrap();
    assert!(at_most.sizes[0].fits && !at_most.sizes[1].fits);
}

#[test]
fn a_size_out_of_range_has_no_forecast() {
    let bench = Bench::new();
    let refused = bench
        .jobs
        .forecast(&PHOTO, "a", &Linear, machine(1 << 30), &[512, 9999]);
    assert!(refused.is_err());
}
