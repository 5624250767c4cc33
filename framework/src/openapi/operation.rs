//! One operation of the description, while the types of its handler add to it.

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, StatusCode};
use serde_json::Value;

use super::schema::Schema;
#[cfg(feature = "openapi")]
use super::schemas::Schemas;

/// What a handler takes and gives, as far as its types have said.
pub struct Operation<'s> {
    method: Method,
    /// The names of the parameters in the path.
    path: Vec<String>,
    #[cfg(feature = "openapi")]
    schemas: &'s mut Schemas,
    #[cfg(not(feature = "openapi"))]
    schemas: std::marker::PhantomData<&'s mut ()>,
    pub(super) parameters: Vec<Parameter>,
    /// Media type and schema of each body that is taken.
    pub(super) bodies: Vec<(&'static str, Option<Value>)>,
    pub(super) answers: BTreeMap<u16, Answer>,
    pub(super) problems: BTreeMap<u16, BTreeSet<String>>,
    pub(super) security: Vec<Security>,
}

/// What a request must prove.
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

/// A successful answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Media type and schema.
    pub(super) body: Option<(&'static str, Option<Value>)>,
    /// Name and description.
    pub(super) headers: BTreeMap<&'static str, &'static str>,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// In the path.
    Path,
    /// After the `?`.
    Query,
    /// In a header.
    Header,
}

/// A parameter of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Where it stands.
    pub location: Location,
    /// Its name.
    pub name: String,
    /// What it means.
    pub description: Option<String>,
    /// Whether it must be given.
    pub required: bool,
    /// Whether the elements of an array are separated by commas: `style: form`, `explode: false`.
    pub comma_separated: bool,
    /// The [JSON Schema](https://json-schema.org/draft/2020-12) of what it takes.
    pub schema: Value,
}

impl Parameter {
    /// A parameter that may be left out, with a [JSON Schema](https://json-schema.org/draft/2020-12) of what it takes.
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

    /// What it means.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Whether it must be given; those of the path always must.
    #[must_use]
    pub fn required(mut self, required: bool) -> Self {
        self.required = required || self.location == Location::Path;
        self
    }

    /// An array whose elements are separated by commas: `?fields=id,title`.
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
            bodies: Vec::new(),
            answers: BTreeMap::new(),
            problems: BTreeMap::new(),
            security: Vec::new(),
        }
    }

    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Takes a parameter. One of the same name and place replaces the earlier one.
    pub fn parameter(&mut self, parameter: Parameter) {
        self.parameters
            .retain(|other| (other.location, &other.name) != (parameter.location, &parameter.name));
        self.parameters.push(parameter);
    }

    /// Takes the parameters of the path: a struct by the names of its fields, a tuple in their order, another type alone.
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

    /// Takes the fields of a struct as parameters of the query.
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

    /// Takes a body with this schema.
    pub fn body<T: Schema>(&mut self, media_type: &'static str) {
        let schema = self.input::<T>();
        self.bodies.push((media_type, Some(schema)));
    }

    /// Takes a body with this schema in which every field must be given.
    pub fn full_body<T: Schema>(&mut self, media_type: &'static str) {
        let schema = self.full_input::<T>();
        self.bodies.push((media_type, Some(schema)));
    }

    /// Takes a body of which no more than its media type is known.
    pub fn raw_body(&mut self, media_type: &'static str) {
        self.bodies.push((media_type, None));
    }

    /// Answers with a JSON body of this schema.
    pub fn answer<T: Schema>(&mut self, status: StatusCode) {
        let schema = self.output::<T>();
        self.entry(status).body = Some(("application/json", Some(schema)));
    }

    /// Answers with a body of which no more than its media type is known.
    pub fn raw_answer(&mut self, status: StatusCode, media_type: &'static str) {
        self.entry(status).body = Some((media_type, None));
    }

    /// Answers without a body.
    pub fn empty_answer(&mut self, status: StatusCode) {
        self.entry(status);
    }

    /// Sends a header with the answer of this status.
    pub fn answer_header(
        &mut self,
        status: StatusCode,
        name: &'static str,
        description: &'static str,
    ) {
        self.entry(status).headers.insert(name, description);
    }

    /// Sends a header with every successful answer that is known so far.
    pub fn every_answer_header(&mut self, name: &'static str, description: &'static str) {
        for answer in self.answers.values_mut() {
            answer.headers.insert(name, description);
        }
    }

    /// Can fail with this status and [code](crate::Error::code).
    pub fn problem(&mut self, status: StatusCode, code: impl Into<String>) {
        self.problems
            .entry(status.as_u16())
            .or_default()
            .insert(code.into());
    }

    /// Can fail with the standard code of this status.
    pub fn standard_problem(&mut self, status: StatusCode) {
        let error = crate::Error::from_status(status);
        self.problem(status, error.code());
    }

    /// Needs what a security scheme stands for, with these scopes; `scheme` is its
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

    fn entry(&mut self, status: StatusCode) -> &mut Answer {
        self.answers.entry(status.as_u16()).or_default()
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
