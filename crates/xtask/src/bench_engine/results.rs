//! Everything that was measured, as `docs/performance.json` has it.

use serde::Serialize;

use super::contender::{Kind, Precision, Runtime};

/// One run of the benchmark.
#[derive(Debug, Default, Serialize)]
pub(super) struct Results {
    pub(super) machine: String,
    pub(super) threads: usize,
    pub(super) runs: u32,
    pub(super) groups: Vec<Group>,
    pub(super) photos: Vec<PhotoToFile>,
    pub(super) batches: Vec<Batch>,
    pub(super) laws: Vec<Law>,
}

/// One checkpoint at one size.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) model: String,
    pub(super) side: usize,
    pub(super) entries: Vec<Entry>,
    /// Measured at one size of several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) loads: Vec<Load>,
}

/// One contender in it.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    #[serde(flatten)]
    pub(super) kind: Kind,
    pub(super) version: String,
    /// The run that does not count.
    pub(super) first_run: f64,
    /// By round.
    pub(super) seconds: Vec<f64>,
    /// Median of what it took over what our fp32 engine took in the same round.
    pub(super) ratio: f64,
    pub(super) peak_bytes: Option<u64>,
    /// Relative to the published code's output, where that one was in the same batch.
    pub(super) error: Option<f64>,
}

/// Median seconds until a checkpoint is ready.
#[derive(Debug, Serialize)]
pub(super) struct Load {
    #[serde(flatten)]
    pub(super) kind: Kind,
    /// `None` where the system's memory of files cannot be emptied.
    pub(super) cold: Option<f64>,
    pub(super) warm: f64,
}

/// The program on a photo of 24 megapixels: median seconds by stage, and of the whole process.
#[derive(Debug, Serialize)]
pub(super) struct PhotoToFile {
    pub(super) model: String,
    pub(super) precision: Precision,
    pub(super) side: usize,
    pub(super) stages: Vec<(String, f64)>,
    /// Median over runs of what all stages but the network took over what the network took.
    pub(super) rest_over_network: f64,
    pub(super) process: f64,
}

/// A folder of photos of 12 megapixels.
#[derive(Debug, Serialize)]
pub(super) struct Batch {
    pub(super) model: String,
    pub(super) precision: Precision,
    pub(super) photos: usize,
    /// Of the whole process.
    pub(super) seconds: f64,
    /// Median seconds of the network, and of a whole photo, where one photo is colored by itself.
    pub(super) network_alone: f64,
    pub(super) photo_alone: f64,
}

/// How time and memory of one model grow.
#[derive(Debug, Serialize)]
pub(super) struct Law {
    pub(super) model: String,
    pub(super) precision: Precision,
    /// The photo that the pace of this computer was learned from.
    pub(super) reference: Point,
    pub(super) points: Vec<Point>,
}

/// One size of the network's input and of the photo.
#[derive(Debug, Serialize)]
pub(super) struct Point {
    pub(super) size: usize,
    pub(super) megapixels: f64,
    /// Seconds by stage at the pace of the computer that the program was measured on.
    pub(super) counted: [f64; 5],
    /// Median seconds by stage.
    pub(super) measured: [f64; 5],
    /// Seconds in all that the program would have told.
    pub(super) foreseen: f64,
    /// Bytes on top of the loaded model.
    pub(super) foreseen_peak: u64,
    pub(super) peak: Option<u64>,
}

impl Point {
    /// How far off the foreseen time is, as a share of the true one.
    pub(super) fn error(&self) -> f64 {
        self.foreseen / self.measured.iter().sum::<f64>() - 1.0
    }
}

impl Group {
    /// How many times as long one took as another.
    pub(super) fn times(&self, one: Kind, other: Kind) -> Option<f64> {
        let ratio = |kind| {
            self.entries
                .iter()
                .find(|entry| entry.kind == kind)
                .map(|e| e.ratio)
        };
        Some(ratio(one)? / ratio(other)?)
    }
}

/// One of the claims that are measured: how many times as long `slow` takes as `fast`.
pub(super) struct Bar {
    pub(super) what: &'static str,
    pub(super) slow: Kind,
    pub(super) fast: Kind,
    /// At least this.
    pub(super) least: f64,
}

/// What Tintype means to reach.
pub(super) const BARS: [Bar; 6] = {
    use Precision::{Bf16, Fp32, Int8};
    use Runtime::{Engine, Openvino, Torch};
    const fn bar(what: &'static str, slow: Kind, fast: Precision, least: f64) -> Bar {
        Bar {
            what,
            slow,
            fast: Kind::new(Engine, fast),
            least,
        }
    }
    [
        bar(
            "fp32 against OpenVINO fp32",
            Kind::new(Openvino, Fp32),
            Fp32,
            1.0,
        ),
        bar(
            "fp32 against the published code",
            Kind::new(Torch, Fp32),
            Fp32,
            1.9,
        ),
        bar(
            "bf16 against OpenVINO bf16",
            Kind::new(Openvino, Bf16),
            Bf16,
            1.15,
        ),
        bar(
            "bf16 against the published code",
            Kind::new(Torch, Fp32),
            Bf16,
            4.0,
        ),
        bar(
            "int8 against OpenVINO fp32",
            Kind::new(Openvino, Fp32),
            Int8,
            1.15,
        ),
        bar(
            "int8 against the published code",
            Kind::new(Torch, Fp32),
            Int8,
            4.0,
        ),
    ]
};

/// The middle one, or the mean of the two in the middle; 0 of nothing.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[]), 0.0);
    }
}
