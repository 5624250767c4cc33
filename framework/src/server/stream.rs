//! The stream of a client, with a write timeout and a lingering close: a client that does not read cannot hold it for ever,
//! and one that is still writing loses no response.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::socket::ClientSocket;

/// The time that a client which is still sending has to read its response before the connection is closed.
const LINGER: Duration = Duration::from_secs(5);

/// A flag: true if a client may still be sending the rest of a request that is not read.
#[derive(Clone, Default)]
pub(super) struct Unread(Arc<AtomicBool>);

impl Unread {
    pub(super) fn set(&self, unread: bool) {
        self.0.store(unread, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream with a limit on the time a write may make no progress, and with a lingering close.
pub(super) struct ClientStream {
    socket: ClientSocket,
    write_timeout: Duration,
    unread: Unread,
    stalled: Option<Pin<Box<Sleep>>>,
    half_closed: bool,
    lingering: Option<Pin<Box<Sleep>>>,
}

impl ClientStream {
    pub(super) fn new(socket: ClientSocket, write_timeout: Duration, unread: Unread) -> Self {
        Self {
            socket,
            write_timeout,
            unread,
            stalled: None,
            half_closed: false,
            lingering: None,
        }
    }

    /// Polls a write that the system does not accept now: an error once `write_timeout` has passed without progress.
    ///
    /// The system reports a socket as writable when a good part of its buffer is free. A slow reader may need long for that, so
    /// the timeout depends on whether there is room for anything at all.
    fn poll_stalled(&mut self, context: &mut Context<'_>, next: &[u8]) -> Poll<io::Result<usize>> {
        let is_over = match &mut self.stalled {
            Some(timer) => {
                ready!(timer.as_mut().poll(context));
                true
            }
            None => false,
        };
        // The socket never blocks, as tokio needs it.
        match SockRef::from(&self.socket).send(next) {
            Ok(written) => {
                self.stalled = None;
                Poll::Ready(Ok(written))
            }
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Poll::Ready(Err(error)),
            Err(_) => {
                if !is_over {
                    let timer = self.stalled.insert(Box::pin(sleep(self.write_timeout)));
                    ready!(timer.as_mut().poll(context));
                }
                let reads_nothing = "the client reads nothing";
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, reads_nothing)))
            }
        }
    }

    /// Reads and discards what a client still sends after its response: closing a socket with unread bytes resets the
    /// connection, and the response may be lost (RFC 9112, section 9.6).
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(timer) = &mut self.lingering
            && timer.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(());
        }
        let mut forgotten = [MaybeUninit::uninit(); 8 * 1024];
        loop {
            let mut forgotten = ReadBuf::uninit(&mut forgotten);
            match Pin::new(&mut self.socket).poll_read(context, &mut forgotten) {
                Poll::Ready(Ok(())) if !forgotten.filled().is_empty() => self.unread.set(true),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending if !self.unread.get() => return Poll::Ready(()),
                Poll::Pending => {
                    let timer = self
                        .lingering
                        .get_or_insert_with(|| Box::pin(sleep(LINGER)));
                    return timer.as_mut().poll(context);
                }
            }
        }
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(buffer)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.socket).poll_write_vectored(context, buffers);
        if written.is_ready() {
            this.stalled = None;
            return written;
        }
        let next = buffers.iter().find(|buffer| !buffer.is_empty());
        this.poll_stalled(context, next.map_or(&[], |buffer| buffer))
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.half_closed {
            ready!(Pin::new(&mut this.socket).poll_shutdown(context))?;
            this.half_closed = true;
        }
        this.poll_linger(context).map(Ok)
    }
}
