//! Where a configuration comes from: nothing in `.env`, in a variable or in a file is changed, skipped or guessed in silence.

use std::{ffi::OsString, fs};

use fw::config::{Config, ConfigError, Environment, Loader};
use serde::Deserialize;
use tempfile::TempDir;

/// The configuration of these files and variables, in development with a database in memory.
fn load(files: &[(&str, &[u8])], vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let vars = vars.iter().map(|&(k, v)| (k.into(), v.into()));
    load_with(files, vars.collect())
}

fn load_with(
    files: &[(&str, &[u8])],
    mut vars: Vec<(OsString, OsString)>,
) -> Result<Config, ConfigError> {
    let root = TempDir::new().expect("a temporary folder");
    fs::create_dir(root.path().join("config")).expect("the folder is made");
    let mut has_database = vars.iter().any(|(name, _)| name == "DATABASE_URL");
    for (path, bytes) in files {
        fs::write(root.path().join(path), bytes).expect("the file is written");
        let text = String::from_utf8_lossy(bytes);
        has_database |= text.contains("DATABASE_URL=") || text.contains("url = ");
    }
    if !has_database {
        vars.push(("DATABASE_URL".into(), "sqlite::memory:".into()));
    }
    Loader::new(root.path())
        .environment(Environment::Development)
        .vars(vars)
        .load()
}

fn dot_env(text: &str) -> Result<Config, ConfigError> {
    load(&[(".env", text.as_bytes())], &[])
}

#[track_caller]
fn refused(result: Result<Config, ConfigError>) -> String {
    match result {
        Ok(_) => panic!("it is accepted"),
        Err(error) => error.to_string(),
    }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    text: String,
}

fn text(config: &Config) -> String {
    config.settings::<Settings>().expect("it is a text").text
}

#[test]
fn a_value_of_dot_env_is_the_text_as_it_is_written() {
    for value in [
        "pa$$w0rd$HOME-x",
        "${HOME}$(id)`id`",
        "$FW_APP__OTHER",
        r"C:\new\$table",
        "a#b",
        "#hunter2",
        "a==b=",
        "it's",
        "http://a.example/?b=c&d=%20#e",
        "ä€😀",
        "true",
        "0123",
        "[1]",
    ] {
        let config = dot_env(&format!("FW_APP__TEXT={value}"));
        assert_eq!(text(&config.unwrap()), value);
        // After a blank a `#` begins a comment.
        if !value.starts_with('#') {
            let config = dot_env(&format!("  export FW_APP__TEXT =\t{value} # {value}\r\n"));
            assert_eq!(text(&config.unwrap()), value);
        }
    }
    for (line, value) in [
        ("FW_APP__TEXT='pa$$w0rd $HOME \\n'", "pa$$w0rd $HOME \\n"),
        (
            "FW_APP__TEXT=\"pa$$w0rd ${HOME} \\\\ \\\" \\$x\"",
            "pa$$w0rd ${HOME} \\ \" $x",
        ),
        ("FW_APP__TEXT=\"a\\nb\"", "a\nb"),
        (
            "FW_APP__TEXT='-----BEGIN-----\r\nabc=\r\n-----END-----\r\n'",
            "-----BEGIN-----\nabc=\n-----END-----\n",
        ),
        ("\u{feff}FW_APP__TEXT=x", "x"),
        ("FW_APP__TEXT=", ""),
        ("FW_APP__TEXT= # nothing", ""),
        ("FW_APP__TEXT=' x '", " x "),
    ] {
        assert_eq!(text(&dot_env(line).unwrap()), value, "{line:?}");
    }
    let url = dot_env("DATABASE_URL=postgres://u:pa$$w0rd$HOME-x@h/app\n").unwrap();
    assert_eq!(
        url.database.url.expose(),
        "postgres://u:pa$$w0rd$HOME-x@h/app"
    );
}

#[test]
fn what_cannot_be_read_of_dot_env_has_its_line() {
    for (text, expected) in [
        ("A=1\n\nFW_SERVER__PORT 3000\n", ".env:3: malformed line"),
        ("FW SERVER__PORT=3000\n", ".env:1: malformed line"),
        ("FW_SERVER__PORT: 3000\n", ".env:1: malformed line"),
        ("# a\nFW_APP__TEXT=a b\n", ".env:2: malformed line"),
        ("FW_APP__TEXT=a\u{a0}\n", ".env:1: malformed line"),
        ("A=1\n\u{feff}FW_APP__TEXT=a\n", ".env:2: malformed line"),
        (
            "A=1\nFW_APP__TEXT=\"hunter2\n\nB=2\n",
            ".env:2: a quote that is not closed",
        ),
        (
            "FW_APP__TEXT='a'hunter2\n",
            ".env:1: text after the closing quote",
        ),
        (
            "FW_APP__TEXT=\"C:\\hunter2\"\n",
            ".env:1: an escape that is not known",
        ),
        (
            "FW_SERVER__PORT=1\nA=1\nFW_SERVER__PORT=1\n",
            ".env:3: `FW_SERVER__PORT` is set again, first in line 1",
        ),
        (
            "export DATABASE_URL=sqlite://a.db\nDATABASE_URL=sqlite://b.db\n",
            ".env:2: `DATABASE_URL` is set again, first in line 1",
        ),
    ] {
        let message = refused(dot_env(text));
        assert!(message.starts_with(expected), "{text:?}: {message}");
        assert!(message.contains("\n  hint: "), "{text:?}: {message}");
        assert!(!message.contains("hunter2"), "{text:?}: {message}");
    }
    let message = refused(load(&[(".env", b"A=1\r\nFW_APP__TEXT=caf\xe9\r\n")], &[]));
    assert!(message.starts_with(".env:2: not valid UTF-8"), "{message}");
    // What `echo` of PowerShell writes.
    let utf_16: Vec<u8> = "\u{feff}A=1\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let message = refused(load(&[(".env", &utf_16)], &[]));
    assert!(message.starts_with(".env:1: not valid UTF-8"), "{message}");
    // Everything is reported, and what is right is still read.
    let message = refused(dot_env("one\nFW_SERVER__PORT=http\ntwo\n"));
    assert!(
        message.contains(".env:1: ") && message.contains(".env:3: "),
        "{message}"
    );
    assert!(message.contains("`server.port` must be"), "{message}");
}

#[test]
fn two_variables_do_not_contradict_each_other() {
    for (vars, expected) in [
        (
            [
                ("DATABASE_URL", "sqlite://a.db"),
                ("FW_DATABASE__URL", "sqlite://b.db"),
            ],
            "environment variable `FW_DATABASE__URL`: sets `database.url`, and so does `DATABASE_URL`, differently",
        ),
        (
            [("FW_LOG", "info"), ("FW_LOGGER__LEVEL", "debug")],
            "environment variable `FW_LOGGER__LEVEL`: sets `logger.level`, and so does `FW_LOG`, differently",
        ),
        (
            [("FW_APP__TEXT", "a"), ("FW_APP__TEXT__INNER", "b")],
            "environment variable `FW_APP__TEXT__INNER`: sets `app.text`, and so does `FW_APP__TEXT`, differently",
        ),
        (
            [("FW_SERVER__PORT", "1"), ("FW_SERVER__PORT", "2")],
            "environment variable `FW_SERVER__PORT`: sets `server.port`, and so does `FW_SERVER__PORT`, differently",
        ),
    ] {
        let message = refused(load(&[], &vars));
        assert!(message.starts_with(expected), "{message}");
    }
    let message = refused(dot_env(
        "DATABASE_URL=sqlite://a.db\nFW_DATABASE__URL=sqlite://b.db\n",
    ));
    assert!(
        message.starts_with(".env: variable `FW_DATABASE__URL`"),
        "{message}"
    );

    let same = [
        ("DATABASE_URL", "sqlite://a.db"),
        ("FW_DATABASE__URL", "sqlite://a.db"),
    ];
    assert_eq!(
        load(&[], &same).unwrap().database.url.expose(),
        "sqlite://a.db"
    );
    let layers = load(
        &[(
            ".env",
            b"DATABASE_URL=sqlite://a.db\nFW_LOGGER__LEVEL=debug",
        )],
        &[("FW_DATABASE__URL", "sqlite://b.db"), ("FW_LOG", "warn")],
    )
    .unwrap();
    assert_eq!(
        layers.database.url.expose(),
        "sqlite://b.db",
        "a layer is over the one before"
    );
    assert_eq!(layers.logger.level, "warn");
}

#[test]
fn a_variable_that_looks_like_ours_is_not_overlooked() {
    for (name, expected) in [
        (
            "fw_server__port",
            "capitals\n  hint: did you mean `FW_SERVER__PORT`?",
        ),
        (
            "FW_SERVER__port",
            "capitals\n  hint: did you mean `FW_SERVER__PORT`?",
        ),
        (
            "Database_Url",
            "capitals\n  hint: did you mean `DATABASE_URL`?",
        ),
        ("FW_", "a part of the name is empty"),
        ("FW_SERVER__", "a part of the name is empty"),
        ("FW___SERVER__PORT", "a part of the name is empty"),
        ("FW_FW_SERVER__PORT", "unknown key `fw_server`"),
        (
            "FW_DATABASE_URL",
            "unknown key `database_url`\n  hint: did you mean `DATABASE_URL`?",
        ),
        ("FW_SERVER.PORT", "unknown key `server.port`"),
        ("FW_SERVER___PORT", "unknown key `server._port`"),
        ("FW_ENV__X", "unknown key `env`"),
    ] {
        let message = refused(load(
            &[],
            &[("DATABASE_URL", "sqlite::memory:"), (name, "3000")],
        ));
        assert!(
            message.starts_with(&format!("environment variable `{name}`: ")),
            "{message}"
        );
        assert!(message.contains(expected), "{message}");
        let line = format!("DATABASE_URL=sqlite::memory:\n{name}=3000\n");
        let message = refused(dot_env(&line));
        assert!(
            message.starts_with(&format!(".env: variable `{name}`: ")),
            "{message}"
        );
    }
    let others = [
        ("DATABASE_URL_2", "x"),
        ("FWUPD", "1"),
        ("MY_FW_X", "1"),
        ("PORT", "1"),
    ];
    load(&[(".env", b"FWUPD=1\nPORT=1\nPORT=2\n")], &others).expect("others are not read");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_not_overlooked() {
    use std::os::unix::ffi::OsStringExt;

    let not_text = || OsString::from_vec(b"a\xff".to_vec());
    let name = OsString::from_vec(b"FW_APP__\xff".to_vec());
    for (name, value) in [
        (OsString::from("FW_APP__TEXT"), not_text()),
        (OsString::from("DATABASE_URL"), not_text()),
        (OsString::from("FW_ENV"), not_text()),
        (name, OsString::from("x")),
    ] {
        let shown = name.to_string_lossy().into_owned();
        let message = refused(load_with(&[], vec![(name, value)]));
        let expected = format!("environment variable `{shown}`: not valid UTF-8");
        assert!(message.starts_with(&expected), "{message}");
    }
    load_with(&[], vec![("OTHER".into(), not_text())]).expect("others are not read");
}

#[test]
fn the_text_of_a_variable_is_not_trimmed_or_shortened() {
    for value in [
        "3000 ",
        " 3000",
        "3000\n",
        "3000 # web",
        "3000,",
        "",
        " ",
        "3_000_",
        "0x",
    ] {
        let message = refused(load(&[], &[("FW_SERVER__PORT", value)]));
        assert!(
            message.contains("`server.port` must be a whole number"),
            "{value:?}: {message}"
        );
    }
    for value in ["true ", "True", "1", "yes", ""] {
        let message = refused(load(&[], &[("FW_LOGGER__STDOUT", value)]));
        assert!(
            message.contains("must be `true` or `false`"),
            "{value:?}: {message}"
        );
    }
    for value in [" x", "x ", "x\n", "", " ", "\t"] {
        let config = load(&[], &[("FW_APP__TEXT", value)]).unwrap();
        assert_eq!(text(&config), value);
    }
    for value in [
        "/a,,/b",
        ",",
        "/a,",
        " ",
        " [\"/a\"]",
        "[\"/a\"] ",
        "[\"/a\"] # b",
        "[/a]",
    ] {
        let message = refused(load(&[], &[("FW_MIDDLEWARE__RATE_LIMIT__PATHS", value)]));
        assert!(
            message.contains("`middleware.rate_limit.paths` must be a list"),
            "{value:?}: {message}"
        );
    }
    for value in [
        "sqlite://a.db ",
        " sqlite://a.db",
        "sqlite://a.db\n",
        "postgres://h/app\r",
    ] {
        let message = refused(load(&[], &[("DATABASE_URL", value)]));
        assert!(
            message.starts_with(
                "environment variable `DATABASE_URL`: `database.url`: it has a line break"
            ),
            "{value:?}: {message}"
        );
    }
}

#[test]
fn lists_in_variables_name_the_item_that_is_wrong() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Numbers {
        numbers: Vec<u16>,
    }

    let message = refused(load(
        &[],
        &[("FW_MIDDLEWARE__CORS__ALLOW_ORIGINS", "[1, 2]")],
    ));
    assert!(
        message.contains("`middleware.cors.allow_origins[0]` must be a text, found `1`"),
        "{message}"
    );
    let message = refused(load(
        &[],
        &[("FW_MIDDLEWARE__CORS__ALLOW_ORIGINS", "[\"*\", true]")],
    ));
    assert!(
        message.contains("`middleware.cors.allow_origins[1]` must be a text, found `true`"),
        "{message}"
    );

    let numbers = |value| {
        load(&[], &[("FW_APP__NUMBERS", value)])
            .unwrap()
            .settings::<Numbers>()
    };
    for value in ["80,443", "80, 443", "[80, 443]", "[\n80,\n443,\n]"] {
        assert_eq!(numbers(value).unwrap().numbers, [80, 443], "{value:?}");
    }
    assert_eq!(numbers("80").unwrap().numbers, [80]);
    assert_eq!(numbers("").unwrap().numbers, [0; 0]);
    for (value, item) in [
        ("80,http", 1),
        ("[80, 70000]", 1),
        ("http", 0),
        ("[[80]]", 0),
    ] {
        let message = numbers(value).unwrap_err().to_string();
        let expected =
            format!("environment variable `FW_APP__NUMBERS`: `app.numbers[{item}]` must be");
        assert!(message.starts_with(&expected), "{value:?}: {message}");
    }
}

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
