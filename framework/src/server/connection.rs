//! Connections: one task for each, and their graceful shutdown.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    body::HttpBody,
    extract::ConnectInfo,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Request, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

use super::{
    acceptor::{Accepted, Acceptor},
    listener::Listeners,
    request,
    socket::Connection,
    stream::{ClientStream, Unread},
};
use crate::{
    config::{ServerConfig, duration},
    context::CancellationToken,
    controller::UnixSocket,
    middleware::AppService,
};

/// The largest unread request body, in bytes, that is read to its end so that the connection can be used again, if the client
/// has sent it already.
const SMALL_BODY: u64 = 64 * 1024;

/// The buffer of one connection for a request or a response, in bytes, and so the longest head. It is enough for the longest
/// target that hyper takes (64 KiB) and some headers.
const BUFFER: usize = 72 * 1024;

/// The time that idle connections stay open after a shutdown is requested: the next request of a busy client may be on its way
/// already, and is handled. HTTP/1.1 has no other means against that race (RFC 9112, section 9.5).
const IDLE_GRACE: Duration = Duration::from_millis(200);

/// Serves connections until `config.shutdown_delay` after `draining` is cancelled, and then finishes the running requests. Connections that
/// are still open after `config.drain_timeout` are cut off. Returns whether there were none.
pub(crate) async fn serve(
    listeners: Listeners,
    service: AppService,
    config: &ServerConfig,
    draining: CancellationToken,
) -> bool {
    let mut acceptor = Acceptor::new(listeners, config.max_connections);
    let mut connections = JoinSet::new();
    let closing = CancellationToken::new();
    let client = |accepted| {
        let tokens = (draining.clone(), closing.clone());
        connection(accepted, service.clone(), config.clone(), tokens)
    };
    let mut delay = pin!(async {
        draining.cancelled().await;
        sleep(config.shutdown_delay).await;
    });
    loop {
        tokio::select! {
            () = &mut delay => break,
            Some(_) = connections.join_next() => {}
            accepted = acceptor.accept() => {
                connections.spawn(client(accepted));
            }
        }
    }
    closing.cancel();
    for accepted in acceptor.close() {
        connections.spawn(client(accepted));
    }
    drain(connections, config.drain_timeout).await
}

async fn connection(
    accepted: Accepted,
    service: AppService,
    config: ServerConfig,
    (draining, closing): (CancellationToken, CancellationToken),
) {
    let Accepted {
        connection: Connection { socket, peer },
        place: _place,
    } = accepted;
    if let Err(error) = socket.set_nodelay() {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    let unread = Unread::default();
    let stream = ClientStream::new(socket, config.write_timeout, unread.clone());
    let client = Arc::new(Client {
        peer,
        service,
        unread,
        draining,
        host: OnceLock::new(),
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout)
        .max_buf_size(BUFFER)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(move |request| Arc::clone(&client).handle(request)),
        )
        .with_upgrades();
    let mut connection = pin!(connection);
    let idle_grace = async {
        closing.cancelled().await;
        sleep(IDLE_GRACE).await;
    };
    let result = tokio::select! {
        // A request that has arrived comes before the shutdown.
        biased;
        result = connection.as_mut() => result,
        () = idle_grace => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, ?peer, "connection ended early");
    }
}

/// A connected client, and the service that handles its requests.
struct Client {
    /// Its address; `None` if it is connected through a Unix domain socket.
    peer: Option<SocketAddr>,
    service: AppService,
    unread: Unread,
    draining: CancellationToken,
    /// The `Host` header of its first request.
    host: OnceLock<HeaderValue>,
}

impl Client {
    async fn handle(
        self: Arc<Self>,
        mut request: Request<Incoming>,
    ) -> Result<Response, Infallible> {
        self.unread.set(false);
        if let Err(error) = request::check(&request, &self.host) {
            tracing::debug!(%error, peer = ?self.peer, "request refused");
            self.unread.set(true);
            return Ok(error.into_response());
        }
        match self.peer {
            Some(peer) => drop(request.extensions_mut().insert(ConnectInfo(peer))),
            None => drop(request.extensions_mut().insert(UnixSocket)),
        }
        let length = request.body().size_hint().exact();
        let is_small = length.is_some_and(|length| length <= SMALL_BODY);
        let request = request.map(|incoming| request::body(incoming, &self.unread));
        let mut response = self.service.handle(request).await;
        // `connection: close` tells the client that it cannot use the connection again (RFC 9112, section 9.6).
        if self.unread.get() && !is_small || self.draining.is_cancelled() {
            let headers = response.headers_mut();
            let connection = headers.entry(header::CONNECTION);
            connection.or_insert(HeaderValue::from_static("close"));
        }
        Ok(response)
    }
}

/// Waits for the connections to end, and cuts off those that are still open after `limit`. Returns whether there were none.
async fn drain(mut connections: JoinSet<()>, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    let all = async { while connections.join_next().await.is_some() {} };
    let all_ended = timeout_at(deadline, all).await.is_ok();
    if !all_ended {
        tracing::warn!(
            open = connections.len(),
            limit = duration::format(limit),
            "connections cut off: the drain time is over"
        );
        connections.shutdown().await;
    }
    all_ended
}
