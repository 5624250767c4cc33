//! The connection to the server, and the calls of scripts on it.

use std::{sync::LazyLock, time::Duration};

use redis::{Client, Script, Value};

use super::codec::time_text;
use crate::{
    queue::store::{Result, StoreError},
    redis_client::{self, CallError},
};

/// The time for a new connection, and for a response, unless the heartbeats ask for less.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// The scripts, which are sent to a server once.
macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {$(
        pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("lua/common.lua"), include_str!($file)))
        });
    )*};
}

scripts! {
    ENQUEUE = "lua/enqueue.lua";
    RUN = "lua/run.lua";
    ADMINISTRATION = "lua/administration.lua";
}

/// A connection to the server of the jobs of one application.
pub(super) struct Connection {
    server: redis_client::Connection,
    /// The beginning of all keys.
    base: String,
}

impl Connection {
    pub(super) fn new(client: Client, base: String, timeout: Duration) -> Self {
        Self {
            server: redis_client::Connection::new(client, timeout),
            base,
        }
    }

    /// The address of the server, without a password.
    pub(super) fn address(&self) -> String {
        self.server.address()
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn client(&self) -> &Client {
        self.server.client()
    }

    /// The same server on a connection of its own.
    pub(super) fn again(&self, timeout: Duration) -> Self {
        Self {
            server: self.server.again(timeout),
            base: self.base.clone(),
        }
    }

    /// Waits for the server, which may be starting, for up to `wait`.
    pub(super) async fn wait(&self, wait: Duration) -> Result {
        Ok(self.server.wait(wait).await?)
    }

    /// Checks that the server can be reached and lets this application in.
    pub(super) async fn ping(&self) -> Result {
        Ok(self.server.ping().await?)
    }

    /// Runs one command.
    pub(super) async fn command(&self, command: &mut redis::Cmd) -> Result<Value> {
        Ok(self.server.command(command).await?)
    }

    /// Runs an operation of a script.
    pub(super) async fn run(&self, script: &Script, call: Call) -> Result<Value> {
        Ok(self.server.run(script, &self.base, &call.arguments).await?)
    }
}

impl From<CallError> for StoreError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Failed(error) => Self::Failed(error.into()),
            CallError::Unreachable { address, reason } => Self::Unreachable { address, reason },
        }
    }
}

/// The arguments of an operation.
pub(super) struct Call {
    arguments: Vec<String>,
}

impl Call {
    pub(super) fn new(operation: &str, now: i64) -> Self {
        Self {
            arguments: vec![operation.to_owned(), time_text(now)],
        }
    }

    /// An operation without a time.
    pub(super) fn timeless(operation: &str) -> Self {
        Self::new(operation, 0)
    }

    pub(super) fn add(&mut self, argument: impl Into<String>) {
        self.arguments.push(argument.into());
    }

    /// With one more argument.
    pub(super) fn with(mut self, argument: impl Into<String>) -> Self {
        self.add(argument);
        self
    }
}
