//! What every request needs.

use std::path::PathBuf;
use std::sync::Arc;

use tintype_jobs::{ColorStore, Folders, Jobs, Models};
use tintype_workflow::NodeType;
use tintype_zoo::Zoo;

use crate::Limits;
use crate::auth::Tokens;
use crate::catalog::Catalog;
use crate::dialect::Dialect;
use crate::hub::Hub;
use crate::refusal::Refusal;
use crate::socket::Seats;

/// The parts of a running server.
pub(crate) struct App {
    pub(crate) jobs: Jobs,
    pub(crate) hub: Arc<Hub>,
    pub(crate) folders: Folders,
    pub(crate) colors: ColorStore,
    pub(crate) models: Arc<dyn Models>,
    pub(crate) zoo: Zoo,
    /// None where no tokens are asked for.
    pub(crate) tokens: Option<Tokens>,
    pub(crate) dialect: Dialect,
    pub(crate) origins: Vec<String>,
    pub(crate) limits: Limits,
    /// The folder of the log's files.
    pub(crate) logs: PathBuf,
    pub(crate) seats: Arc<Seats>,
}

impl App {
    /// What workflows are checked against.
    pub(crate) fn catalog(&self) -> Catalog<'_> {
        Catalog {
            folders: &self.folders,
            models: self.models.as_ref(),
        }
    }

    /// The nodes, with what there is to choose from. Touches the disk.
    pub(crate) fn node_types(&self) -> Vec<NodeType> {
        tintype_workflow::node_types(self.folders.inputs(), self.models.names())
    }

    /// Runs what touches the disk where it holds up no socket.
    ///
    /// # Errors
    /// `INTERNAL` if it panics.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&app))
            .await
            .map_err(|error| {
                tracing::error!(%error, "a request panicked");
                Refusal::internal()
            })
    }
}
