//! The API description of an application (OpenAPI 3): `cargo fw openapi` prints, writes and compares it, and the TypeScript
//! client is made from it.
//!
//! The application's own binary describes itself; it needs no database and no server for that. Outside, only what is exported
//! here is used: the command, and the source of a [client](client).

pub(crate) mod client;
mod command;
mod compare;
mod document;
mod report;
mod write;

pub(crate) use self::command::{Args, run};
