//! Forms: the fields of a request type as HTML shows them, with what was entered and what is wrong with it.
//!
//! A form has the fields, rules and types of the request type that the API takes as JSON, so HTML and validation cannot disagree.
//!
//! ```
//! use fw::{dto::prelude::*, prelude::*};
//!
//! /// A book as people enter it.
//! #[derive(Deserialize, Serialize, JsonSchema, Validate)]
//! #[serde(deny_unknown_fields)]
//! struct BookBody {
//!     #[garde(length(chars, min = 1, max = 80))]
//!     title: String,
//! }
//!
//! /// The page with an empty form, from `src/books/pages/new.html`.
//! #[derive(Serialize, JsonSchema)]
//! struct New {
//!     form: Form<BookBody>,
//! }
//!
//! impl View for New {
//!     const TEMPLATE: &'static str = "books/pages/new.html";
//! }
//!
//! async fn new(_: Anyone) -> Page<New> {
//!     Page(New { form: Form::blank() })
//! }
//!
//! async fn create(_: Anyone, form: Form<BookBody>) -> Result<Submitted<New, Show>> {
//!     Ok(form
//!         .submit(async |book| Ok(book.title.len()))
//!         .await?
//!         .or_again(|form| New { form })
//!         .then(|id| Redirect::to(show, id).flash("books-created")))
//! }
//!
//! /// The page of a book, from `src/books/pages/show.html`.
//! #[derive(Serialize, JsonSchema)]
//! struct Show {
//!     id: usize,
//! }
//!
//! impl View for Show {
//!     const TEMPLATE: &'static str = "books/pages/show.html";
//! }
//!
//! async fn show(_: Anyone, Path(id): Path<usize>) -> Page<Show> {
//!     Page(Show { id })
//! }
//!
//! let routes = Routes::at("/books").with([get("/new", new), post("/", create), get("/{id}", show)]);
//! # assert_eq!(routes.list().len(), 3);
//! ```

mod choices;
mod decode;
mod field;
mod redirect;
mod submit;
mod text;

use std::{
    any::{TypeId, type_name},
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use axum::extract::{FromRequest, Request};
use garde::Validate;
use http::StatusCode;
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer, de::DeserializeOwned, ser::SerializeMap};
use serde_json::{Value, json};

pub use self::{
    choices::Choices,
    field::{FormChoice, FormError, FormField, FormProblem},
    redirect::{Anywhere, Destination, PathValues, Redirect, ShowsPage},
    submit::{OrAgain, Submission, Submitted},
    text::FormText,
};
pub(super) use self::{
    field::{filter, label_of, labelled},
    redirect::resolve,
};
use super::{
    body,
    extract::{Checked, Readable},
};
use crate::{
    error::{Error, FieldError},
    openapi::{Input, Operation, Schema},
    validation::decode_form,
};

/// The name under which a template finds all problems of a form, for a summary.
const PROBLEMS: &str = "_problems";

/// The name under which a template finds the names of all fields.
const FIELDS: &str = "_fields";

/// A form: the fields of the request type `T`, with what was entered and what is wrong with it.
///
/// In a template `form.title` is a [`FormField`]; `form._problems` are all that is wrong, each a [`FormProblem`], and `form._fields` the names
/// of the fields. As an extractor it takes
/// `application/x-www-form-urlencoded`, refuses another media type with 415, and a body that is too long with 413; values that break a rule are no
/// refusal: [`submit`](Self::submit) keeps them for the page. See [the module](self) for an example.
#[derive(Debug)]
pub struct Form<T> {
    fields: Vec<FormField>,
    /// The problems that belong to no field.
    errors: Vec<FormError>,
    /// The value that was sent, or why it is none; nothing in a form that was not sent.
    sent: Option<Result<T, Error>>,
}

impl<T: JsonSchema + 'static> Form<T> {
    /// An empty form. A field whose type has a default has it.
    pub fn blank() -> Self {
        Self {
            fields: fields_of::<T>().to_vec(),
            errors: Vec::new(),
            sent: None,
        }
    }

    /// A form with the values of a row. Secrets (`writeOnly` in the schema) stay empty.
    pub fn of(value: &T) -> Self
    where
        T: Serialize,
    {
        Self::filled(value)
    }

    /// A form with the values of another type that names its fields alike, such as the view of a row. Secrets stay empty.
    pub fn filled(value: &impl Serialize) -> Self {
        let mut form = Self::blank();
        let value = serde_json::to_value(value).unwrap_or_default();
        for field in &mut form.fields {
            let pointer = format!("/{}", field.name.replace('.', "/"));
            field.fill(value.pointer(&pointer).unwrap_or(&Value::Null));
        }
        form
    }

    /// Sets the choices of a field, such as the rows that a reference may name.
    #[must_use]
    pub fn choices(mut self, field: &str, choices: Choices) -> Self {
        if let Some(found) = self.fields.iter_mut().find(|found| found.name == field) {
            choices.set(found);
        } else {
            tracing::error!(field, form = type_name::<T>(), "the form has no such field");
        }
        self
    }

    /// Adds errors to the fields that they belong to.
    fn add(&mut self, errors: &[FieldError]) {
        for error in errors {
            let name = error.pointer.trim_start_matches('/').replace('/', ".");
            let field = self.fields.iter_mut().find(|field| field.is_named(&name));
            let problem = FormError::new(error, field.as_deref());
            let errors = field.map_or(&mut self.errors, |field| &mut field.errors);
            errors.push(problem);
        }
    }
}

impl<T, S> FromRequest<S> for Form<T>
where
    T: DeserializeOwned + Validate<Context = ()> + JsonSchema + 'static,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        let pairs = body::read_form(request).await?;
        let mut form = Self::blank();
        let pairs = decode::prepared(&mut form.fields, pairs);
        let names = |is: fn(&FormField) -> bool| {
            let fields = form.fields.iter().filter(|field| is(field));
            fields.map(|field| field.name.as_str()).collect::<Vec<_>>()
        };
        let (json, lists) = (names(|field| field.is_json), names(FormField::is_list));
        form.sent = Some(decode_form(&pairs, &json, &lists));
        Ok(form)
    }
}

impl<T: Readable + Checked + Schema + 'static> Input for Form<T> {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        operation.body::<T>("application/x-www-form-urlencoded");
        operation.standard_problem(StatusCode::PAYLOAD_TOO_LARGE);
        operation.standard_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}

impl<T> Serialize for Form<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of_fields = self.fields.iter().flat_map(|field| {
            let problem = |error: &FormError| FormProblem {
                id: Some(field.id.clone()),
                name: FormText::new(&field.label, field.name.replace(['_', '.'], " ")),
                message: error.message.clone(),
            };
            field.errors.iter().map(problem)
        });
        let own = self.errors.iter().map(|error| FormProblem {
            id: None,
            name: FormText::default(),
            message: error.message.clone(),
        });
        let problems: Vec<_> = of_fields.chain(own).collect();
        let names: Vec<_> = self.fields.iter().map(|field| &field.name).collect();
        let mut map = serializer.serialize_map(Some(self.fields.len() + 2))?;
        for field in &self.fields {
            map.serialize_entry(&field.name, field)?;
        }
        map.serialize_entry(FIELDS, &names)?;
        map.serialize_entry(PROBLEMS, &problems)?;
        map.end()
    }
}

impl<T: JsonSchema + 'static> JsonSchema for Form<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("FormOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        let problems = generator.subschema_for::<Vec<FormProblem>>();
        let fields = fields_of::<T>();
        let mut properties: serde_json::Map<String, Value> = fields
            .iter()
            .map(|field| (field.name.clone(), field.schema(generator).into()))
            .collect();
        let names = fields.iter().map(|field| json!({ "const": field.name }));
        let names: Value = names.collect();
        properties.insert(
            FIELDS.to_owned(),
            json!({ "type": "array", "prefixItems": names }),
        );
        properties.insert(PROBLEMS.to_owned(), problems.into());
        let required: Vec<_> = properties.keys().cloned().collect();
        json_schema!({ "type": "object", "properties": properties, "required": required })
    }
}

/// The fields of a request type, which are made once.
fn fields_of<T: JsonSchema + 'static>() -> Arc<[FormField]> {
    type Known = HashMap<TypeId, Arc<[FormField]>>;
    static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

    let id = TypeId::of::<T>();
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(fields) = known.get(&id) {
        return Arc::clone(fields);
    }
    drop(known);
    let schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<T>();
    let fields: Arc<[FormField]> = field::fields::<T>(&schema.into()).into();
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(id).or_insert(fields))
}
