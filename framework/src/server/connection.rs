//! One task for each connection, and the end of them all.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};
use tower::ServiceExt;

use super::Shutdown;
use crate::{config::ServerConfig, middleware::AppService};

/// How long to wait when the system has no file handle left for a new connection.
const OUT_OF_HANDLES: Duration = Duration::from_millis(50);

/// Serves until a shutdown is requested and then finishes what runs. `draining` is called as soon as it is requested.
///
/// Connections that are still open after `drain_timeout` are cut off.
pub(crate) async fn serve(
    listener: TcpListener,
    service: AppService,
    config: &ServerConfig,
    mut shutdown: Shutdown,
    draining: impl FnOnce(),
) {
    let permits = Arc::new(Semaphore::new(config.max_connections));
    let mut connections = JoinSet::new();
    loop {
        // At the limit new connections wait in the kernel's backlog.
        let accepted = tokio::select! {
            () = shutdown.requested() => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &permits) => accepted,
        };
        let (stream, peer, permit) = accepted;
        let (service, shutdown) = (service.clone(), shutdown.clone());
        let header_timeout = config.header_timeout;
        connections.spawn(async move {
            connection(stream, peer, service, header_timeout, shutdown).await;
            drop(permit);
        });
    }
    draining();
    drop(listener);
    drain(connections, config.drain_timeout).await;
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit) {
    loop {
        let Ok(permit) = Arc::clone(permits).acquire_owned().await else {
            // The semaphore is never closed.
            std::future::pending::<()>().await;
            continue;
        };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(OUT_OF_HANDLES).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    service: AppService,
    header_timeout: Duration,
    mut shutdown: Shutdown,
) {
    // Answers are written whole; waiting for more to send with them only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    let service = service.map_request(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = shutdown.requested() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, %peer, "connection ended early");
    }
}

async fn drain(mut connections: JoinSet<()>, limit: Duration) {
    let deadline = Instant::now() + limit;
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout_at(deadline, all).await.is_err() {
        tracing::warn!(open = connections.len(), limit = ?limit, "connections cut off: the drain time is over");
        connections.shutdown().await;
    }
}
