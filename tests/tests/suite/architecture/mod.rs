//! The rules of the repository that no compiler checks: layers, circles, rooms, files, wording, examples.
//!
//! They are told at length in `guides/architecture.md`. Each of them says what is wrong, where, why, and what to do.

mod circles;
mod documentation;
mod examples;
mod files;
mod layers;
mod names;
mod references;
mod rooms;
mod source;
mod wording;

use std::sync::LazyLock;

use references::{Reference, references};
use source::Source;
pub use source::rust_files;

/// A crate that was read once for all tests.
struct Crate {
    source: Source,
    references: Vec<Reference>,
}

impl Crate {
    fn read(folder: &str) -> Self {
        let source = Source::read(folder);
        let references = references(&source);
        Self { source, references }
    }
}

static FRAMEWORK: LazyLock<Crate> = LazyLock::new(|| Crate::read("framework"));
static TESTING: LazyLock<Crate> = LazyLock::new(|| Crate::read("framework/testing"));
static CLI: LazyLock<Crate> = LazyLock::new(|| Crate::read("cli"));

/// Fails with a rule and the places that break it.
#[track_caller]
fn assert_none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n\n{}\n", broken.join("\n"));
}
