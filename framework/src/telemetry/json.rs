//! The JSON format of the log: one object per event, with the fields of the spans around it.

use std::{fmt::Debug, io::Write, ops::Range};

use chrono::{SecondsFormat, Utc};
use serde::Serialize;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, fmt::MakeWriter, layer::Context, registry::LookupSpan};

/// A layer that writes events as JSON: `timestamp` (RFC 3339, UTC), `level`, `target`, `message`, then the fields of the event and
/// of its spans, all on one level. If two have one name, the event wins over its spans and the inner span over the outer one; a field that
/// has the name of one of the first four gets `field_` before it.
///
/// `tracing_subscriber` keeps the fields of a span as text, and would have to read them again for every event.
pub(super) struct JsonLayer<W> {
    writer: W,
}

impl<W: for<'a> MakeWriter<'a> + 'static> JsonLayer<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer }
    }
}

impl<S, W> Layer<S> for JsonLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        // Another layer of this kind may have been here before.
        if span.extensions().get::<Fields>().is_none() {
            let mut fields = Fields::with_capacity(64);
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::with_capacity(256);
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.add_missing(outer);
            }
        }
        let mut line = Vec::with_capacity(512);
        if write_line(&mut line, event, &fields).is_ok() {
            // An error of writing the log cannot be reported.
            let _ = self
                .writer
                .make_writer_for(event.metadata())
                .write_all(&line);
        }
    }
}

fn write_line(line: &mut Vec<u8>, event: &Event<'_>, fields: &Fields) -> serde_json::Result<()> {
    let metadata = event.metadata();
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
    line.extend_from_slice(b"{\"timestamp\":\"");
    line.extend_from_slice(now.as_bytes());
    line.extend_from_slice(b"\",\"level\":\"");
    line.extend_from_slice(metadata.level().as_str().as_bytes());
    line.extend_from_slice(b"\",\"target\":");
    // Events of the crate `log` carry their target in a field.
    match fields.get("log.target") {
        Some(target) => line.extend_from_slice(target),
        None => serde_json::to_writer(&mut *line, metadata.target())?,
    }
    let mut entry = |name: &str, value: &[u8]| {
        line.push(b',');
        serde_json::to_writer(&mut *line, name)?;
        line.push(b':');
        line.extend_from_slice(value);
        serde_json::Result::Ok(())
    };
    if let Some(message) = fields.get("message") {
        entry("message", message)?;
    }
    for (name, value) in fields.iter() {
        match name {
            "message" => {}
            "timestamp" | "level" | "target" => entry(&format!("field_{name}"), value)?,
            name if name.starts_with("log.") => {}
            name => entry(name, value)?,
        }
    }
    line.extend_from_slice(b"}\n");
    Ok(())
}

/// The fields of a span or of an event, each name once. The values are kept as the JSON that they are written as, one after the
/// other.
struct Fields {
    json: Vec<u8>,
    values: Vec<(&'static str, Range<usize>)>,
}

impl Fields {
    /// An empty list with capacity for `bytes` of values, and a few names.
    fn with_capacity(bytes: usize) -> Self {
        Self {
            json: Vec::with_capacity(bytes),
            values: Vec::with_capacity(8),
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let values = self.values.iter();
        values.map(|(name, place)| (*name, &self.json[place.clone()]))
    }

    fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    fn set<T: Serialize + ?Sized>(&mut self, field: &Field, value: &T) {
        let name = field.name();
        let name = name.strip_prefix("r#").unwrap_or(name);
        let start = self.json.len();
        // Texts and numbers can always be written.
        let _ = serde_json::to_writer(&mut self.json, value);
        let place = start..self.json.len();
        match self.values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = place,
            None => self.values.push((name, place)),
        }
    }

    fn add_missing(&mut self, outer: &Self) {
        for (name, value) in outer.iter() {
            if self.get(name).is_none() {
                let start = self.json.len();
                self.json.extend_from_slice(value);
                self.values.push((name, start..self.json.len()));
            }
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(events: impl FnOnce()) -> Vec<Value> {
        let lines = Lines::default();
        let written = lines.clone();
        let layer = JsonLayer::new(move || lines.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, events);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn the_fields_of_spans_are_fields_of_the_line() {
        let lines = log(|| {
            let request = tracing::info_span!(
                "request",
                request_id = "abc",
                status = tracing::field::Empty
            );
            let _in_request = request.enter();
            let _in_query = tracing::info_span!("query", rows = 3, request_id = "inner").entered();
            tracing::warn!(target: "app::posts", elapsed_ms = 1.5, "slow");
            request.record("status", 200);
            tracing::info!(rows = 4, r#type = "x", "line\nbreak \"quoted\"");
        });
        let [first, second] = &lines[..] else {
            panic!("two lines, not {lines:?}")
        };
        assert_eq!(first["level"], "WARN");
        assert_eq!(first["target"], "app::posts");
        assert_eq!(first["message"], "slow");
        assert_eq!(first["elapsed_ms"], 1.5);
        assert_eq!(first["rows"], 3);
        assert_eq!(first["request_id"], "inner", "the inner span wins");
        assert!(first.get("status").is_none(), "not recorded yet");
        let timestamp = first["timestamp"].as_str().unwrap();
        assert!(
            timestamp.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(timestamp).is_ok()
        );

        assert_eq!(second["rows"], 4, "the event wins over its spans");
        assert_eq!(second["status"], 200);
        assert_eq!(second["type"], "x");
        assert_eq!(second["message"], "line\nbreak \"quoted\"");
    }

    #[test]
    fn a_field_cannot_replace_the_level() {
        let lines = log(|| tracing::info!(level = 7, timestamp = "never", "hello"));
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["field_level"], 7);
        assert_eq!(lines[0]["field_timestamp"], "never");
    }
}
