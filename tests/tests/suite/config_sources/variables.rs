//! Variables of the environment.

use std::{ffi::OsString, fs};

use serde::Deserialize;
use tempfile::TempDir;

use super::{dot_env, load, load_with, refused, text};

#[test]
fn two_variables_do_not_contradict_each_other() {
    for (vars, expected) in [
        (
            [
                ("DATABASE_URL", "sqlite://a.db"),
                ("FW_DATABASE__URL", "sqlite://b.db"),
            ],
            "environment variable `FW_DATABASE__URL`: sets `database.url`, and so does environment variable `DATABASE_URL`, differently",
        ),
        (
            [("FW_LOG", "info"), ("FW_LOGGER__LEVEL", "debug")],
            "environment variable `FW_LOGGER__LEVEL`: sets `logger.level`, and so does environment variable `FW_LOG`, differently",
        ),
        (
            [("FW_APP__TEXT", "a"), ("FW_APP__TEXT__INNER", "b")],
            "environment variable `FW_APP__TEXT__INNER`: sets `app.text`, and so does environment variable `FW_APP__TEXT`, differently",
        ),
        (
            [("FW_SERVER__PORT", "1"), ("FW_SERVER__PORT", "2")],
            "environment variable `FW_SERVER__PORT`: sets `server.port`, and so does environment variable `FW_SERVER__PORT`, differently",
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
        let message = refused(load(&[], &[("FW_MIDDLEWARE__CORS__ALLOW_METHODS", value)]));
        assert!(
            message.contains("`middleware.cors.allow_methods` must be a list"),
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
fn a_variable_may_name_a_file_with_its_value() {
    let root = TempDir::new().unwrap();
    let path = root.path().join("secret");
    fs::write(&path, "sqlite://a.db\r\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load(&[], &[("DATABASE_URL_FILE", path)]).unwrap();
    assert_eq!(config.database.url.expose(), "sqlite://a.db");
    // Relative to the application, also in `.env`.
    let files: &[(&str, &[u8])] = &[
        (".env", b"FW_APP__TEXT_FILE=config/text"),
        ("config/text", b"two\nlines\n\n"),
    ];
    assert_eq!(text(&load(files, &[]).unwrap()), "two\nlines\n");
    // What is wrong has the file and the variable.
    let message = refused(load(&[], &[("FW_SERVER__PORT_FILE", path)]));
    assert!(message.starts_with(path), "{message}");
    assert!(
        message.contains("which `FW_SERVER__PORT_FILE` names: `server.port` must be"),
        "{message}"
    );
    assert!(
        message.contains("hint: for example `FW_SERVER__PORT="),
        "{message}"
    );
    let message = refused(load(&[], &[("FW_SERVER__PORT_FILE", "no/such/file")]));
    assert!(
        message.contains("no/such/file, which `FW_SERVER__PORT_FILE` names: cannot be read"),
        "{message}"
    );
    let both = [
        ("DATABASE_URL_FILE", path),
        ("DATABASE_URL", "sqlite://b.db"),
    ];
    let message = refused(load(&[], &both));
    assert!(
        message.contains("sets `database.url`, and so does") && message.contains(path),
        "{message}"
    );
    // A table is not a file.
    let message = refused(load(&[], &[("FW_LOGGER__FILE", "true")]));
    assert!(message.contains("`logger.file` must be"), "{message}");
}

#[test]
fn credentials_of_systemd_are_variables() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("DATABASE_URL"), "sqlite://a.db\n").unwrap();
    fs::write(folder.path().join("FW_APP__TEXT"), "secret").unwrap();
    fs::write(folder.path().join("other"), b"\xff").unwrap();
    let variables = [("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap())];
    let config = load(&[], &variables).unwrap();
    assert_eq!(config.database.url.expose(), "sqlite://a.db");
    assert_eq!(text(&config), "secret");
    fs::write(folder.path().join("FW_SERVER__PORT"), "http").unwrap();
    let message = refused(load(&[], &variables));
    assert!(
        message.contains("the credential `FW_SERVER__PORT`: `server.port` must be"),
        "{message}"
    );
    let message = refused(load(&[], &[("CREDENTIALS_DIRECTORY", "/no/such/folder")]));
    assert!(
        message.starts_with("/no/such/folder: cannot be read"),
        "{message}"
    );
}

#[test]
fn the_keys_of_signatures_are_in_a_variable_a_file_or_a_credential() {
    const FIRST: &str = "9S0MZKdsfTQBzBY8rxJdTHZQmGJTGAHhHmFuOrAsLUE=";
    const SECOND: &str = "31415926535897932384626433832795028841";

    let keys = |vars: &[(&str, &str)]| {
        let keys = load(&[], vars).unwrap().signing.keys;
        let keys = keys.iter().map(|key| key.expose().to_owned());
        keys.collect::<Vec<_>>()
    };
    let both = format!("{FIRST},{SECOND}");
    assert_eq!(keys(&[]), [""; 0]);
    assert_eq!(keys(&[("FW_KEYS", FIRST)]), [FIRST]);
    assert_eq!(keys(&[("FW_KEYS", SECOND)]), [SECOND]);
    assert_eq!(keys(&[("FW_KEYS", &both)]), [FIRST, SECOND]);

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("FW_KEYS");
    fs::write(&file, format!("{FIRST}\n")).unwrap();
    let in_file = [("FW_KEYS_FILE", file.to_str().unwrap())];
    assert_eq!(keys(&in_file), [FIRST]);
    let of_systemd = [
        ("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap()),
        ("DATABASE_URL", "sqlite::memory:"),
    ];
    assert_eq!(keys(&of_systemd), [FIRST]);
}
