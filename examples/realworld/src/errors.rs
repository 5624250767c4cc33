//! Errors as the specification writes them: `{"errors": {"title": ["can't be blank"]}}`.

use std::collections::BTreeMap;

use fw::{dto::prelude::*, error::Problem, prelude::*, validation::rules};

/// The body of every error response: what is wrong, by the name of the field or of the thing that it is about.
#[derive(Debug, JsonSchema, Serialize)]
pub struct ErrorBody {
    errors: BTreeMap<String, Vec<String>>,
}

impl From<&Problem<'_>> for ErrorBody {
    fn from(problem: &Problem<'_>) -> Self {
        let mut errors = BTreeMap::<_, Vec<_>>::new();
        for field in problem.errors {
            let message = message(field).to_owned();
            errors.entry(name(field)).or_default().push(message);
        }
        if errors.is_empty() {
            let (name, message) = match problem.code {
                "unauthorized" => ("token", "is missing"),
                "invalid_credential" => ("token", "is invalid"),
                "invalid_sign_in" => ("credentials", "invalid"),
                _ => ("body", problem.detail.as_deref().unwrap_or(problem.title)),
            };
            errors.insert(name.to_owned(), vec![message.to_owned()]);
        }
        Self { errors }
    }
}

/// The name of a field: `title` for `/article/title`, `tagList` for `/article/tagList/0`, `limit` for `?limit`.
fn name(field: &FieldError) -> String {
    let parts = field.pointer.split(['/', '?']);
    let mut names = parts.filter(|part| !part.is_empty() && part.parse::<usize>().is_err());
    names.next_back().unwrap_or("body").to_owned()
}

fn message(field: &FieldError) -> &str {
    match &*field.code {
        "required" | "null" => "can't be blank",
        "not_unique" => "has already been taken",
        _ => &field.message,
    }
}

/// 404: there is no such `article`, `comment` or `profile`.
#[track_caller]
pub fn not_found(what: &str) -> Error {
    let field = FieldError::new(what, "not_found", "not found");
    Error::not_found().fields(vec![field])
}

/// 403: the `article` or `comment` is somebody else's.
#[track_caller]
pub fn forbidden(what: &str) -> Error {
    let field = FieldError::new(what, "forbidden", "forbidden");
    Error::forbidden().fields(vec![field])
}

/// A rule: a text is not blank.
pub fn present(text: &str, _: &()) -> rules::Outcome {
    if text.trim().is_empty() {
        return Err(rules::error("blank", "can't be blank"));
    }
    Ok(())
}
