//! In which arithmetic the network runs, and why in that one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Wording;

/// The arithmetic of the network's weights and activations.
///
/// Float16 is not here: it overflows in the attention of the published checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats: the reference that every other precision is measured against.
    Fp32,
    /// bfloat16: the range of 32-bit floats at half the bytes.
    Bf16,
    /// 8-bit integers for the widest products of the encoder, which are most of the work, and 32-bit floats
    /// for all else. The weights' scale is each output's own, the activations' is measured at each run.
    Int8,
}

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PrecisionChoice {
    /// bf16 or int8 where that is faster and was found to make no difference that anybody sees, else fp32.
    #[default]
    Auto,
    /// This one, whatever the computer and the checkpoint are.
    Exactly(Precision),
}

/// Which arithmetic a model runs in, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct ModelPrecision {
    /// Absent where it is decided at the model's first use, which has not been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub precision: Option<Precision>,
    /// Why, for a program.
    pub reason: PrecisionReason,
    /// How far what was compared with fp32 is from it on this model and computer, where that was measured and decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub difference: Option<ColorDifference>,
    /// All of it, for a person.
    pub why: Wording,
}

/// Why a model runs in the arithmetic that it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PrecisionReason {
    /// The user chose it.
    Chosen,
    /// bf16 or int8: its colors were found to be those of fp32 to the eye.
    Close,
    /// fp32: the colors of the others were found to differ visibly.
    Far,
    /// fp32: the others were found to be no faster on this processor.
    Slow,
    /// fp32: this processor has no arithmetic for the others.
    Processor,
    /// fp32: the network runs on a graphics card.
    Device,
    /// fp32: comparing them failed.
    Unmeasurable,
    /// Neither yet: they are compared when the model is first used.
    Unmeasured,
}

/// How far two pictures of the same photos are apart, in CIEDE2000 over all pixels: 0 is the same, and
/// 1 about the least that an eye can tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct ColorDifference {
    /// The mean.
    pub mean: f64,
    /// The 99th percentile.
    pub percentile_99: f64,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fp32 => "fp32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        })
    }
}

impl fmt::Display for PrecisionChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Exactly(precision) => precision.fmt(f),
        }
    }
}

/// None is no choice, as settings have it.
impl From<Option<Precision>> for PrecisionChoice {
    fn from(chosen: Option<Precision>) -> Self {
        chosen.map_or(Self::Auto, Self::Exactly)
    }
}

/// The text names no precision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no precision: use auto, fp32, bf16 or int8")]
pub struct UnknownPrecision(pub String);

impl FromStr for PrecisionChoice {
    type Err = UnknownPrecision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "auto" => Self::Auto,
            "fp32" => Self::Exactly(Precision::Fp32),
            "bf16" => Self::Exactly(Precision::Bf16),
            "int8" => Self::Exactly(Precision::Int8),
            _ => return Err(UnknownPrecision(text.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_survives_being_written_and_read_and_nothing_else_is_one() {
        for choice in [
            PrecisionChoice::Auto,
            PrecisionChoice::Exactly(Precision::Fp32),
            PrecisionChoice::Exactly(Precision::Bf16),
            PrecisionChoice::Exactly(Precision::Int8),
        ] {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        for text in ["", "fp16", "FP32", "half"] {
            assert_eq!(
                text.parse::<PrecisionChoice>(),
                Err(UnknownPrecision(text.to_owned()))
            );
        }
    }
}
