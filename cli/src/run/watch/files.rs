//! The files whose changes matter, and the watcher that sees them.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    sync::mpsc::Sender,
    time::Duration,
};

use notify::{
    Config, ErrorKind, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher,
};

use super::{event::Event, report};
use crate::error::CliError;

/// The variable that chooses polling, for folders whose changes the system does not report: some shared and network folders.
const VARIABLE: &str = "CARGO_FW_POLL";

/// The interval of polling.
const INTERVAL: Duration = Duration::from_millis(400);

/// Files beside the sources that a build depends on.
const OF_CARGO: [&str; 5] = [
    "Cargo.toml",
    "Cargo.lock",
    "build.rs",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// A change of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It has to be built.
    Code,
    /// It has to be started.
    Configuration,
}

/// The files of the app.
pub(super) struct Files {
    root: PathBuf,
    /// The workspace around the app, if it is part of one.
    workspace: Option<PathBuf>,
    /// The files that the last build has read, outside of `src` as well: those of other crates, texts that are included.
    sources: BTreeSet<PathBuf>,
    /// The folders outside of the app with sources.
    outside: BTreeSet<PathBuf>,
    watched: BTreeSet<PathBuf>,
    watcher: Box<dyn Watcher>,
    polls: bool,
    sender: Sender<Event>,
}

impl Files {
    /// Watches the app at `root`, by the system's watcher if there is one, otherwise by polling.
    pub(super) fn watch(root: &Path, sender: Sender<Event>) -> Result<Self, CliError> {
        let polls = env::var_os(VARIABLE).is_some_and(|value| !value.is_empty() && value != "0");
        let (watcher, polls) = watcher(polls, &sender)?;
        let is_alone = root.join("Cargo.lock").exists();
        let around = root
            .ancestors()
            .skip(1)
            .find(|folder| folder.join("Cargo.lock").exists());
        let mut files = Self {
            root: root.to_owned(),
            workspace: around.filter(|_| !is_alone).map(Path::to_owned),
            sources: BTreeSet::new(),
            outside: BTreeSet::new(),
            watched: BTreeSet::new(),
            watcher,
            polls,
            sender,
        };
        files.add_folders()?;
        Ok(files)
    }

    /// The change that a path stands for; `None` if it does not matter.
    pub(super) fn change(&self, path: &Path) -> Option<Change> {
        if is_of_an_editor(path) {
            return None;
        }
        if self.sources.contains(path) {
            return Some(Change::Code);
        }
        let Ok(inside) = path.strip_prefix(&self.root) else {
            let is_rust = path.extension().is_some_and(|extension| extension == "rs");
            let has_sources = path
                .parent()
                .is_some_and(|folder| self.outside.contains(folder));
            return (is_rust && has_sources || self.is_of_workspace(path)).then_some(Change::Code);
        };
        let mut names = inside.iter().map(|name| name.to_string_lossy());
        let first = names.next()?;
        let is_below = names.next().is_some();
        match &*first {
            "src" | ".cargo" => Some(Change::Code),
            // The folder itself is new: there may be files in it that nobody has seen coming.
            "config" if !is_below => Some(Change::Configuration),
            "config"
                if path
                    .extension()
                    .is_some_and(|extension| extension == "toml") =>
            {
                Some(Change::Configuration)
            }
            ".env" => Some(Change::Configuration),
            name if !is_below && OF_CARGO.contains(&name) => Some(Change::Code),
            _ => None,
        }
    }

    fn is_of_workspace(&self, path: &Path) -> bool {
        self.workspace.is_some()
            && path.parent() == self.workspace.as_deref()
            && path
                .file_name()
                .is_some_and(|name| OF_CARGO.iter().any(|of_cargo| name == *of_cargo))
    }

    /// Watches the sources that a build has read, by the list that cargo writes beside the executable.
    pub(super) fn add_sources(&mut self, executable: &Path) -> Result<(), CliError> {
        let Ok(list) = fs::read_to_string(executable.with_added_extension("d")) else {
            return Ok(());
        };
        self.sources = sources(&list).collect();
        let folders = self.sources.iter().filter_map(|file| file.parent());
        let outside = folders.filter(|folder| !folder.starts_with(&self.root));
        self.outside = outside.map(Path::to_owned).collect();
        self.add_folders()
    }

    /// Watches folders that were made since, also those that were removed and made again.
    pub(super) fn follow(&mut self, changed: &[PathBuf]) -> Result<(), CliError> {
        for folder in changed
            .iter()
            .filter(|path| self.watched.contains(*path))
            .cloned()
            .collect::<Vec<_>>()
        {
            if !folder.exists() {
                let _ = self.watcher.unwatch(&folder);
                self.watched.remove(&folder);
            }
        }
        self.add_folders()
    }

    /// Continues by polling, as the system's watcher does not see all changes.
    pub(super) fn poll(&mut self, reason: &str) -> Result<(), CliError> {
        if self.polls {
            return Ok(());
        }
        report::problem("watching", format!("by polling from now on: {reason}"));
        self.polls = true;
        self.renew()
    }

    /// Watches everything anew, after more changes at once than the system could report.
    pub(super) fn renew(&mut self) -> Result<(), CliError> {
        (self.watcher, self.polls) = watcher(self.polls, &self.sender)?;
        self.watched.clear();
        self.add_folders()
    }

    fn add_folders(&mut self) -> Result<(), CliError> {
        let of_app = [
            ("", false),
            ("src", true),
            ("config", false),
            (".cargo", false),
        ];
        let mut folders: Vec<(PathBuf, bool)> = of_app
            .iter()
            .map(|(name, recursive)| (self.root.join(name), *recursive))
            .collect();
        folders.extend(self.workspace.iter().map(|folder| (folder.clone(), false)));
        let src = self.root.join("src");
        let of_sources = self.sources.iter().filter_map(|file| file.parent());
        let of_sources = of_sources.filter(|folder| !folder.starts_with(&src));
        let of_sources: BTreeSet<&Path> = of_sources.collect();
        folders.extend(
            of_sources
                .into_iter()
                .map(|folder| (folder.to_owned(), false)),
        );
        for (folder, recursive) in folders {
            if self.watched.contains(&folder) || !folder.is_dir() {
                continue;
            }
            let mode = if recursive {
                RecursiveMode::Recursive
            } else {
                RecursiveMode::NonRecursive
            };
            match self.watcher.watch(&folder, mode) {
                Ok(()) => {
                    self.watched.insert(folder);
                }
                // It has just been removed.
                Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
                Err(error) if self.polls => return Err(failed(&error)),
                Err(error) => return self.poll(&error.to_string()),
            }
        }
        Ok(())
    }
}

/// A watcher, and whether it polls.
fn watcher(polls: bool, sender: &Sender<Event>) -> Result<(Box<dyn Watcher>, bool), CliError> {
    if !polls {
        match RecommendedWatcher::new(handler(sender), Config::default()) {
            Ok(watcher) => return Ok((Box::new(watcher), false)),
            Err(error) => report::problem("watching", format!("by polling: {error}")),
        }
    }
    let config = Config::default().with_poll_interval(INTERVAL);
    let watcher = PollWatcher::new(handler(sender), config).map_err(|error| failed(&error))?;
    Ok((Box::new(watcher), true))
}

fn handler(sender: &Sender<Event>) -> impl FnMut(notify::Result<notify::Event>) + Send + 'static {
    let sender = sender.clone();
    move |event| {
        let event = match event {
            // Reading is no change: the compiler reads all the time.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => return,
            Ok(event) if event.need_rescan() => Event::Overflow,
            Ok(event) => Event::Changed(event.paths),
            Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => return,
            Err(error) => Event::Blind(error.to_string()),
        };
        // At the end nobody listens any more.
        let _ = sender.send(event);
    }
}

fn failed(error: &notify::Error) -> CliError {
    CliError::failed(format!("the files cannot be watched: {error}"))
}

/// Returns whether a file is one that editors and systems write beside others.
fn is_of_an_editor(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    name.ends_with('~')
        || name.starts_with(".#")
        || name.starts_with('#')
        || ["4913", ".DS_Store"].contains(&&*name)
        || ["swp", "swo", "swx", "tmp", "bak", "orig", "fw-new"].contains(&&*extension)
        || name.contains("___jb_")
}

/// The files in a list of dependencies as cargo writes it: `target: file file`, with `\ ` for a blank in a name.
fn sources(list: &str) -> impl Iterator<Item = PathBuf> {
    let files = list
        .lines()
        .filter_map(|line| Some(line.split_once(": ")?.1));
    files.flat_map(|files| {
        let files = files.replace("\\ ", "\0");
        let files: Vec<PathBuf> = files
            .split_whitespace()
            .map(|file| PathBuf::from(file.replace('\0', " ")))
            .collect();
        files
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, sync::mpsc, time::Duration};

    use super::{Change, Event, Files, sources};

    #[test]
    fn only_changes_of_the_app_matter() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let app = root.join("app");
        fs::create_dir_all(app.join("src")).unwrap();
        fs::write(root.join("Cargo.lock"), "").unwrap();
        let mut files = Files::watch(&app, mpsc::channel().0).unwrap();
        files.sources = [app.join("texts/terms.txt"), root.join("shared/src/lib.rs")].into();
        files.outside = [root.join("shared/src")].into();
        let code = Some(Change::Code);
        for (path, expected) in [
            ("src/posts/controller.rs", code),
            ("src/posts", code),
            ("src/posts/query.sql", code),
            ("Cargo.toml", code),
            ("Cargo.lock", code),
            ("build.rs", code),
            (".cargo/config.toml", code),
            ("texts/terms.txt", code),
            ("../Cargo.lock", code),
            ("../shared/src/lib.rs", code),
            ("../shared/src/new.rs", code),
            ("config/development.local.toml", Some(Change::Configuration)),
            (".env", Some(Change::Configuration)),
            ("config", Some(Change::Configuration)),
            ("config/notes.md", None),
            ("src/posts/.controller.rs.swp", None),
            ("src/posts/controller.rs~", None),
            ("src/posts/4913", None),
            ("target/debug/app", None),
            ("target/debug/build/x/out/y.rs", None),
            (".git/index", None),
            ("data/app_development.db-wal", None),
            ("log/app.log", None),
            ("tmp/x", None),
            ("texts/other.txt", None),
            ("README.md", None),
            ("posts/Cargo.toml", None),
            ("../other/src/lib.rs", None),
            ("", None),
        ] {
            let path = match path.strip_prefix("../") {
                Some(outside) => root.join(outside),
                None => app.join(path),
            };
            assert_eq!(files.change(&path), expected, "{}", path.display());
        }
    }

    #[test]
    fn the_list_of_dependencies_is_read() {
        let found: Vec<_> = sources("/t/blog: /a/src/lib.rs /b\\ c/d.txt\n").collect();
        assert_eq!(found, [Path::new("/a/src/lib.rs"), Path::new("/b c/d.txt")]);
    }

    #[test]
    fn changes_are_seen_by_either_watcher() {
        for polls in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path().canonicalize().unwrap();
            fs::create_dir_all(root.join("src/posts")).unwrap();
            let (sender, events) = mpsc::channel();
            let mut files = Files::watch(&root, sender).unwrap();
            if polls {
                files.poll("a test").unwrap();
            }
            let wait_for = |files: &mut Files, expected: &str, change: Change| loop {
                let event = events
                    .recv_timeout(Duration::from_secs(20))
                    .expect("it is seen");
                if let Event::Changed(paths) = event {
                    files.follow(&paths).unwrap();
                    let expected = root.join(expected);
                    if paths.contains(&expected) && files.change(&expected) == Some(change) {
                        return;
                    }
                }
            };
            // A folder that is made later, and a file in it.
            fs::create_dir(root.join("config")).unwrap();
            wait_for(&mut files, "config", Change::Configuration);
            fs::write(root.join("config/default.toml"), "").unwrap();
            wait_for(&mut files, "config/default.toml", Change::Configuration);
            fs::write(root.join("src/posts/mod.rs"), "").unwrap();
            wait_for(&mut files, "src/posts/mod.rs", Change::Code);
        }
    }
}
