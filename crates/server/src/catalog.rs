//! What there is at the moment that a workflow can name.

use tintype_jobs::{Folders, Models};

/// The photos and models that workflows are checked against.
pub(crate) struct Catalog<'a> {
    pub(crate) folders: &'a Folders,
    pub(crate) models: &'a dyn Models,
}

impl tintype_workflow::Catalog for Catalog<'_> {
    fn has_image(&self, name: &str) -> bool {
        self.folders.resolve(name).is_ok()
    }

    fn checkpoints(&self) -> Vec<String> {
        self.models.names()
    }
}
