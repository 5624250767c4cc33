//! The application as the framework itself uses it: its [`Hooks`] together with the built-in rooms.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{Hooks, Initializer};
use crate::{
    builtin,
    config::{Config, ConfigError},
    context::AppContext,
    controller::{ErrorFormat, KnownPermissions, Routes},
    error::Result,
    jobs::Jobs,
    middleware::Stack,
    migration::{Migration, Migrator},
    room::{Page, PageContext, Room},
    scheduler::{Planned, Schedule},
    task::Tasks,
};

/// The hooks of an application and the rooms of the framework, as a value.
///
/// Code that boots, serves and runs commands takes this, not a type parameter, so it is compiled once, with the framework. With a
/// parameter all of it, down to the connections of the server, would be compiled again with each binary and each test of an
/// application.
#[derive(Clone, Copy)]
pub(crate) struct Application {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) rooms: &'static [Room],
    routes: fn() -> Routes,
    migrations: fn() -> Vec<Migration>,
    initializers: fn() -> Vec<Box<dyn Initializer>>,
    tasks: fn() -> Tasks,
    jobs: fn() -> Jobs,
    schedule: fn() -> Schedule,
    #[cfg(feature = "auth")]
    roles: fn() -> Vec<crate::auth::Role>,
    #[cfg(feature = "mailer")]
    mailers: fn() -> crate::mailer::Mailers,
    #[cfg(feature = "_templates")]
    views: fn() -> crate::view::Views,
    pub(crate) middleware: fn(Stack) -> Stack,
    pub(crate) error_format: fn() -> ErrorFormat,
    /// Reads the application's settings, `[app]`.
    pub(crate) settings: fn(&Config) -> Result<AddSettings, ConfigError>,
    pub(crate) before_boot: fn(&mut Config) -> BoxFuture<'_, Result<()>>,
    after_context: fn(AppContext) -> BoxFuture<'static, Result<AppContext>>,
    pub(crate) before_serve: fn(&AppContext) -> BoxFuture<'_, Result<()>>,
    pub(crate) on_shutdown: fn(&AppContext) -> BoxFuture<'_, Result<()>>,
    pub(crate) seed: fn(&AppContext) -> BoxFuture<'_, Result<()>>,
}

/// A closure that adds the application's settings to the context.
type AddSettings = Box<dyn FnOnce(AppContext) -> AppContext + Send>;

impl Application {
    pub(crate) fn of<H: Hooks>() -> Self {
        Self {
            name: H::name(),
            version: H::version(),
            rooms: builtin::ROOMS,
            routes: H::routes,
            migrations: H::migrations,
            initializers: H::initializers,
            tasks: H::tasks,
            jobs: H::jobs,
            schedule: H::schedule,
            #[cfg(feature = "auth")]
            roles: H::roles,
            #[cfg(feature = "mailer")]
            mailers: H::mailers,
            #[cfg(feature = "_templates")]
            views: H::views,
            middleware: H::middleware,
            error_format: H::error_format,
            settings: |config| {
                let settings = config.settings::<H::Settings>()?;
                Ok(Box::new(|ctx| ctx.with(settings)))
            },
            before_boot: |config| Box::pin(H::before_boot(config)),
            after_context: |ctx| Box::pin(H::after_context(ctx)),
            before_serve: |ctx| Box::pin(H::before_serve(ctx)),
            on_shutdown: |ctx| Box::pin(H::on_shutdown(ctx)),
            seed: |ctx| Box::pin(H::seed(ctx)),
        }
    }

    /// The list of the migrations of the rooms and of the application.
    pub(crate) fn migrator(self) -> Migrator {
        let rooms = self.rooms.iter().flat_map(|room| (room.migrations)());
        Migrator::new(rooms.collect(), (self.migrations)())
    }

    /// Adds the handles of the rooms, then those of the application.
    pub(crate) async fn add_handles(self, mut ctx: AppContext) -> Result<AppContext> {
        ctx = self.with_views(ctx).with((self.error_format)());
        let config = Arc::clone(&ctx.config);
        ctx = ctx.with(KnownPermissions::listed_by(move || {
            self.routes(&config).permissions()
        }));
        #[cfg(feature = "auth")]
        {
            let config = Arc::clone(&ctx.config);
            let list = move || self.routes(&config);
            ctx = ctx.with(crate::controller::ListedRoutes(Arc::new(list)));
            ctx = ctx.with(crate::auth::BuiltInRoles::new((self.roles)()));
        }
        for room in self.rooms {
            ctx = (room.context)(ctx).await?;
        }
        (self.after_context)(ctx).await
    }

    /// Adds the templates and the mails of the application to a context.
    #[cfg_attr(
        not(feature = "_templates"),
        expect(clippy::unused_self, reason = "there are none then")
    )]
    pub(crate) fn with_views(self, ctx: AppContext) -> AppContext {
        #[cfg(feature = "_templates")]
        let ctx = {
            let config = Arc::clone(&ctx.config);
            let list = move || self.routes(&config).named();
            let routes = crate::view::RouteSource(Arc::new(list));
            ctx.with((self.views)()).with(routes)
        };
        #[cfg(feature = "views")]
        let ctx = ctx.with(crate::migration::MigratorSource(Arc::new(move || {
            self.migrator()
        })));
        #[cfg(feature = "mailer")]
        let ctx = ctx.with((self.mailers)());
        ctx
    }

    /// The initializers, in the order in which they are started.
    pub(crate) fn initializers(self, config: &Config) -> Vec<Arc<dyn Initializer>> {
        let rooms = self.rooms.iter();
        rooms
            .flat_map(|room| (room.initializers)(config))
            .chain((self.initializers)())
            .map(Arc::from)
            .collect()
    }

    /// All tasks, of the rooms and of the application.
    ///
    /// Fails when the name of one is malformed or taken.
    pub(crate) fn tasks(self) -> Result<Tasks> {
        let rooms = self.rooms.iter().map(|room| (room.tasks)());
        let tasks = rooms.fold(Tasks::new(), Tasks::merge);
        let tasks = tasks.merge((self.tasks)());
        tasks.check()?;
        Ok(tasks)
    }

    /// All jobs, of the rooms and of the application.
    ///
    /// Fails when two have the same name.
    pub(crate) fn jobs(self) -> Result<Jobs> {
        let rooms = self.rooms.iter().map(|room| (room.jobs)());
        let jobs = rooms.fold(Jobs::new(), Jobs::merge);
        let jobs = jobs.merge((self.jobs)());
        #[cfg(feature = "mailer")]
        let jobs = jobs.merge((self.mailers)().jobs());
        jobs.check()?;
        Ok(jobs)
    }

    /// Fails if an entry of the schedule has times, a time zone, a task, arguments or a job that do not exist.
    pub(crate) fn check_schedule(self) -> Result<()> {
        self.schedule(&self.jobs()?).map(drop)
    }

    /// The schedule of the rooms and of the application, whose jobs are `jobs`.
    ///
    /// Fails when it has a time, a task or a job that does not exist.
    pub(crate) fn schedule(self, jobs: &Jobs) -> Result<Vec<Planned>> {
        let rooms = self.rooms.iter().map(|room| (room.schedule)());
        let schedule = rooms.fold(Schedule::new(), Schedule::merge);
        let schedule = schedule.merge((self.schedule)());
        Ok(schedule.plan(&self.tasks()?, jobs)?)
    }

    /// The routes of the application alone, without those of the rooms.
    pub(crate) fn own_routes(self) -> Routes {
        (self.routes)()
    }

    /// The routes that are served, the application's first.
    pub(crate) fn routes(self, config: &Config) -> Routes {
        self.all_routes(config).configured(config)
    }

    /// The routes, those included that a setting switches off.
    pub(crate) fn all_routes(self, config: &Config) -> Routes {
        let rooms = self.rooms.iter().map(|room| (room.routes)(config));
        rooms.fold((self.routes)(), Routes::merge)
    }

    /// The pages of the rooms for developers: none but in development.
    #[cfg(feature = "_templates")]
    fn pages_for_developers(self, input: &PageContext) -> Vec<Page> {
        use crate::controller::developer;

        if !developer::are_pages_served(&input.ctx.config) {
            return Vec::new();
        }
        let rooms = self.rooms.iter();
        let pages = rooms.flat_map(|room| (room.devtools)(input));
        let guarded = pages.map(|page| Page {
            methods: developer::guarded(page.methods),
            ..page
        });
        guarded.collect()
    }

    /// The pages of the rooms, which are served besides the routes.
    pub(crate) fn pages(self, ctx: &AppContext) -> Vec<Page> {
        let config = Arc::clone(&ctx.config);
        let input = PageContext {
            ctx: ctx.clone(),
            routes: Arc::new(move || self.routes(&config)),
        };
        let rooms = self.rooms.iter();
        let pages = rooms.flat_map(|room| (room.pages)(&input));
        #[cfg(feature = "_templates")]
        let pages = pages.chain(self.pages_for_developers(&input));
        pages.collect()
    }
}
