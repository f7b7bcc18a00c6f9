//! The five stages of a photo's way, and what is reported of them.

use std::time::Duration;

/// A stage, named as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Reading and decoding the photo.
    Load,
    /// Making the network's input.
    Preprocess,
    /// Running the network.
    Inference,
    /// Merging the colors with the photo's own lightness at full resolution.
    Postprocess,
    /// Encoding and writing the result.
    Save,
}

impl Stage {
    /// All stages in their order.
    pub const ALL: [Self; 5] = [
        Self::Load,
        Self::Preprocess,
        Self::Inference,
        Self::Postprocess,
        Self::Save,
    ];

    /// The name on the wire and in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Preprocess => "preprocess",
            Self::Inference => "inference",
            Self::Postprocess => "postprocess",
            Self::Save => "save",
        }
    }
}

/// What an observer hears, in order: for each stage one `Started`, any number of `Progress` with
/// rising fractions, one `Ended`. After an error nothing more comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// How long each stage is expected to take; comes once, as soon as the photo's size is known.
    Planned(Timings),
    /// A stage begins.
    Started(Stage),
    /// A stage has come so far, 0..=1.
    Progress(Stage, f32),
    /// A stage is done, and took so long.
    Ended(Stage, Duration),
}

/// A duration for each stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings([Duration; 5]);

impl Timings {
    /// The duration of one stage.
    #[must_use]
    pub fn get(&self, stage: Stage) -> Duration {
        self.0[stage as usize]
    }

    /// Sets the duration of one stage.
    pub fn set(&mut self, stage: Stage, duration: Duration) {
        self.0[stage as usize] = duration;
    }

    /// The sum over all stages.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.0.iter().sum()
    }
}
