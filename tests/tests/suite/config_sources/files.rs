//! Files in TOML.

use serde::Deserialize;

use super::{Settings, load, refused};

#[test]
fn a_file_with_a_byte_order_mark_is_read() {
    let config = load(
        &[(
            "config/default.toml",
            b"\xef\xbb\xbf[server]\r\nport = 8080\r\n",
        )],
        &[],
    )
    .unwrap();
    assert_eq!(config.server.port, 8080);
    let message = refused(load(
        &[("config/default.toml", b"\xef\xbb\xbfprot = 1\n")],
        &[],
    ));
    assert!(
        message.starts_with("config/default.toml:1: unknown key `prot`"),
        "{message}"
    );
    let message = refused(load(
        &[("config/default.toml", b"\xef\xbb\xbf[server\n")],
        &[],
    ));
    assert!(
        message.starts_with("config/default.toml:1:8: malformed TOML"),
        "{message}"
    );
    let message = refused(load(
        &[("config/default.toml", b"[server]\n\xef\xbb\xbfport = 1\n")],
        &[],
    ));
    assert!(message.contains("malformed TOML"), "{message}");
}

#[test]
fn a_date_is_not_taken_for_something_else() {
    #[derive(Debug, Deserialize)]
    struct Dates {
        since: Option<toml::value::Datetime>,
        any: Option<serde_json::Value>,
    }

    for (toml, expected) in [
        (
            "server = 2026-01-01\n",
            "`server` must be a table, found the date `2026-01-01`",
        ),
        (
            "app = 2026-01-01\n",
            "`app` must be a table, found the date `2026-01-01`",
        ),
        (
            "[server]\nhost = 2026-01-01\n",
            "`server.host` must be a text, found the date `2026-01-01`",
        ),
        (
            "[server]\nport = 07:30:00\n",
            "`server.port` must be a whole number from 0 to 65535, found the date `07:30:00`",
        ),
        (
            "[logger]\nstdout = 2026-01-01 07:30:00Z\n",
            "must be `true` or `false`, found the date `2026-01-01 07:30:00Z`",
        ),
        (
            "[logger]\nformat = 2026-01-01\n",
            "`logger.format` must be a text, found the date `2026-01-01`",
        ),
        (
            "[middleware.cors]\nallow_origins = [2026-01-01]\n",
            "`middleware.cors.allow_origins[0]` must be a text",
        ),
        (
            "[middleware.timeout]\nafter = 07:30:00\n",
            "must be a duration",
        ),
    ] {
        let message = refused(load(&[("config/default.toml", toml.as_bytes())], &[]));
        assert!(message.starts_with("config/default.toml:"), "{message}");
        assert!(
            message.contains(expected) && !message.contains("toml_private"),
            "{message}"
        );
    }
    let read = |toml: &str| load(&[("config/default.toml", toml.as_bytes())], &[]).unwrap();
    let message = read("[app]\ntext = 2026-01-01\n")
        .settings::<Settings>()
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "config/default.toml:2: `app.text` must be a text, found the date `2026-01-01`\n  hint: put it in quotes"
    );
    let config = read("[app]\nsince = 2026-01-01\nany = [2026-01-02]\n");
    let dates: Dates = config.settings().unwrap();
    assert_eq!(dates.since.unwrap().to_string(), "2026-01-01");
    assert_eq!(dates.any.unwrap(), serde_json::json!(["2026-01-02"]));
    let shown = config.effective();
    let since = shown.iter().find(|one| one.key == "app.since").unwrap();
    assert_eq!(since.value, "2026-01-01");
    assert!(shown.iter().all(|one| !one.key.contains("toml_private")));
}

#[test]
fn a_number_that_is_too_large_has_its_place() {
    let long = "9".repeat(60);
    for number in [long.as_str(), "1e999"] {
        let toml = format!("[app]\nn = [\n  {number},\n]\n");
        let message = refused(load(&[("config/default.toml", toml.as_bytes())], &[]));
        assert_eq!(
            message,
            "config/default.toml:3:3: malformed TOML: the number is too large"
        );
    }
}

#[test]
fn a_secret_inside_a_list_is_not_shown() {
    let toml = "[app]\nhosts = [\"postgres://u:hunter2@a/b\", \"postgres://u:hunter2@c/d\"]\n\
                [[app.servers]]\nname = \"one\"\npassword = \"hunter2\"\n";
    let config = load(&[("config/default.toml", toml.as_bytes())], &[]).unwrap();
    let shown: Vec<_> = config
        .effective()
        .into_iter()
        .filter(|one| one.key.starts_with("app."))
        .collect();
    assert_eq!(
        shown[0].value,
        "[\"postgres://u:***@a/b\", \"postgres://u:***@c/d\"]"
    );
    assert!(
        shown[1].value.contains("one") && !shown[1].value.contains("hunter2"),
        "{shown:?}"
    );
}

#[test]
fn a_database_url_is_refused_where_it_is_written() {
    let toml = "[database]\nurl = \"sqlite://data/x.db?mode=ro\"\n";
    let message = refused(load(&[("config/default.toml", toml.as_bytes())], &[]));
    assert!(
        message.starts_with("config/default.toml:2: `database.url`: `mode=ro` is not supported")
            && message.contains("\n  hint: leave it out"),
        "{message}"
    );
    let message = refused(load(
        &[],
        &[("DATABASE_URL", "postgres://u:hunter2@h/app?pgbouncer=true")],
    ));
    assert!(
        message.starts_with("environment variable `DATABASE_URL`: `database.url`: the parameter `pgbouncer` is not supported\n  hint: supported are `sslmode`"),
        "{message}"
    );
    assert!(!message.contains("hunter2"));
}
