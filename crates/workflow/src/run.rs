//! Running a graph: plans all of it, then does one step after another.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use tintype_engine::{
    Colorizer, Error as EngineError, Machine, Plan, Run, Stage, Timings, expected_load,
    expected_save, expected_scale, plan,
};
use tintype_photo::{Limits, Overwrite, Photo, PhotoFile, PhotoInfo};
use tintype_protocol::{CancelFlag, FolderKind, NodeId, Output};

use crate::graph::Action;
use crate::{Graph, HostError, RunError, Step};

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

/// How long a node is expected to take.
#[derive(Debug, Clone, PartialEq)]
pub struct StepPlan {
    /// The node.
    pub node: NodeId,
    /// What its times depend on besides the stage: checkpoint, device and precision of the network,
    /// the class of other nodes.
    pub key: String,
    /// The time of each stage; zero for those that it does not have.
    pub expected: Timings,
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
    let planned = Planner {
        host,
        cancel,
        infos: HashMap::new(),
    }
    .plan(graph)?;
    observer(Event::Planned(
        planned.iter().map(|step| step.foreseen.clone()).collect(),
    ));
    let mut runner = Runner {
        host,
        observer,
        cancel,
        photos: HashMap::new(),
        readers: readers(graph),
        outputs: NodeOutputs::new(),
    };
    for (step, planned) in graph.steps.iter().zip(planned) {
        runner.step(step, planned)?;
    }
    Ok(runner.outputs)
}

/// What is known of a step before it runs.
struct Planned {
    foreseen: StepPlan,
    /// Where a photo is.
    source: Option<PathBuf>,
    /// How to color it.
    plan: Option<Plan>,
}

struct Planner<'a> {
    host: &'a mut dyn Host,
    cancel: &'a CancelFlag,
    /// What each node will give.
    infos: HashMap<NodeId, PhotoInfo>,
}

impl Planner<'_> {
    fn plan(mut self, graph: &Graph) -> Result<Vec<Planned>, RunError> {
        graph.steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&mut self, step: &Step) -> Result<Planned, RunError> {
        if self.cancel.is_cancelled() {
            return Err(failed(step, None, EngineError::Cancelled));
        }
        let mut planned = Planned {
            foreseen: StepPlan {
                node: step.node.clone(),
                key: step.class.to_owned(),
                expected: Timings::default(),
            },
            source: None,
            plan: None,
        };
        let taken = step.action.reads().and_then(|node| self.infos.get(node));
        let expected = &mut planned.foreseen.expected;
        let given = match (&step.action, taken.copied()) {
            (Action::Load { name }, _) => {
                let path = self
                    .host
                    .image(name)
                    .map_err(|error| refused(step, None, error))?;
                let file = PhotoFile::read(&path, &Limits::default(), self.cancel)
                    .map_err(|error| failed(step, Some(name), error.into()))?;
                let info = *file.info();
                expected.set(Stage::Load, expected_load(&info));
                planned.source = Some(path);
                Some(info)
            }
            (Action::Scale { scaling, .. }, Some(info)) => {
                expected.set(Stage::Preprocess, expected_scale(&info, scaling));
                let scaled = scaling.result_info(&info);
                Some(scaled.map_err(|error| failed(step, None, error.into()))?)
            }
            (
                Action::Colorize {
                    options,
                    checkpoint,
                    ..
                },
                Some(info),
            ) => {
                let colorizer = self
                    .host
                    .colorizer(checkpoint)
                    .map_err(|error| refused(step, None, error))?;
                let plan = plan(&info, options, colorizer, Machine::probe())
                    .map_err(|error| failed(step, None, error))?;
                for stage in [Stage::Preprocess, Stage::Inference, Stage::Postprocess] {
                    expected.set(stage, plan.expected.get(stage));
                }
                let (device, precision) = (colorizer.device(), colorizer.precision());
                planned.foreseen.key = format!("{checkpoint} {device} {precision}");
                planned.plan = Some(plan);
                Some(PhotoInfo {
                    channels: 3,
                    ..info
                })
            }
            (Action::Save { format, .. }, Some(info)) => {
                expected.set(Stage::Save, expected_save(&info, *format));
                planned.foreseen.key = format!("{} {}", step.class, format.extension());
                None
            }
            // The order of steps gives every reader what it reads.
            (Action::Scale { .. } | Action::Colorize { .. } | Action::Save { .. }, None) => None,
        };
        if let Some(info) = given {
            self.infos.insert(step.node.clone(), info);
        }
        Ok(planned)
    }
}

/// How many steps read from each node.
fn readers(graph: &Graph) -> HashMap<NodeId, usize> {
    let mut readers = HashMap::new();
    for node in graph.steps.iter().filter_map(|step| step.action.reads()) {
        *readers.entry(node.clone()).or_default() += 1;
    }
    readers
}

struct Runner<'a> {
    host: &'a mut dyn Host,
    observer: &'a mut dyn FnMut(Event),
    cancel: &'a CancelFlag,
    /// What nodes have given that is still to be read.
    photos: HashMap<NodeId, Photo>,
    /// How many steps have still to read from each node.
    readers: HashMap<NodeId, usize>,
    outputs: NodeOutputs,
}

impl Runner<'_> {
    fn step(&mut self, step: &Step, planned: Planned) -> Result<(), RunError> {
        (self.observer)(Event::NodeStarted(step.node.clone()));
        let taken = step.action.reads().and_then(|node| self.take(node));
        let (given, outputs) = self.act(step, planned, taken.as_ref())?;
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
        planned: Planned,
        taken: Option<&Photo>,
    ) -> Result<(Option<Photo>, Vec<Output>), RunError> {
        let observer = &mut *self.observer;
        let mut tell = |event| {
            observer(Event::Stage {
                node: step.node.clone(),
                event,
            });
        };
        let mut run = Run::new(&mut tell, self.cancel);
        let fails = |error| failed(step, None, error);
        let given = match (&step.action, taken) {
            (Action::Load { name }, _) => {
                let source = planned.source.unwrap_or_default();
                let photo = run.load(&source, &Limits::default());
                Some(photo.map_err(|error| failed(step, Some(name), error))?)
            }
            (Action::Scale { scaling, .. }, Some(photo)) => {
                Some(run.scale(photo, scaling).map_err(fails)?)
            }
            (Action::Colorize { checkpoint, .. }, Some(photo)) => {
                let colorizer = self
                    .host
                    .colorizer(checkpoint)
                    .map_err(|error| refused(step, None, error))?;
                match &planned.plan {
                    Some(plan) => Some(run.colorize(photo, plan, colorizer).map_err(fails)?.photo),
                    None => None,
                }
            }
            (
                Action::Save {
                    folder,
                    prefix,
                    format,
                    ..
                },
                Some(photo),
            ) => {
                let output = loop {
                    let place = self
                        .host
                        .destination(*folder, prefix, format.extension())
                        .map_err(|error| refused(step, None, error))?;
                    match run.save(photo, &place.path, *format, Overwrite::Never) {
                        Ok(()) => break place,
                        // Another program has taken the name in the meantime.
                        Err(EngineError::Photo(tintype_photo::Error::OutputExists { .. })) => {}
                        Err(error) => return Err(failed(step, Some(&place.filename), error)),
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

fn failed(step: &Step, subject: Option<&str>, error: EngineError) -> RunError {
    let suggested_size = match &error {
        EngineError::OutOfMemory { suggested_size, .. } => *suggested_size,
        _ => None,
    };
    RunError {
        suggested_size,
        ..refused(step, subject, Box::new(error))
    }
}

fn refused(step: &Step, subject: Option<&str>, error: HostError) -> RunError {
    RunError {
        node: step.node.clone(),
        class: step.class,
        subject: subject.map(str::to_owned),
        error,
        suggested_size: None,
    }
}
