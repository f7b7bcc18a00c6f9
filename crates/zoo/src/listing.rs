//! Every model there is, as it is shown.

use std::path::Path;

use tintype_protocol::Wording;
use tintype_protocol::models::{Model, ModelState};

use crate::catalogue::{Published, PublishedFile};
use crate::download::host_of;
use crate::{Installed, Zoo};

impl Zoo {
    /// Every model: the bundled one, then the published ones, then those of the user's own.
    #[must_use]
    pub fn models(&self) -> Vec<Model> {
        let installed = self.0.store.installed();
        let find = |id: &str| installed.iter().find(|model| model.id == id);
        let damaged = self.0.store.set_aside_ids();
        let view = |id: &str, here, published| {
            let was_damaged = damaged.iter().any(|known| known == id);
            self.view(id, here, published, was_damaged)
        };
        let catalogue = &self.0.catalogue;
        let bundled = installed.iter().filter(|model| model.path.is_none());
        let published = catalogue
            .models
            .iter()
            .map(|model| view(&model.id, find(&model.id), Some(model)));
        let own = installed
            .iter()
            .filter(|model| model.path.is_some() && catalogue.find(&model.id).is_none());
        let is_lost = |id: &&String| find(id).is_none() && catalogue.find(id).is_none();
        let lost = damaged.iter().filter(is_lost);
        bundled
            .map(|model| view(&model.id, Some(model), None))
            .chain(published)
            .chain(own.map(|model| view(&model.id, Some(model), None)))
            .chain(lost.map(|id| view(id, None, None)))
            .collect()
    }

    fn view(
        &self,
        id: &str,
        here: Option<&Installed>,
        published: Option<&Published>,
        was_damaged: bool,
    ) -> Model {
        let path = here.and_then(|model| model.path.as_deref());
        let record = path.and_then(|path| self.0.store.record_of(path));
        let is_bundled = here.is_some_and(|model| model.path.is_none());
        let architecture = published.map(|model| model.architecture.clone());
        let checkpoint = path.and_then(Path::file_name);
        let pinned = published.and_then(|model| model.files.first()?.sha256.clone());
        Model {
            id: id.to_owned(),
            name: match (published, is_bundled) {
                (Some(model), _) => model.name.clone(),
                (None, true) => Wording::new("Starter", "入门模型"),
                (None, false) => Wording::new(id, id),
            },
            about: match (published, is_bundled) {
                (Some(model), _) => model.about.clone(),
                (None, true) => Wording::new(
                    "Small and quick, and inside the program: it works without any download.",
                    "小而快，已内置在程序中，无需下载即可使用。",
                ),
                (None, false) => Wording::new("", ""),
            },
            architecture: architecture
                .or_else(|| Some(record.as_ref()?.architecture.clone()))
                .unwrap_or_default(),
            license: published.map(|model| model.license.clone()),
            checkpoint: match checkpoint {
                Some(name) => name.to_string_lossy().into_owned(),
                None if is_bundled => id.to_owned(),
                None => format!("{id}.safetensors"),
            },
            state: match (here, was_damaged) {
                (Some(_), _) => ModelState::Installed,
                (None, true) => ModelState::Damaged,
                (None, false) => ModelState::Available,
            },
            is_bundled,
            is_published: published.is_some(),
            bytes: match here {
                Some(model) => model.bytes,
                None => published.and_then(Published::bytes),
            },
            sha256: record
                .as_ref()
                .map(|record| record.sha256.clone())
                .or(pinned),
            hosts: published
                .map(|model| hosts_of(&model.files))
                .unwrap_or_default(),
            origin: record.map(|record| record.origin),
            // That depends on whoever runs it.
            precision: None,
            transfer: self.transfer_of(id),
        }
    }
}

/// Where files are asked for, each host once.
pub(crate) fn hosts_of(files: &[PublishedFile]) -> Vec<String> {
    let mut hosts = Vec::new();
    for source in files.iter().flat_map(|file| &file.sources) {
        let host = host_of(source);
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}
