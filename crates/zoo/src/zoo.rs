//! The models of a computer as one thing: what there is, and fetching, importing, checking, removing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tintype_protocol::models::{Transfer, TransferStep};
use tintype_protocol::shell::{CommandError, ImportedModel};
use tintype_protocol::{CancelFlag, Explain as _, Wording};

use crate::catalogue::{Catalogue, Published};
use crate::download::{Download, Patience};
use crate::hash::sha256;
use crate::install::{Origin, id_for, install, set_aside_path};
use crate::part::Part;
use crate::record::Record;
use crate::report::{Report, Reporter};
use crate::{Error, Installed, ModelStore, Result, STARTER_ID};

/// Hears of everything that is done to models.
pub type Listener = Box<dyn Fn(&Transfer) + Send + Sync>;

/// The models of a computer. Cloning gives another handle on the same ones.
#[derive(Clone)]
pub struct Zoo(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: ModelStore,
    pub(crate) catalogue: Catalogue,
    patience: Patience,
    listener: Listener,
    /// What is being done, by the model's id.
    busy: Mutex<HashMap<String, Work>>,
}

struct Work {
    cancel: CancelFlag,
    last: Option<Transfer>,
}

impl Zoo {
    /// The models of `store`, and those that `catalogue` offers.
    #[must_use]
    pub fn new(
        store: ModelStore,
        catalogue: Catalogue,
        patience: Patience,
        listener: Listener,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            catalogue,
            patience,
            listener,
            busy: Mutex::default(),
        }))
    }

    /// Where models lie.
    #[must_use]
    pub fn store(&self) -> &ModelStore {
        &self.0.store
    }

    /// Starts downloading a published model. The listener hears how it goes.
    ///
    /// # Errors
    /// What [`download`](Self::download) finds out before anything is asked of the network.
    pub fn start_download(&self, id: &str, accepted: u64) -> Result<()> {
        self.acceptable(id, accepted)?;
        let turn = self.turn(id)?;
        let zoo = self.clone();
        in_background(turn, move |turn| zoo.downloaded(turn, accepted).map(drop));
        Ok(())
    }

    /// Downloads a published model and installs it. `accepted` is what its user has agreed to, in bytes.
    ///
    /// # Errors
    /// [`Error::NotPublished`], [`Error::NotAccepted`] if it is larger, [`Error::Busy`],
    /// [`Error::Unreachable`], [`Error::Cancelled`], [`Error::Store`], and [`Error::Checkpoint`] if what
    /// was published can't be used.
    pub fn download(&self, id: &str, accepted: u64) -> Result<Record> {
        self.acceptable(id, accepted)?;
        let turn = self.turn(id)?;
        let done = self.downloaded(&turn, accepted);
        turn.end(done.as_ref().map(drop));
        done
    }

    fn acceptable(&self, id: &str, accepted: u64) -> Result<()> {
        let model = self.published(id)?;
        match model.bytes() {
            Some(bytes) if bytes > accepted => Err(Error::NotAccepted {
                model: id.to_owned(),
                bytes,
                accepted,
            }),
            _ => Ok(()),
        }
    }

    /// The published model of that id.
    ///
    /// # Errors
    /// [`Error::NotPublished`] with the ids that there are.
    pub fn published(&self, id: &str) -> Result<&Published> {
        let models = &self.0.catalogue.models;
        self.0
            .catalogue
            .find(id)
            .ok_or_else(|| Error::NotPublished {
                name: id.to_owned(),
                known: models.iter().map(|model| model.id.clone()).collect(),
            })
    }

    fn downloaded(&self, turn: &Turn, accepted: u64) -> Result<Record> {
        let mut hear = |report: Report| turn.report(report);
        let fetched = Download {
            model: self.published(&turn.id)?,
            folder: &self.incomplete(),
            accepted,
            patience: self.0.patience,
            cancel: &turn.cancel,
            reporter: Reporter::new(&mut hear),
        }
        .run()?;
        turn.step(TransferStep::Converting);
        let origin = Origin {
            text: fetched.origin,
            sha256: fetched.sha256,
        };
        let record = install(fetched.part.path(), origin, &self.path_of(&turn.id))?;
        self.forget_damage(&turn.id)?;
        let left = self.incomplete();
        fetched
            .part
            .remove()
            .map_err(|error| Error::store(&left, error))?;
        Ok(record)
    }

    /// Takes in a checkpoint from disk. The file itself stays as it is.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if it is none that can be used, saying what it is; [`Error::NoSuchFile`],
    /// [`Error::Store`], [`Error::Busy`].
    pub fn import(&self, path: &Path) -> Result<ImportedModel> {
        if !path.is_file() {
            return Err(Error::NoSuchFile {
                path: path.to_owned(),
            });
        }
        let read = |error| Error::store(path, error);
        // Hashed first: it tells which model this is.
        let hash = sha256(path, &mut |_| true)
            .map_err(read)?
            .unwrap_or_default();
        let published = self.0.catalogue.by_sha256(&hash);
        let same = self.0.store.installed().into_iter().find(|model| {
            let record = model.path.as_deref().and_then(Record::of);
            record.is_some_and(|record| record.sha256 == hash)
        });
        let id = match (published, &same) {
            (Some(model), _) => model.id.clone(),
            (None, Some(model)) => model.id.clone(),
            (None, None) => id_for(path, |id| self.is_taken(id)),
        };
        let origin = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let origin = Origin {
            text: origin.display().to_string(),
            sha256: hash,
        };
        let turn = self.turn(&id)?;
        turn.step(TransferStep::Converting);
        let done = install(path, origin, &self.path_of(&id))
            .and_then(|record| self.forget_damage(&id).map(|()| record));
        turn.end(done.as_ref().map(drop));
        let record = done?;
        Ok(ImportedModel {
            name: published.map_or_else(|| Wording::new(&id, &id), |model| model.name.clone()),
            id,
            origin: record.origin,
            sha256: record.sha256,
            architecture: record.architecture,
            parameters: record.parameters,
            is_published: published.is_some(),
        })
    }

    fn is_taken(&self, id: &str) -> bool {
        let is_installed = |model: &Installed| model.id == id;
        self.0.catalogue.find(id).is_some()
            || self.0.store.installed().iter().any(is_installed)
            || self.busy().contains_key(id)
    }

    /// Starts comparing an installed model with what it was when it was installed.
    ///
    /// # Errors
    /// What [`verify`](Self::verify) finds out without reading the file.
    pub fn start_verify(&self, id: &str) -> Result<()> {
        self.own_file(id)?;
        let turn = self.turn(id)?;
        let zoo = self.clone();
        in_background(turn, move |turn| zoo.verified(turn));
        Ok(())
    }

    /// Compares an installed model with what it was when it was installed. A damaged one is set aside.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::UnknownModel`], [`Error::Bundled`], [`Error::Busy`],
    /// [`Error::Cancelled`], [`Error::Store`].
    pub fn verify(&self, id: &str) -> Result<()> {
        self.own_file(id)?;
        let turn = self.turn(id)?;
        let done = self.verified(&turn);
        turn.end(done.as_ref().map(drop));
        done
    }

    fn verified(&self, turn: &Turn) -> Result<()> {
        let path = self.own_file(&turn.id)?;
        let failed = |error| Error::store(&path, error);
        let total = path.metadata().map_err(failed)?.len();
        let mut hear = |report: Report| turn.report(report);
        let mut reporter = Reporter::new(&mut hear);
        let mut tell = |done| {
            reporter.step(TransferStep::Checking, done, Some(total));
            !turn.cancel.is_cancelled()
        };
        let found = sha256(&path, &mut tell).map_err(failed)?;
        let found = found.ok_or(Error::Cancelled)?;
        match Record::of(&path) {
            Some(record) if record.written_sha256 != found => {
                Err(self.0.store.set_aside(&turn.id, &path))
            }
            Some(_) => Ok(()),
            // Put there by hand: all that can be said is whether it is a checkpoint.
            None => self.0.store.open_file(&path).map(drop),
        }
    }

    /// Removes an installed model and all that belongs to it.
    ///
    /// # Errors
    /// [`Error::UnknownModel`], [`Error::Bundled`], [`Error::Busy`], [`Error::Store`].
    pub fn remove(&self, id: &str) -> Result<()> {
        let was_damaged = set_aside_path(self.0.store.models_folder(), id).is_file();
        let path = match self.own_file(id) {
            Err(Error::UnknownModel { .. }) if was_damaged => self.path_of(id),
            path => path?,
        };
        let _turn = self.turn(id)?;
        self.0.store.remove(&path)?;
        if let Some(model) = self.0.catalogue.find(id) {
            let hashes = model.files.iter().filter_map(|file| file.sha256.as_ref());
            for key in hashes {
                let folder = self.incomplete();
                Part::discard(&folder, key).map_err(|error| Error::store(&folder, error))?;
            }
        }
        self.forget_damage(id)
    }

    /// Asks what is being done to a model to stop. Whether something was.
    #[allow(
        clippy::must_use_candidate,
        reason = "most callers do not mind if nothing was"
    )]
    pub fn cancel(&self, id: &str) -> bool {
        let busy = self.busy();
        let work = busy.get(id);
        if let Some(work) = work {
            work.cancel.cancel();
        }
        work.is_some()
    }

    /// Asks all that is being done to stop, as when the program ends. What has arrived is kept.
    pub fn cancel_all(&self) {
        for work in self.busy().values() {
            work.cancel.cancel();
        }
    }

    /// What is being done at the moment.
    #[must_use]
    pub fn transfers(&self) -> Vec<Transfer> {
        let busy = self.busy();
        busy.values().filter_map(|work| work.last.clone()).collect()
    }

    /// What is being done to one model at the moment.
    pub(crate) fn transfer_of(&self, id: &str) -> Option<Transfer> {
        self.busy().get(id).and_then(|work| work.last.clone())
    }

    /// The file of an installed model that can be removed.
    fn own_file(&self, id: &str) -> Result<PathBuf> {
        let installed = self.0.store.installed();
        match installed.iter().find(|model| model.id == id) {
            Some(Installed {
                path: Some(path), ..
            }) => Ok(path.clone()),
            Some(_) => Err(Error::Bundled),
            None => Err(Error::UnknownModel {
                name: id.to_owned(),
                known: installed.into_iter().map(|model| model.id).collect(),
            }),
        }
    }

    fn path_of(&self, id: &str) -> PathBuf {
        let folder = self.0.store.models_folder();
        folder.join(format!("{id}.safetensors"))
    }

    fn incomplete(&self) -> PathBuf {
        self.0.store.models_folder().join("incomplete")
    }

    fn forget_damage(&self, id: &str) -> Result<()> {
        let path = set_aside_path(self.0.store.models_folder(), id);
        crate::record::remove_if_there(&path).map_err(|error| Error::store(&path, error))
    }

    fn busy(&self) -> MutexGuard<'_, HashMap<String, Work>> {
        self.0.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps everybody else from working on a model.
    fn turn(&self, id: &str) -> Result<Turn> {
        if id == STARTER_ID {
            return Err(Error::Bundled);
        }
        let mut busy = self.busy();
        if busy.contains_key(id) {
            return Err(Error::Busy {
                model: id.to_owned(),
            });
        }
        let cancel = CancelFlag::new();
        let work = Work {
            cancel: cancel.clone(),
            last: None,
        };
        busy.insert(id.to_owned(), work);
        Ok(Turn {
            zoo: self.clone(),
            id: id.to_owned(),
            cancel,
        })
    }
}

/// Works on a model in a thread of its own. The listener hears of the end; nobody waits for the thread.
fn in_background(turn: Turn, work: impl FnOnce(&Turn) -> Result<()> + Send + 'static) {
    thread::spawn(move || {
        let done = work(&turn);
        turn.end(done.as_ref().map(|&()| ()));
    });
}

/// The right to work on a model, until it is dropped.
struct Turn {
    zoo: Zoo,
    id: String,
    cancel: CancelFlag,
}

impl Turn {
    fn report(&self, report: Report) {
        self.tell(report.of_model(&self.id));
    }

    fn step(&self, step: TransferStep) {
        self.tell(Transfer {
            model: self.id.clone(),
            step,
            received: 0,
            bytes: None,
            bytes_per_second: None,
            eta_ms: None,
            source: None,
            error: None,
        });
    }

    fn tell(&self, transfer: Transfer) {
        (self.zoo.0.listener)(&transfer);
        if let Some(work) = self.zoo.busy().get_mut(&self.id) {
            work.last = Some(transfer);
        }
    }

    /// Says how it ended, after the model is free again: whoever hears of it may start anew.
    fn end(self, done: std::result::Result<(), &Error>) {
        let last = self
            .zoo
            .busy()
            .get(&self.id)
            .and_then(|work| work.last.clone());
        let (step, error) = match done {
            Ok(()) => (TransferStep::Installed, None),
            Err(Error::Cancelled) => (TransferStep::Cancelled, None),
            Err(error) => (
                TransferStep::Failed,
                Some(CommandError {
                    code: error.code(),
                    messages: Wording::of(error, None),
                }),
            ),
        };
        let (received, bytes) = last.map_or((0, None), |last| (last.received, last.bytes));
        let transfer = Transfer {
            model: self.id.clone(),
            step,
            received,
            bytes,
            bytes_per_second: None,
            eta_ms: None,
            source: None,
            error,
        };
        let zoo = self.zoo.clone();
        drop(self);
        (zoo.0.listener)(&transfer);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.zoo.busy().remove(&self.id);
    }
}
