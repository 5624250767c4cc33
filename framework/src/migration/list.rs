//! The migrations of a database.

use sea_orm_migration::MigrationTrait;

/// The migrations that an application knows: those of the framework, which every database has and which are never undone, and
/// then its own.
pub struct Migrations {
    framework: Vec<Box<dyn MigrationTrait>>,
    own: Vec<Box<dyn MigrationTrait>>,
}

impl Migrations {
    /// The framework's in the order of their names, which begin with their time, and the application's in the order of `own`.
    pub fn new(
        mut framework: Vec<Box<dyn MigrationTrait>>,
        own: Vec<Box<dyn MigrationTrait>>,
    ) -> Self {
        framework.sort_by(|a, b| a.name().cmp(b.name()));
        Self { framework, own }
    }

    /// The application's own.
    #[cfg(feature = "testing")]
    pub(crate) fn own(&self) -> &[Box<dyn MigrationTrait>] {
        &self.own
    }

    /// The names, in the order in which they are applied.
    pub fn names(&self) -> Vec<String> {
        self.all().map(|one| one.name().to_owned()).collect()
    }

    /// All of them, in the order in which they are applied.
    pub(super) fn all(&self) -> impl Iterator<Item = &dyn MigrationTrait> {
        self.framework.iter().chain(&self.own).map(AsRef::as_ref)
    }

    pub(super) fn find(&self, name: &str) -> Option<&dyn MigrationTrait> {
        self.all().find(|one| one.name() == name)
    }

    /// Whether this is the name of one of the framework's.
    pub(super) fn is_of_framework(&self, name: &str) -> bool {
        self.framework.iter().any(|one| one.name() == name)
    }
}
