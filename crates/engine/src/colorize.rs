//! The stages of one photo.

use std::path::{Path, PathBuf};
use std::time::Instant;

use tintype_photo::{
    ChromaMap, Limits, NetworkInput, OutputFormat, Overwrite, Photo, PhotoFile, merge, save,
};
use tintype_protocol::CancelFlag;

use crate::{
    Colorizer, Error, Event, Geometry, Machine, Options, Plan, Result, Stage, Timings,
    largest_size_that_fits, plan,
};

/// One photo to colorize, from file to file.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The original. It is only ever read.
    pub source: PathBuf,
    /// Where the result goes.
    pub destination: PathBuf,
    /// The format of the result.
    pub format: OutputFormat,
    /// What to do with a file that is at `destination` already.
    pub overwrite: Overwrite,
    /// How large a photo may be.
    pub limits: Limits,
    /// How to color it.
    pub options: Options,
}

/// What became of a [`Request`].
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was planned.
    pub plan: Plan,
    /// What each stage took.
    pub timings: Timings,
}

/// A photo with its colors.
#[derive(Debug, Clone, PartialEq)]
pub struct Colorized {
    /// The result.
    pub photo: Photo,
    /// The network's colors, from which the result can be made again at another strength.
    pub chroma: ChromaMap,
}

/// Colorizes one photo from file to file.
///
/// # Errors
/// Any of [`Error`]. Whatever happens, the original is untouched, and at the destination is either
/// what was there before or the whole result.
pub fn colorize_file(
    request: &Request,
    colorizer: &mut dyn Colorizer,
    observer: &mut dyn FnMut(Event),
    cancel: &CancelFlag,
) -> Result<Outcome> {
    if is_same_file(&request.source, &request.destination) {
        return Err(Error::WouldReplaceOriginal {
            path: request.destination.clone(),
        });
    }
    let mut stages = Stages {
        observer,
        timings: Timings::default(),
        cancel,
    };
    let (photo, plan) = stages.run(Stage::Load, |observer| {
        let file = PhotoFile::read(&request.source, &request.limits, cancel)?;
        let plan = plan(file.info(), &request.options, colorizer, Machine::probe())?;
        observer(Event::Planned(plan.expected));
        Ok((file.decode()?, plan))
    })?;
    let colorized = colorize_stages(&photo, &plan, colorizer, &mut stages)?;
    // The original's pixels are not needed any more, and encoding wants memory.
    drop(photo);
    stages.run(Stage::Save, |_| {
        let Request {
            destination,
            format,
            overwrite,
            ..
        } = request;
        Ok(save(
            &colorized.photo,
            destination,
            *format,
            *overwrite,
            cancel,
        )?)
    })?;
    Ok(Outcome {
        plan,
        timings: stages.timings,
    })
}

/// Colorizes a photo that is in memory: the three stages between load and save.
///
/// # Errors
/// As [`colorize_file`], without those of files.
pub fn colorize_photo(
    photo: &Photo,
    options: &Options,
    colorizer: &mut dyn Colorizer,
    observer: &mut dyn FnMut(Event),
    cancel: &CancelFlag,
) -> Result<Colorized> {
    let plan = plan(&photo.info(), options, colorizer, Machine::probe())?;
    observer(Event::Planned(plan.expected));
    let mut stages = Stages {
        observer,
        timings: Timings::default(),
        cancel,
    };
    colorize_stages(photo, &plan, colorizer, &mut stages)
}

fn colorize_stages(
    photo: &Photo,
    plan: &Plan,
    colorizer: &mut dyn Colorizer,
    stages: &mut Stages,
) -> Result<Colorized> {
    let cancel = stages.cancel;
    let input = stages.run(Stage::Preprocess, |_| {
        let (width, height) = (plan.input_width, plan.input_height);
        Ok(match plan.options.geometry {
            Geometry::Square => NetworkInput::stretched(photo, width, height),
            Geometry::Fit => NetworkInput::fitted(photo, width, height),
        })
    })?;
    let chroma = stages.run(Stage::Inference, |observer| {
        let mut progress = |fraction| observer(Event::Progress(Stage::Inference, fraction));
        colorizer
            .colorize(&input, &mut progress, cancel)
            .map_err(|error| with_suggestion(error, photo, &plan.options, colorizer))
    })?;
    let chroma = chroma.cropped(input.content);
    let merged = stages.run(Stage::Postprocess, |observer| {
        let Options {
            upsampling,
            strength,
            ..
        } = plan.options;
        let mut progress = |fraction| observer(Event::Progress(Stage::Postprocess, fraction));
        Ok(merge(
            photo,
            &chroma,
            upsampling,
            strength,
            cancel,
            &mut progress,
        )?)
    })?;
    Ok(Colorized {
        photo: merged,
        chroma,
    })
}

/// Where memory ran out in spite of the prediction, less of it is there than was thought: half the
/// size is suggested, or what fits by the prediction if that is even less.
fn with_suggestion(
    error: Error,
    photo: &Photo,
    options: &Options,
    colorizer: &dyn Colorizer,
) -> Error {
    match error {
        Error::OutOfMemory {
            needed_bytes,
            available_bytes,
            ..
        } => {
            let half = Options {
                size: options.size / 2,
                ..options.clone()
            };
            let suggested_size =
                largest_size_that_fits(&photo.info(), &half, colorizer, Machine::probe());
            Error::OutOfMemory {
                size: options.size,
                needed_bytes,
                available_bytes,
                suggested_size,
            }
        }
        error => error,
    }
}

/// Runs stages one after another, times them, and reports their beginnings and ends.
struct Stages<'a> {
    observer: &'a mut dyn FnMut(Event),
    timings: Timings,
    cancel: &'a CancelFlag,
}

impl Stages<'_> {
    fn run<T>(
        &mut self,
        stage: Stage,
        work: impl FnOnce(&mut dyn FnMut(Event)) -> Result<T>,
    ) -> Result<T> {
        if self.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        (self.observer)(Event::Started(stage));
        let started = Instant::now();
        let result = work(self.observer)?;
        let elapsed = started.elapsed();
        self.timings.set(stage, elapsed);
        (self.observer)(Event::Ended(stage, elapsed));
        Ok(result)
    }
}

/// Whether both paths lead to one file: by any spelling, symbolic link, or on unix hard link.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let (Ok(first), Ok(second)) = (one.metadata(), other.metadata()) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        (first.dev(), first.ino()) == (second.dev(), second.ino())
    }
    #[cfg(not(unix))]
    {
        drop((first, second));
        match (one.canonicalize(), other.canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        }
    }
}
