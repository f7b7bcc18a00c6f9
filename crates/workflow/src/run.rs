//! Running a graph: plans all of it, then does one step after another.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use tintype_engine::{Colorizer, Error as EngineError, Machine, Room, Run, provenance};
use tintype_photo::{Limits, Overwrite, Photo, Provenance, SaveOptions, palette_mark};
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
}

impl Runner<'_> {
    fn step(&mut self, step: &Step, planned: &Planned) -> Result<(), RunError> {
        (self.observer)(Event::NodeStarted(step.node.clone()));
        let taken = step.action.reads().and_then(|node| self.take(node));
        let read = step.action.reads().and_then(|node| self.origins.get(node));
        let origin = read.cloned().unwrap_or_default();
        let (given, outputs) = self.act(step, planned, taken.as_ref(), &origin)?;
        let origin = self.origin_after(step, planned, origin);
        self.origins.insert(step.node.clone(), origin);
        if let (Some(node), Some(photo)) = (step.action.reads(), taken) {
            self.give_back(node, photo);
        }
        if let Some(photo) = given
            && self.readers.contains_key(&step.node)
        {
            self.photos.insert(step.node.clone(), photo);
        }
        if !outputs.is_empty() {
            self.outputs.insert(step.node.clone(), outputs.clone());
        }
        let node = step.node.clone();
        (self.observer)(Event::NodeEnded { node, outputs });
        Ok(())
    }

    /// Where what a step has given comes from, told of what it took.
    fn origin_after(&mut self, step: &Step, planned: &Planned, mut origin: Origin) -> Origin {
        match &step.action {
            Action::Load { .. } => origin.file.clone_from(&planned.source),
            Action::Colorize {
                options,
                checkpoint,
                ..
            } => {
                let sha256 = self.host.sha256(checkpoint);
                origin.provenance = Some(provenance(checkpoint, sha256, options));
            }
            Action::Scale { .. } | Action::Save { .. } => {}
        }
        origin
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
            }
        }
    }

    fn act(
        &mut self,
        step: &Step,
        planned: &Planned,
        taken: Option<&Photo>,
        origin: &Origin,
    ) -> Result<(Option<Photo>, Vec<Output>), RunError> {
        let observer = &mut *self.observer;
        let mut tell = |event| {
            observer(Event::Stage {
                node: step.node.clone(),
                event,
            });
        };
        let mut run = Run::new(&mut tell, self.cancel);
        let fails = |error| RunError::failed(step, planned.subject.as_deref(), error);
        let given = match (&step.action, taken) {
            (Action::Load { .. }, _) => {
                let source = planned.source.as_deref().unwrap_or(Path::new(""));
                Some(run.load(source, &Limits::default()).map_err(fails)?)
            }
            (Action::Scale { scaling, .. }, Some(photo)) => {
                Some(run.scale(photo, scaling).map_err(fails)?)
            }
            (Action::Colorize { checkpoint, .. }, Some(photo)) => {
                let colorizer = self
                    .host
                    .colorizer(checkpoint)
                    .map_err(|error| RunError::refused(step, None, error))?;
                match &planned.plan {
                    Some(plan) => Some(run.colorize(photo, plan, colorizer).map_err(fails)?.photo),
                    None => None,
                }
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
                let options = save_options(*saving, origin);
                let photo = &if saving.has_mark {
                    Cow::Owned(palette_mark(photo.clone()))
                } else {
                    Cow::Borrowed(photo)
                };
                let output = loop {
                    let place = self
                        .host
                        .destination(*folder, prefix, saving.format.extension())
                        .map_err(|error| RunError::refused(step, None, error))?;
                    match run.save(photo, &place.path, &options) {
                        Ok(_) => break place,
                        // Another program has taken the name in the meantime.
                        Err(EngineError::Photo(tintype_photo::Error::OutputExists { .. })) => {}
                        Err(error) => {
                            return Err(RunError::failed(step, Some(&place.filename), error));
                        }
                    }
                };
                let output = Output {
                    node: step.node.clone(),
                    filename: output.filename,
                    subfolder: output.subfolder,
                    kind: *folder,
                };
                return Ok((None, vec![output]));
            }
            (Action::Scale { .. } | Action::Colorize { .. } | Action::Save { .. }, None) => None,
        };
        Ok((given, Vec::new()))
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
