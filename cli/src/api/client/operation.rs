//! Reads one operation: its parameters, its request body, its response and its errors.

use std::collections::BTreeSet;

use super::{
    super::{
        json::Json,
        node::{Defect, Node},
    },
    description::{Body, BodyReader, Doc, Media, Operation, Parameter, ResponseBody, Type},
    names::{UniqueNames, camel, variable},
    problems,
    schema::{Schemas, doc, union},
};

/// The method and the path of an operation, with all that its path item and the document say about it.
pub(super) struct Endpoint<'a> {
    /// The HTTP method: `GET`.
    pub(super) method: String,
    /// The path with its parameters: `/api/v1/posts/{id}`.
    pub(super) path: &'a str,
    /// Parameters of all operations of the path.
    pub(super) shared: Vec<Node<'a>>,
    /// True if other operations of this API need authentication and this one does not.
    pub(super) open: bool,
}

/// Reads the operation. The names are those that it has in the client.
pub(super) fn read(
    node: &Node<'_>,
    endpoint: Endpoint<'_>,
    (id, name): (String, String),
    schemas: &Schemas,
) -> Result<Operation, Defect> {
    let mut options = UniqueNames::of_options();
    let mut operation = Operation {
        id,
        name,
        method: endpoint.method,
        path: endpoint.path.to_owned(),
        doc: documentation(node),
        segments: Vec::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        response: ResponseBody {
            kind: Type::Unknown,
            reader: BodyReader::Json,
        },
        codes: Vec::new(),
        items: None,
        open: endpoint.open,
    };
    let own = node.get("parameters").map(|list| list.items());
    let own = own.unwrap_or_default();
    for parameter in shared(&endpoint.shared, &own)?.iter().chain(&own) {
        let parameter = parameter.resolved()?;
        let (Some(wire), Some(within)) = (parameter.text("name"), parameter.text("in")) else {
            return Err(parameter.defect("a parameter needs `name` and `in`"));
        };
        let read = |option| one(&parameter, wire, option, schemas);
        match within {
            "path" => {
                let option = options.reserve(&variable(wire), "Param");
                operation.segments.push(read(option)?);
            }
            "query" => operation.query.push(read(wire.to_owned())?),
            // The client sets these itself (and OpenAPI says to ignore them here).
            "header" if is_own(wire) => {}
            "header" => {
                let option = options.reserve(&camel(wire), "Header");
                operation.headers.push(read(option)?);
            }
            // The platform sends them.
            "cookie" => {}
            other => return Err(parameter.defect(format!("there is no parameter in `{other}`"))),
        }
    }
    check_segments(node, &operation)?;
    if let Some(body) = node.get("requestBody") {
        operation.body = request(&body.resolved()?, schemas)?;
    }
    let responses = node
        .get("responses")
        .map(|responses| responses.entries())
        .unwrap_or_default();
    operation.response = response(&responses, schemas)?;
    operation.codes = failures(&responses)?.into_iter().collect();
    if operation.method == "GET" && operation.query.iter().any(|one| one.wire == "cursor") {
        operation.items = items(&responses, schemas)?;
    }
    Ok(operation)
}

fn documentation(node: &Node<'_>) -> Doc {
    let texts = ["summary", "description"].map(|key| node.text(key).unwrap_or_default().trim());
    let mut texts = texts.to_vec();
    texts.retain(|text| !text.is_empty());
    texts.dedup();
    Doc {
        text: texts.join("\n\n"),
        format: None,
        deprecated: node.is("deprecated"),
    }
}

/// The parameters of the path item that the operation does not describe itself.
fn shared<'a>(shared: &[Node<'a>], own: &[Node<'a>]) -> Result<Vec<Node<'a>>, Defect> {
    let key = |node: &Node<'a>| {
        let node = node.resolved()?;
        Ok((node.text("in"), node.text("name")))
    };
    let own: Vec<_> = own.iter().map(key).collect::<Result<_, Defect>>()?;
    let mut left = Vec::new();
    for one in shared {
        if !own.contains(&key(one)?) {
            left.push(one.clone());
        }
    }
    Ok(left)
}

fn is_own(header: &str) -> bool {
    ["accept", "content-type", "authorization"]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(header))
}

fn one(
    node: &Node<'_>,
    wire: &str,
    option: String,
    schemas: &Schemas,
) -> Result<Parameter, Defect> {
    // A parameter with `content` instead is given as the text that is sent.
    let schema = node.get("schema");
    let kind = schema.as_ref().map(|schema| schemas.kind(schema));
    let explode = node.json.get("explode") != Some(&Json::Bool(false));
    let separator = match node.text("style").unwrap_or("form") {
        "form" | "simple" => ',',
        "spaceDelimited" => ' ',
        "pipeDelimited" => '|',
        style => {
            return Err(node
                .defect(format!(
                    "parameters of the style `{style}` are not supported"
                ))
                .hint("describe each as a parameter of its own, such as `created_at[gte]`"));
        }
    };
    let mut about = schema.as_ref().map(doc).unwrap_or_default();
    if let Some(text) = node.text("description") {
        text.trim().clone_into(&mut about.text);
    }
    about.deprecated |= node.is("deprecated");
    let kind = match kind.transpose()? {
        // Values are sent as text in any case.
        Some(Type::Unknown) | None => Type::String,
        Some(kind) => kind,
    };
    Ok(Parameter {
        wire: wire.to_owned(),
        option,
        doc: about,
        required: node.is("required"),
        kind,
        separator: (!explode).then_some(separator),
    })
}

/// Checks that every `{name}` in the path is described.
fn check_segments(node: &Node<'_>, operation: &Operation) -> Result<(), Defect> {
    for name in named(&operation.path) {
        if !operation.segments.iter().any(|one| one.wire == name) {
            return Err(node.defect(format!(
                "the parameter `{{{name}}}` of the path is not described"
            )));
        }
    }
    Ok(())
}

/// The names in braces.
pub(super) fn named(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('}')?.0))
}

/// The request body; of several media types the one that suits a client best.
fn request(node: &Node<'_>, schemas: &Schemas) -> Result<Option<Body>, Defect> {
    let content = node.get("content").map(|content| content.entries());
    let best = content
        .unwrap_or_default()
        .into_iter()
        .map(|(name, content)| (media(name), content))
        .min_by_key(|(media, _)| match media {
            Media::Json(None) => 0,
            Media::Json(Some(_)) => 1,
            Media::Form => 2,
            Media::Multipart => 3,
            Media::Text(_) | Media::Bytes(_) => 4,
        });
    let Some((media, content)) = best else {
        return Ok(None);
    };
    let kind = match media {
        Media::Json(_) | Media::Form => of_content(&content, schemas)?,
        Media::Multipart => Type::Named("FormData".to_owned()),
        Media::Text(_) => Type::String,
        Media::Bytes(_) => Type::Named("Blob".to_owned()),
    };
    Ok(Some(Body {
        kind,
        required: node.is("required"),
        doc: node
            .text("description")
            .unwrap_or_default()
            .trim()
            .to_owned(),
        media,
    }))
}

fn of_content(content: &Node<'_>, schemas: &Schemas) -> Result<Type, Defect> {
    let kind = content.get("schema").map(|schema| schemas.kind(&schema));
    Ok(kind.transpose()?.unwrap_or(Type::Unknown))
}

fn media(name: &str) -> Media {
    let essence = name.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/json" | "*/*" => Media::Json(None),
        "application/x-www-form-urlencoded" => Media::Form,
        "multipart/form-data" => Media::Multipart,
        name if name.ends_with("+json") => Media::Json(Some(name.to_owned())),
        name if name.starts_with("text/") => Media::Text(name.to_owned()),
        name => Media::Bytes(name.to_owned()),
    }
}

/// The body of a successful response.
fn response(responses: &[(&str, Node<'_>)], schemas: &Schemas) -> Result<ResponseBody, Defect> {
    let mut kinds = Vec::new();
    let mut empty = false;
    let mut reader = None;
    for (status, response) in responses {
        if !status.starts_with('2') {
            continue;
        }
        let response = response.resolved()?;
        let content = response.get("content").map(|content| content.entries());
        let content = content.unwrap_or_default();
        let of = |wanted: fn(&Media) -> bool| {
            let mut all = content.iter();
            all.find(|(name, _)| wanted(&media(name)))
        };
        if let Some((_, content)) = of(|media| matches!(media, Media::Json(_))) {
            kinds.push(of_content(content, schemas)?);
            reader = Some(BodyReader::Json);
        } else if of(|media| matches!(media, Media::Text(_))).is_some() {
            kinds.push(Type::String);
            reader = reader.or(Some(BodyReader::Text));
        } else if content.is_empty() {
            empty = true;
            // That one is never read.
            if *status != "204" {
                reader = reader.or(Some(BodyReader::Text));
            }
        } else {
            kinds.push(Type::Named("Blob".to_owned()));
            reader = reader.or(Some(BodyReader::Blob));
        }
    }
    if empty {
        let nothing = if kinds.is_empty() {
            "void"
        } else {
            "undefined"
        };
        kinds.push(Type::Named(nothing.to_owned()));
    }
    Ok(ResponseBody {
        kind: if kinds.is_empty() {
            Type::Unknown
        } else {
            union(kinds)
        },
        reader: reader.unwrap_or(BodyReader::Json),
    })
}

/// The problem codes of the error responses.
fn failures(responses: &[(&str, Node<'_>)]) -> Result<BTreeSet<String>, Defect> {
    let mut codes = BTreeSet::new();
    for (status, response) in responses {
        if status.starts_with(['2', '1', '3']) {
            if *status == "304" {
                codes.insert("not_modified".to_owned());
            }
            continue;
        }
        let response = response.resolved()?;
        let content = response.get("content").map(|content| content.entries());
        for (name, content) in content.unwrap_or_default() {
            if let (Media::Json(_), Some(schema)) = (media(name), content.get("schema")) {
                problems::codes(&schema, &mut codes)?;
            }
        }
    }
    Ok(codes)
}

/// The type of the items of a paginated list: `{data: […], pagination: {next_cursor}}`.
fn items(responses: &[(&str, Node<'_>)], schemas: &Schemas) -> Result<Option<Type>, Defect> {
    for (_, response) in responses.iter().filter(|(status, _)| *status == "200") {
        let content = response.resolved()?.get("content");
        for (_, content) in content.map(|content| content.entries()).unwrap_or_default() {
            let Some(schema) = content.get("schema") else {
                continue;
            };
            let page = schema.resolved()?;
            let Some(pagination) = page.path(&["properties", "pagination"]) else {
                continue;
            };
            let cursor = pagination.resolved()?.path(&["properties", "next_cursor"]);
            let Some(data) = page.path(&["properties", "data"]) else {
                continue;
            };
            if let (Some(_), Some(items)) = (cursor, data.resolved()?.get("items")) {
                return schemas.kind(&items).map(Some);
            }
        }
    }
    Ok(None)
}
