//! Scaffolds in an application with accounts: each access rule, with JSON and with pages, lets in who may, on both databases.

use std::{collections::BTreeMap, fs, path::Path};

use fw_tests::{
    app::{App, fail, succeed},
    node, postgres,
};
use serde_json::Value;

/// An application with accounts and pages.
fn with_accounts(name: &str) -> App {
    let app = App::new(name, &["--template", "web", "--auth"]);
    app.edit("Cargo.toml", "\"sqlite\"", "\"postgres\", \"sqlite\"");
    app
}

/// The edits and commands of these tests.
trait Edited {
    fn edit(&self, file: &str, old: &str, new: &str);
    fn generate(&self, command: &str) -> String;
    fn read(&self, file: &str) -> String;
}

impl Edited for App {
    fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert!(text.contains(old), "`{file}` has no `{old}`:\n{text}");
        fs::write(self.root.join(file), text.replacen(old, new, 1)).expect("the file is written");
    }

    fn generate(&self, command: &str) -> String {
        let words: Vec<_> = ["generate"].into_iter().chain(command.split(' ')).collect();
        succeed(&mut self.fw(&words))
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap_or_else(|error| panic!("`{file}`: {error}"))
    }
}

/// A request test of comments, which belong to accounts, have a version, and refer to posts, which belong to accounts as well.
const ROWS_OF_OTHERS: &str = r#"
mod all {
    fw::permissions! { "comments" { Read = "read:any", List = "list:any", Update = "update:any" } }
}

#[tokio::test]
async fn attack_119_rows_of_others_are_nowhere() {
    let ada = signed_in().await;
    let grace = ada.clone().sign_in::<Users>().can_everything().await;
    let (hers, own) = (mine(&ada).await, mine(&grace).await);
    let queries = ["", "?page=1", "?sort=-created_at", "?include=post", "?limit=1", "?fields=text"];
    for query in queries.map(str::to_owned) {
        let list = grace.get(&format!("{PATH}{query}")).await;
        list.assert_status(200);
        let list = list.json();
        assert_eq!(list["data"].as_array().map(Vec::len), Some(1), "{query}: {list}");
        assert_eq!(list["data"][0]["id"], json!(own.id), "{query}: {list}");
        assert_eq!(list["pagination"]["has_more"], json!(false), "{query}: {list}");
        if query == "?page=1" {
            assert_eq!(list["pagination"]["total"], json!(1));
        }
    }
    for filter in [format!("?post_id={}", hers.post_id), format!("?user_id={}", hers.user_id)] {
        let list = grace.get(&format!("{PATH}{filter}&page=1")).await.json();
        assert_eq!((&list["data"], &list["pagination"]["total"]), (&json!([]), &json!(0)), "{filter}");
    }
    let body = body(&grace).await;
    for id in [hers.id, own.id + 1, i64::MAX, 0, -1] {
        let path = format!("{PATH}/{id}");
        for version in ["*", "\"1\"", "\"9\""] {
            for request in [
                grace.get(&path).header("if-none-match", version),
                grace.get(&format!("{path}?include=post")),
                grace.put(&path).header("if-match", version).json(&body),
                grace.patch(&path).header("if-match", version).json(&body),
                grace.patch(&path).header("if-match", version).json(&json!({})),
                grace.delete(&path).header("if-match", version),
            ] {
                request.await.assert_problem(404, "not_found");
            }
        }
    }
    let unchanged = Entity::find_by_id(hers.id).one(&ada.ctx.db).await.expect("read");
    assert_eq!(unchanged.as_ref(), Some(&hers));

    let admin = ada.clone().sign_in::<Users>().can::<all::Read>().can::<all::List>().can::<all::Update>().await;
    assert_eq!(admin.get(PATH).await.json()["data"].as_array().map(Vec::len), Some(2));
    let patch = |body: Value| admin.patch(&format!("{PATH}/{}", hers.id)).header("if-match", "\"1\"").json(&body);
    patch(json!({ "post_id": own.post_id })).await.assert_field("/post_id", "not_found");
    let changed = patch(json!({ "text": "checked" })).await;
    changed.assert_status(200).assert_contains(&json!({ "text": "checked", "user_id": hers.user_id }));
}

#[tokio::test]
async fn attack_120_nobody_sets_the_owner() {
    let app = signed_in().await;
    let row = mine(&app).await;
    let path = format!("{PATH}/{}", row.id);
    let mut body = body(&app).await;
    body["user_id"] = json!(row.user_id);
    for request in [app.post(PATH), app.put(&path), app.patch(&path)] {
        let response = request.header("if-match", "*").json(&body).await;
        response.assert_problem(422, "validation_failed").assert_field("/user_id", "unknown_field");
    }
}

#[tokio::test]
async fn a_reference_to_a_row_of_somebody_else_is_as_one_to_no_row() {
    let app = signed_in().await;
    let path = format!("{PATH}/{}", mine(&app).await.id);
    let foreign = posts::ActiveModel::create(&app.ctx.db).await.id;
    let mut texts = Vec::new();
    for post in [foreign, i64::MAX] {
        let mut body = body(&app).await;
        body["post_id"] = json!(post);
        for request in [app.post(PATH), app.put(&path), app.patch(&path)] {
            let response = request.header("if-match", "*").json(&body).await;
            response.assert_problem(422, "validation_failed");
            texts.push(response.json()["errors"].clone());
        }
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}
"#;

/// A test of the pages of comments.
const PAGES: &str = r#"
#[tokio::test]
async fn the_rows_of_others_are_no_choices() {
    let app = signed_in().await;
    let row = mine(&app).await;
    let own = form(&app).await;
    let own = own.iter().find(|(name, _)| *name == "post_id").map(|(_, id)| id.clone());
    let own = own.expect("a post");
    for path in ["/comments/new".to_owned(), format!("/comments/{}/edit", row.id), "/comments".to_owned()] {
        let page = app.get(&path).await.text();
        assert!(page.contains(&format!("<option value=\"{own}\"")), "{path}: {page}");
        assert!(!page.contains(&format!("<option value=\"{}\"", row.post_id)), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_page_leads_to_the_sign_in_and_back() {
    let app = boot::<App>().await;
    let browser = |path: &str| app.get(path).header("accept", "text/html");
    let led = browser("/comments?page=2").await;
    led.assert_status(303);
    assert_eq!(led.header("location"), "/sign-in?next=%2Fcomments%3Fpage%3D2");
    let sent = app.post("/comments").header("accept", "text/html").form::<&str>(&[]).await;
    sent.assert_status(303);
    assert_eq!(sent.header("location"), "/sign-in");
    let boosted = browser("/comments").header("hx-request", "true").header("hx-boosted", "true").await;
    boosted.assert_status(401);
    assert_eq!(boosted.header("hx-redirect"), "/sign-in?next=%2Fcomments");
    app.get("/comments").await.assert_problem(401, "unauthorized");
    let nobody = app.clone().sign_in::<Users>().await;
    nobody.get("/comments").header("accept", "text/html").await.assert_status(403);
}
"#;

const EVERY_TYPE: &str = "title:string(80)! content:text stars:smallint views:int=0 total:bigint? ratio:float score:double \
    price:decimal(10,2) amount:money! pinned:bool day:date at:time published_at:datetime token:uuid data:json raw:blob \
    status:enum(draft,in_review,published)=draft";

#[test]
fn every_access_rule_holds_on_both_databases() {
    let app = with_accounts("access-everything");
    for command in [
        // Those with `user:references` are of their own people.
        "scaffold post title:string! user:references --api",
        "scaffold comment text:text! post:references user:references --api --lock",
        "scaffold profile bio:text! user:references^ --api",
        "scaffold note text:string! parent:references(notes)? user:references --api",
        "scaffold draft title:string! author:references(users) editor:references(users)? --access permission",
        "scaffold letter title:string! writer:references(users) --access own --api --only list,show",
        "scaffold label name:string^ --api",
        "scaffold labelling label:references post:references --api --access permission --lock",
        "scaffold reaction kind:enum(up,down)! post:references --api --access signed-in",
        "scaffold notice text:string! label:references? --api --access anyone",
        "controller reports sales yearly_totals",
        "controller status --access signed-in",
        "page about_us",
        "page secret --access signed-in",
        "page inner_circle --access permission",
    ] {
        app.generate(command);
    }
    app.generate(&format!(
        "scaffold record {EVERY_TYPE} user:references --api"
    ));
    app.generate(&format!(
        "scaffold record_form {EVERY_TYPE} record:references user:references --lock"
    ));
    succeed(&mut app.cargo(&["fmt", "--check"]));
    for (file, more) in [("tests.rs", ROWS_OF_OTHERS), ("page_tests.rs", PAGES)] {
        let path = format!("src/comments/{file}");
        fs::write(app.root.join(&path), app.read(&path) + more).expect("written");
    }
    succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    let tests = succeed(&mut app.cargo(&["test", "--quiet"]));
    assert!(tests.contains("test result: ok"), "{tests}");
    let url = postgres::server().create_database();
    let tests = succeed(app.cargo(&["test", "--quiet"]).env("DATABASE_URL", url));
    assert!(tests.contains("test result: ok"), "{tests}");

    let routes = succeed(&mut app.fw(&["routes"]));
    for rule in [
        "posts:read (own)",
        "posts:create ",
        "labels:list",
        "signed in",
        "reports:yearly_totals",
        "anyone",
    ] {
        assert!(routes.contains(rule), "{rule}: {routes}");
    }
    let found = succeed(&mut app.fw(&["doctor", "--static"]));
    assert!(found.contains("ok    own_rows"), "{found}");
    check_description(&app);
    check_client(&app);
}

/// Every operation of the API says which credentials it takes.
fn check_description(app: &App) {
    succeed(&mut app.fw(&["openapi", "--out", "openapi.json"]));
    let description: Value = serde_json::from_str(&app.read("openapi.json")).expect("JSON");
    let schemes = description["components"]["securitySchemes"].as_object();
    assert!(
        schemes.is_some_and(|schemes| schemes.len() >= 2),
        "{schemes:?}"
    );
    let security =
        |path: &str, method: &str| description["paths"][path][method]["security"].to_string();
    assert!(security("/api/v1/posts/{id}", "get").contains("posts:read"));
    assert!(security("/api/v1/posts", "post").contains("posts:create"));
    assert!(!security("/api/v1/notices", "get").contains("bearer"));
    let body = &description["components"]["schemas"]["CommentBody"]["properties"];
    assert!(
        body["text"].is_object() && body["user_id"].is_null(),
        "{body}"
    );
}

/// The TypeScript client of the API compiles.
fn check_client(app: &App) {
    succeed(&mut app.fw(&[
        "generate",
        "client",
        "--from",
        "openapi.json",
        "--out",
        "client",
    ]));
    let options = [
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--lib",
        "es2022,dom",
        "--module",
        "nodenext",
        "client.ts",
    ];
    let client = app.root.join("client");
    succeed(&mut node::tool(&client, "typescript/bin/tsc", &options));
}

fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn visit(folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("an entry").path();
            let name = path.display().to_string();
            if path.is_dir() {
                found.insert(name, Vec::new());
                visit(&path, found);
            } else {
                found.insert(name, fs::read(&path).expect("readable"));
            }
        }
    }
    let mut found = BTreeMap::new();
    visit(&root.join("src"), &mut found);
    found
}

#[test]
fn it_is_made_once_and_taken_back_byte_for_byte() {
    let app = with_accounts("access-twice");
    for command in [
        "scaffold post title:string! user:references --api",
        "scaffold comment text:text! post:references user:references --lock --api",
        "scaffold label name:string! --access signed-in",
        "controller reports sales",
        "page secret --access permission",
    ] {
        let before = tree(&app.root);
        app.generate(command);
        let made = tree(&app.root);
        assert_ne!(before, made, "{command}");
        app.generate(command);
        assert!(made == tree(&app.root), "{command} twice is not once");
        let words: Vec<_> = command.split(' ').take(2).collect();
        succeed(&mut app.fw(&[&["destroy"], &words[..]].concat()));
        assert!(
            before == tree(&app.root),
            "{command} leaves something behind"
        );
        app.generate(command);
        // By its name alone it is the same again, with the access that it had. A controller has its handlers in the command.
        if words[0] != "controller" {
            let again = app.generate(&words.join(" "));
            assert!(again.contains("nothing to do"), "{command}: {again}");
        }
    }
    let permissions = app.read("src/posts/access.rs");
    assert!(permissions.contains("Read = \"read\""), "{permissions}");
}

#[test]
fn without_accounts_there_is_no_rule_but_that_of_everybody() {
    let app = App::new("access-none", &[]);
    app.generate("scaffold post title:string!");
    assert!(app.read("src/posts/controller.rs").contains("_: Anyone"));
    for rule in ["signed-in", "permission", "own"] {
        let words = [
            "generate",
            "scaffold",
            "note",
            "text:text!",
            "--access",
            rule,
        ];
        let (code, said) = fail(&mut app.fw(&words));
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("cargo fw generate auth"), "{said}");
        assert!(!app.root.join("src/notes").exists());
    }
}
