//! Running workflows on the models that there are.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use tintype_engine::Colorizer;
use tintype_protocol::{
    CancelFlag, ErrorCode, Explain, FolderKind, ModelPrecision, NodeErrors, NodeFaults, Output,
    RequestError, Wording,
};
use tintype_workflow::{
    Catalog, Destination, Event, Host, HostError, Rejection, RunError, check, read_value, run,
};

use crate::{Failure, Folders, Job, Part, Report, Runner};

/// Why a model can't be had.
pub type ModelError = Box<dyn Explain + Send + Sync>;

/// The models that there are.
pub trait Models: Send + Sync {
    /// Their names, as workflows have them.
    fn names(&self) -> Vec<String>;

    /// Loads one. May take a while where it is used for the first time; stops where the flag is raised.
    ///
    /// # Errors
    /// Why it can't be had: `MODEL_MISSING`, `MODEL_INVALID`, `CANCELLED`, or what the device says.
    fn load(&self, name: &str, cancel: &CancelFlag) -> Result<Box<dyn Colorizer>, ModelError>;

    /// The SHA-256 of one in hexadecimal, if it is known.
    fn sha256(&self, _name: &str) -> Option<String> {
        None
    }

    /// Which arithmetic one runs in, and why, as far as that is known without running it.
    fn precision(&self, _name: &str) -> Option<ModelPrecision> {
        None
    }
}

/// Runs workflows. Keeps the model that was used last, since the next job most likely wants the same.
pub struct WorkflowRunner {
    world: World,
}

/// What a running workflow is given.
struct World {
    folders: Folders,
    models: Arc<dyn Models>,
    warm: Option<Warm>,
    /// Of the job that runs.
    cancel: CancelFlag,
}

/// A loaded model.
struct Warm {
    name: String,
    colorizer: Box<dyn Colorizer>,
    /// Asked for once: a checkpoint as it was published is read whole for it.
    sha256: OnceLock<Option<String>>,
}

impl WorkflowRunner {
    /// A runner that has not loaded anything yet.
    #[must_use]
    pub fn new(folders: Folders, models: Arc<dyn Models>) -> Self {
        Self {
            world: World {
                folders,
                models,
                warm: None,
                cancel: CancelFlag::new(),
            },
        }
    }
}

impl Runner for WorkflowRunner {
    fn run(
        &mut self,
        job: &Job,
        report: &mut dyn FnMut(Report),
        cancel: &CancelFlag,
    ) -> Result<Vec<Output>, Failure> {
        // It was checked when it was queued; since then photos and models may have gone.
        let prompt = read_value(job.workflow.clone())
            .map_err(|error| Failure::new(error.code(), Wording::of(&error, None)))?;
        let graph = check(&prompt, &self.world).map_err(|rejection| refused(&rejection))?;
        self.world.cancel = cancel.clone();
        let mut observer = |event| report(translated(event));
        let outputs = run(&graph, &mut self.world, &mut observer, cancel).map_err(failed)?;
        Ok(outputs.into_values().flatten().collect())
    }

    fn rest(&mut self) {
        self.world.warm = None;
    }
}

impl Catalog for World {
    fn has_image(&self, name: &str) -> bool {
        self.folders.resolve(name).is_ok()
    }

    fn checkpoints(&self) -> Vec<String> {
        self.models.names()
    }
}

impl Host for World {
    fn image(&mut self, name: &str) -> Result<PathBuf, HostError> {
        self.folders
            .resolve(name)
            .map_err(|error| Box::new(error) as HostError)
    }

    fn colorizer(&mut self, checkpoint: &str) -> Result<&mut dyn Colorizer, HostError> {
        let warm = match self.warm.take() {
            Some(warm) if warm.name == checkpoint => warm,
            other => {
                // Two models at once may be more than there is room for.
                drop(other);
                tracing::info!(checkpoint, "loading");
                Warm {
                    name: checkpoint.to_owned(),
                    colorizer: self.models.load(checkpoint, &self.cancel)?,
                    sha256: OnceLock::new(),
                }
            }
        };
        Ok(self.warm.insert(warm).colorizer.as_mut())
    }

    fn sha256(&self, checkpoint: &str) -> Option<String> {
        let warm = self.warm.as_ref().filter(|warm| warm.name == checkpoint)?;
        let sha256 = warm.sha256.get_or_init(|| self.models.sha256(checkpoint));
        sha256.clone()
    }

    fn destination(
        &mut self,
        folder: FolderKind,
        prefix: &str,
        extension: &str,
    ) -> Result<Destination, HostError> {
        let (path, added) = self
            .folders
            .free_output(folder, prefix, extension)
            .map_err(|error| Box::new(error) as HostError)?;
        Ok(Destination {
            path,
            filename: added.filename,
            subfolder: added.subfolder,
        })
    }
}

fn translated(event: Event) -> Report {
    match event {
        Event::Planned(steps) => Report::Planned(
            steps
                .into_iter()
                .map(|step| Part {
                    node: step.node,
                    key: step.key,
                    expected: step.expected,
                })
                .collect(),
        ),
        Event::NodeStarted(node) => Report::NodeStarted(node),
        Event::Stage { node, event } => Report::Stage { node, event },
        Event::NodeEnded { node, outputs } => Report::NodeEnded { node, outputs },
    }
}

fn failed(error: RunError) -> Failure {
    Failure {
        suggested_size: error.suggested_size,
        node: Some(error.node),
        node_class: Some(error.class.to_owned()),
        ..Failure::new(
            error.error.code(),
            Wording::of(error.error.as_ref(), error.subject.as_deref()),
        )
    }
}

fn refused(rejection: &Rejection) -> Failure {
    Failure {
        node: rejection.nodes.keys().next().cloned(),
        node_errors: Some(node_errors(rejection)),
        ..Failure::new(ErrorCode::WorkflowInvalid, Wording::of(rejection, None))
    }
}

/// What is wrong with each node, as it is sent.
#[must_use]
pub fn node_errors(rejection: &Rejection) -> NodeErrors {
    let of_node = |node: &tintype_workflow::NodeFaults| NodeFaults {
        errors: node.faults.iter().map(request_error).collect(),
        dependent_outputs: node.dependent_outputs.clone(),
        class_type: node.class.clone(),
    };
    let nodes = rejection.nodes.iter();
    nodes
        .map(|(id, node)| (id.clone(), of_node(node)))
        .collect()
}

fn request_error(fault: &tintype_workflow::Fault) -> RequestError {
    use serde_json::json;
    use tintype_protocol::Language;

    let words = Wording::new(
        fault.words(Language::English),
        fault.words(Language::Chinese),
    );
    let mut extra_info = serde_json::Map::new();
    if let Some(input) = fault.input() {
        extra_info.insert("input_name".to_owned(), json!(input));
    }
    if let Some(received) = fault.received() {
        extra_info.insert("received_value".to_owned(), received);
    }
    extra_info.insert("messages".to_owned(), json!(words));
    RequestError {
        kind: fault.kind().to_owned(),
        message: words.english,
        details: fault.input().unwrap_or_default().to_owned(),
        extra_info,
    }
}
