//! `cargo fw openapi`: the description as a file that nobody changes unknowingly.

use std::{fs, process::Command};

use fw_tests::{
    app::{App, fail, succeed},
    node,
};
use serde_json::Value;

/// Replaces a piece of a file of the application.
#[track_caller]
fn edit(app: &App, file: &str, from: &str, to: &str) {
    let path = app.root.join(file);
    let text = fs::read_to_string(&path).expect("the file can be read");
    assert!(text.contains(from), "`{from}` is not in {file}:\n{text}");
    fs::write(path, text.replacen(from, to, 1)).expect("the file can be written");
}

/// A program that uses every field of a post.
fn write_front_end(app: &App) {
    let program = "import { createApi } from './client.js';\n\
        createApi().posts.show({ id: 1 }).then((post) => console.log(post.title, post.content));\n";
    fs::create_dir_all(app.root.join("web")).expect("the folder can be made");
    fs::write(app.root.join("web/user.ts"), program).expect("it can be written");
}

/// Brings its client up to date, and gives the command that compiles it.
fn compile_front_end(app: &App) -> Command {
    succeed(&mut app.fw(&["generate", "client", "--out", "web"]));
    let words = "--noEmit --strict --target es2022 --module nodenext --lib es2022,dom web/user.ts";
    let words: Vec<_> = words.split(' ').collect();
    node::tool(&app.root, "typescript/bin/tsc", &words)
}

#[test]
fn a_change_of_the_api_is_noticed() {
    let app = App::new(
        "described",
        &["--scaffold", "post title:string! content:text"],
    );
    let openapi = |words: &[&str]| {
        let mut command = app.fw(&["openapi"]);
        // Neither a database nor a server is needed.
        command
            .args(words)
            .env("DATABASE_URL", "sqlite:///nowhere/none.db");
        command
    };

    let json = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let output = openapi(&[]).output().expect("it can be started");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(
        json(&printed)["paths"]["/api/v1/posts"]["get"]["operationId"],
        "posts_list"
    );

    for file in ["openapi.json", "openapi.yaml"] {
        assert!(succeed(&mut openapi(&["--out", file])).contains("created"));
        assert!(succeed(&mut openapi(&["--out", file])).contains("unchanged"));
        assert!(succeed(&mut openapi(&["--check", file])).contains("unchanged"));
    }
    let written = fs::read_to_string(app.root.join("openapi.json")).expect("it is written");
    assert_eq!(written, printed);

    write_front_end(&app);
    let compile = || compile_front_end(&app);
    succeed(&mut compile());

    // A new field of answers alone breaks nobody.
    let dto = "src/posts/dto.rs";
    edit(
        &app,
        dto,
        "    pub content: Option<String>,\n    pub created_at",
        "    pub content: Option<String>,\n    pub length: usize,\n    pub created_at",
    );
    edit(
        &app,
        dto,
        "            title: post.title,\n",
        "            length: post.title.len(),\n            title: post.title,\n",
    );
    for file in ["openapi.json", "openapi.yaml"] {
        let (code, said) = fail(&mut openapi(&["--check", file]));
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains(
                "compatible  `GET /api/v1/posts`: response 200: field `data[].length` is new"
            ),
            "{said}"
        );
        assert!(!said.contains("breaking  "), "{said}");
        assert!(
            said.contains(&format!("hint: `cargo fw openapi --out {file}` accepts")),
            "{said}"
        );
        succeed(&mut openapi(&["--check", file, "--allow-compatible"]));
    }

    // A field less does.
    edit(
        &app,
        dto,
        "    pub title: String,\n    pub content: Option<String>,\n    pub length",
        "    pub content: Option<String>,\n    pub length",
    );
    edit(&app, dto, "            title: post.title,\n", "");
    let (code, said) = fail(&mut openapi(&[
        "--check",
        "openapi.json",
        "--allow-compatible",
    ]));
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains(
            "breaking    `GET /api/v1/posts`: response 200: field `data[].title` is gone"
        ),
        "{said}"
    );
    let output = openapi(&["--check", "openapi.json", "--json"])
        .output()
        .expect("it can be started");
    let report = json(&String::from_utf8_lossy(&output.stdout));
    assert!(report["breaking"].as_u64() > Some(0), "{report}");
    let gone = report["changes"].as_array().expect("a list").iter();
    assert!(
        gone.filter(|change| change["effect"] == "breaking")
            .any(|change| change["operation"] == "GET /api/v1/posts/{id}"),
        "{report}"
    );

    let (_, said) = fail(&mut compile());
    assert!(
        said.contains("Property 'title' does not exist on type 'PostView'"),
        "{said}"
    );

    assert!(succeed(&mut openapi(&["--out", "openapi.json"])).contains("written"));
    succeed(&mut openapi(&["--check", "openapi.json"]));
}

#[test]
fn a_file_that_is_no_description_is_refused_before_anything_is_built() {
    let app = App::new("undescribed", &["--template", "minimal"]);
    fs::write(app.root.join("swagger.json"), "{\"swagger\": \"2.0\"}").expect("a file");
    for (file, reason) in [
        ("none.json", "cannot read `none.json`"),
        ("Cargo.toml", "`Cargo.toml` is not JSON"),
        (
            "swagger.json",
            "`swagger.json` is not an OpenAPI 3 description",
        ),
    ] {
        let (code, said) = fail(&mut app.fw(&["openapi", "--check", file]));
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(reason), "{said}");
        assert!(
            said.contains(&format!("hint: `cargo fw openapi --out {file}` writes it")),
            "{said}"
        );
    }
    for words in [
        &["openapi", "--json"][..],
        &["openapi", "--check", "a", "--out", "b"],
        &["openapi", "extra"],
    ] {
        let (code, said) = fail(&mut app.fw(words));
        assert_eq!(code, 2, "{said}");
    }
}
