//! Tests that each edit is made where it is read as what it is meant to be, is made once, and is removed without a
//! trace.

use std::borrow::Cow;

use super::{Edit, Hook, Relation, RelationName};
use crate::file::Text;

const ROUTES: Hook = Hook {
    function: Cow::Borrowed("routes"),
    signature: Cow::Borrowed("fn routes() -> fw::controller::Routes"),
    root: Cow::Borrowed("fw::controller::Routes::new()"),
};

const STACK: Hook = Hook {
    function: Cow::Borrowed("middleware"),
    signature: Cow::Borrowed(
        "fn middleware(stack: fw::middleware::Stack) -> fw::middleware::Stack",
    ),
    root: Cow::Borrowed("stack"),
};

fn module(name: &str) -> Edit {
    Edit::Module {
        public: true,
        name: name.to_owned(),
    }
}

fn import(table: &str) -> Edit {
    Edit::Import {
        path: format!("crate::{table}::model as {table}"),
    }
}

fn migration(module: &str) -> Edit {
    Edit::Migration {
        module: module.to_owned(),
    }
}

fn routes(table: &str) -> Edit {
    Edit::HookCall {
        hook: ROUTES,
        call: format!(".merge(crate::{table}::routes())"),
    }
}

fn comments() -> Edit {
    let name = |field: &str| RelationName {
        field: field.to_owned(),
        attribute: "has_many".to_owned(),
    };
    Edit::Relation(Relation {
        field_type: "HasMany<comments::Entity>".to_owned(),
        names: vec![name("comments"), name("post_comments")],
    })
}

fn app(body: &str) -> String {
    format!("impl Hooks for App {{\n    fn routes() -> Routes {{\n        {body}\n    }}\n}}\n")
}

fn all(items: &str) -> String {
    format!("pub fn all() -> Vec<M> {{\n    vec![{items}]\n}}\n")
}

fn model(fields: &str) -> String {
    format!(
        "#[sea_orm::model]\n#[derive(Clone, DeriveEntityModel)]\n#[sea_orm(table_name = \"posts\")]\npub struct Model {{\n{fields}}}\n"
    )
}

const RELATION: &str = "    #[sea_orm(has_many)]\n    pub comments: HasMany<comments::Entity>,\n";

fn applied(edit: &Edit, text: &str) -> Option<String> {
    let after = edit.apply(&Text::new(text)).unwrap();
    after.map(|after| after.raw().to_owned())
}

fn reverted(edit: &Edit, text: &str) -> Option<String> {
    let after = edit.revert(&Text::new(text)).unwrap();
    after.map(|after| after.raw().to_owned())
}

/// Checks that an edit is made only once and reverted without a trace, whatever the line ends and the beginning of the
/// file; returns the text after the edit.
fn round_trip(edit: &Edit, before: &str) -> String {
    let mut lines = before.split_inclusive('\n');
    let mixed: String = std::iter::from_fn(|| {
        let windows = lines.next()?.replace('\n', "\r\n");
        Some(windows + lines.next().unwrap_or_default())
    })
    .collect();
    let windows = before.replace('\n', "\r\n");
    let forms = [
        (before.to_owned(), false),
        (format!("\u{feff}{before}"), false),
        (format!("\u{feff}{windows}"), false),
        (windows, false),
        (mixed, true),
        (before.trim_end_matches('\n').to_owned(), false),
        (format!("// é €\n{before}"), false),
        (format!("#!/usr/bin/env run\n{before}"), false),
        (before.replace("    ", "\t"), false),
    ];
    for (form, is_mixed) in &forms {
        let after = applied(edit, form).expect("the edit is new");
        assert_eq!(applied(edit, &after), None, "made only once: {after:?}");
        assert_eq!(
            reverted(edit, &after).as_ref(),
            Some(form),
            "leaves no trace: {after:?}"
        );
        assert_eq!(reverted(edit, form), None, "it is not in {form:?}");
        if form.contains("\r\n") && !is_mixed {
            assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
        } else if !is_mixed {
            assert!(!after.contains('\r'), "{after:?}");
        }
    }
    applied(edit, before).unwrap()
}

#[track_caller]
fn refused(edit: &Edit, text: &str) -> String {
    edit.apply(&Text::new(text)).unwrap_err().to_string()
}

/// Checks that an edit which somebody has changed is found, and is not reverted.
#[track_caller]
fn edited(edit: &Edit, text: &str) {
    assert_eq!(applied(edit, text), None, "{text}");
    edit.revert(&Text::new(text)).unwrap_err();
}

#[test]
fn modules_go_where_they_belong() {
    let sorted = "//! App.\n\npub mod app;\npub mod posts;\n";
    assert_eq!(
        round_trip(&module("news"), sorted),
        "//! App.\n\npub mod app;\npub mod news;\npub mod posts;\n"
    );
    assert_eq!(
        round_trip(&module("aa"), sorted),
        "//! App.\n\npub mod aa;\npub mod app;\npub mod posts;\n"
    );
    let unsorted = "pub mod posts; // mine\npub mod app;\n\npub use app::App;\n";
    assert_eq!(
        round_trip(&module("news"), unsorted),
        "pub mod posts; // mine\npub mod app;\npub mod news;\n\npub use app::App;\n"
    );
    for alone in [
        "",
        "//! Docs.\n",
        "#![allow(unused)]\n",
        "//! Docs.\n\nuse a::B;\n\nfn f() {}\n",
        "//! Docs.\n\nfn f() {}\n",
        "#![allow(unused)]\n\n// about f\nfn f() {}\n",
        "fn f() {}\n",
        "use a::B;\nfn f() {}\n",
        "use a::B;\n\n\nfn f() {}\n",
    ] {
        round_trip(&module("news"), alone);
    }
}

#[test]
fn what_looks_like_a_module_is_none() {
    for text in [
        "// pub mod news;\npub mod app;\n",
        "/* pub mod news; */\npub mod app;\n",
        "pub mod app;\nmod inner {\n    pub mod news;\n}\n",
        "pub mod app;\nfn f() {\n    mod news;\n}\n",
        "pub mod app;\nmacro_rules! m {\n    () => { pub mod news; };\n}\n",
        "pub mod app;\nconst TEXT: &str = r#\"\npub mod news;\n\"#;\n",
    ] {
        let after = round_trip(&module("news"), text);
        assert_eq!(after.matches("mod news;").count(), 2, "{after}");
    }
    refused(&module("news"), "pub mod news {}\n");
    refused(&module("news"), "#[path = \"old.rs\"]\npub mod news;\n");
    refused(
        &module("news"),
        "pub mod app; /* begins here\nends here */\n",
    );
    for text in [
        "pub mod news; // mine\n",
        "/// Mine.\npub mod news;\n",
        "pub mod app; pub mod news;\n",
    ] {
        edited(&module("news"), text);
    }
    assert_eq!(
        reverted(&module("news"), "mod news;\npub mod posts;\n").unwrap(),
        "pub mod posts;\n"
    );
}

#[test]
fn imports_are_known_in_any_form() {
    round_trip(&import("posts"), "//! Docs.\n\nuse a::B;\n\nfn f() {}\n");
    round_trip(
        &import("posts"),
        "use a::B;\n\nuse crate::news::model as news;\n\nfn f() {\n    use crate::posts::model as posts;\n}\n",
    );
    for text in [
        "use crate::{news::model as news, posts::model as posts};\n",
        "use crate::posts::{self, model as posts};\n",
        "pub use crate::posts::model as posts;\n",
        "use crate::posts::model as posts; // mine\n",
    ] {
        edited(&import("posts"), text);
    }
    for text in ["use other::posts;\n", "mod posts {}\n"] {
        let why = refused(&import("posts"), text);
        assert!(why.contains("posts"), "{why}");
        assert_eq!(reverted(&import("posts"), text), None);
    }
}

#[test]
fn calls_go_to_the_end_of_a_chain() {
    let short = app("Routes::new()");
    assert_eq!(
        round_trip(&routes("a"), &short),
        app("Routes::new().merge(crate::a::routes())")
    );
    let one = app("Routes::new().merge(crate::home::routes())");
    assert_eq!(
        round_trip(&routes("posts"), &one),
        app(
            "Routes::new().merge(crate::home::routes())\n            .merge(crate::posts::routes())"
        )
    );
    let commented =
        app("Routes::new()\n            // the front door\n            .get(\"/\", home)");
    assert_eq!(
        round_trip(&routes("a"), &commented),
        app(
            "Routes::new()\n            // the front door\n            .get(\"/\", home)\n            .merge(crate::a::routes())"
        )
    );
    for body in [
        "Routes::new()\n            .merge(crate::home::routes()) // the front door",
        "Routes::new()\n            .merge(crate::home::routes())\n            // last\n            .layer(x)",
        "Routes::new()\n            .merge(crate::home::routes())",
        "Routes::new().merge(crate::home::routes()).layer(something(\"long enough\"))",
        "Routes::new().get(\"/\", || \"a\n   b\")",
        "let a = 1;\n        api(a)",
    ] {
        round_trip(&routes("posts"), &app(body));
    }
    round_trip(
        &routes("posts"),
        "impl Hooks for App {\n    fn routes() -> Routes { Routes::new() }\n}\n",
    );
}

#[test]
fn a_hook_that_the_app_has_not_is_added_and_removed() {
    let edit = Edit::HookCall {
        hook: STACK,
        call: ".layer(\"a\", from_fn(crate::middleware::a::a))".to_owned(),
    };
    let after = round_trip(&edit, &app("Routes::new()"));
    assert!(after.contains("    fn middleware(stack: fw::middleware::Stack) -> fw::middleware::Stack {\n        stack.layer("), "{after}");
    // A comment in it is somebody's own.
    let commented = after.replace(
        "        stack.layer",
        "        // mine\n        stack.layer",
    );
    let left = reverted(&edit, &commented).unwrap();
    assert!(left.contains("// mine\n        stack\n"), "{left}");
    refused(&edit, "impl Hooks for App { type Settings = (); }\n");
}

#[test]
fn a_call_is_there_where_the_hook_reaches_it() {
    for text in [
        "impl Hooks for App { fn routes() -> Routes { own() } }\nfn own() -> Routes { Routes::new().merge( crate::posts::routes( ) ) }",
        "impl Hooks for App { fn routes() -> Routes { Self::own() } }\nimpl App { fn own() -> Routes { Routes::new().merge(crate::posts::routes()) } }",
        "impl Hooks for App { fn routes() -> Routes { Routes::new().merge(crate::posts::routes().layer(x)) } }",
        "use crate::posts;\nimpl Hooks for App { fn routes() -> Routes { Routes::new().merge(posts::routes()) } }",
        "impl Hooks for App { fn routes() -> Routes { let r = Routes::new().merge(crate::posts::routes()); r } }",
    ] {
        edited(&routes("posts"), text);
    }
    for beside in [
        "fn other() -> Routes {\n    Routes::new().merge(crate::posts::routes())\n}\n",
        "// .merge(crate::posts::routes())\n",
        "const TEXT: &str = \".merge(crate::posts::routes())\";\n",
        "impl Other {\n    fn new() -> Routes {\n        Routes::new().merge(crate::posts::routes())\n    }\n}\n",
        "impl Other {\n    fn routes() -> Routes {\n        Routes::new().merge(crate::posts::routes())\n    }\n}\n",
    ] {
        round_trip(&routes("posts"), &(app("Routes::new()") + beside));
        round_trip(
            &routes("posts"),
            &format!("{beside}{}", app("Routes::new()")),
        );
    }
    for body in [
        "Routes::new().merge(crate::admin::posts::routes())",
        "Routes::new().merge(crate::posts::routes_of_old())",
    ] {
        round_trip(&routes("posts"), &app(body));
    }
}

#[test]
fn comments_of_somebody_else_stay() {
    let above = app(
        "Routes::new()\n            .merge(crate::home::routes()) // home\n            // posts\n            .merge(crate::posts::routes())",
    );
    assert_eq!(
        reverted(&routes("posts"), &above).unwrap(),
        above.replace("            .merge(crate::posts::routes())\n", "")
    );
    edited(
        &routes("posts"),
        &app("Routes::new()\n            .merge(crate::posts::routes()) // mine"),
    );
    edited(
        &migration("m1"),
        &all("\n        fw::migration!(m1), // mine\n    "),
    );
    edited(
        &comments(),
        &model(&RELATION.replace("pub", "// mine\n    pub")),
    );
    edited(&comments(), &model(&RELATION.replace(">,", ">, // mine")));
}

#[test]
fn what_is_no_chain_is_refused() {
    for body in [
        "if x { a() } else { b() }",
        "let routes = Routes::new(); routes;",
        "",
    ] {
        refused(&routes("a"), &app(body));
    }
    refused(&routes("a"), "fn main() {}");
    refused(&routes("a"), "not rust at all {");
    let twice = app("Routes::new()") + &app("Routes::new()").replace("App", "Other");
    round_trip(&routes("a"), &twice);
    refused(&routes("a"), &twice.replace("App", "Another"));
}

#[test]
fn migrations_are_listed_at_the_end() {
    let first = round_trip(&migration("m1_create_a_table_with_a_name"), &all(""));
    assert_eq!(first, all("fw::migration!(m1_create_a_table_with_a_name)"));
    round_trip(&migration("m2_create_b_table_with_a_name"), &first);
    let two = all("\n        fw::migration!(m1),\n        fw::migration!(m2),\n    ");
    assert_eq!(
        round_trip(&migration("m3"), &two),
        two.replace("    ]", "        fw::migration!(m3),\n    ]")
    );
    for items in [
        "fw::migration!(m1)",
        "fw::migration!(m1),",
        "fw::migration!(m1), ",
        "\n        fw::migration!(m1)\n    ",
        "\n        fw::migration!(m1), // first\n    ",
        "\n        fw::migration!(m1) // first\n    ",
        "\n        // none yet\n    ",
        "/* none yet */",
        "\n    ",
        "\n        fw::migration!(m1), fw::migration!(m2),\n    ",
        "\n        fw::migration!(m1), fw::migration!(m2)]; vec![\n    ",
    ] {
        round_trip(&migration("m3_create_b_table_with_a_name"), &all(items));
    }
}

#[test]
fn what_looks_like_an_item_of_the_list_is_none() {
    let m1 = "fw::migration!(m1)";
    for text in [
        all("") + &format!("fn other() -> Vec<M> {{\n    vec![{m1}]\n}}\n"),
        all("") + &format!("// {m1},\n"),
        all(&format!("\n        // {m1},\n    ")),
        all("fw::migration!(m10)"),
        all("fw::migration!(m1_b)"),
    ] {
        round_trip(&migration("m1"), &text);
    }
    edited(&migration("m1"), &all("named(m1)"));
    edited(
        &migration("m1"),
        &format!("fn all() -> Vec<M> {{ let mut all = vec![]; all.push({m1}); all }}"),
    );
    refused(&migration("m2"), "fn all() -> Vec<M> { Vec::new() }");
}

#[test]
fn relations_go_to_the_end_of_the_model() {
    let posts = model("    pub id: i64,\n    // mine\n") + "\nstruct Other {}\n";
    assert_eq!(
        round_trip(&comments(), &posts),
        model(&format!("    pub id: i64,\n    // mine\n{RELATION}")) + "\nstruct Other {}\n"
    );
    round_trip(&comments(), "pub struct Model {\n    pub id: i64,\n}\n");
    round_trip(&comments(), "pub struct Model {\n}\n");
}

#[test]
fn a_relation_whose_name_is_taken_gets_another() {
    for field in [
        "    pub comments: i32,\n",
        "    #[sea_orm(column_type = \"Text\")]\n    pub comments: String,\n",
        "    #[sea_orm(has_many)]\n    pub comments: HasMany<remarks::Entity>,\n",
    ] {
        let taken = model(&format!("    pub id: i64,\n{field}"));
        let after = round_trip(&comments(), &taken);
        assert!(after.contains(field), "{after}");
        assert!(
            after.contains("    pub post_comments: HasMany<comments::Entity>,\n"),
            "{after}"
        );
    }
    let both = model("    pub comments: i32,\n    pub post_comments: i32,\n");
    let why = refused(&comments(), &both);
    assert!(
        why.contains("`comments` and one called `post_comments`"),
        "{why}"
    );
    assert_eq!(reverted(&comments(), &both), None);
    // A relation that the ORM would call the same.
    let other = model(
        "    #[sea_orm(belongs_to, from = \"comment_id\", to = \"id\")]\n    pub pinned: BelongsTo<Option<comments::Entity>>,\n",
    );
    refused(&comments(), &other);
}

#[test]
fn fields_of_other_structs_are_no_relations() {
    for beside in [
        "pub struct Counts {\n    pub comments: i32,\n}\n",
        "pub struct Counts {\n    #[sea_orm(has_many)]\n    pub comments: HasMany<comments::Entity>,\n}\n",
        "pub mod old {\n    pub struct Model {\n        #[sea_orm(has_many)]\n        pub comments: HasMany<comments::Entity>,\n    }\n}\n",
        "// pub comments: HasMany<comments::Entity>,\n",
    ] {
        let posts = model("    pub id: i64,\n");
        for text in [format!("{posts}{beside}"), format!("{beside}{posts}")] {
            let after = round_trip(&comments(), &text);
            assert!(after.contains(beside), "{after}");
        }
    }
    let two = model("    pub id: i64,\n") + "#[cfg(test)]\npub struct Model {\n    id: i64,\n}\n";
    round_trip(&comments(), &two);
}

#[test]
fn a_relation_that_somebody_edited_is_there_and_is_not_removed() {
    for field in [
        "    #[sea_orm(has_many, on_delete = \"Cascade\")]\n    pub comments: HasMany<comments::Entity>,\n",
        "    #[sea_orm(has_many)]\n    pub remarks: HasMany<comments::Entity>,\n",
        "    /// Mine.\n    #[sea_orm(has_many)]\n    pub comments: HasMany<comments::Entity>,\n",
    ] {
        edited(&comments(), &model(field));
    }
}

#[test]
fn two_relations_to_one_table_are_told_apart() {
    let via = |role: &str| {
        let name = |field: String, relation: &str| RelationName {
            attribute: format!("has_many, relation_enum = \"{relation}\", via_rel = \"{role}\""),
            field,
        };
        let role_field = role.to_lowercase();
        Edit::Relation(Relation {
            field_type: "HasMany<letters::Entity>".to_owned(),
            names: vec![
                name(format!("{role_field}_letters"), &format!("{role}Letters")),
                name(
                    format!("person_{role_field}_letters"),
                    &format!("Person{role}Letters"),
                ),
            ],
        })
    };
    let people = model("    pub id: i64,\n    pub sender_letters: i32,\n");
    let first = round_trip(&via("Sender"), &people);
    assert!(first.contains("pub person_sender_letters:"), "{first}");
    let both = round_trip(&via("Receiver"), &first);
    let left = reverted(&via("Sender"), &both).unwrap();
    assert!(
        left.contains("pub receiver_letters: HasMany") && left.contains("pub sender_letters: i32"),
        "{left}"
    );
}
