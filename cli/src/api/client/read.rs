//! Reads a document as a [`Description`].

use std::collections::BTreeMap;

use super::{
    super::{
        json::Json,
        node::{Defect, Node},
    },
    description::{Description, Group, Operation},
    names::{UniqueNames, camel},
    operation::{self, Endpoint},
    schema::Schemas,
};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Reads the document; `types` keeps the names that are taken.
pub(super) fn read(document: &Json, types: &mut UniqueNames) -> Result<Description, Defect> {
    let root = Node::new(document);
    check_version(&root)?;
    let schemas = Schemas::new(&root, types);
    let groups = groups(&root, &schemas)?;
    if groups.is_empty() {
        return Err(root.defect("it describes no operation").hint(
            "add a resource first, such as `cargo fw generate scaffold post 'title:string!'`",
        ));
    }
    let info = root.get("info");
    let of_info = |key| info.as_ref().and_then(|info| info.text(key));
    let servers = root.get("servers").map(|servers| servers.items());
    let server = servers.unwrap_or_default().into_iter().next();
    Ok(Description {
        title: of_info("title").unwrap_or("an API").to_owned(),
        version: of_info("version").unwrap_or_default().to_owned(),
        server: server
            .and_then(|server| server.text("url"))
            .unwrap_or_default()
            .trim_end_matches('/')
            .to_owned(),
        schemas: schemas.read(&root)?,
        groups,
    })
}

fn check_version(root: &Node<'_>) -> Result<(), Defect> {
    let hint = "`cargo fw openapi` prints the description of an application";
    match (root.text("openapi"), root.text("swagger")) {
        (Some(version), _) if version.starts_with("3.1.") || version == "3.1" => Ok(()),
        (Some(version), _) | (None, Some(version)) => Err(root
            .defect(format!("it is OpenAPI {version}, and not 3.1"))
            .hint(hint)),
        (None, None) => Err(root
            .defect("it is no OpenAPI document: it has no `openapi`")
            .hint(hint)),
    }
}

fn groups(root: &Node<'_>, schemas: &Schemas) -> Result<Vec<Group>, Defect> {
    let mut groups: Vec<Group> = Vec::new();
    let mut ids = BTreeMap::new();
    let entries = root.get("paths").map(|paths| paths.entries());
    for (path, item) in entries.unwrap_or_default() {
        let item = item.resolved()?;
        let shared = item.get("parameters").map(|list| list.items());
        for (key, node) in item.entries() {
            if !METHODS.contains(&key) {
                continue;
            }
            let method = key.to_ascii_uppercase();
            let here = format!("{method} {path}");
            let id = match node.text("operationId") {
                Some(id) => id.to_owned(),
                None => format!("{key}_{}", path.replace(['/', '{', '}', '-'], "_")),
            };
            if let Some(other) = ids.insert(id.clone(), here.clone()) {
                return Err(node
                    .defect(format!("`{other}` and `{here}` are both called `{id}`"))
                    .hint("every operation needs an `operationId` of its own"));
            }
            let (group, name) = placed(&node, &id);
            let endpoint = Endpoint {
                method,
                path,
                shared: shared.clone().unwrap_or_default(),
                open: is_open(root, &node),
            };
            let operation = operation::read(&node, endpoint, (id, name), schemas)?;
            add(&mut groups, group, operation)
                .map_err(|problem| node.defect(problem).hint("change one `operationId`"))?;
        }
    }
    Ok(groups)
}

fn add(groups: &mut Vec<Group>, name: String, operation: Operation) -> Result<(), String> {
    let Some(group) = groups.iter_mut().find(|group| group.name == name) else {
        groups.push(Group {
            name,
            operations: vec![operation],
        });
        return Ok(());
    };
    let mut others = group.operations.iter();
    if let Some(other) = others.find(|other| other.name == operation.name) {
        return Err(format!(
            "`{}` and `{}` would both be `{name}.{}`",
            other.id, operation.id, operation.name
        ));
    }
    group.operations.push(operation);
    Ok(())
}

/// The group of an operation and its name there: `posts_list` with the tag `posts` is `posts.list`, `v2_posts_list` is
/// `v2Posts.list`.
fn placed(node: &Node<'_>, id: &str) -> (String, String) {
    let tag = node
        .get("tags")
        .and_then(|tags| tags.json.items().first())
        .and_then(Json::text);
    let Some(tag) = tag else {
        return ("other".to_owned(), camel(id));
    };
    let start = version(id).map_or(0, |version| version.len() + 1);
    for from in [0, start] {
        let rest = id[from..].strip_prefix(tag);
        if let Some(name) = rest.and_then(|rest| rest.strip_prefix('_')) {
            return (camel(&id[..from + tag.len()]), camel(name));
        }
    }
    (camel(tag), camel(id))
}

/// The version in an `operationId`: `v2` of `v2_posts_list`.
fn version(id: &str) -> Option<&str> {
    let (version, _) = id.split_once('_')?;
    let digits = version.strip_prefix('v')?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(version)
}

/// Returns whether anyone may call an operation of an API that has authentication.
fn is_open(root: &Node<'_>, operation: &Node<'_>) -> bool {
    let schemes = root.path(&["components", "securitySchemes"]);
    let has_schemes = schemes.is_some_and(|schemes| !schemes.json.entries().is_empty());
    let security = operation.get("security").or_else(|| root.get("security"));
    has_schemes && security.is_none_or(|security| security.json.items().is_empty())
}
