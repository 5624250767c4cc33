//! The part of Framewright that runs while an application is built: it puts templates, messages and assets into the binary.
//!
//! The build script of an application, `build.rs`, calls it in its `main`:
//!
//! ```no_run
//! fw_build::embed_views();
//! ```
//!
//! An optimized build has the files in its binary, which needs nothing beside it then. Others read them from their folder, so that a
//! changed template is seen without a build.

use std::{
    env,
    fmt::{self, Write},
    fs, io,
    path::{Path, PathBuf},
};

/// The extensions of templates, mail texts and messages, wherever they are below `src`.
const EXTENSIONS: [&str; 3] = ["html", "txt", "ftl"];

/// The folder whose files are served as they are.
const ASSETS: &str = "assets";

/// Writes the list of files that `fw::views!()` includes: the templates (`.html`, `.txt`) and messages (`.ftl`) below `src`, and
/// everything below `src/assets`. Hidden files are left out.
///
/// # Panics
///
/// Panics if a file or folder cannot be read, which ends the build with its name.
pub fn embed_views() {
    let source = Path::new(&variable("CARGO_MANIFEST_DIR")).join("src");
    let is_embedded = variable("PROFILE") == "release";
    let files = if is_embedded {
        // A folder stands for everything in it: a new file counts as a change.
        println!("cargo::rerun-if-changed=src");
        view_files(&source).unwrap_or_else(|error| panic!("{error}"))
    } else {
        println!("cargo::rerun-if-changed=build.rs");
        Vec::new()
    };
    let mut list = String::from("&[");
    for (name, path) in files {
        let path = path
            .to_str()
            .unwrap_or_else(|| panic!("the path `{}` is not UTF-8", path.display()));
        let written = write!(list, "({name:?}, include_bytes!({path:?})),");
        assert!(written.is_ok(), "a text takes everything");
    }
    list.push(']');
    let target = PathBuf::from(variable("OUT_DIR")).join("fw_views.rs");
    fs::write(&target, list)
        .unwrap_or_else(|error| panic!("`{}` cannot be written: {error}", target.display()));
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set: call this in `build.rs`"))
}

/// The files of a source folder that pages are made of: their names, with `/` between folders, and their paths, in the order of names. The framework
/// reads them by the same list.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("fw_build_{}", std::process::id()));
/// # std::fs::create_dir_all(folder.join("home/pages"))?;
/// # std::fs::write(folder.join("home/pages/index.html"), "")?;
/// # std::fs::write(folder.join("main.rs"), "")?;
/// let files = fw_build::view_files(&folder)?;
/// assert_eq!(files[0].0, "home/pages/index.html");
/// # assert_eq!(files.len(), 1);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// A folder that cannot be read.
pub fn view_files(source: &Path) -> Result<Vec<(String, PathBuf)>, UnreadableFolder> {
    let mut found = Vec::new();
    add(source, "", &mut found)?;
    found.sort();
    Ok(found)
}

/// The error of a folder that cannot be read. See [`view_files`] for an example.
#[derive(Debug)]
pub struct UnreadableFolder {
    /// The folder.
    pub path: PathBuf,
    /// The cause.
    pub source: io::Error,
}

impl fmt::Display for UnreadableFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` cannot be read: {}",
            self.path.display(),
            self.source
        )
    }
}

impl std::error::Error for UnreadableFolder {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

fn add(
    folder: &Path,
    prefix: &str,
    found: &mut Vec<(String, PathBuf)>,
) -> Result<(), UnreadableFolder> {
    let failed = |source| UnreadableFolder {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let full = format!("{prefix}{name}");
        if path.is_dir() {
            add(&path, &format!("{full}/"), found)?;
        } else if is_view_file(&full) {
            found.push((full, path));
        }
    }
    Ok(())
}

/// Returns whether a file, by its name below the source folder, is a part of pages.
fn is_view_file(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    name.split('/').next() == Some(ASSETS)
        || extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_messages_and_assets_are_files_of_views() {
        for yes in [
            "en.ftl",
            "posts/pages/index.html",
            "mailers/welcome.txt",
            "assets/app.css",
            "assets/fonts/a.woff2",
        ] {
            assert!(is_view_file(yes), "{yes}");
        }
        for no in ["main.rs", "posts/model.rs", "posts/assets/a.css", "html"] {
            assert!(!is_view_file(no), "{no}");
        }
    }
}
