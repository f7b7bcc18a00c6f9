//! The models of a computer as one thing: what there is, and fetching, importing, checking, removing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tintype_protocol::Wording;
use tintype_protocol::models::{Transfer, TransferStep};
use tintype_protocol::shell::ImportedModel;

use crate::catalogue::{Catalogue, Published, PublishedFile};
use crate::download::{Download, Patience};
use crate::hash::sha256;
use crate::install::{Origin, Target, id_for, install, set_aside_path};
use crate::part::Part;
use crate::record::Record;
use crate::report::{Report, Reporter};
use crate::room::ensure_room;
use crate::turn::{Turn, Work, in_background};
use crate::{CUDA_ID, Error, Installed, ModelStore, Result};

/// Hears of everything that is done to models.
pub type Listener = Box<dyn Fn(&Transfer) + Send + Sync>;

/// What a download takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// In bytes; none where only the hub knows.
    pub bytes: Option<u64>,
    /// The licence, by its SPDX identifier.
    pub license: String,
}

/// The models of a computer. Cloning gives another handle on the same ones.
#[derive(Clone)]
pub struct Zoo(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: ModelStore,
    pub(crate) catalogue: Catalogue,
    pub(crate) patience: Patience,
    pub(crate) listener: Listener,
    /// What is being done, by the model's id.
    pub(crate) busy: Mutex<HashMap<String, Work>>,
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
        in_background(turn, move |turn| zoo.fetched(turn, accepted));
        Ok(())
    }

    /// Downloads a published model, or what NVIDIA devices need, and installs it. `accepted` is what its
    /// user has agreed to, in bytes.
    ///
    /// # Errors
    /// [`Error::NotPublished`], [`Error::NotAccepted`] if it is larger, [`Error::NoRoom`], [`Error::Busy`],
    /// [`Error::Unreachable`], [`Error::Cancelled`], [`Error::Store`], and [`Error::Checkpoint`] if what
    /// was published can't be used; for NVIDIA devices [`Error::NoCudaHere`] and [`Error::NoDriver`].
    pub fn download(&self, id: &str, accepted: u64) -> Result<()> {
        self.acceptable(id, accepted)?;
        let turn = self.turn(id)?;
        let done = self.fetched(&turn, accepted);
        turn.end(done.as_ref().map(drop));
        done
    }

    /// What a download of that id takes, in bytes, and on what terms it is.
    ///
    /// # Errors
    /// [`Error::NotPublished`], [`Error::NoCudaHere`].
    pub fn offer(&self, id: &str) -> Result<Offer> {
        if id == CUDA_ID {
            let pack = self.cuda_pack()?;
            return Ok(Offer {
                bytes: Some(pack.bytes()),
                license: pack.license.clone(),
            });
        }
        let model = self.published(id)?;
        Ok(Offer {
            bytes: model.bytes(),
            license: model.license.clone(),
        })
    }

    fn acceptable(&self, id: &str, accepted: u64) -> Result<()> {
        if id == CUDA_ID {
            return self.cuda_acceptable(accepted);
        }
        let model = self.published(id)?;
        let bytes = model.bytes().unwrap_or_default();
        ensure_accepted(id, bytes, accepted)?;
        // Any one of its files will do, and once more as much is what is made of it.
        let first = model.files.first().map(std::slice::from_ref);
        let folder = self.0.store.incomplete_folder();
        ensure_room(&folder, first.unwrap_or_default(), bytes)
    }

    fn fetched(&self, turn: &Turn, accepted: u64) -> Result<()> {
        if turn.id == CUDA_ID {
            self.cuda_downloaded(turn)
        } else {
            self.downloaded(turn, accepted).map(drop)
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
        let model = self.published(&turn.id)?;
        let fetched = Download {
            id: &model.id,
            files: &model.files,
            folder: &self.0.store.incomplete_folder(),
            accepted,
            patience: self.0.patience,
            cancel: &turn.cancel,
            reporter: &mut Reporter::new(&mut hear),
        }
        .run()?;
        let origin = Origin {
            text: fetched.origin,
            sha256: fetched.sha256,
        };
        let record = self.install(fetched.part.path(), origin, turn)?;
        drop(fetched.part);
        self.tidy_up(&turn.id);
        Ok(record)
    }

    fn install(&self, checkpoint: &Path, origin: Origin, turn: &Turn) -> Result<Record> {
        turn.step(TransferStep::Converting);
        let target = Target {
            model: &self.path_of(&turn.id),
            unfinished: &self.0.store.incomplete_folder(),
            cancel: &turn.cancel,
        };
        install(checkpoint, origin, &target)
    }

    /// Removes what an installed model no longer needs. The model is there whether or not that goes well.
    fn tidy_up(&self, id: &str) {
        let parts = match self.0.catalogue.find(id) {
            Some(model) => discard_parts(id, &model.files, &self.0.store.incomplete_folder()),
            None => Ok(()),
        };
        if let Err(error) = parts.and_then(|()| self.forget_damage(id)) {
            tracing::warn!(id, %error, "left over");
        }
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
        let hash = sha256(path, &mut |_| true).map_err(read)?;
        let hash = hash.unwrap_or_default();
        let published = self.0.catalogue.by_sha256(&hash);
        let origin = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let origin = Origin {
            text: origin.display().to_string(),
            sha256: hash,
        };
        let turn = self.turn_to_import(path, published, &origin.sha256)?;
        let id = turn.id.clone();
        let done = self.install(path, origin, &turn);
        if done.is_ok() {
            self.tidy_up(&id);
        }
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

    /// Chooses what an imported file is called, and keeps everybody else from that name.
    fn turn_to_import(
        &self,
        path: &Path,
        published: Option<&Published>,
        hash: &str,
    ) -> Result<Turn> {
        if let Some(model) = published {
            return self.turn(&model.id);
        }
        let store = &self.0.store;
        let is_it = |model: &Installed| {
            let record = model.path.as_deref().and_then(|path| store.record_of(path));
            record.is_some_and(|record| record.sha256 == hash)
        };
        if let Some(same) = store.installed().into_iter().find(is_it) {
            return self.turn(&same.id);
        }
        loop {
            let id = id_for(path, |id| self.is_taken(id));
            match self.turn(&id) {
                // Somebody was quicker; by now the name is taken.
                Ok(turn) if self.is_installed(&id) => drop(turn),
                turn => return turn,
            }
        }
    }

    fn is_installed(&self, id: &str) -> bool {
        let installed = self.0.store.installed();
        installed.iter().any(|model| is_same_name(&model.id, id))
    }

    fn is_taken(&self, id: &str) -> bool {
        let mut damaged = self.0.store.set_aside_ids().into_iter();
        let mut published = self.0.catalogue.models.iter();
        is_same_name(id, CUDA_ID)
            || self.is_installed(id)
            || published.any(|model| is_same_name(&model.id, id))
            || damaged.any(|known| is_same_name(&known, id))
            || self.busy().keys().any(|busy| is_same_name(busy, id))
    }

    /// Starts comparing an installed model with what it was when it was installed.
    ///
    /// # Errors
    /// What [`verify`](Self::verify) finds out without reading the file.
    pub fn start_verify(&self, id: &str) -> Result<()> {
        self.ensure_installed(id)?;
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
        self.ensure_installed(id)?;
        let turn = self.turn(id)?;
        let done = self.verified(&turn);
        turn.end(done.as_ref().map(drop));
        done
    }

    fn ensure_installed(&self, id: &str) -> Result<()> {
        if id == CUDA_ID {
            return self.ensure_cuda_installed();
        }
        self.own_file(id).map(drop)
    }

    fn verified(&self, turn: &Turn) -> Result<()> {
        if turn.id == CUDA_ID {
            return self.cuda_verified(turn);
        }
        let path = self.own_file(&turn.id)?;
        let failed = |error| Error::store(&path, error);
        let mut hear = |report: Report| turn.report(report);
        let found = Reporter::new(&mut hear).check(&path, &turn.cancel);
        let found = found.map_err(failed)?.ok_or(Error::Cancelled)?;
        match self.0.store.record_of(&path) {
            Some(record) if record.written_sha256 != found => {
                Err(self.0.store.set_aside(&turn.id, &path))
            }
            Some(_) => Ok(()),
            // Put there by hand: all that can be said is whether it is a checkpoint.
            None => self.0.store.open_file(&path).map(drop),
        }
    }

    /// Removes an installed model and all that belongs to it; also one that was set aside, and what has
    /// arrived of a published one.
    ///
    /// # Errors
    /// [`Error::UnknownModel`], [`Error::Bundled`], [`Error::Busy`], [`Error::Store`].
    pub fn remove(&self, id: &str) -> Result<()> {
        if id == CUDA_ID {
            return self.remove_cuda();
        }
        let published = self.0.catalogue.find(id);
        // Names from outside are only ever compared with names that are known: they may look like paths.
        let was_damaged = self.0.store.set_aside_ids().iter().any(|known| known == id);
        let path = match self.own_file(id) {
            Ok(path) => Some(path),
            Err(Error::UnknownModel { .. }) if was_damaged || published.is_some() => None,
            Err(error) => return Err(error),
        };
        let _turn = self.turn(id)?;
        if let Some(path) = path {
            self.0.store.remove(&path)?;
        }
        if let Some(model) = published {
            discard_parts(id, &model.files, &self.0.store.incomplete_folder())?;
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

    fn forget_damage(&self, id: &str) -> Result<()> {
        let path = set_aside_path(self.0.store.models_folder(), id);
        crate::record::remove_if_there(&path).map_err(|error| Error::store(&path, error))
    }

    pub(crate) fn busy(&self) -> MutexGuard<'_, HashMap<String, Work>> {
        self.0.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes sure that a download takes no more than its user has agreed to.
pub(crate) fn ensure_accepted(id: &str, bytes: u64, accepted: u64) -> Result<()> {
    if bytes > accepted {
        return Err(Error::NotAccepted {
            model: id.to_owned(),
            bytes,
            accepted,
        });
    }
    Ok(())
}

/// Removes what has arrived of the files of `id`.
pub(crate) fn discard_parts(id: &str, files: &[PublishedFile], folder: &Path) -> Result<()> {
    for (number, file) in files.iter().enumerate() {
        let discarded = Part::discard(folder, &file.part_key(id, number));
        discarded.map_err(|error| Error::store(folder, error))?;
    }
    Ok(())
}

/// Whether two names are one on some system.
fn is_same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
