//! Which contenders take turns with one another.
//!
//! All of them, where memory allows: they are then compared under the same conditions. Where it does not, each of
//! several batches has our fp32 engine in it, and times are compared as multiples of that one's.

use super::contender::{Kind, Precision, Runtime};
use super::peers::Setting;

use Precision::{Bf16, Fp32, Int8};
use Runtime::{Engine, Floor, Onnx, Openvino, Torch};

/// What the others are compared with.
pub(super) const REFERENCE: Kind = Kind::new(Engine, Fp32);

/// Everybody, in the order of the tables. ONNX Runtime has no bfloat16 on x86.
pub(super) const ALL: [Kind; 9] = [
    Kind::new(Torch, Fp32),
    Kind::new(Onnx, Fp32),
    Kind::new(Openvino, Fp32),
    Kind::new(Openvino, Bf16),
    REFERENCE,
    Kind::new(Engine, Bf16),
    Kind::new(Engine, Int8),
    Kind::new(Floor, Fp32),
    Kind::new(Floor, Bf16),
];

/// Part of the available memory that contenders may fill.
const SHARE: f64 = 0.8;

/// Batches of contenders that fit into `available` bytes together, each with the reference.
pub(super) fn that_fit(setting: &Setting, available: u64) -> Vec<Vec<Kind>> {
    let room = available as f64 * SHARE;
    packed(room, |kind| {
        expected_bytes(kind, setting.weights(), setting.side)
    })
}

fn packed(room: f64, bytes: impl Fn(Kind) -> f64) -> Vec<Vec<Kind>> {
    let mut batches: Vec<Vec<Kind>> = Vec::new();
    for kind in ALL.into_iter().filter(|kind| *kind != REFERENCE) {
        let fits = |batch: &&mut Vec<Kind>| {
            let taken: f64 = batch.iter().map(|other| bytes(*other)).sum();
            taken + bytes(kind) <= room
        };
        match batches.iter_mut().find(fits) {
            Some(batch) => batch.push(kind),
            // One that does not fit at all is tried all the same.
            None => batches.push(vec![REFERENCE, kind]),
        }
    }
    batches
}

/// Roughly what a contender needs at most: its program, copies of the weights, and maps. Fitted to what
/// tiny and large took at 512.
fn expected_bytes(kind: Kind, weights: u64, side: usize) -> f64 {
    let (program, copies, bytes_a_pixel) = match (kind.runtime, kind.precision) {
        (Torch, _) => (0.6e9, 1.1, 5_500.0),
        (Onnx, _) => (0.2e9, 2.0, 7_000.0),
        (Openvino, Fp32) => (0.2e9, 2.0, 2_800.0),
        (Openvino, Bf16 | Int8) => (0.2e9, 2.0, 1_500.0),
        (Engine, Fp32 | Int8) => (0.2e9, 1.6, 1_700.0),
        (Engine, Bf16) => (0.2e9, 1.5, 800.0),
        (Floor, _) => (0.2e9, 0.0, 0.0),
    };
    program + copies * weights as f64 + bytes_a_pixel * (side * side) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_take_turns_where_memory_allows() {
        let [batch] = packed(100.0, |_| 1.0).try_into().unwrap();
        assert_eq!(batch.len(), ALL.len());
    }

    #[test]
    fn the_reference_is_in_every_batch_and_nobody_is_left_out() {
        for room in [0.5, 2.0, 3.0, 5.0] {
            let batches = packed(room, |_| 1.0);
            assert!(batches.iter().all(|batch| batch[0] == REFERENCE));
            let others: usize = batches.iter().map(|batch| batch.len() - 1).sum();
            assert_eq!(others, ALL.len() - 1, "{room}");
            let largest = batches.iter().map(Vec::len).max().unwrap();
            assert!(largest as f64 <= f64::max(room, 2.0), "{room}");
        }
    }
}
