//! The context of the running application, which every handler, job and task gets.
//!
//! ```
//! use fw::prelude::*;
//!
//! async fn ready(_: Anyone, State(ctx): State<AppContext>) -> Result<NoContent> {
//!     ctx.db.ping().await?;
//!     Ok(NoContent)
//! }
//! ```

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    ops::Deref,
    sync::Arc,
};

pub use tokio_util::sync::CancellationToken;

use crate::{config::Config, db::Db, env::Environment, limits::Limits, queue::Queue};

/// The context of the running application: its configuration, database, queue and further handles. Cheap to clone: one reference
/// count, however many handles there are.
///
/// Its [`Handles`] are its fields: `ctx.db`, `ctx.config`, `ctx.queue`.
///
/// ```
/// use fw::{config::Config, db::Db, prelude::*};
///
/// /// A handle of the application's own, which `Hooks::after_context` adds.
/// struct Translator {
///     language: &'static str,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let mut config = Config::default();
/// # config.database.url = "sqlite::memory:".into();
/// # let db = Db::connect(&config.database).await?;
/// # let ctx = AppContext::builder("blog", config, db).version("1.2.0").build();
/// let ctx = ctx.with(Translator { language: "eo" });
///
/// ctx.db.ping().await?;
/// assert_eq!(ctx.config.server.port, 3000);
/// assert_eq!((ctx.app_name(), ctx.app_version()), ("blog", "1.2.0"));
/// assert_eq!(ctx.get::<Translator>().map(|translator| translator.language), Some("eo"));
/// assert!(!ctx.is_draining());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct AppContext {
    handles: Arc<Handles>,
}

/// The handles of an application, which are reached through its [`AppContext`] (`ctx.db`). See [`AppContext`] for an example.
#[derive(Clone)]
#[non_exhaustive]
pub struct Handles {
    /// The configuration at the start.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// The queue of jobs; [`Job::enqueue`](crate::jobs::Job::enqueue) adds one.
    pub queue: Queue,
    /// The limits of what callers may do, and how often.
    pub limits: Limits,
    shared: Arc<Shared>,
}

/// The part of a context that all units of work share.
#[derive(Clone)]
struct Shared {
    name: &'static str,
    version: &'static str,
    migrations: Vec<&'static str>,
    values: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    draining: CancellationToken,
}

impl Deref for AppContext {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.handles
    }
}

impl AppContext {
    /// A builder of a context with the handles that every application has. `name` is that of the application, as in `Cargo.toml`.
    pub fn builder(name: &'static str, config: Config, db: Db) -> ContextBuilder {
        ContextBuilder {
            config,
            db,
            queue: Queue::in_memory(),
            shared: Shared {
                name,
                version: "0.0.0",
                migrations: Vec::new(),
                values: HashMap::new(),
                draining: CancellationToken::new(),
            },
        }
    }

    /// The name of the application.
    pub fn app_name(&self) -> &'static str {
        self.shared.name
    }

    /// The version of the application.
    pub fn app_version(&self) -> &'static str {
        self.shared.version
    }

    /// The environment that the application runs in.
    pub fn environment(&self) -> &Environment {
        &self.config.environment
    }

    /// The names of the migrations that the application knows, oldest first: the framework's and its own.
    pub fn migrations(&self) -> &[&'static str] {
        &self.shared.migrations
    }

    /// Adds a handle of the application's own, such as a client of another service; a second one of the same type
    /// replaces the first.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        let handles = Arc::make_mut(&mut self.handles);
        Arc::make_mut(&mut handles.shared)
            .values
            .insert(TypeId::of::<T>(), Arc::new(value));
        self
    }

    /// Sets the limits, which are in the memory of this process otherwise.
    #[must_use]
    pub(crate) fn with_limits(mut self, limits: Limits) -> Self {
        Arc::make_mut(&mut self.handles).limits = limits;
        self
    }

    /// A handle that [`with`](Self::with) has added.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.shared.values.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// The application's own settings, the section `[app]`, as [`Hooks::Settings`](crate::app::Hooks::Settings).
    ///
    /// # Panics
    ///
    /// Panics if `T` is another type than the application's `Settings`.
    pub fn settings<T: Send + Sync + 'static>(&self) -> &T {
        let Some(settings) = self.get() else {
            panic!(
                "`{}` is not the `Settings` type of this application",
                type_name::<T>()
            );
        };
        settings
    }

    /// A token that is cancelled when the process is asked to end, for work that goes on for longer than a request.
    ///
    /// `ctx.draining().cancelled().await` waits for it. A server then has `server.drain_timeout` left. For a task it is cancelled
    /// only if the task [watches](crate::task::Task::WATCHES_DRAINING) it. Each call returns a child token: cancelling it affects
    /// only its clones.
    pub fn draining(&self) -> CancellationToken {
        self.shared.draining.child_token()
    }

    /// Returns true once the process was asked to end and accepts no new work.
    pub fn is_draining(&self) -> bool {
        self.shared.draining.is_cancelled()
    }

    /// The context within a unit of work: `db` is a handle within its transaction.
    #[must_use]
    pub(crate) fn within(&self, db: Db) -> Self {
        Self {
            handles: Arc::new(Handles {
                config: Arc::clone(&self.config),
                db,
                queue: self.queue.clone(),
                limits: self.limits.clone(),
                shared: Arc::clone(&self.shared),
            }),
        }
    }
}

/// A builder of an [`AppContext`], from [`AppContext::builder`]. Applications get their context from the boot; this one is for
/// tests of a function that takes one.
///
/// ```
/// use fw::{config::Config, context::CancellationToken, db::Db, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let mut config = Config::default();
/// config.database.url = "sqlite::memory:".into();
/// let db = Db::connect(&config.database).await?;
/// let stop = CancellationToken::new();
/// let ctx = AppContext::builder("blog", config, db)
///     .version(env!("CARGO_PKG_VERSION"))
///     .draining(stop.clone())
///     .build();
///
/// stop.cancel();
/// assert!(ctx.is_draining());
/// # Ok(())
/// # }
/// ```
pub struct ContextBuilder {
    config: Config,
    db: Db,
    queue: Queue,
    shared: Shared,
}

impl ContextBuilder {
    /// Sets the version of the application, as in `Cargo.toml`. Default `0.0.0`.
    #[must_use]
    pub fn version(mut self, version: &'static str) -> Self {
        self.shared.version = version;
        self
    }

    /// Sets the names of the migrations that the application knows, oldest first. Default: none.
    #[must_use]
    pub fn migrations(mut self, names: Vec<&'static str>) -> Self {
        self.shared.migrations = names;
        self
    }

    /// Sets the queue of jobs. Default: one in the memory of this process, which accepts every job.
    #[must_use]
    pub fn queue(mut self, queue: Queue) -> Self {
        self.queue = queue;
        self
    }

    /// Sets the token that is cancelled when the process is asked to end. Default: one that never is.
    #[must_use]
    pub fn draining(mut self, token: CancellationToken) -> Self {
        self.shared.draining = token;
        self
    }

    /// Builds the context.
    pub fn build(self) -> AppContext {
        AppContext {
            handles: Arc::new(Handles {
                config: Arc::new(self.config),
                db: self.db,
                queue: self.queue,
                limits: Limits::in_memory(),
                shared: Arc::new(self.shared),
            }),
        }
    }
}
