//! Every field type with every modifier, and awkward names: what is generated compiles, and its tests pass.

use std::{collections::BTreeMap, fs, path::Path};

use fw_tests::{
    app::{App, fail, succeed},
    postgres,
};

const TYPES: &[&str] = &[
    "string",
    "string(80)",
    "text",
    "int",
    "bigint",
    "smallint",
    "float",
    "double",
    "decimal(10,2)",
    "money",
    "bool",
    "date",
    "time",
    "datetime",
    "uuid",
    "json",
    "blob",
    "enum(draft,in_review,published)",
    "references(people)",
];

/// Types that no database of ours can index or compare as a whole.
const WITHOUT_INDEX: &[&str] = &["text", "json", "blob"];

const DEFAULTS: &[&str] = &[
    "a:string=hello",
    "b:int=7",
    "c:bigint=-7",
    "d:smallint=0",
    "e:double=1.5",
    "f:decimal(10,2)=9.99",
    "g:bool=true",
    "h:enum(low,high)=high",
    // The ends of each range, and texts that need quotes.
    "i:bigint=3000000000",
    "j:bigint=-9223372036854775808",
    "k:int=-2147483648",
    "l:smallint=32767",
    "m:decimal(20,0)=10000000000000000000",
    "n:decimal(19,4)=123456789012345.6789",
    "o:decimal(28,28)=-0.1234567890123456789012345678",
    "p:double=1.7976931348623157e308",
    "q:double=5e-324",
    "r:float=3.4028235e38",
    "s:float=0.1",
    "t:string=it's \"so\" \\ 100% ü",
    "u:text=?; -- '",
];

/// A test of the scaffold of [`DEFAULTS`]: a row of the database's defaults is one of a body without fields.
const DEFAULTS_TEST: &str = r#"
#[tokio::test]
async fn defaults_are_exact_in_bodies_and_in_the_database() {
    use super::model::{DefaultedH, Model};
    use fw::model::prelude::{ConnectionTrait, Numeric};

    let app = boot::<App>().await;
    app.post(PATH).json(&json!({})).await.assert_status(201);
    let insert = "INSERT INTO defaulteds DEFAULT VALUES";
    app.ctx.db.execute_unprepared(insert).await.expect("a row");
    let rows = Entity::find().all(&app.ctx.db).await.expect("rows");
    assert_eq!(rows.len(), 2);
    for row in rows {
        let expected = Model {
            id: row.id,
            a: "hello".to_owned(),
            b: 7,
            c: -7,
            d: 0,
            e: 1.5,
            f: Numeric::literal("9.99"),
            g: true,
            h: DefaultedH::High,
            i: 3_000_000_000,
            j: i64::MIN,
            k: i32::MIN,
            l: i16::MAX,
            m: Numeric::literal("10000000000000000000"),
            n: Numeric::literal("123456789012345.6789"),
            o: Numeric::literal("-0.1234567890123456789012345678"),
            p: f64::MAX,
            q: 5e-324,
            r: f32::MAX,
            s: 0.1,
            t: "it's \"so\" \\ 100% ü".to_owned(),
            u: "?; -- '".to_owned(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        assert_eq!(row, expected);
    }
}
"#;

/// A field for each type that allows the modifier.
fn fields(modifier: &str) -> Vec<String> {
    TYPES
        .iter()
        .filter(|kind| !(modifier.contains(['^', '+']) && WITHOUT_INDEX.contains(kind)))
        // There are only two values, so the third row would always be refused.
        .filter(|kind| {
            !(modifier.contains('^') && ["bool", "enum(draft,in_review,published)"].contains(kind))
        })
        .enumerate()
        .map(|(number, kind)| {
            let name = kind.split('(').next().expect("a name");
            format!("{name}_{number}:{kind}{modifier}")
        })
        .collect()
}

fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn visit(folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                found.insert(format!("{}/", path.display()), Vec::new());
                visit(&path, found);
            } else {
                found.insert(
                    path.display().to_string(),
                    fs::read(&path).expect("readable"),
                );
            }
        }
    }
    let mut found = BTreeMap::new();
    visit(&root.join("src"), &mut found);
    found
}

#[test]
fn every_type_and_modifier_and_awkward_names_work() {
    let app = App::new("everything", &[]);
    let scaffold = |name: &str, fields: &[String]| {
        let mut words = vec![
            "generate".to_owned(),
            "scaffold".to_owned(),
            name.to_owned(),
        ];
        words.extend(fields.iter().cloned());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        succeed(&mut app.fw(&words));
    };
    scaffold("person", &["name:string!".to_owned()]);
    for (name, modifier) in [
        ("required", "!"),
        ("nullable", ""),
        ("explicit", "?"),
        ("distinct_value", "^"),
        ("indexed", "+"),
        ("required_indexed", "!+"),
    ] {
        scaffold(name, &fields(modifier));
    }
    scaffold(
        "defaulted",
        &DEFAULTS.iter().map(ToString::to_string).collect::<Vec<_>>(),
    );
    for name in [
        "box_office",
        "news",
        "status",
        "order",
        "user_id",
        "address",
        "data",
        "category",
        "series",
    ] {
        scaffold(
            name,
            &["name:string!".to_owned(), "person:references".to_owned()],
        );
    }
    let locked = [
        "title:string!",
        "slug:string^",
        "price:money",
        "person:references",
    ];
    let lock = |field: &str| vec![field.to_owned(), "--lock".to_owned()];
    scaffold(
        "locked",
        &[&locked.map(str::to_owned)[..], &lock("note:text")].concat(),
    );
    scaffold("locked_reference", &lock("locked:references"));
    succeed(&mut app.fw(&[
        "generate",
        "model",
        "locked_model",
        "name:string^",
        "--lock",
    ]));
    // Two references to one table, one to the own table, one to a table that clients get nothing of, and names of parameters.
    succeed(&mut app.fw(&["generate", "model", "place", "name:string!"]));
    let letter = succeed(&mut app.fw(&[
        "generate",
        "scaffold",
        "letter",
        "sender:references(people)!",
        "receiver:references(people)",
        "reply_to:references(letters)?",
        "place:references?",
        "fields:int+",
        "include:bool",
        "included:date+",
    ]));
    assert!(letter.contains("`include=place` is left out"), "{letter}");
    let model = fs::read_to_string(app.root.join("src/letters/model.rs")).expect("readable");
    let includes: Vec<_> = model.split(".include(\"").skip(1).collect();
    assert_eq!(includes.len(), 2, "{model}");
    generate_jobs(&app);
    succeed(&mut app.cargo(&["fmt", "--check"]));
    let defaulted = app.root.join("src/defaulteds/tests.rs");
    let text = fs::read_to_string(&defaulted).expect("readable");
    fs::write(&defaulted, text + DEFAULTS_TEST).expect("writable");
    succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    let tests = succeed(&mut app.cargo(&["test", "--quiet"]));
    assert!(tests.contains("test result: ok"), "{tests}");

    let manifest = app.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("readable");
    let both = text.replace(
        r#"features = ["openapi", "sqlite"]"#,
        r#"features = ["openapi", "sqlite", "postgres"]"#,
    );
    assert_ne!(text, both);
    fs::write(&manifest, both).expect("writable");
    let url = postgres::server().create_database();
    let tests = succeed(app.cargo(&["test", "--quiet"]).env("DATABASE_URL", url));
    assert!(tests.contains("test result: ok"), "{tests}");
}

/// A job, one that is scheduled, and those with awkward names: `Db`, `Set` and `Value` are in the prelude of their tests.
fn generate_jobs(app: &App) {
    let commands: [&[&str]; 6] = [
        &["job", "send_welcome"],
        &["schedule", "nightly_report", "--cron", "*/5 2 * * *"],
        &["schedule", "schedule", "--every", "10m"],
        &["job", "set"],
        &["schedule", "value", "--every", "1h"],
        &["task", "db"],
    ];
    for command in commands {
        succeed(&mut app.fw(&[&["generate"], command].concat()));
    }
}

#[test]
fn twice_is_once_and_destroy_takes_everything_back() {
    let app = App::new("twice", &["--scaffold", "author name:string!"]);
    let commands: &[&[&str]] = &[
        &["scaffold", "post", "title:string!", "author:references?"],
        &["model", "tag", "name:string^"],
        &[
            "scaffold",
            "note",
            "text:text!",
            "author:references",
            "--lock",
        ],
        &["model", "draft", "text:text!", "--lock"],
        &["controller", "pages", "about"],
        &["task", "prune"],
        &["job", "send_welcome"],
        &["schedule", "nightly_report", "--cron", "30 2 * * *"],
        &["middleware", "timer"],
    ];
    for command in commands {
        let before = tree(&app.root);
        let run = |verb: &str, words: &[&str]| {
            let mut all = vec![verb];
            all.extend(words);
            succeed(&mut app.fw(&all))
        };
        run("generate", command);
        let made = tree(&app.root);
        assert_ne!(before, made, "{command:?}");
        run("generate", command);
        assert!(made == tree(&app.root), "{command:?} twice is not once");
        run("destroy", &command[..2]);
        assert!(
            before == tree(&app.root),
            "{command:?} leaves something behind"
        );
    }
}

#[test]
fn nothing_is_dropped_in_silence() {
    let app = App::new("silence", &["--scaffold", "post title:string!"]);
    let before = tree(&app.root);
    // Other fields than before: a migration is what is wanted.
    let (_, output) =
        fail(&mut app.fw(&["generate", "scaffold", "post", "title:string!", "views:int"]));
    assert!(
        output.contains("cargo fw generate migration add_views_to_posts views:int"),
        "{output}"
    );
    // A reference to a table that no migration makes.
    let (_, output) = fail(&mut app.fw(&["generate", "scaffold", "comment", "author:references"]));
    assert!(
        output.contains("authors") && output.contains("hint"),
        "{output}"
    );
    // A type that does not exist, with its place.
    let (_, output) = fail(&mut app.fw(&["generate", "scaffold", "comment", "text:strin!"]));
    assert!(
        output.contains('^') && output.contains("string"),
        "{output}"
    );
    // A name that Rust keeps for itself.
    let (_, output) = fail(&mut app.fw(&["generate", "scaffold", "comment", "type:string"]));
    assert!(output.contains("type"), "{output}");
    assert!(before == tree(&app.root), "a refusal writes nothing");
    // An edited file is not overwritten, nor deleted.
    let model = app.root.join("src/posts/model.rs");
    let edited = format!(
        "{}\n// mine\n",
        fs::read_to_string(&model).expect("readable")
    );
    fs::write(&model, &edited).expect("writable");
    let (_, output) = fail(&mut app.fw(&["destroy", "scaffold", "post"]));
    assert!(
        output.contains("model.rs") && output.contains("--force"),
        "{output}"
    );
    assert_eq!(fs::read_to_string(&model).expect("still there"), edited);
}

#[test]
fn a_missing_anchor_writes_nothing_and_prints_the_snippet() {
    let app = App::new("anchors", &[]);
    let file = app.root.join("src/app.rs");
    let text = fs::read_to_string(&file).expect("readable");
    let without = text.replace(
        "Routes::new().merge(crate::home::routes())",
        "if true { Routes::new() } else { crate::home::routes() }",
    );
    assert_ne!(text, without);
    fs::write(&file, without).expect("writable");
    let before = tree(&app.root);
    let (code, output) = fail(&mut app.fw(&["generate", "scaffold", "post", "title:string!"]));
    assert_ne!(code, 0);
    assert!(
        output.contains(".merge(crate::posts::routes())"),
        "{output}"
    );
    assert!(before == tree(&app.root), "nothing is written");
}

#[test]
fn a_dry_run_only_tells() {
    let app = App::new("dry", &[]);
    let before = tree(&app.root);
    let output = succeed(&mut app.fw(&[
        "generate",
        "scaffold",
        "post",
        "title:string!",
        "--dry-run",
        "--json",
    ]));
    let ops: serde_json::Value =
        serde_json::from_str(output.trim()).unwrap_or_else(|_| panic!("no JSON: {output}"));
    assert!(
        ops.to_string().contains("src/posts/controller.rs"),
        "{output}"
    );
    assert!(before == tree(&app.root));
}

#[test]
fn a_handler_without_access_is_explained_by_the_compiler() {
    let app = App::new("explained", &[]);
    let controller = app.root.join("src/home/controller.rs");
    let text = fs::read_to_string(&controller).expect("readable");
    let without = text.replace("_: Anyone", "");
    assert_ne!(text, without);
    fs::write(&controller, without).expect("writable");
    let (_, output) = fail(&mut app.cargo(&["check", "--quiet"]));
    assert!(output.contains("does not say who may call"), "{output}");
    assert!(output.contains("`_: Anyone`"), "{output}");
}

#[test]
fn a_middleware_is_not_called_like_one_of_the_framework() {
    let app = App::new("named", &[]);
    let before = tree(&app.root);
    let sections = fw::config::MiddlewareConfig::default();
    let sections = serde_json::to_value(sections).expect("a table");
    for name in sections.as_object().expect("a table").keys() {
        let (_, output) = fail(&mut app.fw(&["generate", "middleware", name]));
        assert!(output.contains(&format!("[middleware.{name}]")), "{output}");
    }
    assert!(before == tree(&app.root));
}

#[test]
fn a_relation_whose_name_is_taken_works_under_another() {
    let app = App::new("taken", &[]);
    let post = [
        "generate",
        "scaffold",
        "post",
        "title:string!",
        "comments:int=0",
        "profile:string",
        "sender_letters:int=0",
    ];
    succeed(&mut app.fw(&post));
    let before = tree(&app.root);
    let children: &[&[&str]] = &[
        &["scaffold", "comment", "post:references", "body:text!"],
        &["model", "profile", "post:references^"],
        &[
            "scaffold",
            "letter",
            "sender:references(posts)",
            "receiver:references(posts)?",
        ],
    ];
    for child in children {
        let output = succeed(&mut app.fw(&[&["generate"], *child].concat()));
        assert!(output.contains("is taken"), "{output}");
    }
    let model = fs::read_to_string(app.root.join("src/posts/model.rs")).expect("readable");
    for field in [
        "pub comments: i32,",
        "pub post_comments: HasMany<comments::Entity>,",
        "pub post_profile: HasOne<profiles::Entity>,",
        "pub post_sender_letters: HasMany<letters::Entity>,",
        "pub receiver_letters: HasMany<letters::Entity>,",
    ] {
        assert!(model.contains(field), "{field} is missing in {model}");
    }
    // The relations load what they name.
    let tests = app.root.join("src/posts/tests.rs");
    let text = fs::read_to_string(&tests).expect("readable");
    let own = r#"
#[tokio::test]
async fn relations_are_loaded_beside_fields_of_their_names() {
    use sea_orm::EntityLoaderTrait;

    use crate::{comments::model as comment, letters::model as letter, posts::model as post};

    let app = boot::<App>().await;
    let id = ActiveModel::create(&app.ctx.db).await.id;
    let body = json!({ "post_id": id, "body": "first" });
    app.post("/api/v1/comments").json(&body).await.assert_status(201);
    let post = post::Entity::load()
        .filter_by_id(id)
        .with(comment::Entity)
        .with(post::Relation::PostSenderLetters)
        .one(&app.ctx.db)
        .await
        .expect("the database answers")
        .expect("the post exists");
    let count: i32 = post.comments;
    assert_eq!(app.get(&format!("{PATH}/{id}")).await.json()["comments"], count);
    assert_eq!(post.post_comments.len(), 1);
    let letters: Vec<&letter::ModelEx> = post.post_sender_letters.iter().collect();
    assert!(letters.is_empty());
}
"#;
    fs::write(&tests, text.clone() + own).expect("writable");
    succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    let output = succeed(&mut app.cargo(&["test", "--quiet"]));
    assert!(output.contains("test result: ok"), "{output}");
    fs::write(&tests, text).expect("writable");
    succeed(&mut app.cargo(&["fmt", "--check"]));
    for child in children.iter().rev() {
        succeed(&mut app.fw(&["destroy", child[0], child[1]]));
    }
    assert!(before == tree(&app.root), "something is left behind");
}
