//! Compares the values that two schemas allow.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    change::{Changes, Effect},
    keywords::{self, Extent, deprecation},
    location::Location,
    pair::{Both, resolve},
    shape::Shape,
};

/// The direction in which data travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the client to the server.
    Request,
    /// From the server to the client.
    Response,
    /// From the server to the client, in an error response.
    Error,
}

impl Direction {
    /// The effect of a change: senders may send less, and receivers may receive less.
    pub(super) fn judge(self, extent: Extent) -> Effect {
        match (self, extent) {
            (Self::Request, Extent::Wider) | (Self::Response | Self::Error, Extent::Narrower) => {
                Effect::Compatible
            }
            _ => Effect::Breaking,
        }
    }
}

const ANYTHING: &Value = &Value::Bool(true);

/// Compares two schemas; `null` stands for an absent one, which allows anything.
pub(super) fn compare(
    both: Both<'_>,
    [old, new]: [&Value; 2],
    direction: Direction,
    location: &Location,
    changes: &mut Changes,
) {
    Comparison {
        both,
        direction,
        changes,
        open: Vec::new(),
    }
    .schemas(old, new, location);
}

struct Comparison<'a, 'c> {
    both: Both<'a>,
    direction: Direction,
    changes: &'c mut Changes,
    /// The pairs of schemas around the present one, as a schema may contain itself.
    open: Vec<(Value, Value)>,
}

impl Comparison<'_, '_> {
    fn schemas(&mut self, old: &Value, new: &Value, location: &Location) {
        if self.open.iter().any(|(o, n)| o == old && n == new) {
            return;
        }
        let (plain_old, plain_new) = (resolve(self.both.old, old), resolve(self.both.new, new));
        deprecation(plain_old, plain_new, location, self.changes);
        if self.direction == Direction::Request
            && plain_old.get("default") != plain_new.get("default")
        {
            let now = plain_new
                .get("default")
                .map_or("none".to_owned(), |value| format!("`{value}`"));
            self.changes
                .compatible(location, format_args!("has another default now: {now}"));
        }
        self.open.push((old.clone(), new.clone()));
        let (old, new) = (Shape::of(self.both.old, old), Shape::of(self.both.new, new));
        self.shapes(&old, &new, location);
        self.open.pop();
    }

    fn report(&mut self, extent: Extent, location: &Location, message: impl std::fmt::Display) {
        self.changes
            .add(self.direction.judge(extent), location, message);
    }

    fn shapes(&mut self, old: &Shape, new: &Shape, location: &Location) {
        if !old.alternatives.is_empty() || !new.alternatives.is_empty() {
            self.alternatives(old, new, location);
        }
        if self.types(old, new, location) {
            return;
        }
        match (old.nullable, new.nullable) {
            (false, true) => self.report(Extent::Wider, location, "may be `null` now"),
            (true, false) => self.report(Extent::Narrower, location, "cannot be `null` any more"),
            _ => {}
        }
        self.values(old, new, location);
        for change in keywords::compare(&old.keywords, &new.keywords) {
            self.report(change.extent, location, change.message);
        }
        self.fields(old, new, location);
        self.unknown_fields(old, new, location);
        if old.items.is_some() || new.items.is_some() {
            let of = |shape: &Shape| shape.items.clone().unwrap_or_else(|| ANYTHING.clone());
            self.schemas(&of(old), &of(new), &location.items());
        }
    }

    /// Compares the types. Returns true if they have nothing in common, so that nothing else needs to be compared.
    fn types(&mut self, old: &Shape, new: &Shape, location: &Location) -> bool {
        let (old, new) = match (&old.types, &new.types) {
            (None, None) => return false,
            (None, Some(new)) => {
                self.report(
                    Extent::Narrower,
                    location,
                    format_args!("can only be {} now", list(new)),
                );
                return false;
            }
            (Some(old), None) => {
                let message = format!("may be anything now, and not only {}", list(old));
                self.report(Extent::Wider, location, message);
                return false;
            }
            (Some(old), Some(new)) => (old, new),
        };
        let beyond = |these: &BTreeSet<String>, those: &BTreeSet<String>| -> BTreeSet<String> {
            let covered = |name: &String| {
                those.contains(name) || (name == "integer" && those.contains("number"))
            };
            these
                .iter()
                .filter(|name| !covered(name))
                .cloned()
                .collect()
        };
        let (gone, added) = (beyond(old, new), beyond(new, old));
        match (gone.is_empty(), added.is_empty()) {
            (true, true) => {}
            (true, false) => {
                self.report(
                    Extent::Wider,
                    location,
                    format_args!("may be {} now", list(&added)),
                );
            }
            (false, true) => {
                self.report(
                    Extent::Narrower,
                    location,
                    format_args!("cannot be {} any more", list(&gone)),
                );
            }
            (false, false) => {
                let message = format!("is {} now, and not {}", list(new), list(old));
                self.report(Extent::Other, location, message);
                return true;
            }
        }
        false
    }

    fn values(&mut self, old: &Shape, new: &Shape, location: &Location) {
        match (&old.values, &new.values) {
            (None, None) => {}
            (None, Some(new)) => {
                self.report(
                    Extent::Narrower,
                    location,
                    format_args!("can only be {} now", json(new)),
                );
            }
            (Some(old), None) => {
                let message = format!("may be anything now, and not only {}", json(old));
                self.report(Extent::Wider, location, message);
            }
            (Some(old), Some(new)) => {
                let gone: Vec<_> = old
                    .iter()
                    .filter(|value| !new.contains(value))
                    .cloned()
                    .collect();
                let added: Vec<_> = new
                    .iter()
                    .filter(|value| !old.contains(value))
                    .cloned()
                    .collect();
                if !gone.is_empty() {
                    self.report(
                        Extent::Narrower,
                        location,
                        format_args!("cannot be {} any more", json(&gone)),
                    );
                }
                if !added.is_empty() {
                    let message = format!("may be {} now", json(&added));
                    // New errors are compatible, so their codes are.
                    let effect = match self.direction {
                        Direction::Error => Effect::Compatible,
                        direction => direction.judge(Extent::Wider),
                    };
                    self.changes.add(effect, location, message);
                }
            }
        }
    }

    fn fields(&mut self, old: &Shape, new: &Shape, location: &Location) {
        let request = self.direction == Direction::Request;
        for (name, before) in &old.properties {
            let here = location.field(name);
            let Some(after) = new.properties.get(name) else {
                if request && !new.is_closed() {
                    self.changes
                        .compatible(&here, "is gone; it is accepted and ignored");
                } else {
                    self.changes.breaking(&here, "is gone");
                }
                continue;
            };
            match (old.required.contains(name), new.required.contains(name)) {
                (false, true) if request => self.changes.breaking(&here, "is required now"),
                (false, true) => self.changes.compatible(&here, "is always there now"),
                (true, false) if request => {
                    self.changes.compatible(&here, "is not required any more");
                }
                (true, false) => self.changes.breaking(&here, "is not always there any more"),
                _ => {}
            }
            self.schemas(before, after, &here);
        }
        for name in new
            .properties
            .keys()
            .filter(|name| !old.properties.contains_key(*name))
        {
            let here = location.field(name);
            if request && new.required.contains(name) {
                self.changes.breaking(&here, "is new and required");
            } else {
                self.changes.compatible(&here, "is new");
            }
        }
    }

    fn unknown_fields(&mut self, old: &Shape, new: &Shape, location: &Location) {
        let request = self.direction == Direction::Request;
        match (old.is_closed(), new.is_closed()) {
            (true, true) => {}
            (false, true) if request => self
                .changes
                .breaking(location, "refuses unknown fields now"),
            (true, false) if request => {
                self.changes
                    .compatible(location, "accepts unknown fields now");
            }
            // Clients must ignore what they do not know in any case.
            (false, true) => self
                .changes
                .compatible(location, "has no other fields any more"),
            (true, false) => self
                .changes
                .compatible(location, "may have other fields now"),
            (false, false) => {
                if old.additional.is_some() || new.additional.is_some() {
                    let of = |shape: &Shape| {
                        shape.additional.clone().unwrap_or_else(|| ANYTHING.clone())
                    };
                    self.schemas(&of(old), &of(new), &location.field("*"));
                }
            }
        }
    }

    /// Compares the alternatives, each with the one that is most like it.
    fn alternatives(&mut self, old: &Shape, new: &Shape, location: &Location) {
        let (mut old_ones, mut new_ones) = (old.alternatives.clone(), new.alternatives.clone());
        if old_ones.is_empty() || new_ones.is_empty() {
            let message = "has another choice of forms now";
            self.report(Extent::Other, location, message);
            return;
        }
        let mut pairs = Vec::new();
        old_ones.retain(|old| {
            let Some(found) = new_ones.iter().position(|new| alike(old, new)) else {
                return true;
            };
            pairs.push((old.clone(), new_ones.remove(found)));
            false
        });
        if let ([old], [new]) = (old_ones.as_slice(), new_ones.as_slice()) {
            pairs.push((old.clone(), new.clone()));
            old_ones.clear();
            new_ones.clear();
        }
        for (old, new) in pairs {
            self.schemas(&old, &new, location);
        }
        for old in &old_ones {
            self.report(
                Extent::Narrower,
                location,
                format_args!("cannot be {} any more", title(old)),
            );
        }
        for new in &new_ones {
            self.report(
                Extent::Wider,
                location,
                format_args!("may be {} now", title(new)),
            );
        }
    }
}

/// Returns whether two alternatives are meant to be the same.
fn alike(old: &Value, new: &Value) -> bool {
    let name = |schema: &Value| {
        ["$ref", "title"].map(|keyword| schema[keyword].as_str().map(ToOwned::to_owned))
    };
    old == new || (name(old) != [None, None] && name(old) == name(new))
}

/// The name of a schema in messages.
fn title(schema: &Value) -> String {
    let reference = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next());
    match reference.or_else(|| schema["title"].as_str()) {
        Some(name) => format!("`{name}`"),
        None => format!("`{schema}`"),
    }
}

fn list(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}

fn json(values: &[Value]) -> String {
    let values: Vec<_> = values
        .iter()
        .map(|value| match value {
            Value::String(text) => format!("`{text}`"),
            value => format!("`{value}`"),
        })
        .collect();
    values.join(", ")
}
