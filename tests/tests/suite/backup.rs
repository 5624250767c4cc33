//! `db:backup` and `db:restore` as processes, on SQLite and on PostgreSQL.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use fw_tests::{
    app::{Server, fail, succeed},
    http::{get, send_json},
};
use serde_json::{Value, json};

use crate::{Database, shop};

#[test]
fn a_backup_made_while_the_application_writes_is_whole() {
    for database in Database::both() {
        let mut server = database.start(&[]);
        add_authors(server.address, 20);
        let writers = Writers::start(server.address);
        let output = succeed(&mut database.command(&["task", "db:backup"]));
        assert!(output.contains("verified"), "{output}");
        writers.stop();
        let backup = only_backup(&database);
        let saved = rows(&backup, "authors");
        assert!(saved >= 20, "{saved}");

        let rehearsed = succeed(&mut restore(&database, &backup, &["--verify"]));
        assert!(rehearsed.contains("is complete"), "{rehearsed}");
        let before = authors(server.address);
        assert!(before > saved, "the writers went on");
        stop(&mut server);

        let restored = succeed(&mut restore(&database, &backup, &["--yes"]));
        assert!(
            restored.contains("the previous database is kept as"),
            "{restored}"
        );
        let mut server = database.start(&[]);
        assert_eq!(authors(server.address), saved);
        add_authors(server.address, 1);
        stop(&mut server);
    }
}

#[test]
fn a_missing_database_can_be_restored() {
    for database in Database::both() {
        let mut server = database.start(&[]);
        add_authors(server.address, 3);
        stop(&mut server);
        succeed(&mut database.command(&["task", "db:backup"]));
        succeed(&mut database.command(&["db", "drop"]));
        let output = succeed(&mut restore(
            &database,
            &only_backup(&database),
            &["yes:true"],
        ));
        assert!(
            output.contains("restored") && !output.contains("previous"),
            "{output}"
        );
        assert_eq!(authors(database.start(&[]).address), 3);
    }
}

#[test]
fn a_database_in_use_is_replaced_only_on_postgresql() {
    let sqlite = Database::sqlite();
    let server = sqlite.start(&[]);
    add_authors(server.address, 2);
    succeed(&mut sqlite.command(&["task", "db:backup"]));
    let (code, output) = fail(&mut restore(&sqlite, &only_backup(&sqlite), &["--yes"]));
    assert_eq!(code, 1);
    assert!(
        output.contains("in use") && output.contains("stop the application"),
        "{output}"
    );
    assert_eq!(authors(server.address), 2);

    let postgres = Database::postgres();
    let server = postgres.start(&[]);
    add_authors(server.address, 2);
    succeed(&mut postgres.command(&["task", "db:backup"]));
    add_authors(server.address, 2);
    succeed(&mut restore(&postgres, &only_backup(&postgres), &["--yes"]));
    // The pool finds out that its connections were ended and opens new ones.
    let begin = Instant::now();
    while get(server.address, "/health/ready").is_ok_and(|response| response.status != 200) {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{}",
            server.log()
        );
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(authors(server.address), 2);
}

#[test]
fn a_backup_that_is_not_what_its_manifest_says_is_refused() {
    for database in Database::both() {
        let backup = small_backup(&database);
        let manifest = manifest_of(&backup);
        let good = (read(&backup), read(&manifest));

        let mut bytes = good.0.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&backup, bytes).expect("it can be written");
        refused(&database, &backup, "SHA-256");
        fs::write(&backup, &good.0[..middle]).expect("it can be written");
        refused(&database, &backup, "bytes, and its manifest says");
        fs::write(&backup, &good.0).expect("it can be written");

        let mut changed: Value = serde_json::from_slice(&good.1).expect("JSON");
        let tables = changed["tables"].as_object_mut().expect("an object");
        for (_, rows) in tables
            .iter_mut()
            .filter(|(name, _)| name.ends_with("authors"))
        {
            *rows = json!(41);
        }
        fs::write(&manifest, changed.to_string()).expect("it can be written");
        refused(&database, &backup, "rows instead of 41");
        fs::write(&manifest, "{").expect("it can be written");
        refused(&database, &backup, "cannot be used");
        fs::remove_file(&manifest).expect("it can be removed");
        refused(&database, &backup, "has no manifest");

        fs::write(&manifest, &good.1).expect("it can be written");
        succeed(&mut restore(&database, &backup, &["--verify"]));
    }
}

#[test]
fn a_backup_of_another_schema_or_database_is_refused() {
    let [sqlite, postgres] = Database::both();
    let backup = small_backup(&sqlite);
    refused(&postgres, &backup, "backup of a SQLite database");

    let manifest = manifest_of(&backup);
    let mut newer: Value = serde_json::from_slice(&read(&manifest)).expect("JSON");
    newer["migrations"]
        .as_array_mut()
        .expect("a list")
        .push(json!("m29991231_235959_future"));
    fs::write(&manifest, newer.to_string()).expect("it can be written");
    refused(&sqlite, &backup, "m29991231_235959_future");
}

#[test]
fn nothing_is_replaced_without_consent() {
    let shop = shop();
    let backup = small_backup(&shop);
    let (code, output) = fail(&mut restore(&shop, &backup, &[]));
    assert_eq!(code, 1);
    assert!(
        output.contains("without consent") && output.contains("--yes"),
        "{output}"
    );
    // In production all that is needed is said at once.
    for (words, needed) in [
        (&[][..], "pass `--yes --yes-i-mean-production` if"),
        (&["--yes"], "pass `--yes-i-mean-production` if"),
        (&["--yes-i-mean-production"], "pass `--yes`,"),
    ] {
        let (_, output) = fail(restore(&shop, &backup, words).env("FW_ENV", "production"));
        assert!(output.contains(needed), "{words:?}: {output}");
    }
    succeed(restore(&shop, &backup, &["--verify"]).env("FW_ENV", "production"));
}

#[test]
fn missing_programs_of_postgresql_are_named() {
    let database = Database::postgres();
    succeed(&mut database.command(&["db", "create"]));
    let (code, output) = fail(
        database
            .command(&["task", "db:backup"])
            .env("PATH", "/nowhere"),
    );
    assert_eq!(code, 1);
    assert!(
        output.contains("`pg_dump` is not installed") && output.contains("postgresql-client-"),
        "{output}"
    );
    assert_eq!(backups(&database), Vec::<PathBuf>::new());
}

#[test]
fn a_folder_that_cannot_be_written_harms_nothing() {
    let shop = shop();
    let backup = small_backup(&shop);
    let below_a_file = format!("{}/below/", backup.display());
    let (code, output) = fail(&mut shop.command(&["task", "db:backup", "--to", &below_a_file]));
    assert_eq!(code, 1);
    assert!(output.contains(&below_a_file), "{output}");
    let existing = backup.display().to_string();
    let (_, output) = fail(&mut shop.command(&["task", "db:backup", "--to", &existing]));
    assert!(output.contains("exists already"), "{output}");
    succeed(&mut restore(&shop, &backup, &["--verify"]));
}

#[test]
fn a_backup_that_is_killed_is_cleared_away_by_the_next() {
    for database in Database::both() {
        let earlier = small_backup(&database);
        // A run may be over before it is killed.
        let left = (0..50).any(|_| {
            kill_a_backup(&database, "KILL");
            !partials(&database).is_empty()
        });
        assert!(left, "no run was killed in the middle");
        succeed(&mut restore(&database, &earlier, &["--verify"]));
        succeed(&mut database.command(&["task", "db:backup"]));
        assert_eq!(partials(&database), Vec::<PathBuf>::new());
        for backup in backups(&database) {
            succeed(&mut restore(&database, &backup, &["--verify"]));
        }
    }
}

#[test]
fn a_backup_that_is_interrupted_clears_up_itself() {
    for database in Database::both() {
        small_backup(&database);
        for signal in ["INT", "TERM"] {
            kill_a_backup(&database, signal);
            assert_eq!(partials(&database), Vec::<PathBuf>::new(), "{signal}");
        }
    }
}

#[test]
fn backups_of_the_same_second_do_not_collide_and_old_ones_go() {
    let shop = shop();
    small_backup(&shop);
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let mut command = shop.command(&["task", "db:backup"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("it can be started")
        })
        .collect();
    for run in runs {
        let output = run.wait_with_output().expect("an end");
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(backups(&shop).len(), 5);
    let foreign = shop
        .folder
        .join("backups/shop-development-notes.sqlite.zst");
    fs::write(&foreign, "mine").expect("it can be written");

    succeed(&mut shop.command(&["task", "db:backup", "keep:2", "keep_days:1"]));
    assert_eq!(backups(&shop).len(), 7, "what is of today stays");
    let (code, _) = fail(&mut shop.command(&["task", "db:backup", "keep:0"]));
    assert_eq!(code, 2);
    succeed(&mut shop.command(&["task", "db:backup", "keep:2"]));
    assert_eq!(backups(&shop).len(), 3);
    assert!(foreign.exists());
}

/// The folder's backups: everything that is neither hidden nor a manifest.
fn backups(database: &Database) -> Vec<PathBuf> {
    let mut visible = in_backups(database, |name| !name.starts_with('.'));
    visible.retain(|path| path.extension().is_some_and(|extension| extension == "zst"));
    visible
}

fn partials(database: &Database) -> Vec<PathBuf> {
    in_backups(database, |name| name.ends_with(".partial"))
}

fn in_backups(database: &Database, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(database.folder.join("backups")) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| wanted(&name.to_string_lossy()))
        })
        .collect()
}

#[track_caller]
fn only_backup(database: &Database) -> PathBuf {
    let backups = backups(database);
    let [backup] = backups.as_slice() else {
        panic!("one backup was expected: {backups:?}")
    };
    backup.clone()
}

/// A backup of a migrated database without rows, in which authors are counted.
fn small_backup(database: &Database) -> PathBuf {
    succeed(&mut database.command(&["db", "create"]));
    succeed(&mut database.command(&["db", "migrate"]));
    succeed(&mut database.command(&["task", "db:backup"]));
    only_backup(database)
}

fn restore(database: &Database, backup: &Path, flags: &[&str]) -> Command {
    let file = backup.to_string_lossy();
    let mut words = vec!["task", "db:restore", &file];
    words.extend(flags);
    database.command(&words)
}

/// Neither a rehearsal nor a restore takes the backup.
#[track_caller]
fn refused(database: &Database, backup: &Path, because: &str) {
    for flag in ["--verify", "--yes"] {
        let (code, output) = fail(&mut restore(database, backup, &[flag]));
        assert_eq!(code, 1);
        assert!(output.contains(because), "{output}");
    }
}

/// Starts a backup and sends it a signal as soon as there is something unfinished.
fn kill_a_backup(database: &Database, signal: &str) {
    let mut command = database.command(&["task", "db:backup"]);
    let mut run = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be started");
    let seen = partials(database);
    while run.try_wait().expect("it can be asked").is_none() {
        if partials(database)
            .iter()
            .any(|partial| !seen.contains(partial))
        {
            // It may have ended just now.
            let _ = Command::new("kill")
                .args(["-s", signal, &run.id().to_string()])
                .status();
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    run.wait().expect("it ends");
}

fn manifest_of(backup: &Path) -> PathBuf {
    PathBuf::from(format!("{}.json", backup.display()))
}

#[track_caller]
fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("it can be read")
}

/// The rows of a table, as the manifest has them.
fn rows(backup: &Path, table: &str) -> u64 {
    let manifest: Value = serde_json::from_slice(&read(&manifest_of(backup))).expect("JSON");
    let tables = manifest["tables"].as_object().expect("an object");
    tables
        .iter()
        .find(|(name, _)| name.rsplit('.').next() == Some(table))
        .and_then(|(_, rows)| rows.as_u64())
        .expect("the table is in the manifest")
}

#[track_caller]
fn add_authors(address: SocketAddr, count: u32) {
    for number in 0..count {
        let body = json!({ "name": format!("author {number}") });
        let response = send_json(address, "POST", "/api/v1/authors", &body).expect("a response");
        assert_eq!(response.status, 201, "{}", response.text());
    }
}

fn authors(address: SocketAddr) -> u64 {
    let response = get(address, "/api/v1/authors?page=1&limit=1").expect("a response");
    response.json()["pagination"]["total"]
        .as_u64()
        .expect("a total")
}

fn stop(server: &mut Server) {
    server.signal("TERM");
    assert_eq!(
        server.wait(Duration::from_secs(10)).code(),
        Some(0),
        "{}",
        server.log()
    );
}

/// Clients that write until they are stopped.
struct Writers {
    stop: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Writers {
    fn start(address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..4)
            .map(|_| {
                let stop = Arc::clone(&stop);
                thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        add_authors(address, 1);
                    }
                })
            })
            .collect();
        Self { stop, threads }
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("no write has failed");
        }
    }
}
