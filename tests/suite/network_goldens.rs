//! The network against the published implementation, number by number.

use tintype_checkpoint::{Checkpoint, Weights};
use tintype_ddcolor::{GrayInput, Model};
use tintype_engine::Processor;
use tintype_protocol::{CancelFlag, Device, Precision};
use tintype_tests::goldens::{Golden, micro_checkpoint};
use tintype_zoo::{ModelSource, ModelStore};

/// The bar on ab in fp32, in units of Lab.
const AB_BAR: f32 = 1e-3;

fn micro() -> Model {
    let weights = Weights::open(&micro_checkpoint()).unwrap();
    Model::load(&weights, Device::Cpu, Precision::Fp32).unwrap()
}

fn input(gray: &[f32]) -> GrayInput<'_> {
    GrayInput {
        data: gray,
        batch: 1,
        height: 256,
        width: 256,
    }
}

fn largest_difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found
        .iter()
        .zip(expected)
        .map(|(f, e)| (f - e).abs())
        .fold(0.0, f32::max)
}

#[test]
fn ab_is_that_of_the_published_implementation() {
    let mut model = micro();
    for golden in Golden::all() {
        let gray = golden.tensor("gray");
        let ab = model
            .run(input(&gray), &mut |_| {}, &CancelFlag::new())
            .unwrap();
        let difference = largest_difference(&ab.data, &golden.tensor("ab"));
        println!("photo {}: largest difference {difference:e}", golden.id);
        assert!(difference < AB_BAR, "photo {}: {difference}", golden.id);
    }
}

#[test]
fn the_encoders_features_are_those_of_the_published_implementation() {
    let mut model = micro();
    let checkpoint = Checkpoint::open(&micro_checkpoint()).unwrap();
    for golden in Golden::all() {
        let gray = golden.tensor("gray");
        let features = model.encoder_features(input(&gray)).unwrap();
        assert_eq!(features.len(), 4);
        for (i, feature) in features.iter().enumerate() {
            let mut expected = golden.tensor(&format!("encoder.norm{i}"));
            if i < 3 {
                apply_decoder_batch_norm(&checkpoint, 2 - i, &mut expected);
            }
            let difference = largest_difference(feature, &expected);
            println!(
                "photo {} feature {i}: largest difference {difference:e}",
                golden.id
            );
            assert!(
                difference < AB_BAR,
                "photo {} feature {i}: {difference}",
                golden.id
            );
        }
    }
}

/// What `decoder.layers.K.bn` does to a feature `[1, C, H, W]`. The folded network does it in the
/// encoder's norm already; the goldens were taken before it.
fn apply_decoder_batch_norm(checkpoint: &Checkpoint, level: usize, feature: &mut [f32]) {
    const EPS: f32 = 1e-5;
    let parameter = |name: &str| {
        let name = format!("decoder.layers.{level}.bn.{name}");
        checkpoint.tensor(&name).unwrap().f32s().into_owned()
    };
    let (weight, bias) = (parameter("weight"), parameter("bias"));
    let (mean, variance) = (parameter("running_mean"), parameter("running_var"));
    let pixels = feature.len() / weight.len();
    for (channel, values) in feature.chunks_exact_mut(pixels).enumerate() {
        let scale = weight[channel] / (variance[channel] + EPS).sqrt();
        for value in values {
            *value = (*value - mean[channel]) * scale + bias[channel];
        }
    }
}

#[test]
fn a_batch_is_colored_as_its_pictures_one_by_one() {
    let mut model = micro();
    // Two different pictures of another shape than the goldens', cut from one of them.
    let golden = &Golden::all()[0];
    let gray = golden.tensor("gray");
    let (height, width) = (96, 64);
    let cut = |top: usize| -> Vec<f32> {
        (0..3 * height)
            .flat_map(|row| {
                let (channel, y) = (row / height, row % height);
                let start = (channel * 256 + top + y) * 256;
                gray[start..start + width].to_vec()
            })
            .collect()
    };
    let mut run = |data: &[f32], batch: usize| {
        let input = GrayInput {
            data,
            batch,
            height,
            width,
        };
        model
            .run(input, &mut |_| {}, &CancelFlag::new())
            .unwrap()
            .data
    };
    let (first, second) = (cut(0), cut(100));
    let expected = [run(&first, 1), run(&second, 1)].concat();
    let found = run(&[first, second].concat(), 2);
    assert!(largest_difference(&found, &expected) < AB_BAR);
}

fn mean_difference(found: &[f32], expected: &[f32]) -> f32 {
    let pairs = found.iter().zip(expected);
    let sum: f32 = pairs
        .map(|(found, expected)| (found - expected).abs())
        .sum();
    sum / expected.len() as f32
}

#[test]
fn bf16_stays_close_to_fp32() {
    let weights = Weights::open(&micro_checkpoint()).unwrap();
    let mut half = Model::load(&weights, Device::Cpu, Precision::Bf16).unwrap();
    let golden = &Golden::all()[0];
    let gray = golden.tensor("gray");
    let ab = half
        .run(input(&gray), &mut |_| {}, &CancelFlag::new())
        .unwrap();
    let mean = mean_difference(&ab.data, &golden.tensor("ab"));
    println!("mean difference of bf16 {mean}");
    // bf16 keeps 8 bits: on ab of about +-20 its own rounding is 0.04 on average.
    assert!(mean < 0.5, "{mean}");
    assert!(mean > 0.0, "bf16 was not used");
}

#[test]
fn int8_stays_close_to_fp32() {
    if !Processor::probe().has_int8() {
        return;
    }
    // Trained weights, so that the colors are some: with random ones they hardly are.
    let weights = ModelStore::of_user().open(&ModelSource::Starter).unwrap();
    let gray = Golden::all()[0].tensor("gray");
    let [exact, whole] = [Precision::Fp32, Precision::Int8].map(|precision| {
        let mut model = Model::load(&weights, Device::Cpu, precision).unwrap();
        let ab = model.run(input(&gray), &mut |_| {}, &CancelFlag::new());
        ab.unwrap().data
    });
    let mean = mean_difference(&whole, &exact);
    println!("mean difference of int8 {mean}");
    assert!(mean < 0.5, "{mean}");
    assert!(mean > 1e-4, "int8 was not used");
}

#[test]
fn an_input_that_does_not_fit_the_encoder_is_refused() {
    let mut model = micro();
    for (len, batch, height, width) in [
        (3 * 48 * 64, 1, 48, 64),
        (0, 1, 0, 32),
        (0, 0, 32, 32),
        (3 * 32 * 32 - 1, 1, 32, 32),
        (3 * 32 * 32, usize::MAX, 32, 32),
    ] {
        let data = vec![0.5; len];
        let input = GrayInput {
            data: &data,
            batch,
            height,
            width,
        };
        let error = model
            .run(input, &mut |_| {}, &CancelFlag::new())
            .unwrap_err();
        assert!(
            matches!(error, tintype_ddcolor::Error::InputShape { .. }),
            "{error}"
        );
    }
}

#[test]
fn cancelling_is_honored_within_one_block_and_the_model_stays_usable() {
    let mut model = micro();
    let golden = &Golden::all()[0];
    let gray = golden.tensor("gray");
    let cancel = CancelFlag::new();
    let mut blocks = 0;
    let mut observer = |_| {
        blocks += 1;
        if blocks == 5 {
            cancel.cancel();
        }
    };
    let error = model.run(input(&gray), &mut observer, &cancel).unwrap_err();
    assert!(matches!(error, tintype_ddcolor::Error::Cancelled));
    assert_eq!(blocks, 5);
    let ab = model
        .run(input(&gray), &mut |_| {}, &CancelFlag::new())
        .unwrap();
    assert!(largest_difference(&ab.data, &golden.tensor("ab")) < AB_BAR);
}

#[test]
fn progress_rises_in_small_steps_to_exactly_one() {
    let mut model = micro();
    let gray = Golden::all()[0].tensor("gray");
    // The first run is paced by counted operations, the second by what the first one took.
    for _ in 0..2 {
        let mut seen = vec![0.0];
        let mut observer = |progress: tintype_ddcolor::Progress| seen.push(progress.fraction);
        model
            .run(input(&gray), &mut observer, &CancelFlag::new())
            .unwrap();
        assert!(seen.windows(2).all(|pair| pair[0] <= pair[1]), "{seen:?}");
        assert_eq!(seen.last(), Some(&1.0));
    }
}
