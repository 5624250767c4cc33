//! `.env`.

use super::{dot_env, load, refused, text};

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
