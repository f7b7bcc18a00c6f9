//! The whole network, run block by block.

use tch::{Kind, Tensor};
use tintype_checkpoint::{Architecture, Weights};
use tintype_protocol::{CancelFlag, Device, Precision};

use crate::color_decoder::ColorDecoder;
use crate::cost::{BlockTime, CostBook};
use crate::device::{torch_device, torch_kind};
use crate::encoder::Encoder;
use crate::layers::nhwc;
use crate::loader::Loader;
use crate::pacer::{Pacer, Progress};
use crate::pixel_decoder::PixelDecoder;
use crate::pool::Pool;
use crate::tail::Tail;
use crate::{Error, Result, SIDE_STEP};

/// Mean and standard deviation of `ImageNet`'s channels, which every published encoder was trained
/// with; checkpoints that hold other ones are refused when they are read.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const STD: [f32; 3] = [0.229, 0.224, 0.225];

/// A gray picture, or several of one size, as the network takes them.
#[derive(Debug, Clone, Copy)]
pub struct GrayInput<'a> {
    /// `[N, 3, H, W]`: sRGB in 0..=1, the three channels alike.
    pub data: &'a [f32],
    /// N, at least 1.
    pub batch: usize,
    /// H, a multiple of [`SIDE_STEP`].
    pub height: usize,
    /// W, a multiple of [`SIDE_STEP`].
    pub width: usize,
}

/// Colors for a [`GrayInput`] of the same N, H and W.
#[derive(Debug, Clone, PartialEq)]
pub struct Ab {
    /// `[N, 2, H, W]`: a and b of CIE Lab, about -110..=110; not clamped.
    pub data: Vec<f32>,
    /// N.
    pub batch: usize,
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
}

/// A loaded DDColor network. One run at a time: `run` takes it by `&mut`.
pub struct Model {
    architecture: Architecture,
    device: Device,
    precision: Precision,
    mean: Tensor, // [1, 1, 1, 3]
    std: Tensor,  // [1, 1, 1, 3]
    encoder: Encoder,
    pixel_decoder: PixelDecoder,
    color_decoder: ColorDecoder,
    tail: Tail,
    costs: CostBook,
}

impl Model {
    /// Moves checked and folded weights to `device` in `precision`.
    ///
    /// # Errors
    /// [`Error::DeviceUnavailable`], [`Error::OutOfMemory`], or libtorch's own.
    pub fn load(weights: &Weights, device: Device, precision: Precision) -> Result<Self> {
        crate::resolve_device(tintype_protocol::DeviceChoice::Exactly(device))?;
        let _guard = tch::no_grad_guard();
        let root = Loader::new(weights, torch_device(device), precision);
        let architecture = weights.architecture().clone();
        let decoder = root.at("decoder");
        let constant = |values: &[f32; 3]| -> Result<Tensor> {
            Ok(Tensor::f_from_slice(values)?
                .f_view([1, 1, 1, 3])?
                .f_to_device(root.device)?)
        };
        Ok(Self {
            device,
            precision,
            mean: constant(&MEAN)?,
            std: constant(&STD)?,
            encoder: Encoder::load(&root.at("encoder.arch"), &architecture)?,
            pixel_decoder: PixelDecoder::load(&decoder.at("layers"))?,
            color_decoder: ColorDecoder::load(&decoder.at("color_decoder"), &architecture)?,
            tail: Tail::load(&root)?,
            costs: CostBook::default(),
            architecture,
        })
    }

    /// The sizes read off the checkpoint.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Where the network runs.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device
    }

    /// The arithmetic it runs in.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Colors a gray picture. `observer` hears of every block as it ends.
    ///
    /// # Errors
    /// [`Error::InputShape`] before anything runs; [`Error::Cancelled`] within one block of the flag
    /// being raised; [`Error::OutOfMemory`] and [`Error::Torch`] from libtorch. The model stays
    /// usable after any of them.
    pub fn run(
        &mut self,
        input: GrayInput<'_>,
        observer: &mut dyn FnMut(Progress),
        cancel: &CancelFlag,
    ) -> Result<Ab> {
        let (_guard, _pool) = (tch::no_grad_guard(), Pool::open());
        let image = self.normalized(input)?;
        let size = (input.batch, input.height, input.width);
        let mut pacer = Pacer::new(self.costs.plan(&self.architecture, size), cancel, observer);

        let working = image.f_to_kind(torch_kind(self.precision))?;
        let features = self.encoder.forward(&working, &mut pacer)?;
        drop(working);
        let maps = self.pixel_decoder.forward(features, &mut pacer)?;
        let embeddings = self.color_decoder.forward(&maps, &mut pacer)?;
        let finest = &maps[maps.len() - 1];
        let ab = self.tail.forward(finest, &embeddings, &image, &mut pacer)?;

        let mut data = vec![0.0; 2 * input.batch * input.height * input.width];
        let len = data.len();
        ab.f_to_device(tch::Device::Cpu)?
            .f_copy_data(&mut data, len)?;
        self.costs.record(size, pacer.into_durations());
        Ok(Ab {
            data,
            batch: input.batch,
            height: input.height,
            width: input.width,
        })
    }

    /// What each block of the last run of that size took, and how many multiply-adds it is; empty
    /// if there was none. For benchmarks.
    #[must_use]
    pub fn block_times(&self, batch: usize, height: usize, width: usize) -> Vec<BlockTime> {
        self.costs
            .measured(&self.architecture, (batch, height, width))
    }

    /// The encoder's four features from fine to coarse, each `[N, C, H / 2^(i+2), W / 2^(i+2)]`
    /// flattened: for comparing with the published implementation. The first three hold the
    /// decoder's batch norm, which is folded into the encoder's last norms.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn encoder_features(&mut self, input: GrayInput<'_>) -> Result<Vec<Vec<f32>>> {
        let _guard = tch::no_grad_guard();
        let image = self
            .normalized(input)?
            .f_to_kind(torch_kind(self.precision))?;
        let size = (input.batch, input.height, input.width);
        let (cancel, mut ignore) = (CancelFlag::new(), |_| {});
        let plan = self.costs.plan(&self.architecture, size);
        let features = self
            .encoder
            .forward(&image, &mut Pacer::new(plan, &cancel, &mut ignore))?;
        let to_vec = |feature: &Tensor| -> Result<Vec<f32>> {
            let planar = feature.f_permute([0, 3, 1, 2])?.f_to_kind(Kind::Float)?;
            Ok(Vec::try_from(
                planar.f_to_device(tch::Device::Cpu)?.f_flatten(0, -1)?,
            )?)
        };
        features
            .skips
            .iter()
            .chain([&features.coarsest])
            .map(to_vec)
            .collect()
    }

    /// # Shapes
    /// `[N, 3, H, W]` to `[N, H, W, 3]` on the device, fp32.
    fn normalized(&self, input: GrayInput<'_>) -> Result<Tensor> {
        let GrayInput {
            data,
            batch,
            height,
            width,
        } = input;
        let sides_fit = [height, width]
            .iter()
            .all(|side| *side > 0 && side % SIDE_STEP == 0);
        let expected = batch
            .checked_mul(3 * height)
            .and_then(|rows| rows.checked_mul(width));
        if batch == 0 || !sides_fit || expected != Some(data.len()) {
            return Err(Error::InputShape {
                batch,
                height,
                width,
                len: data.len(),
            });
        }
        let shape = [batch as i64, 3, height as i64, width as i64];
        let planar = Tensor::f_from_slice(data)?.f_view(shape)?;
        let image = nhwc(&planar)?
            .f_contiguous()?
            .f_to_device(torch_device(self.device))?;
        Ok(image.f_sub(&self.mean)?.f_div(&self.std)?)
    }
}
