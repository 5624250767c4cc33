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
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Stamp(Vec<(PathBuf, Option<SystemTime>, u64)>);

#[cfg(feature = "views")]
impl Stamp {
    /// Returns whether the only difference to another one is in style sheets that both have.
    pub(crate) fn differs_in_styles_only(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        self.0.len() == other.0.len()
            && pairs.all(|(one, another)| {
                let is_style = one
                    .0
                    .extension()
                    .is_some_and(|extension| extension == "css");
                one == another || (one.0 == another.0 && is_style)
            })
    }
}

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

    /// The source folder, if the files are read from there.
    pub(super) fn source_folder(self) -> Option<&'static Path> {
        self.are_on_disk().then(|| Path::new(self.folder))
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
        let mut files = Vec::new();
        for (name, path) in self.paths()? {
            let contents = fs::read(&path).map_err(|source| ViewError::Read { path, source })?;
            files.push(File {
                name,
                contents: Cow::Owned(contents),
            });
        }
        Ok(files)
    }

    /// The present state of the files in their folder.
    pub(super) fn stamp(self) -> Stamp {
        // A folder that cannot be read is an error when its files are.
        let paths = self.paths().unwrap_or_default().into_iter();
        let stamps = paths.map(|(_, path)| {
            let metadata = fs::metadata(&path).ok();
            let modified = metadata.as_ref().and_then(|data| data.modified().ok());
            (path, modified, metadata.map_or(0, |data| data.len()))
        });
        Stamp(stamps.collect())
    }

    /// The names of the files in their folder, and their paths.
    fn paths(self) -> Result<Vec<(String, PathBuf)>, ViewError> {
        fw_build::view_files(Path::new(self.folder)).map_err(|error| ViewError::Read {
            path: error.path,
            source: error.source,
        })
    }
}
