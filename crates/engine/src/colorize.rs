//! One photo from file to file, and the middle of that way.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tintype_photo::{Coloring, Limits, MetadataNote, Photo, SaveOptions, palette_mark};
use tintype_protocol::CancelFlag;

use crate::{
    Colorizer, Error, Event, Machine, Options, Plan, Result, Room, Run, Stage, Timings,
    expected_save, plan,
};

/// One photo to colorize, from file to file.
#[derive(Debug, Clone)]
pub struct Request {
    /// The original. It is only ever read.
    pub source: PathBuf,
    /// Where the result goes.
    pub destination: PathBuf,
    /// How it is saved.
    pub save: SaveOptions,
    /// Whether it gets a small palette in a corner.
    pub has_mark: bool,
    /// How large a photo may be.
    pub limits: Limits,
    /// How to color it.
    pub options: Options,
    /// The memory for all photos that are worked on at the same time.
    pub room: Room,
}

/// What became of a [`Request`].
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was planned.
    pub plan: Plan,
    /// What each stage took.
    pub timings: Timings,
    /// How many pictures the original holds, of which the first was colored.
    pub pages: u32,
    /// What metadata of the original did not get into the result.
    pub notes: Vec<MetadataNote>,
}

/// A photo with its colors.
#[derive(Debug, Clone, PartialEq)]
pub struct Colorized {
    /// The result.
    pub photo: Photo,
    /// What it was colored with, from which its colors can be made again at another strength.
    pub coloring: Coloring,
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
    let mut run = Run::new(observer, cancel);
    let (photo, (plan, pages, _place)) =
        run.load_if(&request.source, &request.limits, |file, observer| {
            let is_too_little = |error: &Error| matches!(error, Error::OutOfMemory { .. });
            let (mut plan, place) = request.room.admit(is_too_little, |others| {
                if cancel.is_cancelled() {
                    return Err(Error::Cancelled);
                }
                let machine = Machine::probe().without(others);
                let plan = plan(file.info(), &request.options, colorizer, machine)?;
                let peak_bytes = plan.peak_bytes;
                Ok((plan, peak_bytes))
            })?;
            let save = expected_save(file.info(), request.save.format);
            plan.expected.set(Stage::Save, save);
            observer(Event::Planned(plan.expected));
            Ok((plan, file.pages(), place))
        })?;
    let mut notes = photo.metadata().notes().to_vec();
    let Colorized {
        photo: mut result, ..
    } = run.colorize(&photo, &plan, colorizer)?;
    // The original's pixels are not needed any more, and encoding wants memory.
    drop(photo);
    if request.has_mark {
        result = palette_mark(result);
    }
    notes.extend(run.save(&result, &request.destination, &request.save)?);
    Ok(Outcome {
        plan,
        timings: run.timings(),
        pages,
        notes,
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
    let mut plan = plan(&photo.info(), options, colorizer, Machine::probe())?;
    for stage in [Stage::Load, Stage::Save] {
        plan.expected.set(stage, Duration::ZERO);
    }
    observer(Event::Planned(plan.expected));
    Run::new(observer, cancel).colorize(photo, &plan, colorizer)
}

/// Whether both paths lead to one file: by any spelling, symbolic link, or on unix hard link. What is not
/// there is no file.
#[must_use]
pub fn is_same_file(one: &Path, other: &Path) -> bool {
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
