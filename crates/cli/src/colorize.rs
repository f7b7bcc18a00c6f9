//! `tintype colorize`: a batch of photos, one after another.

use std::collections::HashSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;
use tintype_engine::{
    Costs as _, Error, PHOTOS_AT_ONCE, Request, Room, SharedColorizer, colorize_file, provenance,
};
use tintype_photo::{Limits, OutputFormat, Overwrite, PhotoFile, SaveOptions, SourceFormat};
use tintype_protocol::{CancelFlag, ErrorCode, Explain, Explanation, Language, Precision};

use crate::args::{ColorizeArguments, FormatChoice};
use crate::collect::{Collected, Source, collect};
use crate::model::{self, LoadedModel};
use crate::naming::{Names, Template, Values};
use crate::report::{Failure, Reporter, Tally, reporter};
use crate::{Outcome, stop, words};

/// Colorizes everything that was named; a photo that fails is reported, and the rest goes on.
pub(crate) fn run(arguments: &ColorizeArguments, language: Language) -> Result<Outcome> {
    let cancel = stop::on_interrupt()?;
    let Some(template) = Template::new(&arguments.name) else {
        return Ok(usage(&words::bad_template(language, &arguments.name)));
    };
    let collected = collect(&arguments.inputs, arguments.recursive);
    if collected.sources.is_empty() && collected.unreadable.is_empty() {
        return Ok(usage(words::no_photos(language)));
    }
    let photos = collected.sources.len();
    let mut reporter = reporter(arguments.json, photos, language);
    let LoadedModel {
        network,
        precision,
        name,
        sha256,
    } = match model::load(arguments, &mut || reporter.comparing(), &cancel) {
        Ok(model) => model,
        Err(error) if error.code() == ErrorCode::Cancelled => {
            reporter.finish(Tally::default(), true);
            return Ok(Outcome::Interrupted);
        }
        Err(error) => return Ok(usage(&error.explain(language).to_string())),
    };
    reporter.loaded(&precision);
    let batch = Batch {
        arguments,
        language,
        template,
        model_name: name,
        model_sha256: sha256,
        precision: network.precision(),
        room: Room::default(),
        told: Mutex::new(Told {
            reporter,
            tally: Tally {
                skipped: collected.skipped,
                ..Tally::default()
            },
        }),
        cancel,
    };
    let colorizer = SharedColorizer::new(Box::new(network));
    Ok(batch.run(&collected, &colorizer))
}

fn usage(message: &str) -> Outcome {
    eprintln!("tintype: {message}");
    Outcome::Usage
}

struct Batch<'a> {
    arguments: &'a ColorizeArguments,
    language: Language,
    template: Template,
    model_name: String,
    model_sha256: String,
    precision: Precision,
    /// They share the memory.
    room: Room,
    told: Mutex<Told>,
    cancel: CancelFlag,
}

/// What was told of a batch so far.
struct Told {
    reporter: Box<dyn Reporter>,
    tally: Tally,
}

/// A photo, and where its result goes.
type Job<'a> = (&'a Source, Destination);

impl Batch<'_> {
    fn run(&self, collected: &Collected, colorizer: &SharedColorizer) -> Outcome {
        for (path, error) in &collected.unreadable {
            self.fail(path, &unreadable(self.language, error));
        }
        let jobs = Mutex::new(self.jobs(collected).into_iter());
        thread::scope(|scope| {
            for _ in 0..PHOTOS_AT_ONCE {
                let mut colorizer = colorizer.clone();
                let jobs = &jobs;
                scope.spawn(move || {
                    while let Some((source, destination)) = self.next(jobs) {
                        self.one(&mut colorizer, &source.path, destination);
                    }
                });
            }
        });
        let interrupted = self.cancel.is_cancelled();
        let mut told = self.told();
        let tally = told.tally;
        told.reporter.finish(tally, interrupted);
        match (interrupted, tally.failed) {
            (true, _) => Outcome::Interrupted,
            (false, 0) => Outcome::AllDone,
            (false, _) => Outcome::SomeFailed,
        }
    }

    /// All photos with where their results go. None of these is an original, even if a folder holds some
    /// from an earlier run.
    fn jobs<'a>(&self, collected: &'a Collected) -> Vec<Job<'a>> {
        let mut names = Names::default();
        let sources = collected.sources.iter().enumerate();
        let jobs: Vec<_> = sources
            .map(|(index, source)| (source, self.destination(&mut names, source, index + 1)))
            .collect();
        let all = jobs.len();
        let named: HashSet<&PathBuf> = self.arguments.inputs.iter().collect();
        let is_original =
            |(source, _): &Job<'_>| !names.contains(&source.path) || named.contains(&source.path);
        let jobs: Vec<_> = jobs.into_iter().filter(is_original).collect();
        self.told().tally.skipped += all - jobs.len();
        jobs
    }

    fn next<'a>(&self, jobs: &Mutex<std::vec::IntoIter<Job<'a>>>) -> Option<Job<'a>> {
        if self.cancel.is_cancelled() {
            return None;
        }
        jobs.lock().unwrap_or_else(PoisonError::into_inner).next()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // A reporter that panicked on one line still prints the next.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_options(&self, source: &Path, format: OutputFormat) -> SaveOptions {
        let arguments = self.arguments;
        let saving = &arguments.saving;
        let overwrite = if arguments.overwrite {
            Overwrite::Replace
        } else {
            Overwrite::Never
        };
        let sha256 = || Some(self.model_sha256.clone());
        let precision = self.precision;
        let note = || provenance(&self.model_name, sha256(), precision, &arguments.options());
        SaveOptions {
            keep: saving.metadata,
            space: saving.color_space,
            provenance: (!saving.no_note).then(note),
            file_times_of: saving.file_times.then(|| source.to_owned()),
            ..SaveOptions::new(format, overwrite)
        }
    }

    fn one(&self, colorizer: &mut SharedColorizer, source: &Path, destination: Destination) {
        self.told().reporter.start(source);
        let Destination { path, format } = destination;
        if let Err(error) = path.parent().map_or(Ok(()), std::fs::create_dir_all) {
            let cause = words::folder_unwritable(self.language, &error);
            return self.fail(source, &failure(ErrorCode::OutputUnwritable, cause));
        }
        let request = Request {
            source: source.to_owned(),
            destination: path.clone(),
            save: self.save_options(source, format),
            has_mark: self.arguments.saving.mark,
            limits: Limits::default(),
            options: self.arguments.options(),
            room: self.room.clone(),
        };
        let mut observer = |event| self.told().reporter.event(source, &event);
        // A defect met on one photo must not cost the others.
        let result = catch_unwind(AssertUnwindSafe(|| {
            colorize_file(&request, colorizer, &mut observer, &self.cancel)
        }));
        match result {
            Ok(Ok(outcome)) => {
                let mut told = self.told();
                told.tally.done += 1;
                told.reporter.done(source, &path, &outcome);
            }
            Ok(Err(Error::Cancelled)) => self.told().reporter.cancelled(source),
            Ok(Err(error)) => {
                let suggested_size = match &error {
                    Error::OutOfMemory { suggested_size, .. } => *suggested_size,
                    _ => None,
                };
                let explanation = error.explain(self.language);
                self.fail(
                    source,
                    &Failure {
                        code: error.code(),
                        explanation,
                        suggested_size,
                    },
                );
            }
            Err(_) => {
                let cause = words::defect(self.language).to_owned();
                self.fail(source, &failure(ErrorCode::Internal, cause));
            }
        }
    }

    fn fail(&self, source: &Path, failure: &Failure) {
        let mut told = self.told();
        told.tally.failed += 1;
        told.reporter.failed(source, failure);
    }

    /// Where the result of a photo goes, and as what.
    fn destination(&self, names: &mut Names, source: &Source, number: usize) -> Destination {
        let format = self.format(&source.path);
        let folder = match &self.arguments.out {
            Some(out) => out.join(&source.subfolder),
            None => source.path.parent().unwrap_or(Path::new("")).to_owned(),
        };
        let name = source
            .path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        let stem = self.template.fill(&Values {
            name: &name,
            size: self.arguments.size,
            model: &self.model_name,
            number,
        });
        let path = names.unique(&folder, &stem, format.extension());
        Destination { path, format }
    }

    /// `same` follows what the file is, not what it is called; one that can't be read will be
    /// reported when its turn comes, under any name.
    fn format(&self, source: &Path) -> OutputFormat {
        let quality = self.arguments.saving.quality;
        match self.arguments.saving.format {
            FormatChoice::Jpeg => OutputFormat::Jpeg { quality },
            FormatChoice::Png => OutputFormat::Png,
            FormatChoice::Tiff => OutputFormat::Tiff,
            FormatChoice::Webp => OutputFormat::WebP,
            FormatChoice::Same => {
                let format = PhotoFile::recognize(source).unwrap_or(SourceFormat::Png);
                OutputFormat::same_as(format, quality)
            }
        }
    }
}

struct Destination {
    path: PathBuf,
    format: OutputFormat,
}

fn unreadable(language: Language, error: &io::Error) -> Failure {
    let cause = match error.kind() {
        io::ErrorKind::NotFound => words::nothing_there(language).to_owned(),
        _ => words::folder_unreadable(language, error),
    };
    failure(ErrorCode::BadRequest, cause)
}

/// A failure whose cause and cure are one text.
fn failure(code: ErrorCode, text: String) -> Failure {
    Failure {
        code,
        explanation: Explanation::new(text, ""),
        suggested_size: None,
    }
}
