//! The API description of an application (OpenAPI 3): `cargo fw openapi` prints, writes and compares it, and the TypeScript
//! client and the load test are made from it.
//!
//! The application's own binary describes itself; it needs no database and no server for that. Outside, only what is exported
//! here is used: the command, the source of a [client](client), and the [scenario](scenario) of a load test.

pub(crate) mod client;
mod command;
mod compare;
mod document;
mod json;
mod node;
mod report;
pub(crate) mod scenario;
mod write;

pub(crate) use self::command::{Args, run};
