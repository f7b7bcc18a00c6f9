//! The one way into the network.

use std::time::Duration;

use reqwest::{Client, ClientBuilder};

/// A client that goes through the system's proxy, if it has one, and trusts whom the system trusts.
pub(crate) fn builder(connect: Duration) -> ClientBuilder {
    // Whichever provider is there already does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().connect_timeout(connect)
}

/// The cause at the bottom, which says most: libraries wrap it into "error sending request".
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
