//! The supervisor of a process in development: `cargo fw start --watch`.
//!
//! It hands over the listening socket as systemd does (`LISTEN_FDS`), and one end of a Unix socket as standard input. Through that the
//! process says that it serves, and notices the end of the supervisor, also one that was killed.

use std::{env, io, os::fd::AsFd, os::unix::net::UnixStream};

use tokio::io::AsyncReadExt;

/// The variable that the supervisor sets.
const VARIABLE: &str = "CARGO_FW_WATCH";

/// The message to the supervisor that the process serves.
const SERVES: &[u8] = b"serves\n";

/// The connection to the supervisor.
#[derive(Debug)]
pub(super) struct Supervisor(tokio::net::UnixStream);

impl Supervisor {
    /// Returns the supervisor, if there is one.
    pub(super) fn find() -> io::Result<Option<Self>> {
        let Some(stream) = stream() else {
            return Ok(None);
        };
        stream.set_nonblocking(true)?;
        tokio::net::UnixStream::from_std(stream).map(|stream| Some(Self(stream)))
    }

    /// Waits for its end.
    pub(super) async fn end(&mut self) {
        let mut said = [0; 16];
        while self.0.read(&mut said).await.is_ok_and(|bytes| bytes > 0) {}
    }
}

/// Tells the supervisor, if there is one, that this process serves requests or runs jobs from now on.
pub(crate) fn tell_supervisor() {
    if let Some(mut stream) = stream() {
        // One that has just ended needs to know nothing.
        let _ = io::Write::write_all(&mut stream, SERVES);
    }
}

/// The standard input, if it is a Unix socket and the supervisor has said so. A program that this process starts inherits the variable,
/// but has an input of its own.
fn stream() -> Option<UnixStream> {
    env::var_os(VARIABLE)?;
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    stream.local_addr().ok()?;
    Some(stream)
}
