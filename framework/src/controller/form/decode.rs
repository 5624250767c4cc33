//! Decoding of what browsers send for the controls of a form.

use super::FormField;

/// Notes what was entered, and gives the names and values as the request type takes them.
///
/// Browsers send nothing for a checkbox that is not ticked, times without seconds and offset, and lines that end in CRLF.
pub(super) fn prepared(
    fields: &mut [FormField],
    pairs: Vec<(String, String)>,
) -> Vec<(String, String)> {
    let mut prepared = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        let Some(field) = fields.iter_mut().find(|field| field.name == name) else {
            // It is refused, with its name.
            prepared.push((name, value));
            continue;
        };
        field.set(&value);
        let value = match field.kind.as_str() {
            "datetime-local" if value.len() == 16 => format!("{value}:00Z"),
            "datetime-local" if value.len() >= 19 && !has_offset(&value) => format!("{value}Z"),
            "time" if value.len() == 5 => format!("{value}:00"),
            "textarea" => value.replace("\r\n", "\n"),
            _ => value,
        };
        prepared.push((name, value));
    }
    for field in fields.iter().filter(|field| field.kind == "checkbox") {
        if !prepared.iter().any(|(name, _)| *name == field.name) {
            prepared.push((field.name.clone(), "false".to_owned()));
        }
    }
    prepared
}

/// Returns whether a date and time says how far it is from UTC.
fn has_offset(value: &str) -> bool {
    let after_seconds = value.get(19..).unwrap_or_default();
    after_seconds.contains(['Z', 'z', '+', '-'])
}
