//! Who is let in: the check that every request goes through.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tintype_protocol::ClientId;

use crate::app::App;
use crate::guard::{is_allowed_origin, is_loopback_host};
use crate::refusal::Refusal;

/// Who a request comes from.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// The client that the token is for.
    Client(ClientId),
    /// Anyone: the server asks for no tokens.
    Anyone,
}

impl Caller {
    /// The client that a request speaks for, given the one it says it speaks for.
    ///
    /// # Errors
    /// `UNAUTHORIZED` if the token is for another one.
    pub(crate) fn acting_as(&self, claimed: Option<ClientId>) -> Result<Option<ClientId>, Refusal> {
        match (self, claimed) {
            (Self::Anyone, claimed) => Ok(claimed),
            (Self::Client(own), None) => Ok(Some(own.clone())),
            (Self::Client(own), Some(claimed)) if *own == claimed => Ok(Some(claimed)),
            (Self::Client(_), Some(_)) => Err(Refusal::token_of_another()),
        }
    }
}

/// Refuses what is not from this computer, from a stranger's page, or without a good token; notes
/// the caller of the rest.
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    match admit(&app, request.headers(), request.uri()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn admit(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<Caller, Refusal> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let host = text(header::HOST).unwrap_or_default();
    if !is_loopback_host(host) {
        return Err(Refusal::foreign_host());
    }
    if let Some(origin) = text(header::ORIGIN)
        && !is_allowed_origin(origin, host, &app.origins)
    {
        return Err(Refusal::foreign_origin());
    }
    let Some(tokens) = &app.tokens else {
        return Ok(Caller::Anyone);
    };
    if is_public(uri.path()) {
        return Ok(Caller::Anyone);
    }
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let token = match bearer {
        Some(token) => Some(token.trim().to_owned()),
        None => token_in_query(uri),
    };
    let client = token.and_then(|token| tokens.client(&token));
    client.map(Caller::Client).ok_or_else(Refusal::bad_token)
}

/// What tells a program that a server is there, and nothing else.
fn is_public(path: &str) -> bool {
    matches!(path, "/healthz" | "/api/healthz")
}

/// The token of an address: for sockets and pictures, whose senders can't set a header.
fn token_in_query(uri: &Uri) -> Option<String> {
    // A JWT has no character that would be escaped in a query.
    uri.query()?
        .split('&')
        .find_map(|pair| pair.strip_prefix("token="))
        .map(str::to_owned)
}
