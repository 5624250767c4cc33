//! Loco, the framework that is nearest to this one: an application as its own tools make it.
//!
//! Its tools, its applications and their target folder are kept in `~/.cache/framewright/bench/loco`: making an application
//! takes some minutes, its optimized build ten more.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fw_tests::app::{clean, repository, succeed};

use crate::{
    change::Subject,
    contender::{Contender, Name},
    database::{Database, Kind},
    say,
    workplace::{Build, built, cache, cargo, edit, folder, keep, run},
};

/// The newest version when this was written; a newer one may have other options.
const VERSION: &str = "1.2.0";

/// The tool that Loco's generators call, of the version of SeaORM that Loco uses.
const SEA_ORM_CLI: &str = "~2.0";

/// The application in its optimized build.
pub(crate) fn contender(kind: Kind, build: Build) -> Contender {
    optimized(&application(kind, Assets::None), kind.word(), build)
}

/// The line that adds the routes of its posts.
const POSTS: &str = ".add_route(controllers::posts::routes())";

/// The application with a page of its posts, in its optimized build.
pub(crate) fn with_pages(build: Build) -> Contender {
    let root = application(Kind::Sqlite, Assets::Serverside);
    let fixtures = repository().join("tests/fixtures/loco-pages");
    let views = root.join("assets/views/posts");
    fs::create_dir_all(&views).expect("the folder can be made");
    for (file, copy) in [
        ("pages.rs", root.join("src/controllers/pages.rs")),
        ("index.html", views.join("index.html")),
    ] {
        fs::copy(fixtures.join(file), copy).expect("the fixture can be copied");
    }
    let controllers = root.join("src/controllers/mod.rs");
    let listed = fs::read_to_string(&controllers).expect("an application has controllers");
    if !listed.contains("pub mod pages;") {
        edit(
            &controllers,
            "pub mod posts;",
            "pub mod pages;\npub mod posts;",
        );
        let both = format!("{POSTS}\n            .add_route(controllers::pages::routes())");
        edit(&root.join("src/app.rs"), POSTS, &both);
    }
    optimized(&root, "pages", build)
}

fn optimized(root: &Path, place: &str, build: Build) -> Contender {
    if !build.no_build {
        say("building Loco's application (ten minutes the first time)");
        let target = folder("loco/target");
        run(cargo(root, &target).args(["build", "--release", "--quiet"]));
        keep(Name::Loco, &target.join("release/bench-cli"), place);
    }
    built(Name::Loco, root, place)
}

/// What an application serves besides an API.
#[derive(Clone, Copy)]
enum Assets {
    None,
    /// Templates.
    Serverside,
}

impl Assets {
    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Serverside => "serverside",
        }
    }
}

/// What the application wants to know in production. All else is as `loco new` leaves it: ten connections, a log of level
/// `info` in JSON, to the standard output, which goes to a file here.
pub(crate) fn configure(command: &mut Command) -> &mut Command {
    command
        .env("LOCO_ENV", "production")
        // The tables are there.
        .env("DB_AUTO_MIGRATE", "false")
        .env("BINDING", "127.0.0.1")
        .env("HOST", "http://127.0.0.1")
        .env("MAILER_HOST", "127.0.0.1")
        .env("MAILER_USER", "nobody")
        .env("MAILER_PASSWORD", "none")
        .env(
            "JWT_SECRET",
            "bm9ib2R5IGtub3dzIHRoaXMgc2VjcmV0IG9mIGEgYmVuY2htYXJr",
        )
}

/// A copy of the application in `folder`, to be changed.
pub(crate) fn subject(folder: &Path) -> Subject {
    let root = folder.join("bench");
    let mut copy = Command::new("cp");
    succeed(
        copy.arg("-r")
            .arg(application(Kind::Sqlite, Assets::None))
            .arg(&root),
    );
    Subject {
        root,
        binary: "bench-cli",
        handler: (
            "src/controllers/posts.rs",
            ") -> Result<Json<Page<PostDto>>> {",
        ),
        model: "src/models/posts.rs",
    }
}

/// The command that builds the application if need be and serves.
pub(crate) fn start(root: &Path, target: &Path, port: u16) -> Command {
    let mut command = loco(root, target, &["start", "--port", &port.to_string()]);
    command.env("BINDING", "127.0.0.1");
    command
}

/// Generates a resource that anyone may ask for.
pub(crate) fn generate(root: &Path, target: &Path, words: &[&str]) {
    let mut command = loco(root, target, &["generate", "scaffold"]);
    run(command.args(words).arg("--no-auth"));
}

/// The folder of an application with posts; it is made when it is not there yet.
fn application(kind: Kind, assets: Assets) -> PathBuf {
    install_tools();
    let (kind_word, assets_word) = (kind.word(), assets.word());
    let place = folder(&format!("loco/{VERSION}-{kind_word}-{assets_word}"));
    let (root, made) = (place.join("bench"), place.join("made"));
    if made.exists() {
        return root;
    }
    say("making Loco's application (some minutes)");
    if root.exists() {
        fs::remove_dir_all(&root).expect("what an earlier run has begun can be removed");
    }
    let mut new = tool(&cache().join("loco/bin/loco"), &place);
    run(new
        .args(["new", "--name", "bench", "--db", kind_word])
        .args([
            "--bg",
            "async",
            "--assets",
            assets_word,
            "--allow-in-git-repo",
        ]));
    let database = Database::empty(kind, &place);
    let mut scaffold = loco(&root, &folder("loco/target"), &["generate", "scaffold"]);
    run(scaffold
        .args(["post", "title:string!", "content:text", "--no-auth"])
        .env("DATABASE_URL", database.url()));
    fs::write(made, "").expect("the mark can be written");
    root
}

fn install_tools() {
    let home = folder("loco");
    for (package, program, version) in [
        ("loco", "loco", VERSION),
        ("sea-orm-cli", "sea-orm-cli", SEA_ORM_CLI),
    ] {
        if home.join("bin").join(program).exists() {
            continue;
        }
        say(&format!("installing {package} {version} (some minutes)"));
        let mut install = cargo(&home, &home.join("target-tools"));
        run(install
            .args(["install", "--quiet", "--locked", package])
            .args(["--version", version, "--root"])
            .arg(&home));
    }
    // What installing has left.
    let _ = fs::remove_dir_all(home.join("target-tools"));
}

/// `cargo loco …`: it builds the application first.
fn loco(root: &Path, target: &Path, words: &[&str]) -> Command {
    let mut command = tool(Path::new("cargo"), root);
    command
        .arg("loco")
        .args(words)
        .env("CARGO_TARGET_DIR", target);
    command
}

/// A program that finds Loco's tools.
fn tool(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    clean(&mut command);
    command
        .current_dir(folder)
        .env("PATH", path())
        .stdin(Stdio::null());
    command
}

fn path() -> OsString {
    let present = env::var_os("PATH").unwrap_or_default();
    let tools = cache().join("loco/bin");
    env::join_paths([tools].into_iter().chain(env::split_paths(&present)))
        .expect("no `:` in a folder")
}
