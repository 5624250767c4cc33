//! What every handler and task is given: the handles of the running application.
//!
//! ```no_run
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
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{config::Config, db::Db, env::Environment, queue::Queue};

/// The handles of the running application. Cheap to clone.
#[derive(Clone)]
pub struct AppContext {
    /// The configuration, as it was at the start.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// The jobs that wait to be done; [`Job::enqueue`](crate::jobs::Job::enqueue) adds one.
    pub queue: Queue,
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    app: AppInfo,
    values: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    draining: Arc<AtomicBool>,
}

/// What is fixed when the application is compiled.
#[derive(Clone, Debug)]
pub struct AppInfo {
    /// The name, as in `Cargo.toml`.
    pub name: &'static str,
    /// The version, as in `Cargo.toml`.
    pub version: &'static str,
    /// The names of the framework's migrations and its own, oldest first.
    pub migrations: Arc<[String]>,
}

impl AppContext {
    /// A context with the handles that every application has.
    pub fn new(app: AppInfo, config: Config, db: Db) -> Self {
        Self {
            config: Arc::new(config),
            db,
            queue: Queue::default(),
            shared: Arc::new(Shared {
                app,
                values: HashMap::new(),
                draining: Arc::new(AtomicBool::new(false)),
            }),
        }
    }

    /// The name of the application.
    pub fn app_name(&self) -> &str {
        self.shared.app.name
    }

    /// The version of the application.
    pub fn app_version(&self) -> &str {
        self.shared.app.version
    }

    /// The environment that it runs in.
    pub fn environment(&self) -> &Environment {
        &self.config.environment
    }

    /// The names of the migrations that the application knows, oldest first: the framework's and its own.
    pub fn migrations(&self) -> &[String] {
        &self.shared.app.migrations
    }

    /// Adds a handle of the application's own, such as a client of another service; a second one of the same type
    /// replaces the first.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        Arc::make_mut(&mut self.shared)
            .values
            .insert(TypeId::of::<T>(), Arc::new(value));
        self
    }

    /// A handle that [`with`](Self::with) has added.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.shared.values.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// The application's own settings: what `[app]` says, as [`Hooks::Settings`](crate::app::Hooks::Settings).
    ///
    /// # Panics
    ///
    /// When `T` is another type than the application's `Settings`.
    pub fn settings<T: Send + Sync + 'static>(&self) -> &T {
        let Some(settings) = self.get() else {
            panic!(
                "`{}` is not the `Settings` type of this application",
                type_name::<T>()
            );
        };
        settings
    }

    /// Whether the server is shutting down and wants no new work.
    pub fn is_draining(&self) -> bool {
        self.shared.draining.load(Ordering::Relaxed)
    }

    /// Makes `/health/ready` answer 503 from now on.
    pub(crate) fn drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
    }
}
