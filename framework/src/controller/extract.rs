//! Extractors whose input is decoded and validated before a handler runs.

use axum::extract::{FromRequest, FromRequestParts, Request};
use garde::Validate;
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{body, urlencoded};
use crate::{
    error::Error,
    openapi::{Input, Operation, Schema},
    validation::{Presence, Source, decode_json, decode_text},
};

/// A type that can be read from a request: it derives serde's `Deserialize`. Implemented for all of them; never by users. See
/// [`ValidJson`] for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a request",
    label = "does not implement `Deserialize`",
    note = "add `#[derive(Deserialize)]` to `{Self}`; `fw::dto::prelude` has it"
)]
pub trait Readable: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Readable for T {}

/// A type whose rules can be checked: it derives garde's `Validate`. Implemented for all of them; never by users. See
/// [`ValidJson`] for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which values it accepts",
    label = "has no rules",
    note = "add `#[derive(Validate)]` to `{Self}`, and to each of its fields a rule such as `#[garde(length(chars, min = 1))]`, or \
            `#[garde(skip)]`"
)]
pub trait Checked: Validate<Context = ()> {}

#[diagnostic::do_not_recommend]
impl<T: Validate<Context = ()>> Checked for T {}

/// An extractor of a JSON body whose fields and rules were checked.
///
/// Refuses another media type with 415, a body that is too long with 413, one that is not JSON with 400, and one that breaks
/// a rule with 422 and every field at fault.
///
/// ```
/// use fw::{dto::prelude::*, prelude::*};
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// #[serde(deny_unknown_fields)]
/// struct BookBody {
///     #[garde(length(chars, min = 1, max = 255))]
///     title: String,
/// }
///
/// async fn create(_: Anyone, ValidJson(book): ValidJson<BookBody>) -> String {
///     format!("created {}", book.title)
/// }
///
/// Routes::at("/books").with([post("/", create)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ValidJson<T>(pub T);

/// A [`ValidJson`] that requires every declared field, also optional ones: the body of a `PUT`, which replaces everything.
///
/// ```
/// use fw::{dto::prelude::*, prelude::*};
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// #[serde(deny_unknown_fields)]
/// struct BookBody {
///     #[garde(length(chars, min = 1, max = 255))]
///     title: String,
///     // It must be given, perhaps as `null`: nobody deletes a subtitle by forgetting it.
///     #[garde(length(chars, max = 255))]
///     subtitle: Option<String>,
/// }
///
/// async fn replace(_: Anyone, Path(id): Path<Id>, FullJson(book): FullJson<BookBody>) -> String {
///     format!("{id} is now {} {}", book.title, book.subtitle.unwrap_or_default())
/// }
///
/// Routes::at("/books").with([put("/{id}", replace)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FullJson<T>(pub T);

/// An extractor of a form (`application/x-www-form-urlencoded`) whose fields and rules were checked. Fails like [`ValidJson`].
///
/// Numbers, truth values and enums are read from their text; an empty text is `None` for an `Option`.
///
/// ```
/// use fw::{dto::prelude::*, prelude::*};
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// #[serde(deny_unknown_fields)]
/// struct Signup {
///     #[garde(length(chars, min = 1, max = 80))]
///     name: String,
///     #[garde(range(min = 18))]
///     age: Option<u8>,
/// }
///
/// async fn sign_up(_: Anyone, ValidForm(signup): ValidForm<Signup>) -> String {
///     format!("welcome, {} ({:?})", signup.name, signup.age)
/// }
///
/// Routes::new().with([post("/signup", sign_up)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ValidForm<T>(pub T);

/// An extractor of the query string with its parameters and rules checked: 422 with every parameter at fault, as `?name`.
///
/// ```
/// use fw::{dto::prelude::*, prelude::*};
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// struct Search {
///     #[garde(length(chars, min = 3))]
///     text: String,
/// }
///
/// async fn search(_: Anyone, ValidQuery(search): ValidQuery<Search>) -> String {
///     format!("searched for {}", search.text)
/// }
///
/// Routes::at("/search").with([get("/", search)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ValidQuery<T>(pub T);

impl<T, S> FromRequest<S> for ValidJson<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        body::expect_json(request.headers())?;
        decode_json(&body::read(request).await?, Presence::Partial).map(Self)
    }
}

impl<T, S> FromRequest<S> for FullJson<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        body::expect_json(request.headers())?;
        decode_json(&body::read(request).await?, Presence::Full).map(Self)
    }
}

impl<T, S> FromRequest<S> for ValidForm<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        decode_text(&body::read_form(request).await?, Source::Body).map(Self)
    }
}

impl<T, S> FromRequestParts<S> for ValidQuery<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        decode_text(&query_pairs(parts)?, Source::Query).map(Self)
    }
}

impl<T: Readable + Checked + Schema> Input for ValidJson<T> {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        describe_body::<T>(operation, "application/json");
        operation.problem(StatusCode::BAD_REQUEST, "malformed_body");
    }
}

impl<T: Readable + Checked + Schema> Input for FullJson<T> {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        operation.full_body::<T>("application/json");
        describe_body_problems(operation);
        operation.problem(StatusCode::BAD_REQUEST, "malformed_body");
    }
}

impl<T: Readable + Checked + Schema> Input for ValidForm<T> {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        describe_body::<T>(operation, "application/x-www-form-urlencoded");
    }
}

impl<T: Readable + Checked + Schema> Input for ValidQuery<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.query_parameters::<T>();
        operation.standard_problem(StatusCode::UNPROCESSABLE_ENTITY);
    }
}

fn describe_body<T: Schema>(operation: &mut Operation<'_>, media_type: &'static str) {
    operation.body::<T>(media_type);
    describe_body_problems(operation);
}

fn describe_body_problems(operation: &mut Operation<'_>) {
    for status in [
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::UNPROCESSABLE_ENTITY,
    ] {
        operation.standard_problem(status);
    }
}

/// The names and values of the query string.
pub(super) fn query_pairs(parts: &Parts) -> Result<Vec<(String, String)>, Error> {
    let query = parts.uri.query().unwrap_or_default();
    urlencoded::parse(query.as_bytes(), |name| format!("?{name}")).map_err(Error::validation)
}

#[cfg(test)]
mod tests;
