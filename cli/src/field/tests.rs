//! Tests of reading fields, and of the errors for wrong ones.

use super::{parse, parse_all, split};
use crate::error::CliError;

#[test]
fn good_fields_are_read() {
    let read = |input: &str| {
        let field = parse(input).unwrap();
        let flags = [
            (field.required, "required"),
            (field.unique, "unique"),
            (field.indexed, "indexed"),
        ];
        let flags: Vec<&str> = flags
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| *name)
            .collect();
        format!(
            "{input:<40} {:<12} {:?} {}",
            field.column(),
            field.kind,
            flags.join(" ")
        )
    };
    let lines: Vec<String> = [
        "title:string!",
        "slug:string(80)^",
        "code:string^?",
        "body:text",
        "body:text?",
        "rank:int!+",
        "count:int!=0",
        "price:money",
        "rating:decimal(3,2)",
        "whole:decimal( 28 , 0 )",
        "status:enum(draft, published)=draft",
        "author:references",
        "editor:references(users)?",
        "seat:references^",
        "line_2:string",
        "at:datetime",
    ]
    .into_iter()
    .map(read)
    .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn wrong_fields_get_a_caret_and_a_hint() {
    let reports: Vec<String> = [
        "title",
        ":string",
        "title:",
        "title:strng!",
        "active:boolean",
        "title:whatever",
        "Title:string",
        "firstName:string",
        "_title:string",
        "title_:string",
        "1st:string",
        "größe:int",
        "type:string",
        "id:uuid",
        "created_at:datetime",
        "err:string",
        "xmin:int",
        "rowid:bigint",
        "title:string(0)",
        "title:string(x)",
        "title:string(80",
        "title:string!?",
        "title:string?!",
        "title:string*",
        "title:string! ",
        "count:int?=0",
        "slug:string^=none",
        "Type:string",
        "ID:int",
        "count:int=x",
        "count:smallint=40000",
        "flag:bool=yes",
        "day:date=today",
        "note:string(3)=long",
        "price:decimal",
        "price:decimal(29,2)",
        "price:decimal(2,3)",
        "price:decimal(4,2)=123",
        "body:text+",
        "data:json^",
        "flag:bool^",
        "status:enum",
        "status:enum()",
        "status:enum(a,,b)",
        "status:enum(Draft)",
        "status:enum(self)",
        "status:enum(a_b,ab,a_b)",
        "status:enum(a,b)=c",
        "author:references(Users)",
        "age:int(3)",
    ]
    .into_iter()
    .map(|input| CliError::from(parse(input).unwrap_err()).report())
    .collect();
    insta::assert_snapshot!(reports.join("\n----\n"));
}

#[test]
fn two_fields_cannot_share_a_column() {
    for fields in [
        ["a:int", "a:string"],
        ["line_2:string", "line2:string"],
        ["author_id:int", "author:references"],
    ] {
        assert!(parse_all(&fields).is_err(), "{fields:?}");
    }
}

#[test]
fn a_line_is_split_outside_parentheses() {
    assert_eq!(
        split("post  a:int status:enum(x, y)=x ").unwrap(),
        ["post", "a:int", "status:enum(x,y)=x"]
    );
}

#[test]
fn quotes_keep_a_default_together() {
    for (line, words) in [
        (
            "post title:string='hello world' a:int",
            vec!["post", "title:string=hello world", "a:int"],
        ),
        (
            "post 'title:string=a (b' note:text=\"it's\"",
            vec!["post", "title:string=a (b", "note:text=it's"],
        ),
        (
            "post 'status:enum(x, y)=x' name:string!",
            vec!["post", "status:enum(x, y)=x", "name:string!"],
        ),
    ] {
        assert_eq!(split(line).unwrap(), words);
    }
    let report = split("post title:string='hello").unwrap_err().report();
    assert!(report.contains("a quote is not closed"), "{report}");
}

#[test]
fn types_of_other_tools_lead_to_ours() {
    for (given, hint) in [
        ("ts", "did you mean `datetime`?"),
        ("timestamptz", "did you mean `datetime`?"),
        ("datetime2", "did you mean `datetime`?"),
        ("varchar", "did you mean `string`?"),
        ("email", "did you mean `string`?"),
        ("int4", "did you mean `int`?"),
        ("jsonb", "did you mean `json`?"),
        ("object", "did you mean `json`?"),
        ("array", "make a resource of its own"),
        ("list", "make a resource of its own"),
        ("has_many", "the other resource has the reference"),
        ("strng", "did you mean `string`?"),
        ("txt", "did you mean `text`?"),
        ("zzz", "hint: types: string"),
    ] {
        let report = CliError::from(parse(&format!("a:{given}")).unwrap_err()).report();
        assert!(report.contains(hint), "{report}");
    }
}

/// The modifier was taken for a part of the number.
#[test]
fn a_modifier_behind_the_default_is_named() {
    for (input, meant) in [
        ("a:int=0+", "`a:int+=0`"),
        ("a:int=0!", "`a:int!=0`"),
        ("a:bool=true?", "`a:bool?=true`"),
        ("a:enum(x,y)=x+", "`a:enum(x,y)+=x`"),
    ] {
        let report = CliError::from(parse(input).unwrap_err()).report();
        assert!(report.contains(meant), "{report}");
    }
    // A text may end with anything.
    assert!(parse("a:string=really?").is_ok());
    for (input, range) in [("a:float=1e39", "3.4e38"), ("a:double=inf", "1.8e308")] {
        let report = CliError::from(parse(input).unwrap_err()).report();
        assert!(report.contains(range), "{report}");
    }
    let report = CliError::from(parse("a:string(1)=ab").unwrap_err()).report();
    assert!(report.contains("longer than 1 character\n"), "{report}");
}

#[test]
fn defaults_of_the_whole_range_are_literals_of_their_type() {
    for (input, literal) in [
        ("n:smallint=-32768", "-32768"),
        ("n:int=-2147483648", "-2147483648"),
        ("n:bigint=7", "7"),
        ("n:bigint=3000000000", "3000000000_i64"),
        ("n:bigint=-9223372036854775808", "-9223372036854775808_i64"),
        ("n:float=0.123456789", "0.12345679"),
        ("n:float=3.4028235e38", "3.4028235e38"),
        ("n:double=1.7976931348623157e308", "1.7976931348623157e308"),
        ("n:decimal(3,2)=-0", "\"0.00\""),
        (
            "n:decimal(20,0)=10000000000000000000",
            "\"10000000000000000000\"",
        ),
        (
            "n:decimal(19,4)=123456789012345.6789",
            "\"123456789012345.6789\"",
        ),
        ("n:decimal(28,28)=0.1", "\"0.1000000000000000000000000000\""),
    ] {
        let call = parse(input).unwrap().column_call();
        let default = format!(".default({literal})");
        assert!(call.ends_with(&default), "{input}: {call}");
    }
    for input in [
        "n:float=1e39",
        "n:double=1e309",
        "n:double=nan",
        "n:double=inf",
    ] {
        assert!(parse(input).is_err(), "{input}");
    }
}
