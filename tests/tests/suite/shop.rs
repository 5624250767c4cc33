//! The application that most tests use: authors and posts as the guide has them, samples of every type, and a laboratory of
//! faults.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use fw_tests::{
    app::{App, Binary, Server, repository, succeed},
    postgres,
};

/// The binary of the application, with both databases compiled in.
pub static BINARY: LazyLock<Binary> = LazyLock::new(|| make().build());

/// The folders of this run's databases.
static FOLDER: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));

fn make() -> App {
    let app = App::new("shop", &[]);
    succeed(&mut app.fw(&["generate", "scaffold", "author", "name:string!"]));
    succeed(&mut app.fw(&[
        "generate",
        "scaffold",
        "post",
        "title:string!",
        "slug:string^",
        "content:text",
        "status:enum(draft,published)=draft",
        "author:references?",
        "rating:decimal(3,2)",
    ]));
    succeed(&mut app.fw(&["generate", "controller", "lab", "index"]));
    let fixtures = repository().join("tests/fixtures");
    for file in fs::read_dir(app.root.join("src/lab")).expect("the generator has made it") {
        fs::remove_file(file.expect("an entry").path()).expect("it can be removed");
    }
    for (fixture, file) in [
        ("lab.rs", "mod.rs"),
        ("lab_idempotency.rs", "idempotency.rs"),
        ("lab_jobs.rs", "jobs.rs"),
        ("lab_streams.rs", "streams.rs"),
        ("lab_proof.rs", "proof.rs"),
        ("lab_mails.rs", "mails.rs"),
        ("lab_mails.html", "letter.html"),
        ("lab_mails.ftl", "en.ftl"),
        ("lab_pages.rs", "pages.rs"),
        ("lab_pages.html", "hello.html"),
    ] {
        fs::copy(fixtures.join(fixture), app.root.join("src/lab").join(file))
            .expect("the fixture can be copied");
    }
    fs::create_dir(app.root.join("src/assets")).expect("it is not there yet");
    fs::write(app.root.join("src/assets/lab.css"), "p { color: navy; }\n")
        .expect("the style sheet can be written");
    succeed(&mut app.fw(&["generate", "migration", "slow"]));
    let migrations =
        fs::read_dir(app.root.join("src/migrations")).expect("the generator has made it");
    let slow = migrations
        .map(|file| file.expect("an entry").path())
        .find(|path| path.to_string_lossy().ends_with("_slow.rs"))
        .expect("the migration is there");
    fs::copy(fixtures.join("slow_migration.rs"), slow).expect("the fixture can be copied");
    succeed(&mut app.fw(&[
        "generate",
        "scaffold",
        "sample",
        "name:string+",
        "number:int!",
        "big:bigint",
        "ratio:double+",
        "price:decimal(10,2)",
        "open:bool",
        "day:date",
        "hour:time",
        "at:datetime",
        "key:uuid",
        "status:enum(draft,published)",
        "author:references?",
    ]));
    succeed(&mut app.fw(&[
        "generate",
        "scaffold",
        "comment",
        "text:text!",
        "post:references!",
    ]));
    edit(
        &app.root.join("Cargo.toml"),
        r#"features = ["openapi", "sqlite""#,
        r#"features = ["openapi", "sqlite", "postgres-tls", "redis", "audit", "jobs-board", "smtp", "views""#,
    );
    edit(
        &app.root.join("Cargo.toml"),
        "[dependencies]\n",
        "[dependencies]\nfutures-util = { version = \"0.3\", default-features = false }\ntokio = { version = \"1\", features = [\"macros\", \"rt\", \"time\"] }\n",
    );
    edit(
        &app.root.join("src/app.rs"),
        "    fn tasks() -> Tasks {\n        Tasks::new()",
        "    fn mailers() -> Mailers {\n        crate::lab::mails::mailers()\n    }\n\n    fn views() -> Views {\n        crate::lab::mails::views()\n    }\n\n    fn jobs() -> fw::jobs::Jobs {\n        crate::lab::jobs()\n    }\n\n    fn schedule() -> fw::scheduler::Schedule {\n        crate::lab::schedule()\n    }\n\n    fn tasks() -> Tasks {\n        crate::lab::proof::tasks(Tasks::new())",
    );
    app
}

#[track_caller]
fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("the file can be read");
    assert!(
        text.contains(from),
        "`{from}` is not in `{}`:\n{text}",
        file.display()
    );
    fs::write(file, text.replacen(from, to, 1)).expect("the file can be written");
}

/// A database of one test.
pub struct Database {
    /// What `DATABASE_URL` says.
    pub url: String,
    /// The folder that its process works in: backups and SQLite files are in it.
    pub folder: PathBuf,
    /// Whether it is on the server that all tests share, from which it must be removed.
    is_shared: bool,
}

impl Database {
    /// An SQLite database that does not exist yet.
    pub fn sqlite() -> Self {
        let folder = folder();
        Self {
            url: format!("sqlite://{}", folder.join("shop.sqlite").display()),
            folder,
            is_shared: false,
        }
    }

    /// A PostgreSQL database that does not exist yet.
    pub fn postgres() -> Self {
        let mut database = Self::on(postgres::server());
        database.is_shared = true;
        database
    }

    /// A database that does not exist yet, on a server of the test's own. It goes with the server.
    pub fn on(server: &postgres::Server) -> Self {
        let name = format!(
            "shop_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        Self {
            url: format!("{}/{name}", server.url()),
            folder: folder(),
            is_shared: false,
        }
    }

    /// Its name on a PostgreSQL server.
    pub fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// One of each.
    pub fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    /// A command of the application on this database.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = BINARY.command_in(&self.folder, arguments);
        command.env("DATABASE_URL", &self.url);
        command
    }

    /// A server on this database, which is created and migrated first.
    #[track_caller]
    pub fn start(&self, variables: &[(&str, &str)]) -> Server {
        let mut command = self.command(&["start", "--port", "0", "--migrate"]);
        command.envs(variables.iter().copied());
        Server::start(command)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.is_shared {
            let name = self.name();
            postgres::server().psql(
                "postgres",
                &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            );
        }
        // What is left is removed with the folder of all.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

fn folder() -> PathBuf {
    let folder = FOLDER
        .path()
        .join(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
    fs::create_dir(&folder).expect("the folder can be made");
    folder
}

/// The shop on an SQLite database of the test's own.
pub fn shop() -> Database {
    Database::sqlite()
}
