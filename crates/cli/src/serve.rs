//! `tintype serve`: the job server without a window.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tintype_protocol::{ClientId, Explain as _, Language};
use tintype_server::{Access, Config, InstalledModels, Places, Port, Server, start_log};
use tintype_zoo::{Catalogue, data_folder};
use tokio::runtime::Runtime;

use crate::args::ServeArguments;
use crate::{Outcome, words};

/// How long a printed token is good for: as long as anyone will keep a server running.
const TOKEN_LIFETIME: Duration = Duration::from_hours(24 * 30);

/// Serves until Ctrl-C or a request to terminate.
pub(crate) fn run(arguments: &ServeArguments, language: Language) -> Result<Outcome> {
    let catalogue = match Catalogue::load() {
        Ok(catalogue) => catalogue,
        Err(error) => return Ok(usage(&error.explain(language).to_string())),
    };
    let mut config = config(arguments);
    config.shelf.catalogue = catalogue;
    let models = InstalledModels::new(config.shelf.store.clone(), arguments.hardware.hardware());
    let models = Arc::new(models.with_nvidia(&config.shelf.catalogue));
    // Held to the end: it writes what is still to be logged.
    let _log = match start_log(&config.places.logs, !arguments.json) {
        Ok(guard) => guard,
        Err(error) => return Ok(usage(&error.explain(language).to_string())),
    };
    let runtime = Runtime::new().context("cannot start the server's threads")?;
    runtime.block_on(async {
        // Listened for before anything begins, so that no signal finds nobody.
        let end = end_signal()?;
        let server = match Server::start(config, models).await {
            Ok(server) => server,
            Err(error) => return Ok(usage(&error.explain(language).to_string())),
        };
        announce(&server, arguments, language)?;
        end.await;
        server.stop().await;
        Ok(Outcome::AllDone)
    })
}

fn usage(message: &str) -> Outcome {
    eprintln!("tintype: {message}");
    Outcome::Usage
}

fn config(arguments: &ServeArguments) -> Config {
    let folder = arguments.data.clone().unwrap_or_else(data_folder);
    let mut places = Places::in_folder(&folder);
    if let Some(output) = &arguments.out {
        places.output.clone_from(output);
    }
    let defaults = Config::new(places);
    Config {
        address: arguments.address,
        port: arguments.port.map_or(defaults.port, Port::Exactly),
        access: if arguments.no_auth {
            Access::Open
        } else {
            Access::Tokens
        },
        dialect: arguments.dialect,
        origins: arguments.allow_origin.clone(),
        ..defaults
    }
}

/// Says where the server is and how to get in.
fn announce(server: &Server, arguments: &ServeArguments, language: Language) -> Result<()> {
    let address = server.address();
    let client = ClientId::new(arguments.client_id.clone())?;
    let token = server.token(&client, TOKEN_LIFETIME)?;
    let mut socket = format!("ws://{address}/ws?clientId={client}");
    if let Some(token) = &token {
        socket = format!("{socket}&token={token}");
    }
    if arguments.json {
        println!(
            "{}",
            json!({
                "address": format!("http://{address}"), "socket": socket,
                "client_id": client, "token": token,
            })
        );
    } else {
        println!(
            "{}",
            words::serving(language, &address.to_string(), &socket)
        );
    }
    Ok(())
}

/// Resolves when the program is asked to end.
fn end_signal() -> Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .context("cannot listen for SIGTERM")?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        {
            // An error means that nobody can press it, so the process is ended in another way.
            let _ = tokio::signal::ctrl_c().await;
        }
    })
}
