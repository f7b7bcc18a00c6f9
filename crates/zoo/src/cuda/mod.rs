//! The part of libtorch for NVIDIA devices: too large to be in the program, and of use to few, so it is
//! downloaded when somebody asks for it, and is checked like a model.

mod driver;
mod pack;
mod shelf;
mod unpack;

use std::fs;
use std::path::PathBuf;

use tintype_protocol::Wording;
use tintype_protocol::models::{Addon, ModelState, TransferStep};

use crate::download::Download;
use crate::listing::hosts_of;
use crate::report::{Report, Reporter};
use crate::room::ensure_room;
use crate::turn::Turn;
use crate::zoo::{discard_parts, ensure_accepted};
use crate::{CUDA_ID, Catalogue, Error, ModelStore, Result, Zoo};
pub use pack::{CudaPack, Wheel};
use shelf::{Contents, CudaShelf};
use unpack::unpack;

impl ModelStore {
    /// The library that has the libtorch of that version use NVIDIA devices, if it is installed and the driver is
    /// there.
    #[must_use]
    pub fn cuda_library(&self, catalogue: &Catalogue, libtorch: &str) -> Option<PathBuf> {
        let pack = catalogue.cuda.as_ref()?;
        let shelf = CudaShelf::new(self.cuda_folder(), pack);
        let fits = pack.is_for_this_system() && pack.libtorch == libtorch;
        let is_usable = fits && shelf.is_whole() && driver::is_there(&pack.driver);
        is_usable.then(|| shelf.folder().join(&pack.library))
    }
}

impl Zoo {
    /// What can be had besides models, on this system.
    #[must_use]
    pub fn addons(&self) -> Vec<Addon> {
        let Ok(pack) = self.cuda_pack() else {
            return Vec::new();
        };
        let is_whole = self.cuda_shelf(pack).is_whole();
        let needs_driver = !driver::is_there(&pack.driver);
        vec![Addon {
            id: CUDA_ID.to_owned(),
            name: Wording::new("NVIDIA graphics cards", "NVIDIA 显卡支持"),
            about: Wording::new(
                "Colors photos on the graphics card, many times as fast. Needs NVIDIA's driver, 580 or newer.",
                "使用显卡上色，速度快很多倍。需要 580 或更新版本的 NVIDIA 驱动。",
            ),
            license: pack.license.clone(),
            state: if is_whole {
                ModelState::Installed
            } else {
                ModelState::Available
            },
            bytes: if is_whole {
                pack.unpacked_bytes
            } else {
                pack.bytes()
            },
            hosts: hosts_of(&pack.files()),
            hindrance: needs_driver.then(no_driver),
            // That depends on whoever runs it.
            is_used: false,
            transfer: self.transfer_of(CUDA_ID),
        }]
    }

    /// The pack that can be had here.
    pub(crate) fn cuda_pack(&self) -> Result<&CudaPack> {
        let pack = self.0.catalogue.cuda.as_ref();
        pack.filter(|pack| pack.is_for_this_system())
            .ok_or(Error::NoCudaHere)
    }

    fn cuda_shelf(&self, pack: &CudaPack) -> CudaShelf {
        CudaShelf::new(self.0.store.cuda_folder(), pack)
    }

    /// Whether the pack may be downloaded: for this system, with a driver, as large as was agreed to, and
    /// with room for it.
    pub(crate) fn cuda_acceptable(&self, accepted: u64) -> Result<()> {
        let pack = self.cuda_pack()?;
        if !driver::is_there(&pack.driver) {
            return Err(Error::NoDriver);
        }
        ensure_accepted(CUDA_ID, pack.bytes(), accepted)?;
        let folder = self.0.store.incomplete_folder();
        ensure_room(&folder, &pack.files(), pack.unpacked_bytes)
    }

    /// Fetches all wheels, then unpacks them. What has arrived is kept until all is done, so that another try
    /// goes on from there.
    pub(crate) fn cuda_downloaded(&self, turn: &Turn) -> Result<()> {
        let pack = self.cuda_pack()?;
        let mut hear = |report: Report| turn.report(report);
        let mut reporter = Reporter::new(&mut hear);
        let parts = self.fetch_wheels(pack, turn, &mut reporter)?;
        self.unpack_wheels(pack, &parts, turn, &mut reporter)?;
        // It is there whether or not this goes well.
        if let Err(error) = self.discard_wheels(pack) {
            tracing::warn!(%error, "left over");
        }
        Ok(())
    }

    fn fetch_wheels(
        &self,
        pack: &CudaPack,
        turn: &Turn,
        reporter: &mut Reporter<'_>,
    ) -> Result<Vec<PathBuf>> {
        let mut before = 0;
        let mut parts = Vec::with_capacity(pack.wheels.len());
        for wheel in &pack.wheels {
            reporter.one_of_many(before, pack.bytes());
            let fetched = Download {
                id: CUDA_ID,
                files: &[wheel.file()],
                folder: &self.0.store.incomplete_folder(),
                accepted: wheel.bytes,
                patience: self.0.patience,
                cancel: &turn.cancel,
                reporter: &mut *reporter,
            }
            .run()?;
            parts.push(fetched.part.path().to_owned());
            before += wheel.bytes;
        }
        Ok(parts)
    }

    fn unpack_wheels(
        &self,
        pack: &CudaPack,
        parts: &[PathBuf],
        turn: &Turn,
        reporter: &mut Reporter<'_>,
    ) -> Result<()> {
        let shelf = self.cuda_shelf(pack);
        let failed = |error| Error::store(shelf.root(), error);
        fs::create_dir_all(shelf.root()).map_err(failed)?;
        // Gone again unless it gets its name.
        let unfinished = tempfile::tempdir_in(shelf.root()).map_err(failed)?;
        let mut contents = Contents::default();
        let mut done = 0;
        for (wheel, part) in pack.wheels.iter().zip(parts) {
            let mut tell = |bytes| {
                done += bytes;
                reporter.step(TransferStep::Unpacking, done, Some(pack.unpacked_bytes));
            };
            let files = unpack(
                part,
                &wheel.take,
                unfinished.path(),
                &mut tell,
                &turn.cancel,
            );
            let files = files.map_err(failed)?.ok_or(Error::Cancelled)?;
            contents.files.extend(files);
        }
        shelf.put(unfinished.path(), &contents).map_err(failed)
    }

    fn discard_wheels(&self, pack: &CudaPack) -> Result<()> {
        let folder = self.0.store.incomplete_folder();
        discard_parts(CUDA_ID, &pack.files(), &folder)
    }

    pub(crate) fn ensure_cuda_installed(&self) -> Result<()> {
        let is_whole = self.cuda_shelf(self.cuda_pack()?).is_whole();
        is_whole.then_some(()).ok_or(Error::UnknownModel {
            name: CUDA_ID.to_owned(),
            known: Vec::new(),
        })
    }

    /// Compares the pack with what it was when it was unpacked; a damaged one is removed.
    pub(crate) fn cuda_verified(&self, turn: &Turn) -> Result<()> {
        let shelf = self.cuda_shelf(self.cuda_pack()?);
        let failed = |error| Error::store(shelf.folder(), error);
        let mut hear = |report: Report| turn.report(report);
        let sound = shelf.is_sound(&mut Reporter::new(&mut hear), &turn.cancel);
        if sound.map_err(failed)?.ok_or(Error::Cancelled)? {
            return Ok(());
        }
        shelf.remove().map_err(failed)?;
        Err(Error::DamagedAddon)
    }

    /// Removes the pack, and what has arrived of it.
    pub(crate) fn remove_cuda(&self) -> Result<()> {
        let pack = self.cuda_pack()?;
        let _turn = self.turn(CUDA_ID)?;
        let shelf = self.cuda_shelf(pack);
        shelf
            .remove()
            .map_err(|error| Error::store(shelf.root(), error))?;
        self.discard_wheels(pack)
    }
}

/// Why it would be of no use.
fn no_driver() -> Wording {
    Wording::of(&Error::NoDriver, None)
}
