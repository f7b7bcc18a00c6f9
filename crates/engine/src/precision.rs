//! Which arithmetic the network runs in: bf16 or int8 only where there is evidence that it is faster and that
//! nobody sees it.

use serde::{Deserialize, Serialize};
use tintype_protocol::{
    ColorDifference, Device, Explain, Language, ModelPrecision, Precision, PrecisionChoice,
    PrecisionReason, Wording,
};

use crate::{Error, Processor, Result};

/// Another arithmetic is used while its colors differ from those of fp32 by less than this on average, in CIEDE2000. Half
/// of what an eye can just tell, which is about 1 (Mokrzycki and Tatol, *Colour difference ΔE: a survey*,
/// Machine Graphics and Vision 20(4), 2011).
pub const MEAN_BAR: f64 = 0.5;

/// And by less than this at the 99th percentile: from 2 on, so the same survey says, anybody sees a
/// difference who is shown both.
pub const PERCENTILE_99_BAR: f64 = 2.0;

/// And where fp32 takes this many times as long at least. A processor may have instructions for bf16 that are
/// no faster than those for fp32, or slower: some server processors of Intel take twice as long.
pub const SPEEDUP_BAR: f64 = 1.1;

/// What a comparison was made with. With anything else it may come out differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceKey {
    /// The SHA-256 of the checkpoint in hexadecimal.
    pub checkpoint_sha256: String,
    /// The version of this program.
    pub program: String,
    /// The version of libtorch.
    pub libtorch: String,
    /// The processor, as it calls itself.
    pub processor: String,
    /// The instruction sets that it has.
    pub features: Vec<String>,
}

/// How another arithmetic was found to be beside fp32.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Which.
    pub precision: Precision,
    /// How far its colors are from those of fp32.
    pub difference: ColorDifference,
    /// How many times as long fp32 takes.
    pub speedup: f64,
}

/// What was found, and on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// On what.
    pub key: EvidenceKey,
    /// What, of each that was compared.
    pub comparisons: Vec<Comparison>,
}

/// Where evidence is kept, so that each model is compared once on each computer.
pub trait EvidenceStore {
    /// What was kept last of a checkpoint; none where nothing was, or it can't be read.
    fn recall(&self, checkpoint_sha256: &str) -> Option<Evidence>;

    /// Keeps it in place of what was kept before. Where that fails, it will be measured again.
    fn keep(&self, evidence: &Evidence);
}

/// What a decision depends on besides the evidence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub(crate) choice: PrecisionChoice,
    pub(crate) device: Device,
    pub(crate) processor: &'a Processor,
    pub(crate) libtorch: &'a str,
}

impl Terms<'_> {
    /// The decision as far as it can be told without running the network. `checkpoint_sha256` is asked for
    /// only where it matters; where it isn't known, nothing is.
    pub(crate) fn known(
        &self,
        checkpoint_sha256: impl FnOnce() -> Option<String>,
        store: &dyn EvidenceStore,
    ) -> ModelPrecision {
        let by_evidence = || {
            let key = self.key(checkpoint_sha256()?);
            Some(judged(&kept(&key, store)?))
        };
        self.without_evidence()
            .or_else(by_evidence)
            .unwrap_or_else(unmeasured)
    }

    /// The decision. Has those that this processor is made for measured where it has to, and keeps what was found.
    ///
    /// # Errors
    /// [`Error::Cancelled`] alone: where measuring fails in another way, that decides for fp32 until the
    /// next time.
    pub(crate) fn settle(
        &self,
        checkpoint_sha256: impl FnOnce() -> String,
        store: &dyn EvidenceStore,
        measure: impl FnOnce(&[Precision]) -> Result<Vec<Comparison>>,
    ) -> Result<(Precision, ModelPrecision)> {
        if let Some(decided) = self.without_evidence() {
            return Ok(with_precision(decided));
        }
        let key = self.key(checkpoint_sha256());
        let decided = match kept(&key, store) {
            Some(comparisons) => judged(&comparisons),
            None => match measure(&self.candidates()) {
                Ok(comparisons) => {
                    let decided = judged(&comparisons);
                    store.keep(&Evidence { key, comparisons });
                    decided
                }
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(error) => unmeasurable(&error),
            },
        };
        Ok(with_precision(decided))
    }

    /// Where the choice, the device or the processor decides by itself.
    fn without_evidence(&self) -> Option<ModelPrecision> {
        let is_on_processor = self.device == Device::Cpu;
        let can_int8 = is_on_processor && self.processor.has_int8();
        if let PrecisionChoice::Exactly(precision) = self.choice
            && (precision != Precision::Int8 || can_int8)
        {
            return Some(told(
                precision,
                PrecisionReason::Chosen,
                "chosen by you",
                "由您选定",
            ));
        }
        let fp32 = |reason, english: &str, chinese: &str| {
            Some(told(Precision::Fp32, reason, english, chinese))
        };
        if !is_on_processor {
            let device = self.device;
            return fp32(
                PrecisionReason::Device,
                &format!("the network runs on a graphics card ({device})"),
                &format!("网络在显卡上运行（{device}）"),
            );
        }
        if self.candidates().is_empty() || self.choice != PrecisionChoice::Auto {
            return fp32(
                PrecisionReason::Processor,
                "this processor has no arithmetic for less that would do",
                "此处理器没有可用的低精度运算指令",
            );
        }
        None
    }

    /// What may be faster on this processor.
    fn candidates(&self) -> Vec<Precision> {
        let bf16 = (Precision::Bf16, self.processor.has_bf16());
        let int8 = (Precision::Int8, self.processor.has_int8());
        let there = [bf16, int8].into_iter().filter(|(_, is_there)| *is_there);
        there.map(|(precision, _)| precision).collect()
    }

    fn key(&self, checkpoint_sha256: String) -> EvidenceKey {
        let Processor { name, features, .. } = self.processor;
        EvidenceKey {
            checkpoint_sha256,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            libtorch: self.libtorch.to_owned(),
            processor: name.clone(),
            features: features
                .iter()
                .map(|feature| (*feature).to_owned())
                .collect(),
        }
    }
}

fn kept(key: &EvidenceKey, store: &dyn EvidenceStore) -> Option<Vec<Comparison>> {
    let evidence = store.recall(&key.checkpoint_sha256)?;
    (evidence.key == *key).then_some(evidence.comparisons)
}

/// What is not decided runs in fp32, which is right everywhere.
fn with_precision(decided: ModelPrecision) -> (Precision, ModelPrecision) {
    (decided.precision.unwrap_or(Precision::Fp32), decided)
}

impl Comparison {
    /// Whether nobody sees it. What is no number passes no bar.
    fn is_close(&self) -> bool {
        let ColorDifference {
            mean,
            percentile_99,
        } = self.difference;
        mean < MEAN_BAR && percentile_99 < PERCENTILE_99_BAR
    }
}

/// The fastest that nobody sees, if that is faster than fp32.
fn judged(comparisons: &[Comparison]) -> ModelPrecision {
    let by_speed = |a: &&Comparison, b: &&Comparison| a.speedup.total_cmp(&b.speedup);
    let close = comparisons.iter().filter(|found| found.is_close());
    // What is no number sorts above all that are, and is no speed.
    let close = close.filter(|found| !found.speedup.is_nan());
    let Some(best) = close.max_by(by_speed) else {
        return comparisons
            .iter()
            .max_by(by_speed)
            .map_or_else(unmeasured, of_no_use);
    };
    if best.speedup < SPEEDUP_BAR {
        return of_no_use(best);
    }
    let Comparison {
        precision,
        speedup,
        difference,
    } = *best;
    let ColorDifference {
        mean,
        percentile_99,
    } = difference;
    let decided = told(
        precision,
        PrecisionReason::Close,
        &format!(
            "{speedup:.1} times as fast as fp32, and differs from it by {mean:.2} on average and {percentile_99:.2} at the 99th percentile (CIEDE2000), which nobody sees"
        ),
        &format!(
            "速度为 fp32 的 {speedup:.1} 倍，色差平均为 {mean:.2}，第 99 百分位为 {percentile_99:.2}（CIEDE2000），肉眼看不出"
        ),
    );
    ModelPrecision {
        difference: Some(difference),
        ..decided
    }
}

/// Why what was compared is not used.
fn of_no_use(found: &Comparison) -> ModelPrecision {
    let Comparison {
        precision,
        speedup,
        difference,
    } = found;
    let ColorDifference {
        mean,
        percentile_99,
    } = difference;
    let decided = if found.is_close() {
        told(
            Precision::Fp32,
            PrecisionReason::Slow,
            &format!("{precision} is no faster on this processor ({speedup:.1} times as fast)"),
            &format!("{precision} 在此处理器上并不更快（速度为 {speedup:.1} 倍）"),
        )
    } else {
        told(
            Precision::Fp32,
            PrecisionReason::Far,
            &format!(
                "{precision} would differ by {mean:.2} on average and {percentile_99:.2} at the 99th percentile (CIEDE2000), which can be seen"
            ),
            &format!(
                "{precision} 的色差平均为 {mean:.2}，第 99 百分位为 {percentile_99:.2}（CIEDE2000），肉眼可见"
            ),
        )
    };
    ModelPrecision {
        difference: Some(*difference),
        ..decided
    }
}

fn unmeasurable(error: &Error) -> ModelPrecision {
    let cause = |language| {
        let cause = error.explain(language).cause;
        cause.trim_end_matches(['.', '。']).to_owned()
    };
    let (english, chinese) = (cause(Language::English), cause(Language::Chinese));
    told(
        Precision::Fp32,
        PrecisionReason::Unmeasurable,
        &format!("comparing it with less failed ({english})"),
        &format!("与低精度的比较失败（{chinese}）"),
    )
}

fn unmeasured() -> ModelPrecision {
    ModelPrecision {
        precision: None,
        reason: PrecisionReason::Unmeasured,
        difference: None,
        why: Wording::new(
            "decided when the model is first used, by comparing what this processor can do on this computer",
            "首次使用该模型时，将在此电脑上比较各种精度后决定",
        ),
    }
}

fn told(
    precision: Precision,
    reason: PrecisionReason,
    english: &str,
    chinese: &str,
) -> ModelPrecision {
    ModelPrecision {
        precision: Some(precision),
        reason,
        difference: None,
        why: Wording::new(
            format!("{precision}: {english}"),
            format!("{precision}\u{ff1a}{chinese}"),
        ),
    }
}

#[cfg(test)]
#[path = "precision_tests.rs"]
mod tests;
