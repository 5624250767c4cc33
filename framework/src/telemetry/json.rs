//! One JSON object per event, with the fields of the spans around it.

use std::{fmt::Debug, io::Write};

use chrono::{SecondsFormat, Utc};
use serde::{Serializer, ser::SerializeMap};
use serde_json::Value;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    fmt::{MakeWriter, writer::BoxMakeWriter},
    layer::Context,
    registry::LookupSpan,
};

/// Writes `timestamp` (RFC 3339, UTC), `level`, `target`, `message`, then the fields of the event and of its spans, all
/// on one level. If two have one name, the event wins over its spans and the inner span over the outer one; a field that
/// has the name of one of the first four gets `field_` before it.
///
/// `tracing_subscriber` keeps the fields of a span as text, and would have to read them again for every event.
pub(super) struct JsonLayer {
    writer: BoxMakeWriter,
}

impl JsonLayer {
    pub(super) fn new(writer: BoxMakeWriter) -> Self {
        Self { writer }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        // Another layer of this kind may have been here before.
        if span.extensions().get::<Fields>().is_none() {
            let mut fields = Fields::default();
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
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.add_missing(outer);
            }
        }
        let mut line = Vec::with_capacity(256);
        if write_line(&mut line, event, &fields).is_ok() {
            // There is nowhere to say that the log cannot be written.
            let _ = self
                .writer
                .make_writer_for(event.metadata())
                .write_all(&line);
        }
    }
}

fn write_line(line: &mut Vec<u8>, event: &Event<'_>, fields: &Fields) -> serde_json::Result<()> {
    let metadata = event.metadata();
    // Events of the crate `log` carry their target in a field.
    let target = fields
        .get("log.target")
        .and_then(Value::as_str)
        .unwrap_or(metadata.target());

    let mut serializer = serde_json::Serializer::new(&mut *line);
    let mut object = serializer.serialize_map(None)?;
    object.serialize_entry(
        "timestamp",
        &Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
    )?;
    object.serialize_entry("level", metadata.level().as_str())?;
    object.serialize_entry("target", target)?;
    if let Some(message) = fields.get("message") {
        object.serialize_entry("message", message)?;
    }
    for (name, value) in &fields.0 {
        match *name {
            "message" => {}
            "timestamp" | "level" | "target" => {
                object.serialize_entry(&format!("field_{name}"), value)?;
            }
            name if name.starts_with("log.") => {}
            name => object.serialize_entry(name, value)?,
        }
    }
    object.end()?;
    line.push(b'\n');
    Ok(())
}

/// The fields of a span or of an event, each name once.
#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    fn set(&mut self, field: &Field, value: Value) {
        let name = field.name().trim_start_matches("r#");
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    fn add_missing(&mut self, outer: &Self) {
        for (name, value) in &outer.0 {
            if self.get(name).is_none() {
                self.0.push((name, value.clone()));
            }
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

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
        let writer = BoxMakeWriter::new(move || lines.clone());
        let subscriber = tracing_subscriber::registry().with(JsonLayer::new(writer));
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
