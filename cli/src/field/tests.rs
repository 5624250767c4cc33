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
        "title:string(0)",
        "title:string(x)",
        "title:string(80",
        "title:string!?",
        "title:string?!",
        "title:string*",
        "title:string! ",
        "count:int?=0",
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
        split("post  a:int status:enum(x, y)=x "),
        ["post", "a:int", "status:enum(x,y)=x"]
    );
}
