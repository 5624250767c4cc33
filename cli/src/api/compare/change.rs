//! The changes that a comparison finds, each with its effect on clients.

use std::fmt;

use serde::Serialize;

use super::location::Location;

/// The effect of a change on clients that were written for the old description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::api) enum Effect {
    /// Such a client may fail.
    Breaking,
    /// Such a client works as before.
    Compatible,
}

impl Effect {
    /// The name of the effect in messages.
    pub(in crate::api) fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Compatible => "compatible",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::api) struct Change {
    /// Its effect on clients.
    pub(in crate::api) effect: Effect,
    /// The method and the path; `None` for a change that belongs to no operation.
    pub(in crate::api) operation: Option<String>,
    /// The location in the operation and the change: ``response 200: field `title` is gone``.
    pub(in crate::api) message: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.operation {
            Some(operation) => write!(f, "`{operation}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// All changes in the order of the paths.
#[derive(Debug, Default, Serialize)]
pub(in crate::api) struct Changes {
    /// The number of texts for people that differ.
    pub(in crate::api) texts: usize,
    /// All other changes.
    pub(in crate::api) changes: Vec<Change>,
}

impl Changes {
    /// The number of changes with this effect; changed texts are one change together.
    pub(in crate::api) fn count(&self, effect: Effect) -> usize {
        let texts = usize::from(effect == Effect::Compatible && self.texts > 0);
        let changes = self.changes.iter();
        changes.filter(|change| change.effect == effect).count() + texts
    }

    /// Returns whether both descriptions are equivalent.
    pub(in crate::api) fn is_empty(&self) -> bool {
        self.texts == 0 && self.changes.is_empty()
    }

    pub(super) fn add(&mut self, effect: Effect, location: &Location, message: impl fmt::Display) {
        let change = Change {
            effect,
            operation: location.operation().map(ToOwned::to_owned),
            message: location.message(&message.to_string()),
        };
        // A field of a body with several media types is the same for each.
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    pub(super) fn breaking(&mut self, location: &Location, message: impl fmt::Display) {
        self.add(Effect::Breaking, location, message);
    }

    pub(super) fn compatible(&mut self, location: &Location, message: impl fmt::Display) {
        self.add(Effect::Compatible, location, message);
    }
}
