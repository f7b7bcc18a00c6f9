//! Running a graph: plans all of it, then does one step after another.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tintype_engine::{Colorized, Colorizer, Error as EngineError, Machine, Room, Run, provenance};
use tintype_photo::{Coloring, Limits, Overwrite, Photo, Provenance, SaveOptions, palette_mark};
use tintype_protocol::{CancelFlag, ErrorCode, FolderKind, NodeId, Output};

use crate::graph::{Action, Saving};
use crate::plan::{Planned, Plans, plan};
use crate::{Graph, HostError, RunError, Step, StepPlan};

/// What a running graph needs of the world.
pub trait Host {
    /// The file of a photo, by the name that `LoadImage` was given.
    ///
    /// # Errors
    /// Why there is none.
    fn image(&mut self, name: &str) -> Result<PathBuf, HostError>;

    /// The model of a checkpoint, loaded.
    ///
    /// # Errors
    /// Why it can't be had.
    fn colorizer(&mut self, checkpoint: &str) -> Result<&mut dyn Colorizer, HostError>;

    /// Where to write a picture: a path where nothing is.
    ///
    /// # Errors
    /// Why there is no such place.
    fn destination(
        &mut self,
        folder: FolderKind,
        prefix: &str,
        extension: &str,
    ) -> Result<Destination, HostError>;

    /// Takes what a result was colored with, once that is on disk, for changing its colors later. The result
    /// is there whatever becomes of this.
    fn keep(&mut self, _result: &Path, _coloring: &Coloring, _cancel: &CancelFlag) {}

    /// The SHA-256, in hexadecimal, of the checkpoint that colored last, if it is known.
    fn sha256(&self, _checkpoint: &str) -> Option<String> {
        None
    }

    /// The memory for all graphs that run at the same time.
    fn room(&self) -> Room {
        Room::default()
    }

    /// The memory that there is, asked while planning: at each step, since a model that was loaded for
    /// one has taken its share.
    fn machine(&self) -> Machine {
        Machine::probe()
    }
}

/// A place for a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The whole path.
    pub path: PathBuf,
    /// The name of the file.
    pub filename: String,
    /// The folder within its folder.
    pub subfolder: String,
}

/// What is told of a running graph: `Planned` once and first; then for each node its start, what
/// happens in it, its end.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// What is to come.
    Planned(Vec<StepPlan>),
    /// A node begins.
    NodeStarted(NodeId),
    /// What happens inside a node.
    Stage {
        /// The node.
        node: NodeId,
        /// What happens.
        event: tintype_engine::Event,
    },
    /// A node is done.
    NodeEnded {
        /// The node.
        node: NodeId,
        /// The files it made.
        outputs: Vec<Output>,
    },
}

/// The files of each output node.
pub type NodeOutputs = BTreeMap<NodeId, Vec<Output>>;

/// Runs a graph. Everything is planned before anything large is touched: the headers of photos are
/// read, models are loaded, and what would not fit into memory is refused.
///
/// # Errors
/// The first node that fails, with what went wrong; what earlier output nodes wrote stays.
pub fn run(
    graph: &Graph,
    host: &mut dyn Host,
    observer: &mut dyn FnMut(Event),
    cancel: &CancelFlag,
) -> Result<NodeOutputs, RunError> {
    let is_too_little = |error: &RunError| error.error.code() == ErrorCode::OutOfMemory;
    let (planned, _place) = host.room().admit(is_too_little, |others| {
        let Plans { steps, peak_bytes } = plan(graph, host, others, cancel)?;
        Ok((steps, peak_bytes))
    })?;
    observer(Event::Planned(
        planned.iter().map(|step| step.foreseen.clone()).collect(),
    ));
    let mut runner = Runner {
        host,
        observer,
        cancel,
        photos: HashMap::new(),
        origins: HashMap::new(),
        readers: graph.readers(),
        outputs: NodeOutputs::new(),
    };
    for (step, planned) in graph.steps.iter().zip(&planned) {
        runner.step(step, planned)?;
    }
    Ok(runner.outputs)
}

struct Runner<'a> {
    host: &'a mut dyn Host,
    observer: &'a mut dyn FnMut(Event),
    cancel: &'a CancelFlag,
    /// What nodes have given that is still to be read.
    photos: HashMap<NodeId, Photo>,
    /// Where what each node has given comes from.
    origins: HashMap<NodeId, Origin>,
    /// How many steps have still to read from each node.
    readers: HashMap<NodeId, usize>,
    outputs: NodeOutputs,
}

/// Where a photo comes from.
#[derive(Debug, Clone, Default)]
struct Origin {
    /// The original's file.
    file: Option<PathBuf>,
    /// What colored it.
    provenance: Option<Provenance>,
    /// What it was colored with, if that still covers all of it.
    coloring: Option<Arc<Coloring>>,
}

/// What a step made.
#[derive(Default)]
struct Made {
    photo: Option<Photo>,
    coloring: Option<Coloring>,
    outputs: Vec<Output>,
}

impl Made {
    fn photo(photo: Photo) -> Self {
        Self {
            photo: Some(photo),
            ..Self::default()
        }
    }
}

impl Runner<'_> {
    fn step(&mut self, step: &Step, planned: &Planned) -> Result<(), RunError> {
        (self.observer)(Event::NodeStarted(step.node.clone()));
        let taken = step.action.reads().and_then(|node| self.take(node));
        let read = step.action.reads().and_then(|node| self.origins.get(node));
        let origin = read.cloned().unwrap_or_default();
        let Made {
            photo,
            coloring,
            outputs,
        } = self.act(step, planned, taken.as_ref(), &origin)?;
        let origin = self.origin_after(step, planned, origin, coloring, taken.as_ref())?;
        if let (Some(node), Some(photo)) = (step.action.reads(), taken) {
            self.give_back(node, photo);
        }
        if let Some(photo) = photo
            && self.readers.contains_key(&step.node)
        {
            self.photos.insert(step.node.clone(), photo);
            self.origins.insert(step.node.clone(), origin);
        }
        if !outputs.is_empty() {
            self.outputs.insert(step.node.clone(), outputs.clone());
        }
        let node = step.node.clone();
        (self.observer)(Event::NodeEnded { node, outputs });
        Ok(())
    }

    /// Where what a step has given comes from, told of what it took.
    fn origin_after(
        &mut self,
        step: &Step,
        planned: &Planned,
        mut origin: Origin,
        coloring: Option<Coloring>,
        taken: Option<&Photo>,
    ) -> Result<Origin, RunError> {
        match &step.action {
            Action::Load { .. } => origin.file.clone_from(&planned.source),
            Action::Colorize {
                options,
                checkpoint,
                ..
            } => {
                let sha256 = self.host.sha256(checkpoint);
                // It is warm: it has just colored.
                let colorizer = self.host.colorizer(checkpoint);
                let colorizer = colorizer.map_err(|error| RunError::refused(step, None, error))?;
                let precision = colorizer.precision();
                origin.provenance = Some(provenance(checkpoint, sha256, precision, options));
                origin.coloring = coloring.map(Arc::new);
            }
            Action::Scale { scaling, .. } => {
                let is_cut = |photo: &Photo| scaling.is_cropping(photo.width(), photo.height());
                if taken.is_some_and(is_cut) {
                    // The colors are those of a larger picture now.
                    origin.coloring = None;
                }
            }
            Action::Save { .. } => {}
        }
        Ok(origin)
    }

    /// Takes out what a node has given.
    fn take(&mut self, node: &NodeId) -> Option<Photo> {
        self.photos.remove(node)
    }

    /// Keeps it for those that have still to read it; after the last one its memory is free.
    fn give_back(&mut self, node: &NodeId, photo: Photo) {
        if let Some(left) = self.readers.get_mut(node) {
            *left = left.saturating_sub(1);
            if *left > 0 {
                self.photos.insert(node.clone(), photo);
            } else {
                self.origins.remove(node);
            }
        }
    }

    fn act(
        &mut self,
        step: &Step,
        planned: &Planned,
        taken: Option<&Photo>,
        origin: &Origin,
    ) -> Result<Made, RunError> {
        let observer = &mut *self.observer;
        let mut tell = |event| {
            observer(Event::Stage {
                node: step.node.clone(),
                event,
            });
        };
        let mut run = Run::new(&mut tell, self.cancel);
        let fails = |error| RunError::failed(step, planned.subject.as_deref(), error);
        match (&step.action, taken) {
            (Action::Load { .. }, _) => {
                let source = planned.source.as_deref().unwrap_or(Path::new(""));
                let photo = run.load(source, &Limits::default()).map_err(fails)?;
                Ok(Made::photo(photo))
            }
            (Action::Scale { scaling, .. }, Some(photo)) => {
                Ok(Made::photo(run.scale(photo, scaling).map_err(fails)?))
            }
            (Action::Colorize { checkpoint, .. }, Some(photo)) => {
                let colorizer = self
                    .host
                    .colorizer(checkpoint)
                    .map_err(|error| RunError::refused(step, None, error))?;
                let Some(plan) = &planned.plan else {
                    return Ok(Made::default());
                };
                let Colorized { photo, coloring } =
                    run.colorize(photo, plan, colorizer).map_err(fails)?;
                Ok(Made {
                    coloring: Some(coloring),
                    ..Made::photo(photo)
                })
            }
            (
                Action::Save {
                    folder,
                    prefix,
                    saving,
                    ..
                },
                Some(photo),
            ) => {
                let photo = &if saving.has_mark {
                    Cow::Owned(palette_mark(photo.clone()))
                } else {
                    Cow::Borrowed(photo)
                };
                let options = save_options(*saving, origin);
                let place = write(step, photo, &options, &mut run, &mut || {
                    self.host
                        .destination(*folder, prefix, saving.format.extension())
                })?;
                self.keep(&place.path, origin, saving.has_mark);
                let output = Output {
                    node: step.node.clone(),
                    filename: place.filename,
                    subfolder: place.subfolder,
                    kind: *folder,
                };
                Ok(Made {
                    outputs: vec![output],
                    ..Made::default()
                })
            }
            (Action::Scale { .. } | Action::Colorize { .. } | Action::Save { .. }, None) => {
                Ok(Made::default())
            }
        }
    }
    /// Has it kept what a result was colored with, where that is known.
    fn keep(&mut self, result: &Path, origin: &Origin, has_mark: bool) {
        let Some(coloring) = origin.coloring.as_deref() else {
            return;
        };
        let coloring = if has_mark {
            Cow::Owned(Coloring {
                has_mark,
                ..coloring.clone()
            })
        } else {
            Cow::Borrowed(coloring)
        };
        self.host.keep(result, &coloring, self.cancel);
    }
}

/// Writes a picture to a place that is free.
fn write(
    step: &Step,
    photo: &Photo,
    options: &SaveOptions,
    run: &mut Run,
    place: &mut dyn FnMut() -> Result<Destination, HostError>,
) -> Result<Destination, RunError> {
    loop {
        let place = place().map_err(|error| RunError::refused(step, None, error))?;
        match run.save(photo, &place.path, options) {
            Ok(_) => return Ok(place),
            // Another program has taken the name in the meantime.
            Err(EngineError::Photo(tintype_photo::Error::OutputExists { .. })) => {}
            Err(error) => return Err(RunError::failed(step, Some(&place.filename), error)),
        }
    }
}

fn save_options(saving: Saving, origin: &Origin) -> SaveOptions {
    let original = origin.file.clone();
    SaveOptions {
        keep: saving.keep,
        space: saving.space,
        provenance: origin.provenance.clone().filter(|_| saving.has_note),
        file_times_of: original.filter(|_| saving.has_file_times),
        ..SaveOptions::new(saving.format, Overwrite::Never)
    }
}
