//! Foreseeing a graph: how long each step takes, and whether there is memory for it.
//!
//! Nothing large is touched: headers of photos are read, and sizes are carried from node to node.
//! Models are loaded, since only they know what they take.

use std::collections::HashMap;
use std::path::PathBuf;

use tintype_engine::{
    Costs, Error as EngineError, Machine, Options, Plan, Stage, Timings, expected_load,
    expected_save, expected_scale,
};
use tintype_photo::{Limits, PhotoFile, PhotoInfo};
use tintype_protocol::{CancelFlag, NodeId};

use crate::graph::Action;
use crate::{Error, Graph, Host, RunError, Step};

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

/// What is known of a step before it runs.
pub(crate) struct Planned {
    pub(crate) foreseen: StepPlan,
    /// Where a photo is.
    pub(crate) source: Option<PathBuf>,
    /// How to color it.
    pub(crate) plan: Option<Plan>,
    /// The photo that it is about, by the name that `LoadImage` was given.
    pub(crate) subject: Option<String>,
}

/// What the times of the network depend on, besides sizes.
#[must_use]
pub fn network_key(checkpoint: &str, costs: &dyn Costs) -> String {
    format!("{checkpoint} {} {}", costs.device(), costs.precision())
}

/// What is known of a graph before it runs.
pub(crate) struct Plans {
    /// Its steps.
    pub(crate) steps: Vec<Planned>,
    /// The most memory that it is predicted to take, on top of what loaded models hold already.
    pub(crate) peak_bytes: u64,
}

/// Plans all steps of a graph, in the memory that others leave, who were promised so many bytes.
///
/// # Errors
/// The first that can't be done: a photo or model that is not there, too little memory.
pub(crate) fn plan(
    graph: &Graph,
    host: &mut dyn Host,
    others_bytes: u64,
    cancel: &CancelFlag,
) -> Result<Plans, RunError> {
    let mut planner = Planner {
        host,
        cancel,
        others_bytes,
        photos: HashMap::new(),
        readers: graph.readers(),
        peak_bytes: 0,
    };
    let steps = graph.steps.iter().map(|step| planner.step(step));
    Ok(Plans {
        steps: steps.collect::<Result<_, _>>()?,
        peak_bytes: planner.peak_bytes,
    })
}

struct Planner<'a> {
    host: &'a mut dyn Host,
    cancel: &'a CancelFlag,
    /// What graphs that run at the same time were promised.
    others_bytes: u64,
    /// The photos that will be in memory at the step that is being planned, by the nodes that give
    /// them.
    photos: HashMap<NodeId, Foreseen>,
    /// How many steps have still to read from each node.
    readers: HashMap<NodeId, usize>,
    /// What the fullest step so far takes, the photos that wait beside it included.
    peak_bytes: u64,
}

/// A photo to come.
#[derive(Clone)]
struct Foreseen {
    info: PhotoInfo,
    /// The name of the file that it comes from.
    name: String,
    /// What the colors of the network take that are held with it.
    colors_bytes: u64,
}

impl Planner<'_> {
    fn step(&mut self, step: &Step) -> Result<Planned, RunError> {
        if self.cancel.is_cancelled() {
            return Err(RunError::failed(step, None, EngineError::Cancelled));
        }
        let taken = step.action.reads().and_then(|node| self.photos.get(node));
        let taken = taken.cloned();
        let mut planned = Planned {
            foreseen: StepPlan {
                node: step.node.clone(),
                key: step.class.to_owned(),
                expected: Timings::default(),
            },
            source: None,
            plan: None,
            subject: match &step.action {
                Action::Load { name } => Some(name.clone()),
                _ => taken.as_ref().map(|photo| photo.name.clone()),
            },
        };
        let given = match (&step.action, &taken) {
            (Action::Load { name }, _) => Some(self.load(step, name, &mut planned)?),
            // The order of steps gives every reader what it reads.
            (_, None) => None,
            (_, Some(photo)) => self.change(step, &photo.info, &mut planned)?,
        };
        if let Some(node) = step.action.reads() {
            self.let_go(node);
        }
        if let (Some(info), Some(name)) = (given, &planned.subject) {
            let photo = Foreseen {
                info,
                name: name.clone(),
                colors_bytes: match &planned.plan {
                    Some(plan) => colors_bytes(plan),
                    None => taken.map_or(0, |photo| photo.colors_bytes),
                },
            };
            self.photos.insert(step.node.clone(), photo);
        }
        Ok(planned)
    }

    fn load(
        &mut self,
        step: &Step,
        name: &str,
        planned: &mut Planned,
    ) -> Result<PhotoInfo, RunError> {
        let path = self
            .host
            .image(name)
            .map_err(|error| RunError::refused(step, None, error))?;
        let file = PhotoFile::read(&path, &Limits::default(), self.cancel)
            .map_err(|error| RunError::failed(step, Some(name), error.into()))?;
        let info = *file.info();
        self.make_room(step, planned, 0, info.decoded_bytes())?;
        let expected = &mut planned.foreseen.expected;
        expected.set(Stage::Load, expected_load(&info));
        planned.source = Some(path);
        Ok(info)
    }

    /// A step that takes a photo and may give another.
    fn change(
        &mut self,
        step: &Step,
        info: &PhotoInfo,
        planned: &mut Planned,
    ) -> Result<Option<PhotoInfo>, RunError> {
        let photo_bytes = info.decoded_bytes();
        let foreseen = &mut planned.foreseen;
        match &step.action {
            Action::Load { .. } => Ok(None),
            Action::Scale { scaling, .. } => {
                foreseen
                    .expected
                    .set(Stage::Preprocess, expected_scale(info, scaling));
                let scaled = scaling.result_info(info).map_err(|error| {
                    RunError::failed(step, planned.subject.as_deref(), error.into())
                })?;
                self.make_room(step, planned, photo_bytes, scaled.decoded_bytes())?;
                Ok(Some(scaled))
            }
            Action::Colorize {
                options,
                checkpoint,
                ..
            } => {
                let colorizer = self
                    .host
                    .colorizer(checkpoint)
                    .map_err(|error| RunError::refused(step, None, error))?;
                let costs = colorizer.costs();
                foreseen.key = network_key(checkpoint, &*costs);
                let options = &self.with_mask(step, options)?;
                // While the model is loaded, which has taken its share.
                let machine = self.machine_beside(photo_bytes);
                let plan = tintype_engine::plan(info, options, &*costs, machine)
                    .map_err(|error| RunError::failed(step, planned.subject.as_deref(), error))?;
                self.takes(photo_bytes, plan.peak_bytes);
                for stage in [Stage::Preprocess, Stage::Inference, Stage::Postprocess] {
                    foreseen.expected.set(stage, plan.expected.get(stage));
                }
                planned.plan = Some(plan);
                Ok(Some(PhotoInfo {
                    channels: 3,
                    ..*info
                }))
            }
            Action::Save { saving, .. } => {
                let format = saving.format;
                foreseen
                    .expected
                    .set(Stage::Save, expected_save(info, format));
                foreseen.key = format!("{} {}", step.class, format.extension());
                // The compressed file is built next to the pixels; grain barely compresses.
                self.make_room(step, planned, photo_bytes, photo_bytes)?;
                Ok(None)
            }
        }
    }

    /// The same options, with the file of the mask in place of its name.
    fn with_mask(&mut self, step: &Step, options: &Options) -> Result<Options, RunError> {
        let mut options = options.clone();
        if let Some(mask) = &mut options.restoration.defects {
            let name = mask.to_string_lossy().into_owned();
            *mask = self
                .host
                .image(&name)
                .map_err(|error| RunError::refused(step, None, error))?;
        }
        Ok(options)
    }

    /// The memory that there is for a step and the photo that it takes: all but that of the other
    /// photos, which wait for their readers, of the network's colors, and of other graphs.
    fn machine_beside(&self, taken_bytes: u64) -> Machine {
        let waiting = self.waiting_bytes(taken_bytes);
        let others = waiting.saturating_add(self.others_bytes);
        self.host.machine().without(others)
    }

    /// The memory of the photos that wait for their readers while a step works on one, and of the network's
    /// colors.
    fn waiting_bytes(&self, taken_bytes: u64) -> u64 {
        let photos = self.photos.values().map(|photo| photo.info.decoded_bytes());
        let all = photos.fold(0, u64::saturating_add);
        let colors = self.photos.values().map(|photo| photo.colors_bytes);
        all.saturating_sub(taken_bytes) + colors.sum::<u64>()
    }

    /// Notes what a step needs, the photo that it takes included.
    fn takes(&mut self, taken_bytes: u64, needed_bytes: u64) {
        let peak_bytes = self.waiting_bytes(taken_bytes).saturating_add(needed_bytes);
        self.peak_bytes = self.peak_bytes.max(peak_bytes);
    }

    /// Refuses a step that takes a photo and makes `made_bytes` next to it, where there is no room.
    fn make_room(
        &mut self,
        step: &Step,
        planned: &Planned,
        taken_bytes: u64,
        made_bytes: u64,
    ) -> Result<(), RunError> {
        let needed_bytes = taken_bytes.saturating_add(made_bytes);
        let available_bytes = self.machine_beside(taken_bytes).available_bytes;
        if needed_bytes <= available_bytes {
            self.takes(taken_bytes, needed_bytes);
            return Ok(());
        }
        let error = Error::OutOfMemory {
            needed_bytes,
            available_bytes,
        };
        let subject = planned.subject.as_deref();
        Err(RunError::refused(step, subject, Box::new(error)))
    }

    /// Forgets a photo after its last reader.
    fn let_go(&mut self, node: &NodeId) {
        if let Some(left) = self.readers.get_mut(node) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.photos.remove(node);
            }
        }
    }
}

/// What a network's colors take, two floats a pixel.
fn colors_bytes(plan: &Plan) -> u64 {
    8 * u64::from(plan.input_width) * u64::from(plan.input_height)
}
