//! The builder of the OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

#[cfg(feature = "views")]
use super::operation::DescribedPage;
use super::{
    ErrorFormat, Operation, example,
    name::{self, Names},
    operation::{Location, Parameter, SuccessResponse},
    schemas::Schemas,
};
use crate::config::OpenapiConfig;

/// The response that stands for every error which is not described otherwise.
const ANY: &str = "Problem";
const PROBLEMS: &str = "Errors are problem details (RFC 9457) with a stable `code`. ";
const CONVENTIONS: &str = "Texts must not contain the character U+0000. Times are in UTC.";

/// A route to describe, with its description function.
pub(crate) struct Described<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: &'a str,
    pub(crate) handler: &'static str,
    pub(crate) summary: Option<&'a str>,
    pub(crate) deprecated: bool,
    /// The media types of its successful responses.
    pub(crate) media_types: &'static [&'static str],
    /// Adds the route and the types of its handler to the description.
    pub(crate) describe: Box<dyn Fn(&mut Operation<'_>) + 'a>,
}

/// The description of `routes`: an OpenAPI 3.1 document.
pub(crate) fn document(about: &About<'_>, routes: &[Described<'_>]) -> Value {
    let mut builder = DocumentBuilder::default();
    let mut schemas = Schemas::new();
    for route in routes {
        builder.add(route, &mut schemas);
    }
    builder.finish(about, schemas)
}

/// The pages of a route, by its description function.
#[cfg(feature = "views")]
pub(crate) fn pages(describe: impl Fn(&mut Operation<'_>)) -> Vec<DescribedPage> {
    let mut schemas = Schemas::new();
    let mut operation = Operation::new(Method::GET, Vec::new(), &mut schemas);
    describe(&mut operation);
    operation.pages
}

/// The API as a whole.
pub(crate) struct About<'a> {
    /// The name and the version of the application.
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) config: &'a OpenapiConfig,
    pub(crate) errors: &'a ErrorFormat,
}

impl About<'_> {
    /// The [Info Object](https://spec.openapis.org/oas/v3.1.1.html#info-object).
    fn info(&self) -> Value {
        let OpenapiConfig {
            title,
            description,
            terms_of_service,
            contact,
            license,
            ..
        } = self.config;
        let errors = if self.errors.is_problem() {
            PROBLEMS
        } else {
            ""
        };
        let description = match description {
            Some(own) => format!("{}\n\n{errors}{CONVENTIONS}", own.trim_end()),
            None => format!("{errors}{CONVENTIONS}"),
        };
        let info = json!({
            "title": title.as_deref().unwrap_or(self.name),
            "version": self.version,
            "description": description,
            "termsOfService": terms_of_service,
            "contact": without_nulls(json!({
                "name": contact.name,
                "url": contact.url,
                "email": contact.email,
            })),
            "license": without_nulls(json!({
                "name": license.name,
                "identifier": license.identifier,
                "url": license.url,
            })),
        });
        without_nulls(info)
    }

    fn servers(&self) -> Value {
        let servers = self.config.servers.iter();
        servers.map(|url| json!({ "url": url })).collect()
    }
}

/// An object without the members that are not given; `null` if none is.
fn without_nulls(mut object: Value) -> Value {
    if let Value::Object(members) = &mut object {
        members.retain(|_, value| !value.is_null());
        if members.is_empty() {
            return Value::Null;
        }
    }
    object
}

#[derive(Default)]
struct DocumentBuilder {
    operations: Vec<PendingOperation>,
    /// The status and the codes of the problems, by the name of their response.
    problems: BTreeMap<String, (u16, BTreeSet<String>)>,
    security_schemes: BTreeMap<String, Value>,
    tags: Vec<String>,
    ids: BTreeSet<String>,
    /// The noun of each tag: the name of one of its things.
    nouns: BTreeMap<String, String>,
}

/// An operation whose summary is still missing, as it may depend on the other operations.
struct PendingOperation {
    path: String,
    method: String,
    id: String,
    names: Names,
    summary: Option<String>,
    rest: Map<String, Value>,
}

impl DocumentBuilder {
    fn add(&mut self, route: &Described<'_>, schemas: &mut Schemas) {
        let names = Names::of(route.handler, route.method, route.path);
        let in_path = parameters_of(route.path);
        let method = Method::from_bytes(route.method.as_bytes()).unwrap_or_default();
        let mut operation = Operation::new(method, in_path.clone(), schemas);
        (route.describe)(&mut operation);
        complete(&mut operation, route, in_path);

        if let Some(noun) = noun_of(&operation.responses) {
            self.nouns.entry(names.tag.clone()).or_insert(noun);
        }
        let mut rest = Map::new();
        if route.deprecated {
            rest.insert("deprecated".to_owned(), true.into());
        }
        rest.insert("security".to_owned(), self.security(&operation));
        if !operation.parameters.is_empty() {
            operation
                .parameters
                .sort_by_key(|parameter| parameter.location);
            let parameters: Vec<_> = operation.parameters.drain(..).map(parameter).collect();
            rest.insert("parameters".to_owned(), parameters.into());
        }
        if !operation.request_bodies.is_empty() {
            let content: Map<_, _> = operation
                .request_bodies
                .drain(..)
                .map(|(media_type, schema)| (media_type.to_owned(), media(schema)))
                .collect();
            let body = json!({ "required": true, "content": content });
            rest.insert("requestBody".to_owned(), body);
        }
        rest.insert("responses".to_owned(), self.responses(operation));

        if !self.tags.contains(&names.tag) {
            self.tags.push(names.tag.clone());
        }
        let id = self.unique(&names, route);
        self.operations.push(PendingOperation {
            path: route.path.replace("{*", "{"),
            method: route.method.to_ascii_lowercase(),
            id,
            names,
            summary: route.summary.map(str::to_owned),
            rest,
        });
    }

    /// Returns the first id that is not taken, at last one made from the route.
    fn unique(&mut self, names: &Names, route: &Described<'_>) -> String {
        let of_route = || {
            let route = format!("{} {}", route.method.to_ascii_lowercase(), route.path);
            let words = route.split(|c: char| !c.is_alphanumeric());
            let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
            words.join("_")
        };
        let free = [&names.id, &names.long_id]
            .into_iter()
            .find(|id| !self.ids.contains(*id));
        let id = free.cloned().unwrap_or_else(of_route);
        self.ids.insert(id.clone());
        id
    }

    /// The security requirements. An operation that needs nothing has an empty list.
    fn security(&mut self, operation: &Operation<'_>) -> Value {
        let mut needed = Map::new();
        for security in operation.security.iter().chain(&operation.alternatives) {
            self.security_schemes
                .entry(security.name.clone())
                .or_insert_with(|| security.scheme.clone());
        }
        for security in &operation.security {
            needed.insert(security.name.clone(), json!(security.scopes));
        }
        let mut all: Vec<Map<_, _>> = Vec::new();
        for security in &operation.alternatives {
            let mut with = needed.clone();
            with.insert(security.name.clone(), json!(security.scopes));
            if !all.contains(&with) {
                all.push(with);
            }
        }
        if all.is_empty() && !needed.is_empty() {
            all.push(needed);
        }
        json!(all)
    }

    fn responses(&mut self, operation: Operation<'_>) -> Value {
        let mut all = Map::new();
        for (status, response) in operation.responses {
            all.insert(status.to_string(), success(status, response));
        }
        for (status, codes) in operation.problems {
            let words: Vec<_> = codes.iter().map(|code| name::pascal(code)).collect();
            let mut name = words.join("Or");
            let problem = (status, codes);
            // The same codes of another status.
            let taken = |name: &String| {
                name == ANY
                    || self
                        .problems
                        .get(name)
                        .is_some_and(|other| *other != problem)
            };
            if taken(&name) {
                name = format!("{name}{status}");
            }
            all.insert(status.to_string(), reference("responses", &name));
            self.problems.insert(name, problem);
        }
        all.insert("default".to_owned(), reference("responses", ANY));
        all.into()
    }

    fn finish(self, about: &About<'_>, mut schemas: Schemas) -> Value {
        let body = ErrorBody {
            media_type: about.errors.described_media_type(),
            schema: about.errors.schema(&mut schemas),
            has_codes: about.errors.is_problem(),
        };
        let any = json!({
            "description": "Any other error",
            "content": body.content(body.schema.clone()),
        });
        let problems = self.problems.iter();
        let responses: BTreeMap<_, _> = problems
            .map(|(name, (status, codes))| (name.as_str(), problem(*status, codes, &body)))
            .chain([(ANY, any)])
            .collect();
        let tags: Vec<_> = self
            .tags
            .iter()
            .map(|tag| json!({ "name": tag, "description": name::title(tag) }))
            .collect();
        let mut document = json!({
            "openapi": "3.1.0",
            "info": about.info(),
            "servers": about.servers(),
            "tags": tags,
            "paths": paths(self.operations, &self.nouns),
            "components": { "responses": responses },
        });
        if !self.security_schemes.is_empty() {
            document["components"]["securitySchemes"] = json!(self.security_schemes);
        }
        let components = schemas.into_components(&mut document);
        add_examples(&mut document["paths"], &components);
        document["components"]["schemas"] = components.into();
        document
    }
}

fn paths(
    operations: Vec<PendingOperation>,
    nouns: &BTreeMap<String, String>,
) -> Map<String, Value> {
    let mut paths = Map::new();
    for operation in operations {
        let noun = nouns.get(&operation.names.tag).map(String::as_str);
        let summary = operation
            .summary
            .unwrap_or_else(|| operation.names.summary(noun));
        let mut described = Map::new();
        described.insert("operationId".to_owned(), operation.id.into());
        described.insert("summary".to_owned(), summary.into());
        described.insert("tags".to_owned(), json!([operation.names.tag]));
        described.extend(operation.rest);
        paths.entry(operation.path).or_insert_with(|| json!({}))[operation.method] =
            described.into();
    }
    paths
}

/// Adds the path parameters, the standard problems and so on, which do not depend on the handler.
fn complete(operation: &mut Operation<'_>, route: &Described<'_>, in_path: Vec<String>) {
    for name in in_path {
        let known = operation
            .parameters
            .iter()
            .any(|parameter| parameter.location == Location::Path && parameter.name == name);
        if !known {
            let text = json!({ "type": "string" });
            operation.parameter(Parameter::new(Location::Path, name, text));
        }
    }
    if operation.responses.is_empty() {
        operation.empty_response(StatusCode::OK);
    }
    if !route.media_types.is_empty() {
        operation.standard_problem(StatusCode::NOT_ACCEPTABLE);
    }
    // The middleware `etag`.
    let has_body = operation
        .responses
        .get(&200)
        .is_some_and(|response| response.body.is_some());
    if operation.method() == Method::GET && has_body {
        operation.response_header(
            StatusCode::OK,
            "ETag",
            "The version of the response, for `If-None-Match`",
        );
        operation.response_header(
            StatusCode::NOT_MODIFIED,
            "ETag",
            "The version of the response",
        );
        let schema = json!({ "type": "string" });
        operation.parameter(
            Parameter::new(Location::Header, "If-None-Match", schema)
                .description("The `ETag` of an earlier response; 304 if it would be the same"),
        );
    }
    operation.standard_problem(StatusCode::INTERNAL_SERVER_ERROR);
    operation.standard_problem(StatusCode::SERVICE_UNAVAILABLE);
}

/// The names of the parameters in a path.
fn parameters_of(path: &str) -> Vec<String> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.trim_start_matches('*').to_owned())
        .collect()
}

/// The noun for the response of an operation on one thing.
fn noun_of(responses: &BTreeMap<u16, SuccessResponse>) -> Option<String> {
    let (_, response) = responses.first_key_value()?;
    let (_, schema) = response.body.as_ref()?;
    let name = schema.as_ref()?["$ref"].as_str()?.rsplit('/').next()?;
    (!name.ends_with("Page")).then(|| name::noun(name))
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

fn media(schema: Option<Value>) -> Value {
    let schema = schema.map(|schema| ("schema".to_owned(), schema));
    Map::from_iter(schema).into()
}

fn parameter(parameter: Parameter) -> Value {
    let place = match parameter.location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
    };
    let mut described = json!({ "name": parameter.name, "in": place });
    if let Some(text) = parameter.description {
        described["description"] = text.into();
    }
    described["required"] = parameter.required.into();
    if parameter.comma_separated {
        described["style"] = json!("form");
        described["explode"] = json!(false);
    }
    described["schema"] = parameter.schema;
    described
}

fn reason_phrase(status: u16) -> &'static str {
    StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Response")
}

fn success(status: u16, response: SuccessResponse) -> Value {
    let mut described = json!({ "description": reason_phrase(status) });
    if !response.headers.is_empty() {
        let text = json!({ "type": "string" });
        let headers: Map<_, _> = response
            .headers
            .into_iter()
            .map(|(name, about)| {
                let header = json!({ "description": about, "schema": text });
                (name.to_owned(), header)
            })
            .collect();
        described["headers"] = headers.into();
    }
    if let Some((media_type, schema)) = response.body {
        described["content"] = json!({ media_type: media(schema) });
    }
    described
}

/// The body of error responses.
struct ErrorBody<'a> {
    media_type: &'a str,
    schema: Value,
    /// True if it has the status and the code of the problem.
    has_codes: bool,
}

impl ErrorBody<'_> {
    fn content(&self, schema: Value) -> Value {
        json!({ self.media_type: media(Some(schema)) })
    }
}

fn problem(status: u16, codes: &BTreeSet<String>, body: &ErrorBody<'_>) -> Value {
    let mut schema = body.schema.clone();
    if body.has_codes {
        let own = json!({ "status": { "const": status }, "code": { "enum": codes } });
        schema = json!({ "allOf": [schema, { "type": "object", "properties": own }] });
    }
    let mut described = json!({
        "description": reason_phrase(status),
        "content": body.content(schema),
    });
    if matches!(status, 429 | 503) || codes.contains(crate::idempotency::IN_USE) {
        described["headers"] = json!({ "Retry-After": {
            "description": "Seconds to wait before another try",
            "schema": { "type": "integer", "minimum": 0 },
        } });
    }
    described
}

/// Adds an example to each body.
fn add_examples(paths: &mut Value, components: &Map<String, Value>) {
    let operations = paths
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut);
    for operation in operations {
        if let Some(body) = operation.get_mut("requestBody") {
            add_example(&mut body["content"], components);
        }
        for response in operation["responses"]
            .as_object_mut()
            .into_iter()
            .flat_map(Map::values_mut)
        {
            if let Some(content) = response.get_mut("content") {
                add_example(content, components);
            }
        }
    }
}

fn add_example(content: &mut Value, components: &Map<String, Value>) {
    for media in content
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut)
    {
        if let Some(schema) = media.get("schema") {
            media["example"] = example::of(schema, components);
        }
    }
}
