//! Unit tests of `dot_env`.

use super::*;

fn values(source: &str) -> Vec<(&str, String)> {
    let (entries, malformed) = parse(source);
    assert_eq!(malformed, [], "{source:?}");
    entries
        .into_iter()
        .map(|entry| (entry.name, entry.value))
        .collect()
}

fn value(text: &str) -> String {
    let source = format!("A={text}\nB=b\n");
    let found = values(&source);
    assert_eq!(found[1], ("B", "b".to_owned()), "{text:?}");
    assert_eq!(found.len(), 2, "{text:?}");
    found[0].1.clone()
}

#[test]
fn a_value_is_the_text_as_it_is_written() {
    for text in [
        "pa$$w0rd$HOME-x",
        "${HOME}",
        r"C:\new\table",
        "a#b",
        "#hunter2",
        "a=b==",
        "it's",
        "a\"b",
        "postgres://u:p@h/d?a=b",
        "ä€😀",
    ] {
        assert_eq!(value(text), text);
        if !text.starts_with('#') {
            assert_eq!(value(&format!("  {text}\t ")), text);
        }
        assert_eq!(value(&format!("{text} # a comment")), text);
        if !text.contains('\'') {
            assert_eq!(value(&format!("'{text}'")), text);
        }
    }
}

#[test]
fn quotes_keep_blanks_and_lines() {
    assert_eq!(value("' a  b\t'  # c"), " a  b\t");
    assert_eq!(value(r#""a\n\t\r\\ \" \' \$b""#), "a\n\t\r\\ \" ' $b");
    assert_eq!(value(r"'a\nb'"), r"a\nb");
    assert_eq!(value("\"one\r\n# two\nB=3\""), "one\n# two\nB=3");
    assert_eq!(value("'one\n\n two'"), "one\n\n two");
    assert_eq!(value("\"\""), "");
}

#[test]
fn an_empty_value_is_an_empty_text() {
    for text in ["", "  ", " # a comment", "\t#c", "''"] {
        assert_eq!(value(text), "", "{text:?}");
    }
}

#[test]
fn lines_may_end_and_begin_in_any_usual_way() {
    let source = "\u{feff}# c\r\n\r\n  export  A = a\r\n\tB\t=b\nexport=c\nexport =d\nD.E-F_1=e";
    let expected = [
        ("A", "a"),
        ("B", "b"),
        ("export", "c"),
        ("export", "d"),
        ("D.E-F_1", "e"),
    ];
    assert_eq!(
        values(source),
        expected.map(|(name, value)| (name, value.to_owned()))
    );
}

#[test]
fn malformed_lines_have_their_number() {
    let lines = |source| {
        let (entries, malformed) = parse(source);
        let found = malformed.iter().map(|one| (one.line, one.message));
        (entries.len(), found.collect::<Vec<_>>())
    };
    let line = NOT_A_VARIABLE.0;
    assert_eq!(
        lines(
            "A=1\nno variable\n=x\nB: 2\nA B=1\nC=a b\nD=a\u{a0}b\nE=a\u{a0}\nexport F\nG=a\rH=b\n\u{feff}I=1\nJ=1"
        ),
        (
            2,
            [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
                .map(|at| (at, line))
                .to_vec()
        )
    );
    assert_eq!(lines("A='\nB\n\n"), (0, vec![(1, NOT_CLOSED.0)]));
    assert_eq!(lines("A=1\nB=\"a\\\"\nC=2"), (1, vec![(2, NOT_CLOSED.0)]));
    assert_eq!(lines("A='a\nB='b'\nC=1"), (1, vec![(1, NOT_CLOSED.0)]));
    assert_eq!(
        lines("A='a'b\nB=\"a\"#c\nC=1"),
        (1, vec![(1, AFTER_QUOTE.0), (2, AFTER_QUOTE.0)])
    );
    assert_eq!(
        lines("A=\"C:\\users\"\nB=1"),
        (1, vec![(1, UNKNOWN_ESCAPE.0)])
    );
    assert_eq!(lines("A=1\nB=\"\\q\nC\""), (1, vec![(2, UNKNOWN_ESCAPE.0)]));
}
