//! The location of a change in words.

/// An operation, a part of it, and a field in that part.
#[derive(Clone, Debug, Default)]
pub(super) struct Location {
    operation: Option<String>,
    part: String,
    field: String,
}

impl Location {
    /// An operation: `GET /api/v1/posts`.
    pub(super) fn of(method: &str, path: &str) -> Self {
        Self {
            operation: Some(format!("{} {path}", method.to_uppercase())),
            ..Self::default()
        }
    }

    /// A part of the operation: `response 200`, ``query parameter `limit` ``.
    pub(super) fn part(&self, part: impl Into<String>) -> Self {
        Self {
            part: part.into(),
            ..self.clone()
        }
    }

    /// A header of the response.
    pub(super) fn header(&self, name: &str) -> Self {
        self.part(format!("{}: header `{name}`", self.part))
    }

    /// A field of the object.
    pub(super) fn field(&self, name: &str) -> Self {
        let mut location = self.clone();
        if !location.field.is_empty() {
            location.field.push('.');
        }
        location.field.push_str(name);
        location
    }

    /// The items of the list.
    pub(super) fn items(&self) -> Self {
        let mut location = self.clone();
        location.field.push_str("[]");
        location
    }

    pub(super) fn operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// The message about this location: ``response 200: field `data[].title` is gone``.
    pub(super) fn message(&self, message: &str) -> String {
        let mut parts = Vec::new();
        if !self.part.is_empty() {
            parts.push(self.part.clone());
        }
        if self.field.is_empty() {
            parts.push(message.to_owned());
        } else {
            parts.push(format!("field `{}` {message}", self.field));
        }
        parts.join(": ")
    }
}
