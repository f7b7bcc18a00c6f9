//! What a network is built from: folded tensors, checked to the last one.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::OnceLock;

use crate::error::shortened;
use crate::fault::TensorFault;
use crate::save::{FORMAT, FORMAT_KEY, SOURCE_KEY, VERSION, VERSION_KEY};
use crate::{Architecture, Checkpoint, Error, Result, TensorView, account, fold, layout};

/// The weights of a `DDColor` network, ready to run.
///
/// Whatever a file held at the start, these are the tensors of [`layout::folded`]: no spectral norm,
/// no batch norm, no layer scale is left.
#[derive(Debug)]
pub struct Weights {
    checkpoint: Checkpoint,
    architecture: Architecture,
    /// Shapes by name.
    shapes: BTreeMap<String, Vec<usize>>,
    /// What folding computed. All else is read from the checkpoint where it lies.
    computed: HashMap<String, Vec<f32>>,
    source_sha256: OnceLock<String>,
    is_mapped: bool,
}

/// One folded tensor.
#[derive(Debug, Clone, Copy)]
pub struct FoldedTensor<'a> {
    /// Its sides, outermost first.
    pub shape: &'a [usize],
    numbers: Numbers<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Numbers<'a> {
    Computed(&'a [f32]),
    InFile(TensorView<'a>),
}

impl FoldedTensor<'_> {
    /// The numbers, row by row: borrowed, unless the file holds them in another precision or at an
    /// odd place.
    #[must_use]
    pub fn f32s(&self) -> Cow<'_, [f32]> {
        match &self.numbers {
            Numbers::Computed(numbers) => Cow::Borrowed(numbers),
            Numbers::InFile(view) => view.f32s(),
        }
    }
}

impl Weights {
    /// Opens any file that holds a `DDColor` network: one as published is checked and folded, one that
    /// [`save`](Self::save) made is checked and mapped.
    ///
    /// # Errors
    /// [`Error::Read`] if the file cannot be mapped, else as [`from_bytes`](Self::from_bytes).
    pub fn open(path: &Path) -> Result<Self> {
        Self::new(Checkpoint::open(path)?)
    }

    /// As [`open`](Self::open), for a file in memory; `label` stands for its name.
    ///
    /// # Errors
    /// As [`Checkpoint::from_bytes`]; and [`Error::NotDdcolor`], [`Error::Architecture`],
    /// [`Error::Missing`], [`Error::Unexpected`], [`Error::Shape`], [`Error::Tensor`],
    /// [`Error::Normalization`] or [`Error::FoldedVersion`] where the file is sound but the network
    /// in it is not one that can be run exactly as it was meant.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>, label: &str) -> Result<Self> {
        Self::new(Checkpoint::from_bytes(bytes, label)?)
    }

    fn new(checkpoint: Checkpoint) -> Result<Self> {
        if checkpoint.text(FORMAT_KEY) == Some(FORMAT) {
            Self::folded(checkpoint)
        } else {
            Self::published(checkpoint)
        }
    }

    fn folded(checkpoint: Checkpoint) -> Result<Self> {
        let version = checkpoint.text(VERSION_KEY).unwrap_or_default();
        if version != VERSION {
            return Err(Error::FoldedVersion {
                found: shortened(version),
            });
        }
        let architecture = Architecture::of(&checkpoint)?;
        let expected = layout::folded(&architecture);
        account::check(&checkpoint, &expected, |_| false)?;
        let source = checkpoint.text(SOURCE_KEY).map(str::to_owned);
        // A file from elsewhere that does not say what it was made from is its own source.
        let source_sha256 = source.filter(|text| is_sha256(text)).map(OnceLock::from);
        Ok(Self {
            checkpoint,
            architecture,
            shapes: shapes(expected),
            computed: HashMap::new(),
            source_sha256: source_sha256.unwrap_or_default(),
            is_mapped: true,
        })
    }

    fn published(checkpoint: Checkpoint) -> Result<Self> {
        let architecture = Architecture::of(&checkpoint)?;
        account::check(
            &checkpoint,
            &layout::published(&architecture),
            layout::is_known_extra,
        )?;
        account::check_normalization(&checkpoint)?;
        let computed = fold::fold(&checkpoint, &architecture)?;
        let weights = Self {
            checkpoint,
            shapes: shapes(layout::folded(&architecture)),
            architecture,
            computed,
            source_sha256: OnceLock::new(),
            is_mapped: false,
        };
        weights.check_finite()?;
        Ok(weights)
    }

    /// Folding refuses infinities where it computes; this looks at what it left alone.
    fn check_finite(&self) -> Result<()> {
        for name in self.names() {
            let finite = self.tensor(name)?.f32s().iter().all(|n| n.is_finite());
            if !finite {
                let fault = TensorFault::NotFinite;
                return Err(Error::Tensor {
                    name: name.to_owned(),
                    fault,
                });
            }
        }
        Ok(())
    }

    /// The SHA-256 of the checkpoint that a folded file was made from, in lower-case hexadecimal; none where the
    /// file is none, or does not remember it. Nothing else of the file is checked.
    #[must_use]
    pub fn remembered_sha256(path: &Path) -> Option<String> {
        let checkpoint = Checkpoint::open(path).ok()?;
        if checkpoint.text(FORMAT_KEY) != Some(FORMAT) {
            return None;
        }
        let source = checkpoint.text(SOURCE_KEY)?;
        is_sha256(source).then(|| source.to_owned())
    }

    /// The sizes of the network.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The names of all folded tensors in alphabetical order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.shapes.keys().map(String::as_str)
    }

    /// The folded tensor of that name.
    ///
    /// # Errors
    /// [`Error::NoSuchTensor`] for a name that is not in [`layout::folded`].
    pub fn tensor(&self, name: &str) -> Result<FoldedTensor<'_>> {
        let missing = || Error::NoSuchTensor {
            name: name.to_owned(),
        };
        let shape = self.shapes.get(name).ok_or_else(missing)?;
        let numbers = match self.computed.get(name) {
            Some(numbers) => Numbers::Computed(numbers),
            None => Numbers::InFile(self.checkpoint.tensor(name).ok_or_else(missing)?),
        };
        Ok(FoldedTensor { shape, numbers })
    }

    /// How many numbers the folded network consists of.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.shapes
            .values()
            .map(|shape| shape.iter().product::<usize>() as u64)
            .sum()
    }

    /// Whether the file was a folded one already, and the weights are used where they lie in it.
    #[must_use]
    pub fn is_mapped(&self) -> bool {
        self.is_mapped
    }

    /// The SHA-256 of the checkpoint as published, in lower-case hexadecimal. A folded file
    /// remembers it; for any other the first call reads the whole file.
    #[must_use]
    pub fn source_sha256(&self) -> &str {
        self.source_sha256.get_or_init(|| self.checkpoint.sha256())
    }
}

fn shapes(expected: Vec<layout::Expected>) -> BTreeMap<String, Vec<usize>> {
    expected
        .into_iter()
        .map(|tensor| (tensor.name, tensor.shape))
        .collect()
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
