//! The access to what is generated, in applications with accounts and without.

use std::{fmt::Write, fs};

use insta::assert_snapshot;

use super::App;

const ACCOUNTS: &str = "use fw::model::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = \"users\")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub email: String,
}

impl ActiveModelBehavior for ActiveModel {}
";
const CREATE_USERS: &str = "use fw::migration::prelude::*;

pub async fn up(schema: &Schema<'_>) -> Result {
    schema.create_table(table(\"users\").col(string_len(\"email\", 254).unique_key())).await
}

pub async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table(\"users\").await
}
";

/// An application with accounts and pages.
fn app() -> App {
    let app = App::new();
    let manifest = app
        .read("Cargo.toml")
        .replace("\"sqlite\"", "\"sqlite\", \"views\"");
    for folder in ["src/access", "src/accounts", "src/layouts"] {
        fs::create_dir_all(app.path(folder)).unwrap();
    }
    for (path, text) in [
        ("Cargo.toml", manifest.as_str()),
        ("src/access/mod.rs", "//! Access.\n"),
        ("src/accounts/model.rs", ACCOUNTS),
        ("src/layouts/app.html", "<nav></nav>\n"),
        (
            "src/migrations/m20260101_000000_create_users.rs",
            CREATE_USERS,
        ),
    ] {
        fs::write(app.path(path), text).unwrap();
    }
    app
}

const POST: &str = "scaffold post title:string! user:references --access=own";
const COMMENT: &str =
    "scaffold comment text:text! post:references user:references --access=own --lock --html --api";

#[test]
fn the_files_of_rows_that_belong_to_accounts() {
    let app = app();
    app.generate(POST).unwrap();
    app.generate(COMMENT).unwrap();
    for (name, file) in [
        ("post_access", "posts/access.rs"),
        ("post_controller", "posts/controller.rs"),
        ("post_dto", "posts/dto.rs"),
        ("post_tests", "posts/tests.rs"),
        ("comment_access", "comments/access.rs"),
        ("comment_controller", "comments/controller.rs"),
        ("comment_pages", "comments/pages.rs"),
        ("comment_page_tests", "comments/page_tests.rs"),
        ("accounts_model", "accounts/model.rs"),
    ] {
        assert_snapshot!(name, app.read(&format!("src/{file}")));
    }
}

#[test]
fn the_files_of_other_rules() {
    let app = app();
    app.generate(POST).unwrap();
    app.generate("scaffold label name:string! post:references --access=permission")
        .unwrap();
    app.generate("controller reports sales yearly_totals --access=permission")
        .unwrap();
    app.generate("page secret --access=signed-in").unwrap();
    for (name, file) in [
        ("label_access", "labels/access.rs"),
        ("label_controller", "labels/controller.rs"),
        ("reports_access", "reports/access.rs"),
        ("reports_controller", "reports/controller.rs"),
        ("reports_tests", "reports/tests.rs"),
        ("secret_pages", "secret/pages.rs"),
    ] {
        assert_snapshot!(name, app.read(&format!("src/{file}")));
    }
}

#[test]
fn access_that_cannot_be_is_refused_before_anything_is_written() {
    let with = app();
    with.generate(POST).unwrap();
    let without = App::new();
    let mut said = String::new();
    for (app, command) in [
        (&without, "scaffold note text:text! --access=own"),
        (&without, "scaffold note text:text! --access=signed-in"),
        (&without, "controller reports --access=permission"),
        (&with, "scaffold note text:text! --access=own"),
        (
            &with,
            "scaffold note text:text! user:references? --access=own",
        ),
        (&with, "scaffold note user:references --access=own"),
        (
            &with,
            "scaffold note writer:references(users) reader:references(users) --access=own",
        ),
        (&with, "scaffold note post:references --access=anyone"),
        (&with, "controller reports --access=own"),
        (&with, "page secret --access=own"),
    ] {
        let before = app.tree();
        let error = app.generate(command).unwrap_err();
        writeln!(said, "{command}\n{}\n", error.report()).unwrap();
        assert!(before == app.tree(), "{command}");
    }
    assert_snapshot!(said);
}

#[test]
fn every_rule_with_every_kind_of_handler_is_taken_back() {
    const FIELDS: &str = "title:string(80)! content:text stars:smallint views:int=0 total:bigint? ratio:float score:double \
        price:decimal(10,2) amount:money! pinned:bool day:date at:time published_at:datetime token:uuid data:json raw:blob \
        status:enum(draft,published)=draft parent:references(things)? post:references";
    let app = app();
    app.generate(POST).unwrap();
    for (rule, options) in [
        ("own", ""),
        ("own", "--html --api --lock"),
        ("own", "--only=list"),
        ("own", "--only=show,delete"),
        ("own", "--only=create"),
        ("own", "--only=update"),
        ("own", "--only=replace --lock"),
        ("own", "--html --only=list,show"),
        ("own", "--html --only=list,show,create"),
        ("own", "--html --only=list,show,delete --lock"),
        ("permission", "--html --api"),
        ("permission", "--only=list"),
        ("permission", "--only=delete --lock"),
        ("signed-in", "--html --api --lock"),
        ("signed-in", "--only=update"),
        ("signed-in", "--html --only=list,show"),
    ] {
        let before = app.tree();
        let command = format!("scaffold thing {FIELDS} user:references --access={rule} {options}");
        app.generate(command.trim())
            .unwrap_or_else(|error| panic!("{command}: {error}"));
        for file in ["controller", "pages"] {
            let path = format!("src/things/{file}.rs");
            if app.path(&path).exists() {
                let text = app.read(&path);
                assert!(
                    !text.contains("Anyone") && !text.contains("_: Own"),
                    "{command}: {text}"
                );
                let handlers = text.matches("pub async fn ").count();
                let guarded =
                    text.matches(": SignedIn").count() + text.matches("<access::").count();
                assert!(handlers > 0 && guarded >= handlers, "{command}: {text}");
            }
        }
        let dto = app.read("src/things/dto.rs");
        let body = dto.split("pub struct ThingView").next().unwrap();
        assert_eq!(
            body.contains("pub user_id"),
            rule != "own" && body.contains("pub struct"),
            "{command}: {body}"
        );
        app.destroy("scaffold thing").unwrap();
        assert!(before == app.tree(), "{command} leaves something behind");
    }
}
