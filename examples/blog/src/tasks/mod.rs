//! The application's tasks: work that is started by name, with `cargo fw task NAME`.

pub mod prune_drafts;
