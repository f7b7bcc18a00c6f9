//! What running a photo would take, told before it is queued.

use tintype_engine::{
    Costs, Machine, Options, SIZE_MAX, Stage, Timings, expected_save, largest_size_that_fits, plan,
};
use tintype_photo::{OutputFormat, PhotoInfo};

use crate::Jobs;

/// What running a photo at some sizes would take.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// For each size that was asked about, in that order.
    pub sizes: Vec<SizeForecast>,
    /// The largest size that is predicted to fit; none if not even the smallest does.
    pub largest: Option<u32>,
    /// What there is.
    pub machine: Machine,
}

/// What running a photo at one size would take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizeForecast {
    /// The size in pixels, on a step.
    pub size: u32,
    /// The time of each stage, as this computer has been so far.
    pub expected: Timings,
    /// The most memory on top of what is taken already, in bytes.
    pub peak_bytes: u64,
    /// Whether there is that much.
    pub fits: bool,
}

impl Jobs {
    /// Foresees the usual way of a photo, `LoadImage` to `DDColor_Colorize` to `SaveImage` as PNG, on a
    /// model that takes `costs` and that workflows call `checkpoint`.
    ///
    /// # Errors
    /// A size that is out of range.
    pub fn forecast(
        &self,
        photo: &PhotoInfo,
        checkpoint: &str,
        costs: &dyn Costs,
        machine: Machine,
        sizes: &[u32],
    ) -> Result<Forecast, tintype_engine::Error> {
        // How much is asked for is asked of a computer that has it; whether this one has is asked after.
        let boundless = Machine {
            total_bytes: u64::MAX,
            available_bytes: u64::MAX,
        };
        let at = |size| Options {
            size,
            ..Options::default()
        };
        let forecast = |size: &u32| {
            let plan = plan(photo, &at(*size), costs, boundless)?;
            Ok::<_, tintype_engine::Error>(SizeForecast {
                size: plan.options.size,
                expected: self.usual_way(photo, checkpoint, costs, &plan.expected),
                peak_bytes: plan.peak_bytes,
                fits: plan.peak_bytes <= machine.available_bytes,
            })
        };
        Ok(Forecast {
            sizes: sizes.iter().map(forecast).collect::<Result<_, _>>()?,
            largest: largest_size_that_fits(photo, &at(SIZE_MAX), costs, machine),
            machine,
        })
    }

    /// Times of the three nodes of the usual way, each as it was learned under its own key.
    fn usual_way(
        &self,
        photo: &PhotoInfo,
        checkpoint: &str,
        costs: &dyn Costs,
        planned: &Timings,
    ) -> Timings {
        let only = |stages: &[Stage]| {
            let mut timings = Timings::default();
            for stage in stages {
                timings.set(*stage, planned.get(*stage));
            }
            timings
        };
        let network = [Stage::Preprocess, Stage::Inference, Stage::Postprocess];
        let mut saved = Timings::default();
        saved.set(Stage::Save, expected_save(photo, OutputFormat::Png));
        let key = tintype_workflow::network_key(checkpoint, costs);
        let rates = &self.0.lock().rates;
        let parts = [
            rates.adjust("LoadImage", &only(&[Stage::Load])),
            rates.adjust(&key, &only(&network)),
            rates.adjust("SaveImage png", &saved),
        ];
        let mut expected = Timings::default();
        for stage in Stage::ALL {
            expected.set(stage, parts.iter().map(|part| part.get(stage)).sum());
        }
        expected
    }
}
