//! A server from its start to its end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tintype_jobs::{ColorStore, Folders, Jobs, Models, WorkflowRunner};
use tintype_protocol::ClientId;
use tintype_protocol::models::Transfer;
use tintype_zoo::Zoo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::auth::Tokens;
use crate::hub::Hub;
use crate::socket::Seats;
use crate::{Access, Config, Error, Port, Result, Shelf, accept, routes};

/// How long sockets have to take their last messages.
const FAREWELL: Duration = Duration::from_secs(3);

/// A running server.
pub struct Server {
    app: Arc<App>,
    address: SocketAddr,
    grace: Duration,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Opens the queue and listens. Jobs that were queued or running when the last server ended go
    /// on at once.
    ///
    /// # Errors
    /// An address that is not loopback, a port that can't be had, folders that can't be made, or a
    /// queue that another process has open.
    pub async fn start(config: Config, models: Arc<dyn Models>) -> Result<Self> {
        let listener = listen(&config).await?;
        let address = listener
            .local_addr()
            .map_err(|source| Error::CannotListen {
                address: config.first_address(),
                source,
            })?;
        let hub = Arc::new(Hub::new(
            config.limits.missed_for,
            config.limits.backlog_bytes,
        ));
        let tokens = match config.access {
            Access::Tokens => Some(Tokens::new()?),
            Access::Open => {
                tracing::warn!(
                    "any program on this computer may use this server: no tokens are asked for"
                );
                None
            }
        };
        let colors = ColorStore::at(&config.places.colors);
        let with = (Arc::clone(&models), colors.clone());
        let (folders, jobs) = open_queue(&config, with, Arc::clone(&hub)).await?;
        let zoo = zoo(config.shelf, &hub);
        let app = Arc::new(App {
            jobs,
            hub,
            folders,
            colors,
            models,
            zoo,
            tokens,
            dialect: config.dialect,
            origins: config.origins,
            limits: config.limits,
            logs: config.places.logs,
            seats: Arc::new(Seats::new(config.limits.sockets_per_address)),
        });
        let (stop, stopped) = watch::channel(false);
        let router = routes::router(&app);
        let accepting = tokio::spawn(accept::serve(listener, router, config.limits, stopped));
        tracing::info!(%address, dialect = %config.dialect, "listening");
        Ok(Self {
            app,
            address,
            grace: config.grace,
            stop,
            accepting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The queue.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.app.jobs
    }

    /// The folders of photos.
    #[must_use]
    pub fn folders(&self) -> &Folders {
        &self.app.folders
    }

    /// What results were colored with.
    #[must_use]
    pub fn colors(&self) -> &ColorStore {
        &self.app.colors
    }

    /// The models.
    #[must_use]
    pub fn zoo(&self) -> &Zoo {
        &self.app.zoo
    }

    /// How many sockets are open.
    #[must_use]
    pub fn open_sockets(&self) -> usize {
        self.app.hub.sockets()
    }

    /// A token for a client; none where the server asks for no tokens.
    ///
    /// # Errors
    /// [`Error::Token`].
    pub fn token(&self, client: &ClientId, lifetime: Duration) -> Result<Option<String>> {
        let tokens = self.app.tokens.as_ref();
        tokens
            .map(|tokens| tokens.issue(client, lifetime))
            .transpose()
    }

    /// Stops: takes nothing new in, lets the running job end within the time of grace or queues it
    /// again, tells the sockets, and returns when all of it is done.
    pub async fn stop(self) {
        tracing::info!("stopping");
        // What has arrived is kept.
        self.app.zoo.cancel_all();
        let (jobs, grace) = (self.app.jobs.clone(), self.grace);
        // The sockets stay while the last job ends, to hear of it.
        if let Err(error) = tokio::task::spawn_blocking(move || jobs.stop(grace)).await {
            tracing::error!(%error, "the queue did not stop as it should");
        }
        self.app.hub.close();
        // Sockets are not among the connections that the listener waits for.
        let end = Instant::now() + FAREWELL;
        while self.app.hub.sockets() > 0 && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The receiver lives in the task that is awaited next.
        let _ = self.stop.send(true);
        if let Err(error) = self.accepting.await {
            tracing::error!(%error, "the listener did not stop as it should");
        }
        tracing::info!("stopped");
    }
}

/// The models, with every change told to the sockets.
fn zoo(shelf: Shelf, hub: &Arc<Hub>) -> Zoo {
    let hub = Arc::clone(hub);
    let tell = move |transfer: &Transfer| hub.hear_of_model(transfer);
    Zoo::new(shelf.store, shelf.catalogue, shelf.patience, Box::new(tell))
}

async fn listen(config: &Config) -> Result<TcpListener> {
    let address = config.first_address();
    if !address.ip().is_loopback() {
        return Err(Error::NotLoopback(address));
    }
    let first = TcpListener::bind(address).await;
    let bound = match (first, config.port) {
        (Err(error), Port::Preferably(_)) if error.kind() == io::ErrorKind::AddrInUse => {
            tracing::info!(%address, "another program has this port; taking a free one");
            TcpListener::bind(SocketAddr::new(address.ip(), 0)).await
        }
        (bound, _) => bound,
    };
    bound.map_err(|source| Error::CannotListen { address, source })
}

/// Opens the folders and the queue, whose events go to the hub.
async fn open_queue(
    config: &Config,
    (models, colors): (Arc<dyn Models>, ColorStore),
    hub: Arc<Hub>,
) -> Result<(Folders, Jobs)> {
    let (places, settings) = (config.places.clone(), config.queue.clone());
    let at_once = config.at_once;
    let open = move || -> Result<(Folders, Jobs)> {
        let folders = Folders::open(&places.input, &places.output, &places.temp)
            .map_err(tintype_jobs::Error::from)?;
        if let Some(age) = settings.retention.max_age
            && let Err(error) = colors.forget_older(age)
        {
            tracing::warn!(%error, "old colors of results could not be removed");
        }
        let runners = WorkflowRunner::several(at_once, &folders, models, &colors);
        let runners = runners.into_iter().map(|runner| Box::new(runner) as _);
        let sink = Box::new(move |event| hub.hear(&event));
        let jobs = Jobs::open(&places.database, settings, runners.collect(), sink)?;
        Ok((folders, jobs))
    };
    match tokio::task::spawn_blocking(open).await {
        Ok(opened) => opened,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
