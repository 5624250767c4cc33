//! The order of the hooks, as the trait documents it.

use std::sync::{Mutex, PoisonError};

use fw::{
    app::Initializer, config::Config, context::CancellationToken, middleware::Stack, prelude::*,
    sea_orm::prelude::async_trait::async_trait,
};

static STEPS: Mutex<Vec<&str>> = Mutex::new(Vec::new());

fn note(step: &'static str) {
    STEPS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(step);
}

struct App;

struct First;
struct Second;

/// A handle of the application's own.
struct Handle(u8);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    greeting: String,
}

#[async_trait]
impl Initializer for First {
    fn name(&self) -> &'static str {
        "first"
    }

    async fn start(&self, ctx: &AppContext) -> Result<()> {
        assert_eq!(ctx.get::<Handle>().map(|handle| handle.0), Some(7));
        note("initializer first");
        Ok(())
    }

    async fn run(&self, ctx: &AppContext) -> Result<()> {
        note("run first");
        assert!(!ctx.is_draining());
        ctx.draining().cancelled().await;
        assert!(ctx.is_draining());
        note("drained first");
        Ok(())
    }

    async fn shutdown(&self, _: &AppContext) -> Result<()> {
        note("shutdown first");
        Ok(())
    }
}

#[async_trait]
impl Initializer for Second {
    fn name(&self) -> &'static str {
        "second"
    }

    async fn start(&self, _: &AppContext) -> Result<()> {
        note("initializer second");
        Ok(())
    }

    /// One that panics neither ends the server nor keeps it from ending.
    async fn run(&self, _: &AppContext) -> Result<()> {
        panic!("on purpose");
    }

    async fn shutdown(&self, _: &AppContext) -> Result<()> {
        note("shutdown second");
        Ok(())
    }
}

impl Hooks for App {
    type Settings = Settings;

    fn name() -> &'static str {
        "lifecycle"
    }

    fn routes() -> Routes {
        note("routes");
        Routes::new()
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn initializers() -> Vec<Box<dyn Initializer>> {
        vec![Box::new(First), Box::new(Second)]
    }

    fn middleware(stack: Stack) -> Stack {
        note("middleware");
        stack
    }

    fn jobs() -> Jobs {
        note("jobs");
        Jobs::new()
    }

    fn schedule() -> Schedule {
        note("schedule");
        Schedule::new()
    }

    async fn before_boot(config: &mut Config) -> Result<()> {
        note("before_boot");
        config.server.port = 0;
        Ok(())
    }

    async fn after_context(ctx: AppContext) -> Result<AppContext> {
        note("after_context");
        assert_eq!(ctx.settings::<Settings>().greeting, "");
        ctx.db.ping().await?;
        Ok(ctx.with(Handle(7)))
    }

    async fn before_serve(_: &AppContext) -> Result<()> {
        note("before_serve");
        Ok(())
    }

    async fn on_shutdown(_: &AppContext) -> Result<()> {
        note("on_shutdown");
        Ok(())
    }
}

/// Whoever holds a token of the context cannot end the process with it.
#[tokio::test]
async fn the_token_of_a_context_concerns_nobody_else() {
    let db = fw::db::Db::lazy(&fw::config::DatabaseConfig {
        url: "sqlite::memory:".into(),
        ..fw::config::DatabaseConfig::default()
    });
    let server = CancellationToken::new();
    let ctx = AppContext::builder("lifecycle", Config::default(), db.expect("a database"))
        .version("1.2.3")
        .draining(server.clone())
        .build();
    assert_eq!((ctx.app_name(), ctx.app_version()), ("lifecycle", "1.2.3"));
    ctx.draining().cancel();
    assert!(!ctx.is_draining());
    let before = ctx.draining();
    server.cancel();
    assert!(ctx.is_draining() && before.is_cancelled());
    ctx.draining().cancelled().await;
}

#[tokio::test]
async fn hooks_run_in_the_documented_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("config")).expect("a folder");
    std::fs::write(
        folder.path().join("config/default.toml"),
        "[database]\nurl = \"sqlite::memory:\"\n[logger]\nlevel = \"error\"\n",
    )
    .expect("a file");
    let config = fw::boot::load::<App>(folder.path(), None)
        .await
        .expect("a configuration");
    let options = fw::boot::ServeOptions {
        migrate: true,
        ..fw::boot::ServeOptions::default()
    };
    let stop = async { tokio::time::sleep(std::time::Duration::from_millis(100)).await };
    fw::boot::serve::<App>(config, options, stop)
        .await
        .expect("it serves");
    let steps = STEPS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(
        steps,
        [
            "before_boot",
            "jobs",
            "after_context",
            "initializer first",
            "initializer second",
            "jobs",
            "schedule",
            "routes",
            "middleware",
            "before_serve",
            "run first",
            "drained first",
            "on_shutdown",
            "shutdown second",
            "shutdown first",
        ]
    );
}
