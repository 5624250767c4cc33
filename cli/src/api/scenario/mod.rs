//! The requests of a load test: the lists and the creations of an API, read from its description.
//!
//! Left out are the routes of accounts, in which guesses are limited and hashes take their time on purpose, and those whose
//! request the description does not have as a whole, such as a path with an id.

mod body;
mod read;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::{command::describe, document::Document, node::Node};
use crate::{
    error::CliError,
    project::{Project, Schema},
};

/// The requests, each as fragments of Python.
#[derive(Debug, Serialize)]
pub(crate) struct Scenario {
    pub(crate) reads: Vec<Request>,
    pub(crate) creations: Vec<Request>,
    /// The requests before all others, parents first: the attribute that keeps the id, and the name of the creation.
    pub(crate) parents: Vec<(String, String)>,
    /// Whether one of the requests needs somebody who is signed in.
    pub(crate) is_signed_in: bool,
    /// The path that gives tokens for an email address and a password.
    pub(crate) tokens: Option<String>,
    /// The requests that create something and are left out, each with the reason.
    #[serde(skip)]
    pub(crate) left_out: Vec<String>,
    /// The members of bodies that refer to a row which no request creates.
    #[serde(skip)]
    pub(crate) given_ids: Vec<String>,
}

/// One request.
#[derive(Debug, Serialize)]
pub(crate) struct Request {
    /// Its name as an identifier: `posts_create`.
    pub(crate) name: String,
    /// The path with its query: `/api/v1/posts?limit=20`.
    pub(crate) path: String,
    /// The body as an expression, indented as the argument of a call in a method; empty if there is none.
    pub(crate) body: String,
}

impl Scenario {
    /// Builds the app and reads its description.
    pub(crate) fn of(project: &Project) -> Result<Self, CliError> {
        Self::from_description(&describe(&project.root)?, &project.schema())
    }

    /// Reads a description; the tables tell which members of bodies refer to rows.
    pub(crate) fn from_description(description: &[u8], tables: &Schema) -> Result<Self, CliError> {
        let document = Document::from_app(description)?.to_ordered_json()?;
        read::read(&Node::new(&document), tables)
            .map_err(|defect| CliError::failed(format!("cannot make a load test: {defect}")))?
            .ok_or_else(|| {
                CliError::failed("the API of the app has no route that lists or creates")
                    .hint("add a resource first, such as `cargo fw generate scaffold post 'title:string!'`")
            })
    }
}
