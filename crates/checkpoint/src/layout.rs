//! Every tensor of a network with its shape: the one list that accounting, folding and whoever
//! wonders what is in a checkpoint go by.
//!
//! The network is listed as [`Module`]s, each of which is some tensors as published and others, or
//! none, once folded. Names are those of the authors' implementation.

use crate::Architecture;

/// A tensor that must be there, and the shape it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Its full name.
    pub name: String,
    /// Its sides, outermost first.
    pub shape: Vec<usize>,
}

/// A piece of the network that holds tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The name, up to the dot before `weight`; the whole name for [`Role::Plain`] and
    /// [`Role::Scale`].
    pub name: String,
    /// The shape of its weight.
    pub shape: Vec<usize>,
    /// What kind of piece it is.
    pub role: Role,
}

/// What kind of tensors a [`Module`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One tensor, the same before and after.
    Plain,
    /// A `ConvNeXt` block's `gamma`, one factor a channel. Folded away.
    Scale,
    /// A convolution with spectral norm: `weight_orig`, `weight_u`, `weight_v`, folded to `weight`.
    SpectralConv(Bias),
    /// Batch norm over channels: `weight`, `bias`, `running_mean`, `running_var`. Folded away.
    BatchNorm,
}

/// Where the bias of a convolution comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// It has none, before or after.
    None,
    /// It has one from the start.
    Own,
    /// The batch norm after it leaves one behind when it is folded.
    FromNorm,
}

/// The tensors of a published checkpoint, less the known extras.
#[must_use]
pub fn published(architecture: &Architecture) -> Vec<Expected> {
    modules(architecture)
        .iter()
        .flat_map(Module::published)
        .collect()
}

/// The tensors after folding.
#[must_use]
pub fn folded(architecture: &Architecture) -> Vec<Expected> {
    modules(architecture)
        .iter()
        .flat_map(Module::folded)
        .collect()
}

/// Whether a published checkpoint may hold a tensor of that name that the network has no use for.
#[must_use]
pub fn is_known_extra(name: &str) -> bool {
    // The head that the encoder was pre-trained with, the statistics that its input is normalized
    // by (checked to be ImageNet's), and what batch norm counts while it is trained.
    matches!(
        name,
        "mean" | "std" | "encoder.arch.norm.weight" | "encoder.arch.norm.bias"
    ) || name.starts_with("encoder.arch.head_cls.")
        || name.ends_with(".num_batches_tracked")
}

impl Module {
    /// Its tensors in a published checkpoint.
    fn published(&self) -> Vec<Expected> {
        let rest: usize = self.shape.iter().skip(1).product();
        let out = self.shape[..1].to_vec();
        match self.role {
            Role::Plain | Role::Scale => vec![self.whole()],
            Role::SpectralConv(bias) => {
                let mut tensors = vec![
                    self.tensor("weight_orig", self.shape.clone()),
                    self.tensor("weight_u", out.clone()),
                    self.tensor("weight_v", vec![rest]),
                ];
                if bias == Bias::Own {
                    tensors.push(self.tensor("bias", out));
                }
                tensors
            }
            Role::BatchNorm => ["weight", "bias", "running_mean", "running_var"]
                .map(|tensor| self.tensor(tensor, out.clone()))
                .to_vec(),
        }
    }

    /// Its tensors after folding.
    fn folded(&self) -> Vec<Expected> {
        match self.role {
            Role::Plain => vec![self.whole()],
            Role::Scale | Role::BatchNorm => Vec::new(),
            Role::SpectralConv(bias) => {
                let mut tensors = vec![self.tensor("weight", self.shape.clone())];
                if bias != Bias::None {
                    tensors.push(self.tensor("bias", self.shape[..1].to_vec()));
                }
                tensors
            }
        }
    }

    fn whole(&self) -> Expected {
        Expected {
            name: self.name.clone(),
            shape: self.shape.clone(),
        }
    }

    fn tensor(&self, name: &str, shape: Vec<usize>) -> Expected {
        Expected {
            name: format!("{}.{name}", self.name),
            shape,
        }
    }
}

/// The network as a list, in the order in which an image passes through it.
#[must_use]
pub fn modules(architecture: &Architecture) -> Vec<Module> {
    let mut list = List::default();
    encoder(&mut list.at("encoder.arch"), architecture);
    pixel_decoder(&mut list.at("decoder"), architecture);
    color_decoder(&mut list.at("decoder.color_decoder"), architecture);
    // Two output channels from one map for each query and the three of the image.
    list.spectral(
        "refine_net.0.0",
        vec![2, architecture.queries + 3, 1, 1],
        Bias::Own,
    );
    list.modules
}

/// `ConvNeXt`, with a norm on the output of each stage.
fn encoder(list: &mut Scope, Architecture { depths, dims, .. }: &Architecture) {
    for stage in 0..4 {
        let (before, dim) = (dims[stage.max(1) - 1], dims[stage]);
        if stage == 0 {
            list.layer("downsample_layers.0.0", vec![dim, 3, 4, 4]);
            list.layer("downsample_layers.0.1", vec![dim]);
        } else {
            list.layer(&format!("downsample_layers.{stage}.0"), vec![before]);
            list.layer(
                &format!("downsample_layers.{stage}.1"),
                vec![dim, before, 2, 2],
            );
        }
        for block in 0..depths[stage] {
            let block = format!("stages.{stage}.{block}");
            list.layer(&format!("{block}.dwconv"), vec![dim, 1, 7, 7]);
            list.layer(&format!("{block}.norm"), vec![dim]);
            list.layer(&format!("{block}.pwconv1"), vec![4 * dim, dim]);
            list.layer(&format!("{block}.pwconv2"), vec![dim, 4 * dim]);
            list.push(&format!("{block}.gamma"), vec![dim], Role::Scale);
        }
        list.layer(&format!("norm{stage}"), vec![dim]);
    }
}

/// Three levels, each of which doubles the map and joins an encoder feature, then a fourfold shuffle.
fn pixel_decoder(list: &mut Scope, architecture: &Architecture) {
    for level in 0..3 {
        let LevelWidths {
            input,
            skip,
            output,
        } = level_widths(architecture, level);
        let level = format!("layers.{level}");
        // A shuffle by 2 makes four channels into one of twice the width and height.
        list.spectral(
            &format!("{level}.shuf.conv.0"),
            vec![4 * output, input, 1, 1],
            Bias::FromNorm,
        );
        list.push(
            &format!("{level}.shuf.conv.1"),
            vec![4 * output],
            Role::BatchNorm,
        );
        list.push(&format!("{level}.bn"), vec![skip], Role::BatchNorm);
        list.spectral(
            &format!("{level}.conv.0"),
            vec![output, output + skip, 3, 3],
            Bias::None,
        );
        list.push(&format!("{level}.conv.2"), vec![output], Role::BatchNorm);
    }
    let dim = architecture.color_dim();
    list.spectral("last_shuf.conv.0", vec![16 * dim, dim, 1, 1], Bias::Own);
}

/// Channels at one level of the pixel decoder.
struct LevelWidths {
    /// From the level below.
    input: usize,
    /// From the encoder.
    skip: usize,
    /// To the level above.
    output: usize,
}

fn level_widths(architecture: &Architecture, level: usize) -> LevelWidths {
    let Architecture { dims, nf, .. } = *architecture;
    LevelWidths {
        input: if level == 0 { dims[3] } else { nf },
        skip: dims[2 - level],
        output: if level == 2 {
            architecture.color_dim()
        } else {
            nf
        },
    }
}

/// A transformer decoder whose queries look at the three levels in turn.
fn color_decoder(list: &mut Scope, architecture: &Architecture) {
    let Architecture {
        hidden,
        queries,
        layers,
        ffn,
        ..
    } = *architecture;
    for name in ["query_feat", "query_embed"] {
        list.push(
            &format!("{name}.weight"),
            vec![queries, hidden],
            Role::Plain,
        );
    }
    list.push(
        "level_embed.weight",
        vec![Architecture::SCALES, hidden],
        Role::Plain,
    );
    for level in 0..Architecture::SCALES {
        let width = level_widths(architecture, level).output;
        list.layer(&format!("input_proj.{level}"), vec![hidden, width, 1, 1]);
    }
    for layer in 0..layers {
        for (kind, name) in [("cross", "multihead_attn"), ("self", "self_attn")] {
            let attention = format!("transformer_{kind}_attention_layers.{layer}");
            let projection = format!("{attention}.{name}.in_proj");
            list.push(
                &format!("{projection}_weight"),
                vec![3 * hidden, hidden],
                Role::Plain,
            );
            list.push(&format!("{projection}_bias"), vec![3 * hidden], Role::Plain);
            list.layer(
                &format!("{attention}.{name}.out_proj"),
                vec![hidden, hidden],
            );
            list.layer(&format!("{attention}.norm"), vec![hidden]);
        }
        let feed_forward = format!("transformer_ffn_layers.{layer}");
        list.layer(&format!("{feed_forward}.linear1"), vec![ffn, hidden]);
        list.layer(&format!("{feed_forward}.linear2"), vec![hidden, ffn]);
        list.layer(&format!("{feed_forward}.norm"), vec![hidden]);
    }
    list.layer("decoder_norm", vec![hidden]);
    for (layer, out) in [hidden, hidden, architecture.color_dim()]
        .into_iter()
        .enumerate()
    {
        list.layer(&format!("color_embed.layers.{layer}"), vec![out, hidden]);
    }
}

/// The list while it is made.
#[derive(Default)]
struct List {
    modules: Vec<Module>,
}

impl List {
    /// The list, for modules under `prefix`.
    fn at<'l>(&'l mut self, prefix: &'l str) -> Scope<'l> {
        Scope { list: self, prefix }
    }

    fn spectral(&mut self, name: &str, shape: Vec<usize>, bias: Bias) {
        self.modules.push(Module {
            name: name.to_owned(),
            shape,
            role: Role::SpectralConv(bias),
        });
    }
}

/// The list, with a prefix to every name that is put on it.
struct Scope<'l> {
    list: &'l mut List,
    prefix: &'l str,
}

impl Scope<'_> {
    fn push(&mut self, name: &str, shape: Vec<usize>, role: Role) {
        self.list.modules.push(Module {
            name: format!("{}.{name}", self.prefix),
            shape,
            role,
        });
    }

    /// A weight of that shape and a bias of as many outputs.
    fn layer(&mut self, name: &str, shape: Vec<usize>) {
        let bias = shape[..1].to_vec();
        self.push(&format!("{name}.weight"), shape, Role::Plain);
        self.push(&format!("{name}.bias"), bias, Role::Plain);
    }

    fn spectral(&mut self, name: &str, shape: Vec<usize>, bias: Bias) {
        self.push(name, shape, Role::SpectralConv(bias));
    }
}
