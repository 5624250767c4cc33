//! A disk without space: the application and its database live on a small one of their own.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use fw_tests::{
    app::{Server, fail, succeed},
    http::send_json,
};
use serde_json::json;

use super::{AUTHORS, assert_unavailable, create, sqlite, status, until};
use crate::{Database, shop};

/// The size of the disk.
const SIZE: &str = "size=6m";

#[test]
fn a_full_disk_refuses_writes_and_is_survived() {
    let shop = shop();
    let Some(disk) = SmallDisk::new(&shop) else {
        eprintln!("skipped: neither root nor a user namespace may mount a file system here");
        return;
    };
    let address = disk.server.address;
    let mut acknowledged = Vec::new();
    for number in 0..20 {
        let name = format!("before-{number}");
        assert_eq!(
            create(address, &name, &name).expect("a response").status,
            201
        );
        acknowledged.push(name);
    }

    disk.fill();
    for has_key in [true, false] {
        // What is left of SQLite's log takes a few writes, and small ones when it takes no large ones any more.
        let refused = (0..5000)
            .find_map(|number| {
                let name = format!("full-{has_key}-{number}");
                let response = if has_key {
                    create(address, &name, &name)
                } else {
                    send_json(address, "POST", AUTHORS, &json!({ "name": name }))
                };
                let response = response.expect("a response");
                if response.status == 201 {
                    acknowledged.push(name);
                    return None;
                }
                Some(response)
            })
            .expect("a full disk takes no writes");
        assert_unavailable(&refused);
        assert!(refused.text().contains("no space"), "{}", refused.text());
    }
    disk.server.log_with("database or disk is full");
    for _ in 0..5 {
        assert_eq!(status(address, AUTHORS), 200, "reads go on");
        assert_eq!(status(address, "/health/ready"), 200);
    }

    // A backup has no space either.
    let (code, output) = fail(&mut disk.command(&["task", "db:backup"]));
    assert_eq!(code, 1, "{output}");
    assert!(
        output.contains("backups/.shop-development") && output.contains("full"),
        "it names the file and the cause: {output}"
    );
    assert!(!output.contains("panic"), "{output}");
    assert_eq!(disk.backups(), Vec::<PathBuf>::new());

    disk.free();
    let mut number = 0;
    until(Duration::from_secs(2), "it writes", || {
        number += 1;
        let name = format!("after-{number}");
        let response = create(address, &name, &name).expect("a response");
        if response.status == 201 {
            acknowledged.push(name);
        }
        response.status == 201
    });
    assert_eq!(number, 1, "the first write after there is space again");
    let made = succeed(&mut disk.command(&["task", "db:backup"]));
    assert!(made.contains("verified"), "{made}");
    assert_eq!(disk.backups().len(), 2, "a backup and its manifest");

    disk.copy_database_to(&shop.folder);
    assert_eq!(sqlite::integrity(&shop.folder), "ok");
    let mut found = sqlite::authors(&shop.folder);
    found.sort();
    acknowledged.sort();
    assert_eq!(
        found, acknowledged,
        "all that was acknowledged, and nothing that was refused"
    );
    let log = disk.server.log();
    assert!(!log.contains("panic"), "{log}");
}

/// A file system in memory, mounted over the folder of the application in a mount namespace that is the server's own: it is
/// gone with the server.
struct SmallDisk<'a> {
    database: &'a Database,
    namespaces: &'static [&'static str],
    server: Server,
}

impl<'a> SmallDisk<'a> {
    /// `None` where nothing can be mounted.
    fn new(database: &'a Database) -> Option<Self> {
        let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
        let way = ways.into_iter().find(|way| {
            let mut mount = Command::new("unshare");
            mount
                .args(*way)
                .args(["mount", "-t", "tmpfs", "tmpfs"])
                .arg(&database.folder)
                .stdin(Stdio::null())
                .output()
                .is_ok_and(|output| output.status.success())
        })?;
        let script = format!(r#"mount -t tmpfs -o {SIZE} tmpfs "$0" && cd "$0" && exec "$@""#);
        let mut words: Vec<&OsStr> = vec![OsStr::new("unshare")];
        words.extend(way.iter().map(OsStr::new));
        words.extend(["sh", "-c", &script].map(OsStr::new));
        words.push(database.folder.as_os_str());
        let start = database.command(&["start", "--port", "0", "--migrate"]);
        let server = Server::start(wrapped(&words, &start));
        let namespaces = if way.contains(&"--user") {
            &["--user", "--preserve-credentials", "--mount"][..]
        } else {
            &["--mount"]
        };
        Some(Self {
            database,
            namespaces,
            server,
        })
    }

    /// A command of the application that sees the disk.
    fn command(&self, arguments: &[&str]) -> Command {
        let target = format!("--target={}", self.server.pid());
        let mut words = vec![OsStr::new("nsenter"), OsStr::new(&target)];
        words.extend(self.namespaces.iter().map(OsStr::new));
        words.extend(["sh", "-c", r#"cd "$0" && exec "$@""#].map(OsStr::new));
        words.push(self.database.folder.as_os_str());
        wrapped(&words, &self.database.command(arguments))
    }

    /// Where the disk is for this process.
    fn path(&self) -> PathBuf {
        let folder = self.database.folder.display();
        PathBuf::from(format!("/proc/{}/root{folder}", self.server.pid()))
    }

    fn fill(&self) {
        let mut ballast = File::create(self.path().join("ballast")).expect("it can be made");
        let full = loop {
            if let Err(error) = ballast.write_all(&[1; 4096]) {
                break error;
            }
        };
        assert_eq!(full.kind(), ErrorKind::StorageFull);
    }

    fn free(&self) {
        fs::remove_file(self.path().join("ballast")).expect("it can be removed");
    }

    /// Everything in the folder of backups, hidden or not.
    fn backups(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path().join("backups")).expect("it was made");
        entries
            .map(|entry| entry.expect("an entry").path())
            .collect()
    }

    /// Copies the database while nobody writes.
    fn copy_database_to(&self, folder: &Path) {
        for file in ["shop.sqlite", "shop.sqlite-wal"] {
            fs::copy(self.path().join(file), folder.join(file)).expect("it can be copied");
        }
    }
}

/// `command`, run by another program.
fn wrapped(by: &[&OsStr], command: &Command) -> Command {
    let mut wrapped = Command::new(by[0]);
    wrapped
        .args(&by[1..])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    wrapped
}
