//! Unit tests of rooms: the fields of a room are used from the boot to `doctor`.

use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, routing::get};
use clap::Parser;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use sea_orm::prelude::async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{arguments, doctor};
use crate::{
    app::Application,
    boot::{ServeOptions, serving, steps},
    builtin,
    config::{Config, Loader},
    context::CancellationToken,
    db,
    prelude::*,
    queue,
    room::{Finding, Page, Room, Severity},
    scheduler,
};

static ROOMS: &[Room] = &[
    Room {
        name: "barometer",
        context: |ctx| Box::pin(async { Ok(ctx.with(Barometer::default())) }),
        migrations: || vec![crate::migration!(fw_20261128_120000_create_readings)],
        initializers: |_| vec![Box::new(Needle)],
        before_serve: |ctx, routes| {
            let has_routes = !routes.list().is_empty();
            Box::pin(async move {
                assert!(has_routes);
                note(ctx, "checked");
                Ok(())
            })
        },
        tasks: || Tasks::new().add::<Measure>(),
        jobs: || Jobs::new().add::<Warn>(),
        schedule: || Schedule::new().every(Duration::from_millis(20), Measure::NAME),
        routes: |config| match config.environment.name() {
            "test" => Routes::at("/barometer").with([crate::controller::get("/", show)]),
            _ => Routes::new(),
        },
        pages: |input| {
            let listed = (input.routes)().list().len();
            let name = input.ctx.app_name();
            vec![Page {
                path: "/barometer.txt".to_owned(),
                methods: get(async move || format!("{name}, {listed} routes")),
            }]
        },
        #[cfg(feature = "_templates")]
        devtools: |_| Vec::new(),
        health: |ctx| {
            Box::pin(async {
                let barometer = ctx.get::<Barometer>().ok_or("it is not there")?;
                if barometer.broken.load(Ordering::Relaxed) {
                    return Err("the glass is broken".into());
                }
                Ok(())
            })
        },
        doctor: |input| {
            Box::pin(async move {
                let answers = input.is_connected && input.ctx.db.ping().await.is_ok();
                let text = format!("database {answers}, deploy {}", input.deploy);
                vec![Finding::failure("barometer", text)]
            })
        },
    },
    builtin::ROOMS[0],
    queue::ROOM,
    scheduler::ROOM,
];

/// The handle that the room adds to the context.
#[derive(Default)]
struct Barometer {
    broken: AtomicBool,
}

mod fw_20261128_120000_create_readings {
    use crate::migration::prelude::*;

    pub(super) async fn up(schema: &Schema<'_>) -> Result {
        schema.create_table(table("readings")).await
    }

    pub(super) async fn down(schema: &Schema<'_>) -> Result {
        schema.drop_table("readings").await
    }
}

/// The events of the test that serves.
static EVENTS: Mutex<Vec<&str>> = Mutex::new(Vec::new());

fn note(ctx: &AppContext, event: &'static str) {
    if ctx.app_name() != Served::name() {
        return;
    }
    let mut events = EVENTS.lock().unwrap_or_else(PoisonError::into_inner);
    if !events.contains(&event) {
        events.push(event);
    }
}

fn events() -> Vec<&'static str> {
    let events = EVENTS.lock().unwrap_or_else(PoisonError::into_inner);
    events.clone()
}

struct Needle;

#[async_trait]
impl Initializer for Needle {
    fn name(&self) -> &'static str {
        "needle"
    }

    async fn start(&self, ctx: &AppContext) -> Result<()> {
        assert!(ctx.get::<Barometer>().is_some());
        note(ctx, "started");
        Ok(())
    }

    async fn run(&self, ctx: &AppContext) -> Result<()> {
        note(ctx, "running");
        Warn {}.enqueue(ctx).await?;
        ctx.draining().cancelled().await;
        note(ctx, "drained");
        Ok(())
    }

    async fn shutdown(&self, ctx: &AppContext) -> Result<()> {
        note(ctx, "ended");
        Ok(())
    }
}

/// Writes down the weight of the air
#[derive(Parser)]
struct Measure;

impl Task for Measure {
    const NAME: &'static str = "barometer:measure";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        let insert = "INSERT INTO readings DEFAULT VALUES";
        ctx.db.execute_unprepared(insert).await?;
        note(ctx, "measured");
        Ok(())
    }
}

/// Warns of a storm.
#[derive(Serialize, Deserialize)]
struct Warn {}

impl Job for Warn {
    const NAME: &'static str = "barometer_warn";

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        note(job, "warned");
        Ok(())
    }
}

async fn show(_: Anyone) -> &'static str {
    "1013 hPa"
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "weather"
    }

    fn routes() -> Routes {
        Routes::new()
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }
}

/// The application of the test that serves.
struct Served;

impl Hooks for Served {
    type Settings = ();

    fn name() -> &'static str {
        "served"
    }

    fn routes() -> Routes {
        Routes::new()
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }
}

/// An application that has a page where a room has one.
struct Rival;

impl Hooks for Rival {
    type Settings = ();

    fn name() -> &'static str {
        "rival"
    }

    fn routes() -> Routes {
        Routes::new().with([crate::controller::get("/barometer.txt", show)])
    }

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }
}

fn application<H: Hooks>() -> Application {
    let mut app = Application::of::<H>();
    app.rooms = ROOMS;
    app
}

async fn config(folder: &tempfile::TempDir, environment: &str) -> Config {
    let database = folder.path().join("weather.sqlite");
    let mut config = Loader::new(folder.path())
        .environment(environment.parse().expect("an environment"))
        .vars([("DATABASE_URL", format!("sqlite://{}", database.display()))])
        .load()
        .expect("a configuration");
    config.server.port = 0;
    db::create(&config.database).await.expect("created");
    config
}

#[tokio::test]
async fn it_starts_works_and_ends_with_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&folder, "test").await;
    let stop = CancellationToken::new();
    let options = ServeOptions {
        migrate: true,
        ..ServeOptions::default()
    };
    let server = serving::serve(application::<Served>(), config, options, stop.clone());
    let server = tokio::spawn(server);
    while ["measured", "warned"]
        .iter()
        .any(|event| !events().contains(event))
    {
        assert!(!server.is_finished(), "{:?}", events());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    server.await.expect("no panic").expect("it serves");
    let mut events = events();
    // The timer, the part and the job begin at the same time.
    events[2..5].sort_unstable();
    let expected = [
        "started", "checked", "measured", "running", "warned", "drained", "ended",
    ];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn its_routes_are_served_and_its_health_is_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = application::<App>();
    let never = CancellationToken::new();
    let booted = steps::boot(app, config(&folder, "test").await, true, never)
        .await
        .expect("booted");
    let service = steps::service(app, &booted.ctx).await.expect("routes");
    let ask = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = service.handle(request).await;
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body");
        (
            status,
            String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        )
    };
    let ok = |text: &str| (StatusCode::OK, text.to_owned());
    assert_eq!(ask("/barometer").await, ok("1013 hPa"));
    assert_eq!(ask("/barometer.txt").await, ok("weather, 1 routes"));
    assert_eq!(ask("/health/ready").await.0, StatusCode::OK);
    let barometer = booted.ctx.get::<Barometer>().expect("the room's handle");
    barometer.broken.store(true, Ordering::Relaxed);
    let (status, body) = ask("/health/ready").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains("the barometer does not respond"), "{body}");

    let refused = steps::service(application::<Rival>(), &booted.ctx).await;
    let refused = refused.err().expect("refused").chain();
    assert!(
        refused.contains("`/barometer.txt` belongs to the framework"),
        "{refused}"
    );
    booted.shutdown(steps::SHUTDOWN_TIMEOUT).await;
}

#[tokio::test]
async fn its_routes_may_depend_on_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = application::<App>();
    for (environment, expected) in [("test", 1), ("production", 0)] {
        let routes = app.routes(&config(&folder, environment).await);
        assert_eq!(routes.list().len(), expected, "{environment}");
    }
}

#[tokio::test]
async fn doctor_asks_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for deploy in [false, true] {
        let config = config(&folder, "test").await;
        let options = arguments::Doctor {
            deploy,
            is_static: false,
        };
        let findings =
            doctor::examine(application::<App>(), Path::new("."), config, &options).await;
        let failure = |id: &str| {
            let found = findings.iter().find(|finding| finding.id == id);
            let found = found.expect("it is looked at");
            assert_eq!(found.severity, Severity::Failure, "{id}");
            found.text.as_str()
        };
        let expected = format!("database true, deploy {deploy}");
        assert_eq!(failure("barometer"), expected);
        let migrations = failure("migrations");
        assert!(migrations.contains("create_readings"), "{migrations}");
    }
    let config = config(&folder, "test").await;
    let options = arguments::Doctor {
        deploy: false,
        is_static: true,
    };
    let findings = doctor::examine(application::<Rival>(), Path::new("."), config, &options).await;
    let routes = findings.iter().find(|finding| finding.id == "routes");
    let routes = routes.expect("they are looked at");
    assert_eq!(routes.severity, Severity::Failure);
    assert!(routes.text.contains("/barometer.txt"), "{}", routes.text);
}
