//! Folding: what is constant once training is over becomes part of plain weights.
//!
//! All of it rests on two identities for a linear layer `y = W x + b` (a convolution is one, for
//! each place of its window) and an affine map `x -> scale * x + shift` of each channel:
//!
//! - *after* the layer: `scale * (W x + b) + shift = (scale * W) x + (scale * b + shift)`, row by row;
//! - *before* it: `W (scale * x + shift) + b = (W * scale) x + (W shift + b)`, column by column. This
//!   one needs a 1x1 window: a wider one pads with zeros, which are not shifted.
//!
//! Batch norm is such a map (Ioffe and Szegedy 2015), as is a `ConvNeXt` block's layer scale.
//! Everything is computed in f64 and rounded to f32 once.

use std::collections::HashMap;

use crate::fault::TensorFault;
use crate::layout::{Bias, Module, Role, modules};
use crate::{Architecture, Checkpoint, Error, Result};

/// PyTorch's default, which the authors' implementation keeps.
const BATCH_NORM_EPS: f64 = 1e-5;

/// The tensors that folding computes, by name. Those that it leaves alone are not among them.
///
/// `checkpoint` has passed the accounting.
pub(crate) fn fold(
    checkpoint: &Checkpoint,
    architecture: &Architecture,
) -> Result<HashMap<String, Vec<f32>>> {
    let mut folding = Folding {
        checkpoint,
        layers: HashMap::new(),
        finished: HashMap::new(),
    };
    for module in modules(architecture) {
        match module.role {
            Role::Scale => folding.layer_scale(&module)?,
            Role::SpectralConv(bias) => folding.spectral_conv(&module, bias)?,
            Role::Plain | Role::BatchNorm => {}
        }
    }
    for level in 0..3 {
        folding.skip_norm(level)?;
        // The norm after the convolution, into the layers that read its output.
        let after = folding.batch_norm(&format!("decoder.layers.{level}.conv.2"))?;
        let reader = match level {
            2 => "decoder.last_shuf.conv.0".to_owned(),
            _ => format!("decoder.layers.{}.shuf.conv.0", level + 1),
        };
        folding.change(&reader, |linear| linear.after_input(&after))?;
        let reader = format!("decoder.color_decoder.input_proj.{level}");
        folding.change(&reader, |linear| linear.after_input(&after))?;
    }
    // Only now the norms after `shuf.conv`: they apply to what comes out of it, shift and all.
    for level in 0..3 {
        let after = folding.batch_norm(&format!("decoder.layers.{level}.shuf.conv.1"))?;
        let conv = format!("decoder.layers.{level}.shuf.conv.0");
        folding.change(&conv, |linear| linear.before_output(&after))?;
    }
    let layers: Vec<String> = folding.layers.keys().cloned().collect();
    layers.iter().try_for_each(|name| folding.finish(name))?;
    Ok(folding.finished)
}

/// The work in progress.
struct Folding<'c> {
    checkpoint: &'c Checkpoint,
    /// Layers that something may yet be folded into. In f64, so the large ones leave early.
    layers: HashMap<String, Linear>,
    finished: HashMap<String, Vec<f32>>,
}

impl Folding<'_> {
    /// `gamma` scales what the block's last layer puts out.
    fn layer_scale(&mut self, module: &Module) -> Result<()> {
        let scale = self.read(&module.name)?;
        let block = module.name.trim_end_matches("gamma");
        let shift = vec![0.0; scale.len()];
        let scale = Affine { scale, shift };
        let last = format!("{block}pwconv2");
        self.change(&last, |linear| linear.before_output(&scale))?;
        self.finish(&last)
    }

    /// Spectral norm divides a weight by its largest singular value, which training estimates as
    /// `u^T W v` (Miyato et al. 2018); in use the estimate stands still.
    fn spectral_conv(&mut self, Module { name, .. }: &Module, bias: Bias) -> Result<()> {
        let mut weight = self.read(&format!("{name}.weight_orig"))?;
        let u = self.read(&format!("{name}.weight_u"))?;
        let v = self.read(&format!("{name}.weight_v"))?;
        let sigma: f64 = weight
            .chunks(v.len())
            .zip(&u)
            .map(|(row, u)| u * dot(row, &v))
            .sum();
        for w in &mut weight {
            *w /= sigma;
        }
        let bias = match bias {
            Bias::Own => Some(self.read(&format!("{name}.bias"))?),
            Bias::FromNorm => Some(vec![0.0; u.len()]),
            Bias::None => None,
        };
        let is_final = bias.is_none();
        self.layers.insert(
            name.clone(),
            Linear {
                outputs: u.len(),
                weight,
                bias,
            },
        );
        if is_final { self.finish(name) } else { Ok(()) }
    }

    /// The norm on the encoder's feature, into the layer norm that makes this feature: its weight
    /// and bias are such a map themselves.
    fn skip_norm(&mut self, level: usize) -> Result<()> {
        let after = self.batch_norm(&format!("decoder.layers.{level}.bn"))?;
        self.change(&format!("encoder.arch.norm{}", 2 - level), |norm| {
            norm.before_output(&after);
        })
    }

    /// A batch norm as the map that it is: `(x - mean) / sqrt(var + eps) * weight + bias`.
    fn batch_norm(&self, name: &str) -> Result<Affine> {
        let read = |tensor: &str| self.read(&format!("{name}.{tensor}"));
        let (weight, bias) = (read("weight")?, read("bias")?);
        let (mean, var) = (read("running_mean")?, read("running_var")?);
        let scale: Vec<f64> = weight
            .iter()
            .zip(var)
            .map(|(w, v)| w / (v + BATCH_NORM_EPS).sqrt())
            .collect();
        let shift = bias
            .iter()
            .zip(mean)
            .zip(&scale)
            .map(|((bias, mean), s)| bias - mean * s)
            .collect();
        Ok(Affine { scale, shift })
    }

    /// Changes a layer, which is read from the checkpoint the first time.
    fn change(&mut self, name: &str, change: impl FnOnce(&mut Linear)) -> Result<()> {
        if !self.layers.contains_key(name) {
            let weight = self.read(&format!("{name}.weight"))?;
            let bias = self.read(&format!("{name}.bias"))?;
            let linear = Linear {
                outputs: bias.len(),
                weight,
                bias: Some(bias),
            };
            self.layers.insert(name.to_owned(), linear);
        }
        if let Some(linear) = self.layers.get_mut(name) {
            change(linear);
        }
        Ok(())
    }

    fn read(&self, name: &str) -> Result<Vec<f64>> {
        match self.checkpoint.tensor(name) {
            Some(view) => Ok(view.f32s().iter().copied().map(f64::from).collect()),
            // The accounting has found them all; this is for a defect in this file.
            None => Err(Error::NoSuchTensor {
                name: name.to_owned(),
            }),
        }
    }

    /// Rounds a layer to f32 and refuses what is no number.
    fn finish(&mut self, layer: &str) -> Result<()> {
        let Some(Linear { weight, bias, .. }) = self.layers.remove(layer) else {
            return Ok(());
        };
        for (tensor, numbers) in [("weight", Some(weight)), ("bias", bias)] {
            let Some(numbers) = numbers else { continue };
            let name = format!("{layer}.{tensor}");
            let numbers: Vec<f32> = numbers.into_iter().map(|n| n as f32).collect();
            if !numbers.iter().all(|n| n.is_finite()) {
                return Err(Error::Tensor {
                    name,
                    fault: TensorFault::NotFinite,
                });
            }
            self.finished.insert(name, numbers);
        }
        Ok(())
    }
}

/// `x -> scale * x + shift` for each channel.
struct Affine {
    scale: Vec<f64>,
    shift: Vec<f64>,
}

/// A linear layer, a 1x1 convolution, or (with one input for each output) the last step of a norm.
struct Linear {
    outputs: usize,
    /// `[outputs, rest]`, row by row.
    weight: Vec<f64>,
    bias: Option<Vec<f64>>,
}

impl Linear {
    /// Takes in a map that follows.
    fn before_output(&mut self, Affine { scale, shift }: &Affine) {
        let row_len = self.weight.len() / self.outputs;
        for (row, scale) in self.weight.chunks_mut(row_len).zip(scale) {
            for w in row {
                *w *= scale;
            }
        }
        for ((bias, scale), shift) in self.bias.iter_mut().flatten().zip(scale).zip(shift) {
            *bias = *bias * scale + shift;
        }
    }

    /// Takes in a map that goes before. Right for 1x1 windows only.
    fn after_input(&mut self, Affine { scale, shift }: &Affine) {
        for (row, bias) in self
            .weight
            .chunks_mut(scale.len())
            .zip(self.bias.iter_mut().flatten())
        {
            *bias += dot(row, shift);
            row.iter_mut().zip(scale).for_each(|(w, scale)| *w *= scale);
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
