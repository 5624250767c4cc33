//! The files of an application that pages are made of: in its binary, or in its folder.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::ViewError;

/// The folder of the files that are served as they are, below the source folder.
pub(super) const ASSETS: &str = "assets/";

/// The extensions of templates, mail texts and messages.
const EXTENSIONS: [&str; 3] = ["html", "txt", "ftl"];

/// The views of an application: its templates, messages and assets. [`views!`](crate::views) makes it, for
/// [`Hooks::views`](crate::app::Hooks::views).
///
/// ```
/// use fw::prelude::*;
///
/// struct App;
///
/// impl Hooks for App {
///     type Settings = ();
///
///     fn name() -> &'static str { "shop" }
///     fn migrations() -> Vec<Migration> { Vec::new() }
///     fn routes() -> Routes { Routes::new() }
///
///     fn views() -> Views {
///         // In an application whose build script calls `fw_build::embed_views()`: `fw::views!()`.
///         Views::NONE
///     }
/// }
///
/// # let _ = App::views();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Views {
    /// The source folder, where the files are read unless they are in the binary.
    folder: &'static str,
    /// The names and contents of the files; none unless the build was an optimized one.
    embedded: &'static [(&'static str, &'static [u8])],
}

/// The views of the application that it is called in, for [`Hooks::views`](crate::app::Hooks::views). The build script must have called
/// `fw_build::embed_views()`.
///
/// See [`Views`](crate::view::Views) for an example.
#[macro_export]
macro_rules! views {
    () => {
        $crate::view::Views::new(
            concat!(env!("CARGO_MANIFEST_DIR"), "/src"),
            include!(concat!(env!("OUT_DIR"), "/fw_views.rs")),
        )
    };
}

/// A file.
pub(super) struct File {
    /// Its path below the source folder, with `/` between folders.
    pub(super) name: String,
    pub(super) contents: Cow<'static, [u8]>,
}

impl File {
    /// The name and text of a template: HTML or plain text, and no asset. `None` for another file.
    pub(super) fn template(&self) -> Option<Result<(&str, &str), ViewError>> {
        let is_template = [".html", ".txt"].iter().any(|end| self.name.ends_with(end));
        if self.name.starts_with(ASSETS) || !is_template {
            return None;
        }
        let text = std::str::from_utf8(&self.contents);
        Some(
            text.map(|text| (self.name.as_str(), text))
                .map_err(|_| ViewError::Encoding {
                    name: self.name.clone(),
                }),
        )
    }
}

/// The state of the files in a folder: when one has changed, was added or has gone, it is another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, Option<SystemTime>, u64)>);

impl Views {
    /// No files at all: for applications without pages.
    pub const NONE: Self = Self::new("", &[]);

    /// The views of a source folder, or those in the binary.
    #[doc(hidden)]
    pub const fn new(
        folder: &'static str,
        embedded: &'static [(&'static str, &'static [u8])],
    ) -> Self {
        Self { folder, embedded }
    }

    /// Returns whether the application has no pages.
    pub(super) fn is_empty(self) -> bool {
        self.folder.is_empty()
    }

    /// Returns whether the files are read from their folder.
    pub(super) fn are_on_disk(self) -> bool {
        self.embedded.is_empty() && !self.folder.is_empty()
    }

    /// Reads all files.
    pub(super) fn files(self) -> Result<Vec<File>, ViewError> {
        if !self.are_on_disk() {
            let embedded = self.embedded.iter().map(|(name, contents)| File {
                name: (*name).to_owned(),
                contents: Cow::Borrowed(contents),
            });
            return Ok(embedded.collect());
        }
        let folder = Path::new(self.folder);
        let mut files = Vec::new();
        for path in self.paths()? {
            let contents = fs::read(&path).map_err(|source| ViewError::Read {
                path: path.clone(),
                source,
            })?;
            let name = path.strip_prefix(folder).unwrap_or(&path);
            files.push(File {
                name: name.to_string_lossy().replace('\\', "/"),
                contents: Cow::Owned(contents),
            });
        }
        Ok(files)
    }

    /// The present state of the files in their folder.
    pub(super) fn stamp(self) -> Stamp {
        // A folder that cannot be read is an error when its files are.
        let paths = self.paths().unwrap_or_default().into_iter();
        let stamps = paths.map(|path| {
            let metadata = fs::metadata(&path).ok();
            let modified = metadata.as_ref().and_then(|data| data.modified().ok());
            (path, modified, metadata.map_or(0, |data| data.len()))
        });
        Stamp(stamps.collect())
    }

    fn paths(self) -> Result<Vec<PathBuf>, ViewError> {
        let mut paths = Vec::new();
        let mut folders = vec![PathBuf::from(self.folder)];
        while let Some(folder) = folders.pop() {
            let failed = |source| ViewError::Read {
                path: folder.clone(),
                source,
            };
            for entry in fs::read_dir(&folder).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                let name = path.file_name().map(|name| name.to_string_lossy());
                if name.is_none_or(|name| name.starts_with('.')) {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else if is_view_file(&path, Path::new(self.folder)) {
                    paths.push(path);
                }
            }
        }
        paths.sort_unstable();
        Ok(paths)
    }
}

/// Returns whether a file is a part of pages. The build script knows the same files.
fn is_view_file(path: &Path, folder: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    path.starts_with(folder.join(ASSETS))
        || extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}
