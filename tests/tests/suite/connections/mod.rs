//! Transactions, streams and pools of connections, as an application sees them, on both databases.

mod pool;
mod streams;
mod transactions;

use std::sync::{Arc, Mutex};

use fw::{
    config::DatabaseConfig,
    db::{self, Db},
    sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement},
};
use fw_tests::postgres;

const CREATE: &str = "CREATE TABLE notes (text VARCHAR(100) UNIQUE)";

/// A database of one kind with an empty table of notes.
struct Notes {
    db: Db,
    config: DatabaseConfig,
    _folder: tempfile::TempDir,
}

impl Notes {
    async fn new(backend: DbBackend, settings: impl FnOnce(&mut DatabaseConfig)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match backend {
            DbBackend::Postgres => postgres::server().create_database(),
            _ => format!("sqlite://{}", folder.path().join("notes.sqlite").display()),
        };
        let mut config = DatabaseConfig {
            url: url.into(),
            ..DatabaseConfig::default()
        };
        settings(&mut config);
        db::create(&config).await.expect("it can be created");
        let db = Db::connect(&config).await.expect("it can be opened");
        db.execute_unprepared(CREATE).await.expect("created");
        Self {
            db,
            config,
            _folder: folder,
        }
    }

    /// One of each kind.
    async fn both(settings: impl Fn(&mut DatabaseConfig)) -> [Self; 2] {
        [
            Self::new(DbBackend::Sqlite, &settings).await,
            Self::new(DbBackend::Postgres, &settings).await,
        ]
    }

    async fn texts(&self) -> Vec<String> {
        let all = self.query("SELECT text FROM notes ORDER BY text");
        let rows = self.db.query_all_raw(all).await.expect("they can be read");
        rows.iter()
            .map(|row| row.try_get("", "text").expect("a text"))
            .collect()
    }

    fn query(&self, sql: &str) -> Statement {
        Statement::from_string(self.db.backend(), sql)
    }

    /// The numbers from 1 to `count`, made by the database.
    fn numbers(&self, count: u64) -> Statement {
        self.query(&match self.db.backend() {
            DbBackend::Postgres => format!("SELECT generate_series(1, {count}) AS n"),
            _ => format!(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT {count}) SELECT n FROM c"
            ),
        })
    }
}

async fn add<C: ConnectionTrait>(db: &C, text: &str) -> Result<(), DbErr> {
    let insert = format!("INSERT INTO notes (text) VALUES ('{text}')");
    db.execute_unprepared(&insert).await.map(drop)
}

/// What has run after a commit, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, text: &str) -> impl FnOnce() + Send + 'static {
        let (log, text) = (self.clone(), text.to_owned());
        move || log.0.lock().expect("free").push(text)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("free"))
    }
}
