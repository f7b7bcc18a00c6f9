//! Taking connections in, boundedly.
//!
//! axum's own loop has no time limits; this one has, and a bound on connections, so that a program
//! that opens connections and says nothing does not keep the others out for good.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use axum::http::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::Limits;

/// How long connections have to end by themselves once the server stops.
const DRAIN: Duration = Duration::from_secs(3);
/// A pause after the system refused a connection, which it does when it has no file handles left.
const AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// Serves until `stop` turns true, then lets what is under way end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let stopping = stop.clone();
    loop {
        let next = async {
            // Closed only when dropped, and it is not.
            let slot = Arc::clone(&slots).acquire_owned().await.ok()?;
            Some((slot, listener.accept().await))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            // Whoever has ended is taken off the list.
            Some(_) = connections.join_next() => continue,
            () = stopped(&mut stop) => None,
        };
        match accepted {
            None => break,
            Some((slot, Ok((stream, peer)))) => {
                let router = router.clone();
                connections.spawn(connection(
                    stream,
                    peer,
                    slot,
                    router,
                    limits,
                    stopping.clone(),
                ));
            }
            Some((_, Err(error))) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(AFTER_REFUSAL).await;
            }
        }
    }
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, all).await.is_err() {
        tracing::info!("some connections were cut off");
    }
}

/// Waits until the server is to stop; its end without a word means the same.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Serves one connection to its end.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    slot: OwnedSemaphorePermit,
    router: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    // Messages are small and each should leave at once.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let buffer = SockRef::from(&stream).set_send_buffer_size(limits.send_buffer_bytes);
    if let Err(error) = buffer {
        tracing::debug!(%error, "the size of the send buffer stays the system's");
    }
    // A socket outlives its HTTP connection, so the slot goes with the request that may become one.
    let slot = Arc::new(slot);
    let service = router.map_request(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(Slot(Arc::clone(&slot)));
        request.map(axum::body::Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // Ends with an error whenever a peer goes away in the middle, which is its right.
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// A connection's place among those that may be open; whoever holds a clone keeps it.
#[derive(Clone)]
pub(crate) struct Slot(#[expect(dead_code, reason = "held, not read")] Arc<OwnedSemaphorePermit>);
