//! The right to work on a model: one at a time, in this process and among all.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use tintype_protocol::models::{Transfer, TransferStep};
use tintype_protocol::shell::CommandError;
use tintype_protocol::{CancelFlag, ErrorCode, Explain as _, Wording};

use crate::report::Report;
use crate::{Error, Result, STARTER_ID, Zoo};

/// How files begin that a conversion was writing, and after how long nobody is at work on one any more.
const UNFINISHED: &str = ".tintype-";
const ABANDONED: Duration = Duration::from_hours(24);

/// What is being done to a model.
pub(crate) struct Work {
    pub(crate) cancel: CancelFlag,
    pub(crate) last: Option<Transfer>,
}

/// The right to work on a model, until it is dropped.
pub(crate) struct Turn {
    zoo: Zoo,
    pub(crate) id: String,
    pub(crate) cancel: CancelFlag,
    /// Held against other programs: the app and the command line share the folder.
    _lock: File,
    has_ended: bool,
}

impl Zoo {
    /// Keeps everybody else from working on a model. `id` is a known one, or was made by us.
    ///
    /// # Errors
    /// [`Error::Busy`] if somebody is at it, [`Error::Bundled`], [`Error::Store`].
    pub(crate) fn turn(&self, id: &str) -> Result<Turn> {
        if id == STARTER_ID {
            return Err(Error::Bundled);
        }
        let folder = self.0.store.incomplete_folder();
        let lock = lock(&folder, id)?;
        let mut busy = self.busy();
        if busy.contains_key(id) {
            return Err(Error::Busy {
                model: id.to_owned(),
            });
        }
        sweep(&folder);
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
            _lock: lock,
            has_ended: false,
        })
    }
}

fn lock(folder: &Path, id: &str) -> Result<File> {
    let failed = |error| Error::store(folder, error);
    fs::create_dir_all(folder).map_err(failed)?;
    let path = folder.join(format!("{id}.lock"));
    // It stays when the turn is over: to remove it would take it from whoever waits with it open.
    let file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Busy {
            model: id.to_owned(),
        }),
        // Some network drives have no locks; there the process' own list has to do.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Removes what conversions left that were ended in the middle.
fn sweep(folder: &Path) {
    let is_abandoned = |entry: &fs::DirEntry| {
        let is_unfinished = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(UNFINISHED.as_bytes());
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.map(|time| SystemTime::now().duration_since(time).unwrap_or_default());
        is_unfinished && age.is_ok_and(|age| age > ABANDONED)
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(is_abandoned) {
        if let Err(error) = fs::remove_file(entry.path()) {
            tracing::debug!(%error, "an abandoned file stays");
        }
    }
}

/// Works on a model in a thread of its own. The listener hears of the end; nobody waits for the thread.
pub(crate) fn in_background(turn: Turn, work: impl FnOnce(&Turn) -> Result<()> + Send + 'static) {
    thread::spawn(move || {
        let done = work(&turn);
        turn.end(done.as_ref().map(|&()| ()));
    });
}

impl Turn {
    pub(crate) fn report(&self, report: Report) {
        self.tell(report.of_model(&self.id));
    }

    pub(crate) fn step(&self, step: TransferStep) {
        self.tell(self.transfer(step));
    }

    fn transfer(&self, step: TransferStep) -> Transfer {
        Transfer {
            model: self.id.clone(),
            step,
            received: 0,
            bytes: None,
            bytes_per_second: None,
            eta_ms: None,
            source: None,
            error: None,
        }
    }

    fn tell(&self, transfer: Transfer) {
        (self.zoo.0.listener)(&transfer);
        if let Some(work) = self.zoo.busy().get_mut(&self.id) {
            work.last = Some(transfer);
        }
    }

    /// Says how it ended, after the model is free again: whoever hears of it may start anew.
    pub(crate) fn end(mut self, done: std::result::Result<(), &Error>) {
        let (step, error) = match done {
            Ok(()) => (TransferStep::Installed, None),
            Err(Error::Cancelled) => (TransferStep::Cancelled, None),
            Err(error) => {
                let error = CommandError {
                    code: error.code(),
                    messages: Wording::of(error, None),
                };
                (TransferStep::Failed, Some(error))
            }
        };
        let last = self.zoo.transfer_of(&self.id);
        let (received, bytes) = last.map_or((0, None), |last| (last.received, last.bytes));
        let transfer = Transfer {
            received,
            bytes,
            error,
            ..self.transfer(step)
        };
        self.has_ended = true;
        let zoo = self.zoo.clone();
        drop(self);
        (zoo.0.listener)(&transfer);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let told = self.zoo.busy().remove(&self.id).and_then(|work| work.last);
        // A panic: whoever follows this must not wait for ever.
        if told.is_some() && !self.has_ended {
            let transfer = Transfer {
                error: Some(CommandError {
                    code: ErrorCode::Internal,
                    messages: Wording::new(
                        "Tintype stumbled over this model. This is a defect: please report it.",
                        "Tintype 处理该模型时出错。这是程序的缺陷，请反馈给我们。",
                    ),
                }),
                ..self.transfer(TransferStep::Failed)
            };
            (self.zoo.0.listener)(&transfer);
        }
    }
}
