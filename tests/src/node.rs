//! Node.js and the programs from npm that the tests of the generated client need, in the versions of `tests/tools`.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use crate::app::{repository, succeed};

/// The folder with `node_modules`: installed once for each version of the lock file, into the cache of the user.
///
/// # Panics
///
/// When Node.js or npm is missing, or the registry cannot be reached the first time.
#[track_caller]
pub fn tools() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let home = env::var_os("HOME").expect("there is a home folder");
        let folder = Path::new(&home).join(".cache/framewright/node");
        fs::create_dir_all(&folder).expect("the cache can be made");
        // Other test processes wait here until it is complete.
        let lock = File::create(folder.join("lock")).expect("the lock can be made");
        lock.lock().expect("the lock can be had");
        let source = repository().join("tests/tools");
        let wanted = fs::read(source.join("package-lock.json")).expect("there is a lock file");
        let installed = folder.join("installed.json");
        if fs::read(&installed).ok().as_ref() != Some(&wanted) {
            for name in ["package.json", "package-lock.json"] {
                fs::copy(source.join(name), folder.join(name)).expect("it can be copied");
            }
            let mut npm = Command::new("npm");
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&folder)
                .stdin(Stdio::null());
            succeed(&mut npm);
            fs::write(installed, wanted).expect("it can be written");
        }
        folder
    })
}

/// `node …` in a folder.
pub fn node<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("node");
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null());
    command
}

/// A program of [`tools`], such as `typescript/bin/tsc`, in a folder.
#[track_caller]
pub fn tool(folder: &Path, program: &str, arguments: &[&str]) -> Command {
    let program = tools().join("node_modules").join(program);
    let mut command = node(folder, [program]);
    command.args(arguments);
    command
}
