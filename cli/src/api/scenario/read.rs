//! Chooses the requests of a scenario among the operations of a description.

use std::collections::BTreeSet;

use super::{
    super::{
        json::Json,
        node::{Defect, Node},
    },
    Request, Scenario, body,
};
use crate::{inflection::singular, project::Schema};

/// A path with its operations of the two methods that count here.
struct Endpoint<'a> {
    path: &'a str,
    /// The table that its rows are in, if the path is called after it.
    table: String,
    get: Option<Node<'a>>,
    post: Option<Node<'a>>,
}

/// A creation with what its body is made from.
struct Creation<'a> {
    name: String,
    path: &'a str,
    table: String,
    example: &'a Json,
    schema: Option<Node<'a>>,
}

/// Reads the scenario; `None` if there is nothing to list and nothing to create.
pub(super) fn read(root: &Node<'_>, tables: &Schema) -> Result<Option<Scenario>, Defect> {
    let endpoints = endpoints(root)?;
    let (mut reads, mut creations, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    let mut is_signed_in = false;
    for endpoint in endpoints.iter().filter(|endpoint| is_plain(endpoint.path)) {
        if let Some(get) = &endpoint.get
            && let Some(query) = query(get)?
            && json_of(get, "200")?.is_some_and(|content| is_list(&content))
        {
            is_signed_in |= needs_sign_in(root, get);
            reads.push(Request {
                name: name(get, "get", endpoint.path),
                path: format!("{}{query}", endpoint.path),
                body: String::new(),
            });
        }
        if let Some(post) = &endpoint.post
            && json_of(post, "201")?.is_some()
        {
            match creation(endpoint, post)? {
                Ok(creation) => {
                    is_signed_in |= needs_sign_in(root, post);
                    creations.push(creation);
                }
                Err(why) => left_out.push(format!("`POST {}`, {why}", endpoint.path)),
            }
        }
    }
    if reads.is_empty() && creations.is_empty() {
        return Ok(None);
    }
    let mut bodies = Bodies {
        creations: &creations,
        tables,
        parents: Vec::new(),
        open: Vec::new(),
        given_ids: BTreeSet::new(),
    };
    let mut requests = Vec::new();
    for creation in &creations {
        requests.push(Request {
            name: creation.name.clone(),
            path: creation.path.to_owned(),
            body: bodies.of(creation)?,
        });
    }
    Ok(Some(Scenario {
        reads,
        parents: bodies.parents,
        given_ids: bodies.given_ids.into_iter().collect(),
        creations: requests,
        is_signed_in,
        tokens: tokens(&endpoints)?,
        left_out,
    }))
}

fn endpoints<'a>(root: &Node<'a>) -> Result<Vec<Endpoint<'a>>, Defect> {
    let paths = root.get("paths").map(|paths| paths.entries());
    let endpoints = paths.unwrap_or_default().into_iter().map(|(path, item)| {
        let item = item.resolved()?;
        let last = path.rsplit('/').next().unwrap_or_default();
        Ok(Endpoint {
            path,
            table: last.replace('-', "_"),
            get: item.get("get"),
            post: item.get("post"),
        })
    });
    endpoints.collect()
}

/// Returns whether a path can be requested as it stands, and has not to do with accounts.
fn is_plain(path: &str) -> bool {
    !path.contains('{') && !path.split('/').any(|segment| segment == "auth")
}

/// The query of a list; `None` if it needs one that is not known here.
fn query(operation: &Node<'_>) -> Result<Option<&'static str>, Defect> {
    let mut query = "";
    let parameters = operation.get("parameters").map(|all| all.items());
    for parameter in parameters.unwrap_or_default() {
        let parameter = parameter.resolved()?;
        if parameter.is("required") {
            return Ok(None);
        }
        if parameter.text("in") == Some("query") && parameter.text("name") == Some("limit") {
            query = "?limit=20";
        }
    }
    Ok(Some(query))
}

fn json(content: Option<Node<'_>>) -> Option<Node<'_>> {
    content.and_then(|content| content.path(&["content", "application/json"]))
}

/// The JSON of the responses with a status.
fn json_of<'a>(operation: &Node<'a>, status: &str) -> Result<Option<Node<'a>>, Defect> {
    let response = operation.path(&["responses", status]);
    Ok(json(
        response.map(|response| response.resolved()).transpose()?,
    ))
}

/// Returns whether the content is a list, alone or within an object, as the description's example shows.
fn is_list(content: &Node<'_>) -> bool {
    let is = |json: &Json| matches!(json, Json::Array(_));
    let example = content.json.get("example");
    example.is_some_and(|json| is(json) || json.entries().iter().any(|(_, member)| is(member)))
}

/// The creation that an operation is, or why it is left out.
fn creation<'a>(
    endpoint: &Endpoint<'a>,
    operation: &Node<'a>,
) -> Result<Result<Creation<'a>, &'static str>, Defect> {
    if query(operation)?.is_none() {
        return Ok(Err("which needs parameters"));
    }
    let body = operation.get("requestBody");
    let body = body.map(|body| body.resolved()).transpose()?;
    let Some(body) = json(body) else {
        return Ok(Err("whose body is not JSON"));
    };
    let Some(example) = body.json.get("example") else {
        return Ok(Err("whose body has no example in the description"));
    };
    if has_password(example) {
        return Ok(Err(
            "which hashes a password, and takes its time on purpose",
        ));
    }
    Ok(Ok(Creation {
        name: name(operation, "post", endpoint.path),
        path: endpoint.path,
        table: endpoint.table.clone(),
        example,
        schema: body.get("schema"),
    }))
}

fn has_password(example: &Json) -> bool {
    let mut entries = example.entries().iter();
    entries.any(|(key, value)| key == "password" || has_password(value))
}

/// The `operationId` as an identifier. One of a single word gets the method, as it might be a method of the class.
fn name(operation: &Node<'_>, method: &str, path: &str) -> String {
    let id = operation.text("operationId").unwrap_or(path);
    let words = id.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [_, _, ..] if operation.text("operationId").is_some() => words.join("_"),
        _ => format!("{method}_{}", words.join("_")),
    }
}

fn needs_sign_in(root: &Node<'_>, operation: &Node<'_>) -> bool {
    let security = operation.get("security").or_else(|| root.get("security"));
    // Of several requirements an empty one is enough.
    security.is_some_and(|all| {
        let all = all.json.items();
        !all.is_empty() && all.iter().all(|one| !one.entries().is_empty())
    })
}

/// The path that gives an access token for an email address and a password, as generated accounts have it.
fn tokens(endpoints: &[Endpoint<'_>]) -> Result<Option<String>, Defect> {
    for endpoint in endpoints {
        if endpoint.path.ends_with("/auth/tokens")
            && let Some(post) = &endpoint.post
            && let Some(body) = post.get("requestBody")
            && let Some(body) = json(Some(body.resolved()?))
            && let Some(example) = body.json.get("example")
            && ["email", "password"]
                .iter()
                .all(|key| example.get(key).is_some())
        {
            return Ok(Some(endpoint.path.to_owned()));
        }
    }
    Ok(None)
}

/// Writes the bodies of creations, and finds out which of them have to come first.
struct Bodies<'a> {
    creations: &'a [Creation<'a>],
    tables: &'a Schema,
    parents: Vec<(String, String)>,
    /// The tables whose bodies are being written.
    open: Vec<&'a str>,
    given_ids: BTreeSet<String>,
}

impl<'a> Bodies<'a> {
    fn of(&mut self, creation: &'a Creation<'a>) -> Result<String, Defect> {
        self.open.push(&creation.table);
        let body = body::write(creation.example, creation.schema.as_ref(), &mut |key| {
            self.reference(creation, key)
        });
        self.open.pop();
        body
    }

    /// The expression for a member that refers to a row; `None` if it is none.
    fn reference(&mut self, of: &Creation<'a>, key: &str) -> Result<Option<String>, Defect> {
        let column = self.tables.table(&of.table).and_then(|table| {
            let mut columns = table.columns.iter();
            columns.find(|column| column.name == key && column.call.contains("references"))
        });
        let Some(column) = column else {
            return Ok(None);
        };
        let mut others = self.creations.iter();
        let Some(parent) = others.find(|other| column.refers_to(&other.table)) else {
            self.given_ids.insert(format!("`{key}` of `{}`", of.name));
            return Ok(None);
        };
        // A row that refers to its own kind is one that stands alone at first.
        if self.open.contains(&parent.table.as_str()) {
            return Ok(Some("None".to_owned()));
        }
        let attribute = format!("{}_id", singular(&parent.table));
        if !self.parents.iter().any(|(known, _)| *known == attribute) {
            // Its own parents come first.
            self.of(parent)?;
            self.parents.push((attribute.clone(), parent.name.clone()));
        }
        Ok(Some(format!("self.{attribute}")))
    }
}
