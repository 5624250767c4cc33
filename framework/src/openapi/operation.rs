//! An operation of the API, to which the types of its handler add their descriptions.

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, StatusCode};
use serde_json::Value;

use super::schema::Schema;
#[cfg(feature = "openapi")]
use super::schemas::Schemas;

/// An operation of the API: the parameters, request bodies and responses that the types of its handler have added.
///
/// ```
/// use fw::{
///     axum::extract::FromRequestParts,
///     http::{StatusCode, request::Parts},
///     openapi::{Input, Location, Operation, Parameter},
///     prelude::*,
/// };
/// use serde_json::json;
///
/// /// An extractor of the language that a client asks for.
/// struct Language(&'static str);
///
/// impl FromRequestParts<AppContext> for Language {
///     type Rejection = Error;
///
///     async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self> {
///         match parts.uri.query().unwrap_or_default() {
///             "" | "language=en" => Ok(Self("hello")),
///             "language=eo" => Ok(Self("saluton")),
///             _ => Err(Error::new(StatusCode::BAD_REQUEST, "unknown_language")),
///         }
///     }
/// }
///
/// impl Input for Language {
///     fn describe(operation: &mut Operation<'_>) {
///         let schema = json!({ "type": "string", "enum": ["en", "eo"] });
///         let parameter = Parameter::new(Location::Query, "language", schema);
///         operation.parameter(parameter.description("The language of the greeting"));
///         operation.problem(StatusCode::BAD_REQUEST, "unknown_language");
///     }
/// }
///
/// async fn greet(_: Anyone, Language(greeting): Language) -> &'static str {
///     greeting
/// }
///
/// let description = Routes::new().with([get("/greeting", greet)]).describe("greeter", "1.0.0");
/// let operation = &description["paths"]["/greeting"]["get"];
/// assert_eq!(operation["parameters"][0]["name"], "language");
/// assert!(operation["responses"]["400"].is_object());
/// ```
pub struct Operation<'s> {
    method: Method,
    /// The names of the parameters in the path.
    path: Vec<String>,
    #[cfg(feature = "openapi")]
    schemas: &'s mut Schemas,
    #[cfg(not(feature = "openapi"))]
    schemas: std::marker::PhantomData<&'s mut ()>,
    pub(super) parameters: Vec<Parameter>,
    /// The media type and schema of each request body.
    pub(super) request_bodies: Vec<(&'static str, Option<Value>)>,
    pub(super) responses: BTreeMap<u16, SuccessResponse>,
    pub(super) problems: BTreeMap<u16, BTreeSet<String>>,
    /// The security requirements that must all be met.
    pub(super) security: Vec<Security>,
    /// The security requirements of which one must be met as well.
    pub(super) alternatives: Vec<Security>,
    /// The pages.
    #[cfg(feature = "views")]
    pub(crate) pages: Vec<DescribedPage>,
}

/// A page that an operation responds with.
#[cfg(feature = "views")]
#[derive(Debug)]
pub(crate) struct DescribedPage {
    pub(crate) template: &'static str,
    /// The block of the template that is a response by itself.
    pub(crate) fragment: Option<&'static str>,
    /// The schema of the data.
    pub(crate) schema: Value,
}

/// The security requirement of an operation.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "openapi"),
    expect(dead_code, reason = "nothing reads it then")
)]
pub(super) struct Security {
    pub(super) name: String,
    pub(super) scheme: Value,
    pub(super) scopes: Vec<String>,
}

/// A successful response.
#[derive(Debug, Default)]
pub(super) struct SuccessResponse {
    /// Media type and schema.
    pub(super) body: Option<(&'static str, Option<Value>)>,
    /// Name and description.
    pub(super) headers: BTreeMap<&'static str, &'static str>,
}

/// The location of a parameter. See [`Operation`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// In the path.
    Path,
    /// After the `?`.
    Query,
    /// In a header.
    Header,
}

/// A parameter of a request. See [`Operation`] for an example.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The location.
    pub location: Location,
    /// Its name.
    pub name: String,
    /// The description of its meaning.
    pub description: Option<String>,
    /// True if it must be given.
    pub required: bool,
    /// True if the elements of an array are separated by commas: `style: form`, `explode: false`.
    pub comma_separated: bool,
    /// The [JSON Schema](https://json-schema.org/draft/2020-12) of what it takes.
    pub schema: Value,
}

impl Parameter {
    /// Makes an optional parameter, with a [JSON Schema](https://json-schema.org/draft/2020-12) of what it takes.
    pub fn new(location: Location, name: impl Into<String>, schema: Value) -> Self {
        Self {
            location,
            name: name.into(),
            description: None,
            required: location == Location::Path,
            comma_separated: false,
            schema,
        }
    }

    /// Sets the description of its meaning.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets whether it must be given; those of the path always must.
    #[must_use]
    pub fn required(mut self, required: bool) -> Self {
        self.required = required || self.location == Location::Path;
        self
    }

    /// Makes it an array whose elements are separated by commas: `?fields=id,title`.
    #[must_use]
    pub fn comma_separated(mut self) -> Self {
        self.comma_separated = true;
        self
    }
}

impl<'s> Operation<'s> {
    #[cfg(feature = "openapi")]
    pub(super) fn new(method: Method, path: Vec<String>, schemas: &'s mut Schemas) -> Self {
        Self {
            method,
            path,
            schemas,
            parameters: Vec::new(),
            request_bodies: Vec::new(),
            responses: BTreeMap::new(),
            problems: BTreeMap::new(),
            security: Vec::new(),
            alternatives: Vec::new(),
            #[cfg(feature = "views")]
            pages: Vec::new(),
        }
    }

    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Adds a parameter. It replaces an earlier one with the same name and location.
    pub fn parameter(&mut self, parameter: Parameter) {
        self.parameters
            .retain(|other| (other.location, &other.name) != (parameter.location, &parameter.name));
        self.parameters.push(parameter);
    }

    /// Adds the parameters of the path: a struct by the names of its fields, a tuple in order, another type alone.
    pub fn path_parameters<T: Schema>(&mut self) {
        let schema = self.input_inline::<T>();
        let names = self.path.clone();
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (name, schema) in properties {
                self.parameter(Parameter::new(Location::Path, name, schema.clone()));
            }
        } else if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
            for (name, schema) in names.into_iter().zip(items) {
                self.parameter(Parameter::new(Location::Path, name, schema.clone()));
            }
        } else {
            for name in names {
                self.parameter(Parameter::new(Location::Path, name, schema.clone()));
            }
        }
    }

    /// Adds the fields of a struct as query parameters.
    pub fn query_parameters<T: Schema>(&mut self) {
        let schema = self.input_inline::<T>();
        let required: Vec<_> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let mut schema = schema.clone();
            let description = schema
                .as_object_mut()
                .and_then(|schema| schema.remove("description"));
            let mut parameter = Parameter::new(Location::Query, name, schema)
                .required(required.contains(&name.as_str()));
            parameter.description = description.and_then(|text| Some(text.as_str()?.to_owned()));
            self.parameter(parameter);
        }
    }

    /// Adds a request body with this schema.
    pub fn body<T: Schema>(&mut self, media_type: &'static str) {
        let schema = self.input::<T>();
        self.request_bodies.push((media_type, Some(schema)));
    }

    /// Adds a request body with this schema in which every field must be given.
    pub fn full_body<T: Schema>(&mut self, media_type: &'static str) {
        let schema = self.full_input::<T>();
        self.request_bodies.push((media_type, Some(schema)));
    }

    /// Adds a request body of which only the media type is known.
    pub fn raw_body(&mut self, media_type: &'static str) {
        self.request_bodies.push((media_type, None));
    }

    /// Adds a response with a JSON body of this schema.
    pub fn response<T: Schema>(&mut self, status: StatusCode) {
        let schema = self.output::<T>();
        self.entry(status).body = Some(("application/json", Some(schema)));
    }

    /// Adds a response with a body of which only the media type is known.
    pub fn raw_response(&mut self, status: StatusCode, media_type: &'static str) {
        self.entry(status).body = Some((media_type, None));
    }

    /// Adds a page: the template that renders data of a type, and the block of it that is a response by itself.
    #[cfg(feature = "views")]
    pub(crate) fn page<T: Schema>(
        &mut self,
        template: &'static str,
        fragment: Option<&'static str>,
    ) {
        self.raw_response(StatusCode::OK, "text/html");
        let schema = schemars::generate::SchemaSettings::draft2020_12()
            .for_serialize()
            .into_generator()
            .into_root_schema_for::<T>();
        self.pages.push(DescribedPage {
            template,
            fragment,
            schema: schema.into(),
        });
    }

    /// Adds a response without a body.
    pub fn empty_response(&mut self, status: StatusCode) {
        self.entry(status);
    }

    /// Adds a header to the response of this status.
    pub fn response_header(
        &mut self,
        status: StatusCode,
        name: &'static str,
        description: &'static str,
    ) {
        self.entry(status).headers.insert(name, description);
    }

    /// Adds a header to every successful response so far.
    pub fn every_response_header(&mut self, name: &'static str, description: &'static str) {
        for response in self.responses.values_mut() {
            response.headers.insert(name, description);
        }
    }

    /// Adds a problem with this status and [code](crate::Error::code).
    pub fn problem(&mut self, status: StatusCode, code: impl Into<String>) {
        self.problems
            .entry(status.as_u16())
            .or_default()
            .insert(code.into());
    }

    /// Adds the problem with the standard code of this status.
    pub fn standard_problem(&mut self, status: StatusCode) {
        let error = crate::Error::from_status(status);
        self.problem(status, error.code());
    }

    /// Adds a security requirement with these scopes, besides others; `scheme` is its
    /// [Security Scheme Object](https://spec.openapis.org/oas/v3.1.1.html#security-scheme-object).
    pub fn secured(
        &mut self,
        name: impl Into<String>,
        scheme: Value,
        scopes: impl IntoIterator<Item = String>,
    ) {
        self.security.push(Security {
            name: name.into(),
            scheme,
            scopes: scopes.into_iter().collect(),
        });
    }

    /// Adds security requirements of which one is enough, each with these scopes. Those of several calls are all alternatives.
    pub fn secured_by_one_of<'n>(
        &mut self,
        schemes: impl IntoIterator<Item = (&'n str, Value)>,
        scopes: impl IntoIterator<Item = String>,
    ) {
        let scopes: Vec<String> = scopes.into_iter().collect();
        let alternatives = schemes.into_iter().map(|(name, scheme)| Security {
            name: name.to_owned(),
            scheme,
            scopes: scopes.clone(),
        });
        self.alternatives.extend(alternatives);
    }

    fn entry(&mut self, status: StatusCode) -> &mut SuccessResponse {
        self.responses.entry(status.as_u16()).or_default()
    }
}

#[cfg(feature = "openapi")]
impl Operation<'_> {
    fn input<T: Schema>(&mut self) -> Value {
        self.schemas.input::<T>()
    }

    fn full_input<T: Schema>(&mut self) -> Value {
        self.schemas.full_input::<T>()
    }

    fn input_inline<T: Schema>(&mut self) -> Value {
        self.schemas.input_inline::<T>()
    }

    fn output<T: Schema>(&mut self) -> Value {
        self.schemas.output::<T>()
    }
}

/// Without the feature, no operation is ever made.
#[cfg(not(feature = "openapi"))]
impl Operation<'_> {
    fn input<T: Schema>(&mut self) -> Value {
        Value::Null
    }

    fn full_input<T: Schema>(&mut self) -> Value {
        Value::Null
    }

    fn input_inline<T: Schema>(&mut self) -> Value {
        Value::Null
    }

    fn output<T: Schema>(&mut self) -> Value {
        Value::Null
    }
}
