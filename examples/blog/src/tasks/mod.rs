//! Work that is started by name: `cargo fw task NAME`.

pub mod prune_drafts;
