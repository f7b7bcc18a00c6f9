//! When bf16 is used, as a specification.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::*;

const SHA256: &str = "2b01";
const CLOSE: ColorDifference = difference(0.12, 0.8);

const fn difference(mean: f64, percentile_99: f64) -> ColorDifference {
    ColorDifference {
        mean,
        percentile_99,
    }
}

#[derive(Default)]
struct Kept(RefCell<HashMap<String, Evidence>>);

impl EvidenceStore for Kept {
    fn recall(&self, checkpoint_sha256: &str) -> Option<Evidence> {
        self.0.borrow().get(checkpoint_sha256).cloned()
    }

    fn keep(&self, evidence: &Evidence) {
        let sha256 = evidence.key.checkpoint_sha256.clone();
        self.0.borrow_mut().insert(sha256, evidence.clone());
    }
}

/// A computer, and how often the network was run on it to compare.
struct Given {
    choice: PrecisionChoice,
    device: Device,
    processor: Processor,
    libtorch: &'static str,
    /// What a comparison finds.
    speedup: f64,
    /// What it finds of int8, where that is compared too.
    int8: (f64, ColorDifference),
    kept: Kept,
    comparisons: Cell<usize>,
}

impl Given {
    fn with_bf16() -> Self {
        Self {
            choice: PrecisionChoice::Auto,
            device: Device::Cpu,
            processor: Processor {
                name: "Tabulating Machine".to_owned(),
                physical_cores: 2,
                features: vec!["avx512f", "avx512bf16"],
            },
            libtorch: "2.13.0",
            speedup: 1.9,
            int8: (0.5, CLOSE),
            kept: Kept::default(),
            comparisons: Cell::new(0),
        }
    }

    fn terms(&self) -> Terms<'_> {
        Terms {
            choice: self.choice,
            device: self.device,
            processor: &self.processor,
            libtorch: self.libtorch,
        }
    }

    fn known(&self) -> ModelPrecision {
        self.terms().known(|| Some(SHA256.to_owned()), &self.kept)
    }

    fn settle(&self, found: Result<ColorDifference>) -> Result<(Precision, ModelPrecision)> {
        let measure = |others: &[Precision]| {
            self.comparisons.set(self.comparisons.get() + 1);
            let found = found?;
            let comparison = |&precision: &Precision| {
                let (speedup, difference) = match precision {
                    Precision::Int8 => self.int8,
                    _ => (self.speedup, found),
                };
                Comparison {
                    precision,
                    difference,
                    speedup,
                }
            };
            Ok(others.iter().map(comparison).collect())
        };
        self.terms()
            .settle(|| SHA256.to_owned(), &self.kept, measure)
    }

    /// The decision where a comparison finds `found`, which it says the same of before and after.
    fn decides(&self, found: ColorDifference) -> (Precision, PrecisionReason) {
        let (precision, told) = self.settle(Ok(found)).unwrap();
        assert_eq!(told.precision, Some(precision));
        assert_eq!(self.known(), told);
        (precision, told.reason)
    }
}

#[test]
fn what_passes_both_bars_runs_in_bf16_and_says_by_how_much() {
    let given = Given::with_bf16();
    assert_eq!(given.known().reason, PrecisionReason::Unmeasured);
    assert_eq!(given.known().precision, None);
    assert_eq!(
        given.decides(CLOSE),
        (Precision::Bf16, PrecisionReason::Close)
    );
    let ModelPrecision {
        difference, why, ..
    } = given.known();
    assert_eq!(difference, Some(CLOSE));
    for words in [why.english, why.chinese] {
        assert!(words.starts_with("bf16"), "{words}");
        assert!(words.contains("0.12") && words.contains("0.80"), "{words}");
    }
}

#[test]
fn what_reaches_either_bar_runs_in_fp32_and_says_why() {
    for far in [
        difference(MEAN_BAR, 0.8),
        difference(0.12, PERCENTILE_99_BAR),
        difference(f64::NAN, 0.8),
        difference(0.12, f64::INFINITY),
    ] {
        let given = Given::with_bf16();
        let (precision, told) = given.settle(Ok(far)).unwrap();
        assert_eq!(precision, Precision::Fp32, "{far:?}");
        assert_eq!(told.reason, PrecisionReason::Far, "{far:?}");
        let why = told.why.english;
        assert!(
            why.starts_with("fp32") && why.contains("can be seen"),
            "{why}"
        );
    }
    let just = difference(MEAN_BAR - 1e-9, PERCENTILE_99_BAR - 1e-9);
    assert_eq!(Given::with_bf16().decides(just).0, Precision::Bf16);
}

#[test]
fn what_is_no_faster_runs_in_fp32_and_says_so() {
    for speedup in [0.6, SPEEDUP_BAR - 0.01, f64::NAN] {
        let given = Given {
            speedup,
            ..Given::with_bf16()
        };
        assert_eq!(
            given.settle(Ok(CLOSE)).unwrap().1.reason,
            PrecisionReason::Slow
        );
    }
    let given = Given {
        speedup: SPEEDUP_BAR,
        ..Given::with_bf16()
    };
    assert_eq!(given.decides(CLOSE).0, Precision::Bf16);
}

#[test]
fn the_fastest_that_nobody_sees_is_taken() {
    let far = difference(0.9, 3.0);
    for (bf16, int8, expected) in [
        (
            (1.9, CLOSE),
            (2.4, CLOSE),
            (Precision::Int8, PrecisionReason::Close),
        ),
        (
            (1.9, CLOSE),
            (2.4, far),
            (Precision::Bf16, PrecisionReason::Close),
        ),
        (
            (0.6, CLOSE),
            (1.4, CLOSE),
            (Precision::Int8, PrecisionReason::Close),
        ),
        (
            (0.6, CLOSE),
            (1.4, far),
            (Precision::Fp32, PrecisionReason::Slow),
        ),
        (
            (1.9, far),
            (1.4, far),
            (Precision::Fp32, PrecisionReason::Far),
        ),
        (
            (f64::NAN, CLOSE),
            (1.4, CLOSE),
            (Precision::Int8, PrecisionReason::Close),
        ),
    ] {
        let mut given = Given::with_bf16();
        given.processor.features.push("avx512vnni");
        (given.speedup, given.int8) = (bf16.0, int8);
        assert_eq!(given.decides(bf16.1), expected, "{bf16:?} {int8:?}");
        assert_eq!(given.comparisons.get(), 1);
    }
}

#[test]
fn int8_is_not_used_where_the_processor_is_not_made_for_it() {
    let mut given = Given::with_bf16();
    given.choice = PrecisionChoice::Exactly(Precision::Int8);
    assert_eq!(
        given.decides(CLOSE),
        (Precision::Fp32, PrecisionReason::Processor)
    );
    given.processor.features.push("avxvnni");
    assert_eq!(
        given.decides(CLOSE),
        (Precision::Int8, PrecisionReason::Chosen)
    );
    given.device = Device::Cuda(0);
    assert_eq!(
        given.decides(CLOSE),
        (Precision::Fp32, PrecisionReason::Device)
    );
    assert_eq!(given.comparisons.get(), 0);
}

#[test]
fn a_model_is_compared_once_on_a_computer() {
    let given = Given::with_bf16();
    for _ in 0..3 {
        assert_eq!(given.decides(CLOSE).0, Precision::Bf16);
    }
    assert_eq!(given.comparisons.get(), 1);
}

#[test]
fn what_was_found_with_anything_else_is_found_anew() {
    let changes: [fn(&mut Given); 4] = [
        |given| given.libtorch = "2.14.0",
        |given| given.processor.name = "Another Machine".to_owned(),
        |given| given.processor.features.push("avx512vnni"),
        // As if an older program had kept it.
        |given| {
            for evidence in given.kept.0.borrow_mut().values_mut() {
                evidence.key.program = "0.0.1".to_owned();
            }
        },
    ];
    for change in changes {
        let mut given = Given::with_bf16();
        given.decides(CLOSE);
        change(&mut given);
        assert_eq!(given.known().reason, PrecisionReason::Unmeasured);
        let far = difference(0.7, 1.0);
        assert_eq!(given.decides(far).0, Precision::Fp32);
        assert_eq!(given.comparisons.get(), 2);
    }
}

#[test]
fn what_was_chosen_is_used_whatever_is_known() {
    for (chosen, found) in [
        (Precision::Fp32, CLOSE),
        (Precision::Bf16, difference(9.0, 30.0)),
    ] {
        let mut given = Given::with_bf16();
        given.decides(found);
        given.choice = PrecisionChoice::Exactly(chosen);
        assert_eq!(given.decides(found), (chosen, PrecisionReason::Chosen));
        given.processor.features.clear();
        given.device = Device::Cuda(0);
        assert_eq!(given.decides(found), (chosen, PrecisionReason::Chosen));
        assert_eq!(given.comparisons.get(), 1);
    }
}

#[test]
fn nothing_is_compared_where_bf16_gains_nothing() {
    let mut given = Given::with_bf16();
    given.device = Device::Cuda(0);
    assert_eq!(
        given.decides(CLOSE),
        (Precision::Fp32, PrecisionReason::Device)
    );
    given.device = Device::Cpu;
    given.processor.features = vec!["avx2", "avx512f"];
    assert_eq!(
        given.decides(CLOSE),
        (Precision::Fp32, PrecisionReason::Processor)
    );
    assert_eq!(given.comparisons.get(), 0);
}

#[test]
fn a_comparison_that_fails_decides_for_fp32_until_the_next_time() {
    let given = Given::with_bf16();
    let failed = given.settle(Err(Error::SizeOutOfRange { size: 7 }));
    let (precision, told) = failed.unwrap();
    assert_eq!(precision, Precision::Fp32);
    assert_eq!(told.reason, PrecisionReason::Unmeasurable);
    assert!(told.why.english.contains("size 7"), "{told:?}");
    assert_eq!(given.known().reason, PrecisionReason::Unmeasured);
    let stopped = given.settle(Err(Error::Cancelled));
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(given.decides(CLOSE).0, Precision::Bf16);
}

#[test]
fn evidence_survives_being_written_and_read() {
    let given = Given::with_bf16();
    given.decides(CLOSE);
    let evidence = given.kept.recall(SHA256).unwrap();
    let text = serde_json::to_string(&evidence).unwrap();
    assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
}
