//! The TypeScript client for the API that an application describes.
//!
//! The document is read as a [`Description`](description::Description), and that is written as one file: the types, the
//! operations, and the few lines that run them (`runtime.ts`).

#![expect(
    clippy::format_push_string,
    reason = "a file is a few kilobytes, and reads better in one piece"
)]

mod description;
mod lines;
mod names;
mod operation;
mod operations;
mod problems;
mod read;
mod render;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod types;

pub(crate) use self::{render::MARK, source::Source};
