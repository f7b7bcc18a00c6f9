//! Folding against the arithmetic it replaces, on the reference network's own weights.

use tintype_checkpoint::{Checkpoint, Weights};

use crate::sources::micro_path;

/// The reference network before and after.
struct Micro {
    before: Checkpoint,
    after: Weights,
}

impl Micro {
    fn new() -> Self {
        let before = Checkpoint::open(&micro_path()).unwrap();
        Self {
            before,
            after: Weights::open(&micro_path()).unwrap(),
        }
    }

    fn published(&self, name: &str) -> Vec<f64> {
        let view = self.before.tensor(name).unwrap_or_else(|| panic!("{name}"));
        view.f32s().iter().map(|&n| f64::from(n)).collect()
    }

    fn folded(&self, name: &str) -> Vec<f64> {
        self.after
            .tensor(name)
            .unwrap()
            .f32s()
            .iter()
            .map(|&n| f64::from(n))
            .collect()
    }

    /// A spectrally normalized weight, with the matrix product in the other order than in the crate.
    fn spectral(&self, name: &str) -> Vec<f64> {
        let weight = self.published(&format!("{name}.weight_orig"));
        let (u, v) = (
            self.published(&format!("{name}.weight_u")),
            self.published(&format!("{name}.weight_v")),
        );
        let mut sigma = 0.0;
        for (column, v) in v.iter().enumerate() {
            for (row, u) in u.iter().enumerate() {
                sigma += u * weight[row * self.width(name) + column] * v;
            }
        }
        weight.iter().map(|w| w / sigma).collect()
    }

    fn width(&self, name: &str) -> usize {
        self.before
            .tensor(&format!("{name}.weight_v"))
            .unwrap()
            .shape[0]
    }

    /// What PyTorch's `batch_norm` does to a pixel of channels.
    fn batch_norm(&self, name: &str, pixel: &[f64]) -> Vec<f64> {
        let read = |tensor: &str| self.published(&format!("{name}.{tensor}"));
        let (weight, bias) = (read("weight"), read("bias"));
        let (mean, var) = (read("running_mean"), read("running_var"));
        let norm = |c: usize| (pixel[c] - mean[c]) / (var[c] + 1e-5).sqrt() * weight[c] + bias[c];
        (0..pixel.len()).map(norm).collect()
    }
}

/// `W x + b`
fn linear(weight: &[f64], bias: &[f64], x: &[f64]) -> Vec<f64> {
    let rows = weight.chunks(x.len()).zip(bias);
    rows.map(|(row, b)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b)
        .collect()
}

/// A pixel of `channels` numbers on both sides of zero.
fn pixel(channels: usize) -> Vec<f64> {
    (0..channels)
        .map(|c| (c as f64 * 0.7 + 0.3).sin() * 3.0)
        .collect()
}

fn assert_close(found: &[f64], right: &[f64], what: &str) {
    assert_eq!(found.len(), right.len(), "{what}");
    // The rounding of weights to f32, over sums of some hundred terms.
    let size = right.iter().fold(1.0, |max: f64, n| max.max(n.abs()));
    for (a, b) in found.iter().zip(right) {
        assert!((a - b).abs() < 2e-6 * size, "{what}: {a} instead of {b}");
    }
}

#[test]
fn the_levels_upsampling_takes_in_the_norm_before_and_the_norm_after() {
    let micro = Micro::new();
    for level in 0..3 {
        let name = format!("decoder.layers.{level}.shuf.conv.0");
        let x = pixel(micro.width(&name));
        let input = match level {
            0 => x.clone(),
            _ => micro.batch_norm(&format!("decoder.layers.{}.conv.2", level - 1), &x),
        };
        let weight = micro.spectral(&name);
        let none = vec![0.0; weight.len() / x.len()];
        let right = micro.batch_norm(
            &format!("decoder.layers.{level}.shuf.conv.1"),
            &linear(&weight, &none, &input),
        );
        let bias = micro.folded(&format!("{name}.bias"));
        let found = linear(&micro.folded(&format!("{name}.weight")), &bias, &x);
        assert_close(&found, &right, &name);
    }
}

#[test]
fn what_reads_a_levels_output_takes_in_its_norm() {
    let micro = Micro::new();
    let check = |level: usize, name: &str, weight: &[f64]| {
        let bias = micro.published(&format!("{name}.bias"));
        let x = pixel(weight.len() / bias.len());
        let normed = micro.batch_norm(&format!("decoder.layers.{level}.conv.2"), &x);
        let right = linear(weight, &bias, &normed);
        let (weight, bias) = (
            micro.folded(&format!("{name}.weight")),
            micro.folded(&format!("{name}.bias")),
        );
        assert_close(&linear(&weight, &bias, &x), &right, name);
    };
    for level in 0..3 {
        let name = format!("decoder.color_decoder.input_proj.{level}");
        check(level, &name, &micro.published(&format!("{name}.weight")));
    }
    let name = "decoder.last_shuf.conv.0";
    check(2, name, &micro.spectral(name));
}

#[test]
fn convolutions_without_a_norm_keep_only_their_spectral_norm() {
    let micro = Micro::new();
    for level in 0..3 {
        let name = format!("decoder.layers.{level}.conv.0");
        assert_close(
            &micro.folded(&format!("{name}.weight")),
            &micro.spectral(&name),
            &name,
        );
        assert!(micro.after.tensor(&format!("{name}.bias")).is_err());
    }
    let name = "refine_net.0.0";
    assert_close(
        &micro.folded("refine_net.0.0.weight"),
        &micro.spectral(name),
        name,
    );
    assert_close(
        &micro.folded("refine_net.0.0.bias"),
        &micro.published("refine_net.0.0.bias"),
        name,
    );
}

#[test]
fn the_encoders_norms_take_in_the_norms_on_the_skips() {
    let micro = Micro::new();
    for (level, norm) in [(0, 2), (1, 1), (2, 0)] {
        let name = format!("encoder.arch.norm{norm}");
        let affine = |weight: &[f64], bias: &[f64], x: &[f64]| -> Vec<f64> {
            (0..x.len()).map(|c| weight[c] * x[c] + bias[c]).collect()
        };
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let x = pixel(micro.published(&bias).len());
        let made = affine(&micro.published(&weight), &micro.published(&bias), &x);
        let right = micro.batch_norm(&format!("decoder.layers.{level}.bn"), &made);
        assert_close(
            &affine(&micro.folded(&weight), &micro.folded(&bias), &x),
            &right,
            &name,
        );
    }
    // Nothing reads the last feature through a norm.
    let last = "encoder.arch.norm3.weight";
    assert_close(&micro.folded(last), &micro.published(last), last);
}

#[test]
fn a_blocks_last_layer_takes_in_its_scale() {
    let micro = Micro::new();
    for block in ["0.0", "1.2", "2.8", "3.1"] {
        let block = format!("encoder.arch.stages.{block}");
        let (weight, bias) = (
            format!("{block}.pwconv2.weight"),
            format!("{block}.pwconv2.bias"),
        );
        let gamma = micro.published(&format!("{block}.gamma"));
        let x = pixel(4 * gamma.len());
        let mut right = linear(&micro.published(&weight), &micro.published(&bias), &x);
        for (y, gamma) in right.iter_mut().zip(&gamma) {
            *y *= gamma;
        }
        assert_close(
            &linear(&micro.folded(&weight), &micro.folded(&bias), &x),
            &right,
            &block,
        );
    }
}

#[test]
fn nothing_that_folds_away_is_left_and_the_rest_is_untouched() {
    let micro = Micro::new();
    let folds = [
        "gamma",
        "weight_orig",
        "weight_u",
        "weight_v",
        "running_mean",
        "running_var",
    ];
    let mut untouched = 0;
    for name in micro.after.names() {
        assert!(!folds.iter().any(|end| name.ends_with(end)), "{name}");
        assert!(
            !name.contains(".bn.") && !name.contains("conv.2."),
            "{name}"
        );
        if let Some(view) = micro.before.tensor(name)
            && *view.f32s() == *micro.after.tensor(name).unwrap().f32s()
        {
            untouched += 1;
        }
    }
    let changed = micro.after.names().len() - untouched;
    // 18 blocks' pwconv2, 3 norms, 3 levels' shuf.conv, 3 input_proj, last_shuf: weight and bias of
    // each; weights alone of 3 levels' conv and the refinement, whose bias stays.
    assert_eq!(changed, 2 * (18 + 3 + 3 + 3 + 1) + 3 + 1);
}
