//! The list of the migrations of a database.

use super::Migration;

/// The list of an application's migrations: those of the framework, which every database gets and which are never undone, and then
/// its own.
#[derive(Clone, Debug)]
pub struct Migrator {
    framework: Vec<Migration>,
    own: Vec<Migration>,
}

impl Migrator {
    /// A list of the framework's migrations, in the order of their names (which begin with their time), and then of the
    /// application's, in the order of `own`.
    pub fn new(mut framework: Vec<Migration>, own: Vec<Migration>) -> Self {
        framework.sort_by_key(Migration::name);
        Self { framework, own }
    }

    /// The application's own migrations.
    pub fn own(&self) -> &[Migration] {
        &self.own
    }

    /// The names of all migrations, in the order in which they are applied.
    pub fn names(&self) -> Vec<&'static str> {
        self.all().map(Migration::name).collect()
    }

    /// All migrations, in the order in which they are applied.
    pub(super) fn all(&self) -> impl Iterator<Item = &Migration> {
        self.framework.iter().chain(&self.own)
    }

    pub(super) fn find(&self, name: &str) -> Option<&Migration> {
        self.all().find(|one| one.name() == name)
    }

    /// Returns true if this is the name of one of the framework's migrations.
    pub(super) fn is_of_framework(&self, name: &str) -> bool {
        self.framework.iter().any(|one| one.name() == name)
    }
}
