//! Views: HTML pages made of templates and typed data.
//!
//! A page is a type: its fields are what its template may name.
//!
//! ```
//! use fw::{dto::prelude::*, prelude::*};
//!
//! /// The page of a book, from `src/books/pages/show.html`.
//! #[derive(Serialize, JsonSchema)]
//! struct Show {
//!     title: String,
//! }
//!
//! impl View for Show {
//!     const TEMPLATE: &'static str = "books/pages/show.html";
//! }
//!
//! async fn show(_: Anyone, Path(id): Path<Id>) -> Page<Show> {
//!     Page(Show { title: format!("Volume {id}") })
//! }
//!
//! let routes = Routes::at("/books").with([get("/{id}", show)]);
//! # assert_eq!(routes.list().len(), 1);
//! ```
//!
//! Templates are those of [Tera](https://keats.github.io/tera/), with these functions:
//!
//! | function | gives |
//! |---|---|
//! | `path(to="books.show", id=7)` | the path of a route, by the name of its handler; arguments that are no parameters of the path become the query. With `views.locale_in_path` it is that of a page in the language of the reader, or of `locale="de"` |
//! | `url(to="books.show", id=7)` | the same as an absolute URL, below `server.public_url` |
//! | `asset(name="app.css")` | the path of a file of `src/assets`, with a hash of its content |
//! | `t(key="books-title", count=2)` | a message in the language of the reader, from the [Fluent](https://projectfluent.org) files below `src`; `t(text=…)` is a text of a form |
//!
//! The component `<qr_code of=… label=… />` draws a text as a QR code.
//!
//! A template also knows `request.path`, `request.locale`, `request.alternates`, the page in each language with `views.locale_in_path`
//! (`locale`, `name`, `path`, `url`), and `request.flash`, the message of the page before (`message`, `is_problem`) or null;
//! that of a mail `mail.locale` and `mail.subject` instead.
//!
//! An optimized build has all files in its binary. Others read them from `src`, and read them again when one has changed.

mod assets;
mod compressed;
mod engine;
mod error;
mod functions;
mod locale;
mod locale_paths;
#[cfg(feature = "mailer")]
mod mail;
mod probe;
#[cfg(feature = "views")]
mod qr_code;
mod room;
mod route_names;
mod scene;
mod site;
mod source;

pub(crate) use self::{
    engine::Engine,
    probe::{Probed, ProbedScene},
    room::{ROOM, probed},
    route_names::NamedRoute,
    site::RouteSource,
};
pub use self::{error::ViewError, probe::Fault, source::Views};
#[cfg(feature = "mailer")]
pub(crate) use self::{
    mail::{MailContent, MailTemplate},
    probe::sample,
};
#[cfg(feature = "views")]
pub(crate) use self::{
    probe::FORM_MESSAGES,
    scene::{FlashMessage, Scene},
    source::Stamp,
};
