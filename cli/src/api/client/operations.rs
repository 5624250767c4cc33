//! Writes the operations of one resource: the types of each, an interface with all of them, and functions of one line.

use super::{
    description::{Body, BodyReader, Group, Media, Object, Operation, Parameter, Property, Type},
    lines::{Lines, quoted},
    names::{UniqueNames, pascal},
    types::{interface, key, paragraphs, text},
};

/// The names of a group in the file.
pub(super) struct GroupNames {
    /// The name of the interface: `PostsApi`.
    pub(super) interface: String,
    /// The name of the function that makes it: `postsApi`.
    pub(super) factory: String,
}

/// An operation and the names of its types.
struct Named<'a> {
    operation: &'a Operation,
    /// The name of the type of its options, and whether they are optional.
    options: (String, bool),
    error: String,
    /// The function that follows the pages of a list: its name and the type of its options.
    all: Option<(String, String)>,
}

/// Writes a group: types, interface and functions.
pub(super) fn write(
    group: &Group,
    types: &mut UniqueNames,
    values: &mut UniqueNames,
    lines: &mut Lines,
) -> GroupNames {
    let mut written = Vec::new();
    for operation in &group.operations {
        let options = options(operation, types, lines);
        let error = types.of_operation(&operation.id, "Error");
        lines.blank();
        failure(&error, operation, lines);
        let all = operation.items.as_ref().map(|_| {
            let name = unused_name(group, &format!("{}All", operation.name));
            (name, options_of_all(operation, &options.0, types, lines))
        });
        written.push(Named {
            operation,
            options,
            error,
            all,
        });
    }
    let names = GroupNames {
        interface: types.reserve(&format!("{}Api", pascal(&group.name)), "Group"),
        factory: values.reserve(&format!("{}Api", group.name), "Group"),
    };
    lines.blank();
    lines.push(format!("export interface {} {{", names.interface));
    lines.indented(|lines| written.iter().for_each(|one| signature(one, lines)));
    lines.push("}");
    lines.blank();
    lines.push(format!(
        "export const {} = (client: ApiClient): {} => ({{",
        names.factory, names.interface
    ));
    lines.indented(|lines| {
        for one in &written {
            function(one, &names.factory, lines);
        }
    });
    lines.push("});");
    names
}

/// A name that no operation of the group has.
fn unused_name(group: &Group, name: &str) -> String {
    let mut name = name.to_owned();
    while group.operations.iter().any(|one| one.name == name) {
        name.push_str("Pages");
    }
    name
}

/// Writes the types of the options; returns their name and whether they are optional.
fn options(operation: &Operation, types: &mut UniqueNames, lines: &mut Lines) -> (String, bool) {
    let mut properties: Vec<Property> = operation.segments.iter().map(property).collect();
    if !operation.query.is_empty() {
        let name = types.of_operation(&operation.id, "Query");
        let of_query = |one: &Parameter| Property {
            name: one.wire.clone(),
            ..property(one)
        };
        let object = Object {
            properties: operation.query.iter().map(of_query).collect(),
            rest: None,
        };
        lines.blank();
        interface(&name, None, &object, lines);
        properties.push(option(
            "query",
            "",
            operation.query.iter().any(|one| one.required),
            Type::Named(name),
        ));
    }
    if let Some(body) = &operation.body {
        properties.push(option("body", &body.doc, body.required, body.kind.clone()));
    }
    properties.extend(operation.headers.iter().map(|header| {
        let mut property = property(header);
        if property.doc.text.is_empty() {
            property.doc.text = format!("Sent as `{}`.", header.wire);
        }
        property
    }));
    if properties.is_empty() {
        return ("ApiRequest".to_owned(), true);
    }
    let optional = properties.iter().all(|property| property.optional);
    let name = types.of_operation(&operation.id, "Options");
    let object = Object {
        properties,
        rest: None,
    };
    lines.blank();
    interface(&name, Some("ApiRequest"), &object, lines);
    (name, optional)
}

fn property(parameter: &Parameter) -> Property {
    Property {
        doc: parameter.doc.clone(),
        ..option(
            &parameter.option,
            "",
            parameter.required,
            parameter.kind.clone(),
        )
    }
}

/// An option; an optional one may be `undefined` as well, and is then left out.
fn option(name: &str, doc: &str, required: bool, kind: Type) -> Property {
    let kind = if required {
        kind
    } else {
        super::schema::union(vec![kind, Type::Named("undefined".to_owned())])
    };
    let mut property = Property {
        name: name.to_owned(),
        doc: super::description::Doc::default(),
        optional: !required,
        kind,
    };
    doc.clone_into(&mut property.doc.text);
    property
}

/// Writes the type of the errors: `export type PostsShowError = ApiFailure<"not_found">;`.
fn failure(name: &str, operation: &Operation, lines: &mut Lines) {
    let codes: Vec<String> = operation.codes.iter().map(|code| quoted(code)).collect();
    if codes.is_empty() {
        lines.push(format!("export type {name} = ApiFailure;"));
        return;
    }
    let line = format!("export type {name} = ApiFailure<{}>;", codes.join(" | "));
    if lines.fits(&line) {
        lines.push(line);
        return;
    }
    lines.push(format!("export type {name} = ApiFailure<"));
    lines.indented(|lines| {
        for code in codes {
            lines.push(format!("| {code}"));
        }
    });
    lines.push(">;");
}

/// Writes the members of the interface: documentation and types.
fn signature(named: &Named<'_>, lines: &mut Lines) {
    let operation = named.operation;
    let (options, optional) = &named.options;
    let mark = if *optional { "?" } else { "" };
    let mut about = operation.doc.clone();
    if !about.text.is_empty() {
        about.text.push_str("\n\n");
    }
    about.text += &format!("`{} {}`", operation.method, operation.path);
    lines.comment(&paragraphs(&about));
    let body = text(&operation.response.kind, lines.depth());
    lines.push(format!(
        "{}: (options{mark}: {options}) => ApiCall<{body}, {}>;",
        key(&operation.name),
        named.error
    ));
    let (Some((all, options)), Some(items)) = (&named.all, &operation.items) else {
        return;
    };
    about.text = format!(
        "Every item of `{}`, page by page. An error of a call, or the end of its signal, ends it with an `ApiError`.",
        operation.name
    );
    lines.comment(&paragraphs(&about));
    let items = text(items, lines.depth());
    lines.push(format!(
        "{}: (options{mark}: {options}) => AsyncGenerator<{items}, void, undefined>;",
        key(all)
    ));
}

/// The type of the options of the function that follows all pages, without the number of a page.
fn options_of_all(
    operation: &Operation,
    options: &str,
    types: &mut UniqueNames,
    lines: &mut Lines,
) -> String {
    if !operation.query.iter().any(|one| one.wire == "page") {
        return options.to_owned();
    }
    let required = operation.query.iter().any(|one| one.required);
    let query = format!("Omit<NonNullable<{options}[\"query\"]>, \"page\">");
    let query = option("query", "", required, Type::Named(query));
    let object = Object {
        properties: vec![query],
        rest: None,
    };
    let name = types.of_operation(&operation.id, "AllOptions");
    lines.blank();
    let base = format!("Omit<{options}, \"query\">");
    interface(&name, Some(&base), &object, lines);
    name
}

/// Writes the function of an operation.
fn function(named: &Named<'_>, factory: &str, lines: &mut Lines) {
    let operation = named.operation;
    let (parameter, request) = parameter_and_request(operation, named.options.1);
    let codes: Vec<String> = operation.codes.iter().map(|code| quoted(code)).collect();
    let mut arguments = vec![
        quoted(&operation.method),
        path(operation),
        format!("[{}]", codes.join(", ")),
        request,
    ];
    let headers = headers(operation);
    let reader = match operation.response.reader {
        BodyReader::Json => None,
        BodyReader::Text => Some("\"text\""),
        BodyReader::Blob => Some("\"blob\""),
    };
    if reader.is_some() || !headers.is_empty() {
        arguments.push(if headers.is_empty() {
            "{}".to_owned()
        } else {
            format!("{{ {} }}", headers.join(", "))
        });
    }
    arguments.extend(reader.map(str::to_owned));
    let begin = format!("{}: ({parameter}) =>", key(&operation.name));
    let call = format!("client({})", arguments.join(", "));
    if lines.fits(&format!("{begin} {call},")) {
        lines.push(format!("{begin} {call},"));
    } else if lines.fits(&format!("  {call},")) {
        lines.push(begin);
        lines.indented(|lines| lines.push(format!("{call},")));
    } else {
        lines.push(begin);
        lines.indented(|lines| broken_call(&arguments, &codes, lines));
    }
    if let Some((all, _)) = &named.all {
        lines.push(format!(
            "{}: (options) => pages({factory}(client){}, options),",
            key(all),
            access(&operation.name)
        ));
    }
}

/// Writes a call with one argument on each line.
fn broken_call(arguments: &[String], codes: &[String], lines: &mut Lines) {
    lines.push("client(");
    lines.indented(|lines| {
        for (index, argument) in arguments.iter().enumerate() {
            let line = format!("{argument},");
            if index != 2 || lines.fits(&line) {
                lines.push(line);
                continue;
            }
            lines.push("[");
            lines.indented(|lines| lines.fill(codes));
            lines.push("],");
        }
    });
    lines.push("),");
}

/// The parameter of the function, and the request that it passes on.
fn parameter_and_request(operation: &Operation, optional: bool) -> (String, String) {
    let separated: Vec<&Parameter> = operation
        .query
        .iter()
        .filter(|one| one.separator.is_some() && is_list(&one.kind))
        .collect();
    let raw = operation.body.as_ref().and_then(raw);
    let mut taken: Vec<&str> = operation
        .segments
        .iter()
        .chain(&operation.headers)
        .map(|one| one.option.as_str())
        .collect();
    if raw.is_some() {
        taken.push("body");
    }
    let mut parts = Vec::new();
    if operation.open {
        parts.push("refresh: false".to_owned());
    }
    parts.push("...options".to_owned());
    if !separated.is_empty() {
        let joined = separated.iter().map(|one| {
            format!(
                "{}: options.query?.{}?.join({}) || undefined",
                key(&one.wire),
                access(&one.wire).trim_start_matches('.'),
                match one.separator {
                    Some(',') | None => String::new(),
                    Some(other) => quoted(&other.to_string()),
                }
            )
        });
        let joined: Vec<String> = joined.collect();
        parts.push(format!(
            "query: {{ ...options.query, {} }}",
            joined.join(", ")
        ));
    }
    parts.extend(raw.map(|raw| format!("raw: {raw}")));
    let request = if parts.len() == 1 {
        "options".to_owned()
    } else {
        format!("{{ {} }}", parts.join(", "))
    };
    let default = if optional { " = {}" } else { "" };
    let parameter = if !taken.is_empty() {
        format!("{{ {}, ...options }}{default}", taken.join(", "))
    } else if separated.is_empty() {
        "options".to_owned()
    } else {
        format!("options{default}")
    };
    (parameter, request)
}

fn is_list(kind: &Type) -> bool {
    match kind {
        Type::Array(_) => true,
        Type::Union(kinds) => kinds
            .iter()
            .all(|kind| *kind == Type::Null || is_list(kind)),
        _ => false,
    }
}

/// The expression for a body that is not sent as JSON.
fn raw(body: &Body) -> Option<&'static str> {
    match body.media {
        Media::Json(_) => None,
        Media::Form if body.required => Some("encode(body)"),
        Media::Form => Some("body && encode(body)"),
        Media::Multipart | Media::Text(_) | Media::Bytes(_) => Some("body"),
    }
}

/// The headers of the operation with their values.
fn headers(operation: &Operation) -> Vec<String> {
    let media = operation.body.as_ref().map(|body| &body.media);
    let media = match media {
        Some(Media::Json(Some(name)) | Media::Text(name) | Media::Bytes(name)) => {
            Some(format!("\"Content-Type\": {}", quoted(name)))
        }
        _ => None,
    };
    let own = operation.headers.iter().map(|header| {
        let value = match (&header.kind, header.required) {
            (Type::String, _) => header.option.clone(),
            (_, true) => format!("String({})", header.option),
            (_, false) => format!("{}?.toString()", header.option),
        };
        if key(&header.wire) == value {
            value
        } else {
            format!("{}: {value}", key(&header.wire))
        }
    });
    own.chain(media).collect()
}

/// The path as a template literal with the values of its parameters.
fn path(operation: &Operation) -> String {
    if operation.segments.is_empty() {
        return quoted(&operation.path);
    }
    let mut path = operation
        .path
        .replace('\\', "\\\\")
        .replace('`', "\\`")
        .replace('$', "\\$");
    for segment in &operation.segments {
        let value = match segment.kind {
            Type::String | Type::Number | Type::Boolean => segment.option.clone(),
            _ => format!("String({})", segment.option),
        };
        path = path.replace(
            &format!("{{{}}}", segment.wire),
            &format!("${{encodeURIComponent({value})}}"),
        );
    }
    format!("`{path}`")
}

/// Access to a member: `.name`, or `["name"]` where that is needed.
fn access(name: &str) -> String {
    let key = key(name);
    if key == name {
        format!(".{name}")
    } else {
        format!("[{key}]")
    }
}
