//! Running workflows on the models that there are.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tintype_engine::{Colorizer, Error as EngineError, Room, SharedColorizer};
use tintype_photo::Coloring;
use tintype_protocol::{
    CancelFlag, ErrorCode, Explain, FolderKind, ModelPrecision, NodeErrors, NodeFaults, Output,
    RequestError, Wording,
};
use tintype_workflow::{
    Catalog, Destination, Event, Host, HostError, Rejection, RunError, check, read_value, run,
};

use crate::{ColorStore, Failure, Folders, Job, Part, Report, Runner};

/// How often somebody who waits for a model looks whether the job is still wanted.
const LOOK: Duration = Duration::from_millis(50);

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

/// Runs workflows.
pub struct WorkflowRunner {
    world: World,
}

/// What a running workflow is given.
struct World {
    folders: Folders,
    shelf: Arc<Shelf>,
    /// The model that is used now.
    held: Option<Held>,
    /// Of the job that runs.
    cancel: CancelFlag,
}

/// What runners share. The model that was used last is kept, since the next job most likely wants the same.
struct Shelf {
    models: Arc<dyn Models>,
    colors: ColorStore,
    kept: Mutex<Option<Held>>,
    /// Tells that a runner has let go of the model.
    let_go: Condvar,
    room: Room,
}

/// A loaded model.
struct Model {
    name: String,
    /// Asked for once: a checkpoint as it was published is read whole for it.
    sha256: OnceLock<Option<String>>,
}

/// A loaded model in the hands of the shelf or of a runner.
#[derive(Clone)]
struct Held {
    model: Arc<Model>,
    colorizer: SharedColorizer,
}

impl WorkflowRunner {
    /// So many runners that have not loaded anything yet, for jobs that run at once. They share one model and
    /// take turns on it.
    #[must_use]
    pub fn several(
        count: usize,
        folders: &Folders,
        models: Arc<dyn Models>,
        colors: &ColorStore,
    ) -> Vec<Self> {
        let shelf = Arc::new(Shelf {
            models,
            colors: colors.clone(),
            kept: Mutex::new(None),
            let_go: Condvar::new(),
            room: Room::default(),
        });
        let runner = || Self {
            world: World {
                folders: folders.clone(),
                shelf: Arc::clone(&shelf),
                held: None,
                cancel: CancelFlag::new(),
            },
        };
        std::iter::repeat_with(runner).take(count).collect()
    }
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        // It is set in one go.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The model of that name, loaded if it is not. Waits while others use another one: two models at once
    /// may be more than there is room for.
    fn get(&self, name: &str, cancel: &CancelFlag) -> Result<Held, ModelError> {
        let mut kept = self.lock();
        loop {
            match &*kept {
                Some(held) if held.model.name == name => return Ok(held.clone()),
                Some(other) if Arc::strong_count(&other.model) > 1 => {
                    if cancel.is_cancelled() {
                        return Err(Box::new(EngineError::Cancelled));
                    }
                    let waited = self.let_go.wait_timeout(kept, LOOK);
                    kept = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                _ => break,
            }
        }
        *kept = None;
        tracing::info!(checkpoint = name, "loading");
        let model = Arc::new(Model {
            name: name.to_owned(),
            sha256: OnceLock::new(),
        });
        let colorizer = SharedColorizer::new(self.models.load(name, cancel)?);
        Ok(kept.insert(Held { model, colorizer }).clone())
    }
}

impl World {
    /// Lets go of the model, which stays loaded.
    fn let_go(&mut self) {
        self.held = None;
        self.shelf.let_go.notify_all();
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
        let mut observer = |event| report(translated(event));
        self.world.cancel = cancel.clone();
        let outputs = run(&graph, &mut self.world, &mut observer, cancel);
        self.world.let_go();
        let outputs = outputs.map_err(failed)?;
        Ok(outputs.into_values().flatten().collect())
    }

    fn rest(&mut self) {
        *self.world.shelf.lock() = None;
        self.world.let_go();
    }
}

impl Catalog for World {
    fn has_image(&self, name: &str) -> bool {
        self.folders.resolve(name).is_ok()
    }

    fn checkpoints(&self) -> Vec<String> {
        self.shelf.models.names()
    }
}

impl Host for World {
    fn image(&mut self, name: &str) -> Result<PathBuf, HostError> {
        self.folders
            .resolve(name)
            .map_err(|error| Box::new(error) as HostError)
    }

    fn colorizer(&mut self, checkpoint: &str) -> Result<&mut dyn Colorizer, HostError> {
        let held = match self.held.take() {
            Some(held) if held.model.name == checkpoint => held,
            other => {
                drop(other);
                self.let_go();
                self.shelf.get(checkpoint, &self.cancel)?
            }
        };
        Ok(&mut self.held.insert(held).colorizer)
    }

    fn keep(&mut self, result: &Path, coloring: &Coloring, cancel: &CancelFlag) {
        if let Err(error) = self.shelf.colors.keep(result, coloring, cancel) {
            // The result itself is there, and that is what the job was for.
            tracing::warn!(%error, result = %result.display(), "a result's colors could not be kept");
        }
    }

    fn sha256(&self, checkpoint: &str) -> Option<String> {
        let held = self.held.as_ref();
        let model = &held.filter(|held| held.model.name == checkpoint)?.model;
        let ask = || self.shelf.models.sha256(checkpoint);
        model.sha256.get_or_init(ask).clone()
    }

    fn room(&self) -> Room {
        self.shelf.room.clone()
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
