//! The framework's own tables.
//!
//! Every application has them, whether it uses them or not: then nothing is missing when it begins to. They are applied before
//! the application's migrations and never undone: an application may rely on them.

mod fw_20261121_080000_create_idempotency_keys;

use sea_orm_migration::MigrationTrait;

/// The framework's own migrations, oldest first. All functions of [`migration`](super) add them to the application's by
/// themselves.
pub fn builtin() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(
        fw_20261121_080000_create_idempotency_keys::Migration,
    )]
}
