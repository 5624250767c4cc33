//! The JSON format of the log: one object per event, with the fields of the spans around it.

use std::{fmt::Debug, io::Write, ops::Range};

use chrono::{Datelike, NaiveDateTime, Timelike, Utc};
use serde::Serialize;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, fmt::MakeWriter, layer::Context, registry::LookupSpan};

/// A layer that writes events as JSON: `timestamp` (RFC 3339, UTC), `level`, `target`, then the fields of the event, of which `message` is
/// the first, and of its spans, all on one level. If two have one name, the event wins over its spans and the inner span over the outer one;
/// a field that has the name of one of the first three gets `field_` before it.
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
            let mut fields = Fields::with_capacity(128);
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
        let mut line = Fields::with_capacity(512);
        begin_line(&mut line.json, event);
        event.record(&mut line);
        let mut next = context.event_span(event);
        while let Some(span) = next {
            if let Some(outer) = span.extensions().get::<Fields>() {
                line.add_missing(outer);
            }
            next = span.parent();
        }
        line.json.extend_from_slice(b"}\n");
        // An error of writing the log cannot be reported.
        let _ = self
            .writer
            .make_writer_for(event.metadata())
            .write_all(&line.json);
    }
}

/// Writes the beginning of a line: the members that each has.
fn begin_line(line: &mut Vec<u8>, event: &Event<'_>) {
    let metadata = event.metadata();
    line.extend_from_slice(b"{\"timestamp\":\"");
    line.extend_from_slice(&timestamp(Utc::now().naive_utc()));
    line.extend_from_slice(b"\",\"level\":\"");
    line.extend_from_slice(metadata.level().as_str().as_bytes());
    line.extend_from_slice(b"\",\"target\":");
    let mut target = LogTarget(None);
    // The one target of all events of the crate `log`.
    if metadata.target() == "log" {
        event.record(&mut target);
    }
    write_text(line, target.0.as_deref().unwrap_or(metadata.target()));
}

/// A time as RFC 3339 has it, to the microsecond. `chrono` takes several times as long to write it.
fn timestamp(time: NaiveDateTime) -> [u8; 27] {
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    // A leap second is the end of the second before.
    let microsecond = (time.nanosecond() / 1_000).min(999_999);
    for (place, mut number) in [
        (0..4, time.year().unsigned_abs()),
        (5..7, time.month()),
        (8..10, time.day()),
        (11..13, time.hour()),
        (14..16, time.minute()),
        (17..19, time.second()),
        (20..26, microsecond),
    ] {
        for digit in text[place].iter_mut().rev() {
            *digit = b"0123456789"[number as usize % 10];
            number /= 10;
        }
    }
    text
}

/// The target of an event of the crate `log`, which is in a field.
struct LogTarget(Option<String>);

impl Visit for LogTarget {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "log.target" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// Writes a text or a number, which JSON can always have.
fn write_json<T: Serialize + ?Sized>(json: &mut Vec<u8>, value: &T) {
    let _ = serde_json::to_writer(json, value);
}

/// Writes a text. One that needs no escapes, as nearly all, is copied: `serde_json` looks at each byte on its own.
fn write_text(json: &mut Vec<u8>, text: &str) {
    if needs_escapes(text) {
        return write_json(json, text);
    }
    json.push(b'"');
    json.extend_from_slice(text.as_bytes());
    json.push(b'"');
}

/// Returns whether a text has a control character, `"` or `\`. Eight bytes are looked at together.
fn needs_escapes(text: &str) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGHEST: u64 = ONES << 7;
    // The highest bit of each byte that is smaller than `limit`, which has at most seven bits, and perhaps of further ones behind it.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGHEST;
    let is = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mut last = [b' '; 8];
    last[..rest.len()].copy_from_slice(rest);
    let found = words.iter().chain([&last]).fold(0, |found, word| {
        let word = u64::from_le_bytes(*word);
        found | below(word, b' ') | is(word, b'"') | is(word, b'\\')
    });
    found != 0
}

/// The fields of a span or of an event, each name once, as the members of a JSON object, each after a comma: `,"rows":3`.
struct Fields {
    json: Vec<u8>,
    members: Vec<(&'static str, Range<usize>)>,
}

impl Fields {
    /// An empty list with capacity for `bytes` of JSON, and a few members.
    fn with_capacity(bytes: usize) -> Self {
        Self {
            json: Vec::with_capacity(bytes),
            members: Vec::with_capacity(8),
        }
    }

    fn set(&mut self, field: &Field, write_value: impl FnOnce(&mut Vec<u8>)) {
        let name = field.name();
        // Fields of events of the crate `log`, which say where in the source they come from.
        if name.starts_with("log.") {
            return;
        }
        let name = match name.strip_prefix("r#").unwrap_or(name) {
            "timestamp" => "field_timestamp",
            "level" => "field_level",
            "target" => "field_target",
            name => name,
        };
        self.remove(name);
        let start = self.json.len();
        self.json.push(b',');
        write_text(&mut self.json, name);
        self.json.push(b':');
        write_value(&mut self.json);
        self.members.push((name, start..self.json.len()));
    }

    /// Removes a member that gets another value.
    fn remove(&mut self, name: &str) {
        let Some(at) = self.members.iter().position(|(known, _)| *known == name) else {
            return;
        };
        let (_, gone) = self.members.remove(at);
        for (_, place) in &mut self.members[at..] {
            *place = place.start - gone.len()..place.end - gone.len();
        }
        self.json.drain(gone);
    }

    fn add_missing(&mut self, outer: &Self) {
        for (name, place) in &outer.members {
            if self.members.iter().all(|(known, _)| known != name) {
                let start = self.json.len();
                self.json.extend_from_slice(&outer.json[place.clone()]);
                self.members.push((name, start..self.json.len()));
            }
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, |json| write_text(json, value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, |json| write_json(json, &value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, |json| write_json(json, &value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, |json| write_json(json, &value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, |json| write_json(json, &value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, |json| write_json(json, &format_args!("{value:?}")));
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
    fn a_value_that_is_recorded_again_replaces_the_first() {
        let lines = log(|| {
            let span = tracing::info_span!("job", attempt = 1, queue = "mail", rows = 2);
            let _in_job = span.enter();
            span.record("attempt", 3);
            tracing::info!("done");
        });
        assert_eq!(lines[0]["attempt"], 3);
        assert_eq!(
            (&lines[0]["queue"], &lines[0]["rows"]),
            (&"mail".into(), &2.into())
        );
    }

    #[test]
    fn every_name_and_text_is_json() {
        let lines = log(|| {
            let odd = "tab\t, ä \u{7f}";
            tracing::info!(empty = "", "a\"b" = odd, debug = ?"\n\"", none = None::<u8>, "\\");
        });
        assert_eq!(lines[0]["a\"b"], "tab\t, ä \u{7f}");
        assert_eq!(lines[0]["empty"], "");
        assert_eq!(lines[0]["debug"], r#""\n\"""#);
        assert_eq!(lines[0]["message"], "\\");
        assert_eq!(lines[0].get("none"), None);
    }

    #[test]
    fn characters_to_escape_are_found_at_every_place() {
        for length in 0..20 {
            for place in 0..length {
                for character in (0..=0x7f_u8)
                    .map(char::from)
                    .chain(['ä', '\u{80}', '\u{ff}'])
                {
                    let text: String = (0..length)
                        .map(|at| if at == place { character } else { '~' })
                        .collect();
                    let mut written = Vec::new();
                    write_text(&mut written, &text);
                    assert_eq!(written, serde_json::to_vec(&text).unwrap());
                }
            }
        }
    }

    #[test]
    fn an_event_of_the_crate_log_has_its_own_target() {
        let lines = log(|| {
            tracing::event!(
                target: "log",
                tracing::Level::WARN,
                log.target = "driver::pool",
                log.line = 7,
                "closed"
            );
        });
        assert_eq!(lines[0]["target"], "driver::pool");
        assert_eq!(lines[0]["message"], "closed");
        assert_eq!(lines[0].get("log.line"), None);
    }

    #[test]
    fn a_time_is_written_as_chrono_writes_it() {
        for text in [
            "2026-11-30T21:09:05.000001Z",
            "1969-12-31T23:59:59.999999Z",
            "2000-02-29T00:00:00.120000Z",
        ] {
            let time = chrono::DateTime::parse_from_rfc3339(text).unwrap();
            let written = timestamp(time.naive_utc());
            assert_eq!(str::from_utf8(&written), Ok(text));
        }
    }

    #[test]
    fn a_field_cannot_replace_the_level() {
        let lines = log(|| tracing::info!(level = 7, timestamp = "never", "hello"));
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["field_level"], 7);
        assert_eq!(lines[0]["field_timestamp"], "never");
    }
}
