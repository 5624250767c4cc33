//! A connection to a Redis server, which is opened when it is needed, and anew after it was lost.

use std::time::{Duration, Instant};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ErrorKind, RedisError, Script, Value,
    aio::MultiplexedConnection, cmd,
};
use tokio::{sync::Mutex, time::sleep};

/// The time after which a connection that nobody has used is tried out before it is used again: the server may have gone meanwhile, and
/// a call that fails may have taken effect.
const IDLE: Duration = Duration::from_secs(1);

/// The time after a failure in which nobody else tries to connect, so that many callers do not wait for each other's failures.
const PAUSE: Duration = Duration::from_millis(200);

/// The pause between two attempts at the start.
const START_PAUSE: Duration = Duration::from_millis(50);

/// An error of a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The server has refused the call.
    #[error(transparent)]
    Failed(RedisError),
    /// The server cannot be reached, or does nothing for this application. The effect of the call is not known.
    #[error("Redis at `{address}` cannot be used: {reason}")]
    Unreachable {
        /// The address of the server, without a password.
        address: String,
        /// The cause in the words of the server or the system.
        reason: String,
    },
}

/// A connection, which many callers use at once.
pub(crate) struct Connection {
    client: Client,
    timeout: Duration,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    open: Option<Open>,
    /// The last attempt that has failed, with the reason.
    failed: Option<(Instant, String)>,
    count: u64,
}

struct Open {
    connection: MultiplexedConnection,
    number: u64,
    used: Instant,
}

impl Connection {
    /// A connection that waits for the server, and for each response, for up to `timeout`.
    pub(crate) fn new(client: Client, timeout: Duration) -> Self {
        Self {
            client,
            timeout,
            slot: Mutex::default(),
        }
    }

    /// The address of the server, without a password.
    pub(crate) fn address(&self) -> String {
        match self.client.get_connection_info().addr() {
            ConnectionAddr::Unix(path) => path.display().to_string(),
            address => address.to_string(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The same server on a connection of its own.
    pub(crate) fn again(&self, timeout: Duration) -> Self {
        Self::new(self.client.clone(), timeout)
    }

    /// Waits for the server, which may be starting, for up to `wait`.
    pub(crate) async fn wait(&self, wait: Duration) -> Result<(), CallError> {
        let begin = Instant::now();
        loop {
            match self.ping().await {
                Err(CallError::Unreachable { .. }) if begin.elapsed() < wait => {
                    sleep(START_PAUSE).await;
                }
                result => return result,
            }
        }
    }

    /// Checks that the server can be reached and lets this application in.
    pub(crate) async fn ping(&self) -> Result<(), CallError> {
        self.command(&mut cmd("PING")).await.map(drop)
    }

    /// Runs one command.
    pub(crate) async fn command(&self, command: &mut Cmd) -> Result<Value, CallError> {
        let (mut connection, number) = self.get().await?;
        match command.query_async(&mut connection).await {
            Ok(value) => Ok(value),
            Err(error) => Err(self.failure(error, number).await),
        }
    }

    /// Runs a script with one key.
    pub(crate) async fn run(
        &self,
        script: &Script,
        key: &str,
        arguments: &[String],
    ) -> Result<Value, CallError> {
        let (mut connection, number) = self.get().await?;
        let mut invocation = script.prepare_invoke();
        invocation.key(key).arg(arguments);
        match invocation.invoke_async(&mut connection).await {
            Ok(value) => Ok(value),
            Err(error) => Err(self.failure(error, number).await),
        }
    }

    async fn get(&self) -> Result<(MultiplexedConnection, u64), CallError> {
        let mut slot = self.slot.lock().await;
        if let Some(open) = &mut slot.open {
            let mut connection = open.connection.clone();
            let is_idle = open.used.elapsed() > IDLE;
            open.used = Instant::now();
            if !is_idle || cmd("PING").exec_async(&mut connection).await.is_ok() {
                return Ok((connection, open.number));
            }
            slot.open = None;
        }
        if let Some((time, reason)) = &slot.failed
            && time.elapsed() < PAUSE
        {
            return Err(self.unreachable(reason));
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout));
        let connected = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        match connected.await {
            Ok(connection) => {
                slot.count += 1;
                slot.failed = None;
                let number = slot.count;
                slot.open = Some(Open {
                    connection: connection.clone(),
                    number,
                    used: Instant::now(),
                });
                Ok((connection, number))
            }
            Err(error) => {
                let reason = reason(&error);
                let failure = self.unreachable(&reason);
                slot.failed = Some((Instant::now(), reason));
                Err(failure)
            }
        }
    }

    /// The error of a call on the connection of a number, which is given up unless the server has answered.
    async fn failure(&self, error: RedisError, number: u64) -> CallError {
        // Whatever else the server says, such as that it is loading, read-only or out of memory, concerns every call.
        if error
            .code()
            .is_some_and(|code| ["ERR", "WRONGTYPE"].contains(&code))
        {
            return CallError::Failed(error);
        }
        if error.code().is_none() {
            let mut slot = self.slot.lock().await;
            if slot.open.as_ref().is_some_and(|open| open.number == number) {
                slot.open = None;
            }
        }
        self.unreachable(&reason(&error))
    }

    fn unreachable(&self, reason: &str) -> CallError {
        CallError::Unreachable {
            address: self.address(),
            reason: reason.to_owned(),
        }
    }
}

/// The words of the server or of the system.
fn reason(error: &RedisError) -> String {
    if error.is_timeout() {
        return "it does not respond in time".to_owned();
    }
    if error.kind() == ErrorKind::AuthenticationFailed {
        return "it does not accept the user or the password".to_owned();
    }
    match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    }
}
