//! The looks of pages: on a phone and on a desk, light and dark, examined by axe for what keeps people out.

use std::{
    env,
    fs::{self, File},
};

use fw_tests::{
    app::{App, Server, succeed},
    http, tools,
};
use serde_json::{Value, json};

use crate::{html_scaffold::EVERY_TYPE, shop};

/// Looks at pages of a server. Pictures of them go to the folder `PICTURES`, if it is set.
#[track_caller]
fn look(kind: &str, server: &Server) -> Value {
    let url = format!("http://{}", server.address);
    let pictures = env::var("PICTURES").ok();
    let arguments: Vec<&str> = [kind, &url]
        .into_iter()
        .chain(pictures.as_deref())
        .collect();
    let found = tools::browse("looks.cjs", &arguments);
    for nothing in ["violations", "wide", "errors"] {
        assert_eq!(found[nothing], json!([]), "{nothing}");
    }
    found["pages"].clone()
}

#[test]
fn pages_of_a_resource_are_for_everybody() {
    let app = App::new("looks", &["--template", "web"]);
    let scaffold = |words: &[&str]| {
        succeed(&mut app.fw(&[&["generate", "scaffold"], words].concat()));
    };
    scaffold(&["author", "name:string!"]);
    scaffold(&[&["post"], EVERY_TYPE, &["--lock"]].concat());
    succeed(app.fw(&["db", "migrate"]).env("FW_ENV", "development"));
    scaffold(&["duty", "name:string!"]);
    let server = app.build().start(&[]);
    let pages = look("resource", &server);
    assert_eq!(pages.as_array().map(Vec::len), Some(15), "{pages}");
    // For developers, with a migration that waits.
    succeed(app.fw(&["db", "rollback"]).env("FW_ENV", "development"));
    look("failure", &server);
}

#[test]
fn pages_of_accounts_are_for_everybody() {
    let app = App::new("looks-accounts", &["--template", "web", "--auth"]);
    let post = [
        "generate",
        "scaffold",
        "post",
        "title:string!",
        "--access",
        "permission",
    ];
    succeed(&mut app.fw(&post));
    succeed(app.fw(&["db", "migrate"]).env("FW_ENV", "development"));
    let binary = app.build();
    let mut create = binary.command(&["task", "accounts:create", "admin@example.com"]);
    let password = app.root.join("password");
    fs::write(&password, "the tide turns at noon\n").expect("it can be written");
    create
        .args(["--name", "Admin", "--role", "admin"])
        .env("FW_ENV", "development")
        .stdin(File::open(&password).expect("it is there"));
    succeed(&mut create);
    let server = binary.start(&[("FW_MIDDLEWARE__RATE_LIMIT__ENABLED", "false")]);
    for steps in ["accounts", "accounts-without-scripts"] {
        let pages = look(steps, &server);
        assert_eq!(pages.as_array().map(Vec::len), Some(30), "{pages}");
    }
}

#[test]
fn pages_of_the_framework_are_for_everybody() {
    let shop = shop::shop();
    let state = shop.folder.join("target/fw");
    fs::create_dir_all(&state).expect("it can be made");
    let failed = json!({
        "sequence": 2, "state": "failed", "step": "build", "title": "1 error",
        "messages": [{ "message": "mismatched types", "text": "error[E0308]: mismatched types\n --> src/posts/pages.rs:7:5\n" }],
    });
    fs::write(state.join("dev.json"), failed.to_string()).expect("it can be written");
    let server = shop.start(&[("LAB_PAGES", "1"), ("LAB_MAILS", "1")]);
    let post =
        |path: &str| http::request(server.address, "POST", path, &[], b"").expect("a response");
    assert_eq!(post("/lab/letters").status, 204);
    for path in ["/lab/echoes", "/lab/panicking-jobs"] {
        assert_eq!(post(path).status, 204, "{path}");
    }
    server.log_with("panics on purpose");
    let pages = look("framework", &server);
    assert_eq!(pages.as_array().map(Vec::len), Some(11), "{pages}");
}
