//! `examples/blog` is the exact output of a fixed list of commands: a change of the generators shows in its diff.
//!
//! `BLESS=1 tests/run golden` accepts the present output.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};

use fw_tests::{
    app::{App, Server, repository, succeed},
    http::get,
};

use crate::only_blog;

const COMMANDS: &[&[&str]] = &[
    &["generate", "scaffold", "author", "name:string!"],
    &[
        "generate",
        "scaffold",
        "post",
        "title:string!",
        "slug:string^",
        "content:text",
        "status:enum(draft,published)=draft",
        "author:references?",
        "rating:decimal(3,2)",
    ],
    &[
        "generate",
        "migration",
        "add_subtitle_to_posts",
        "subtitle:string(120)",
    ],
    &["generate", "model", "tag", "name:string^"],
    &["generate", "migration", "create_join_table_posts_tags"],
    &["generate", "controller", "pages", "about"],
    &["generate", "task", "prune_drafts"],
    &["generate", "middleware", "request_timer"],
];

/// The application, made again.
pub(crate) static BLOG: LazyLock<App> = LazyLock::new(|| {
    let app = App::new("blog", &[]);
    for (second, command) in COMMANDS.iter().enumerate() {
        succeed(
            app.fw(command)
                .env("CARGO_FW_NOW", format!("2026-11-21T10:15:{second:02}")),
        );
    }
    app
});

/// Every file below a folder with its text, but for what a build or an editor leaves there.
pub(crate) fn files(root: &Path) -> BTreeMap<PathBuf, String> {
    fn visit(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            if ["target", "target-binary", "Cargo.lock", "data", ".git"].contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                visit(root, &path, found);
            } else {
                let text = fs::read_to_string(&path).expect("the file is text");
                // Where the framework is depends on where the application is.
                let framework = repository().join("framework");
                let text = text.replace(&framework.display().to_string(), "../../framework");
                found.insert(
                    path.strip_prefix(root).expect("below the root").to_owned(),
                    text,
                );
            }
        }
    }
    let mut found = BTreeMap::new();
    visit(root, root, &mut found);
    found
}

#[test]
fn the_golden_app_is_what_the_generators_make() {
    let golden = repository().join("examples/blog");
    let made = files(&BLOG.root);
    if env::var_os("BLESS").is_some() {
        if golden.exists() {
            fs::remove_dir_all(&golden).expect("the old one can be removed");
        }
        for (path, text) in &made {
            let path = golden.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
            fs::write(path, text).expect("the file can be written");
        }
    }
    let kept = files(&golden);
    let names = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&made),
        names(&kept),
        "the files are others; accept them with BLESS=1"
    );
    for (path, text) in made {
        assert!(
            text == kept[&path],
            "`{}` is another; accept it with BLESS=1\n{text}",
            path.display()
        );
    }
}

#[test]
fn the_golden_app_is_fit_for_everything() {
    let _turn = only_blog();
    succeed(&mut BLOG.cargo(&["fmt", "--check"]));
    succeed(&mut BLOG.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    let tests = succeed(&mut BLOG.cargo(&["test", "--quiet"]));
    assert!(tests.contains("test result: ok"), "{tests}");
    let binary = BLOG.build();
    for environment in ["development", "production"] {
        let mut command = binary.command(&["start", "--port", "0", "--migrate"]);
        let url = format!(
            "sqlite://{}",
            BLOG.root.join(format!("data/{environment}.db")).display()
        );
        command.env("FW_ENV", environment).env("DATABASE_URL", url);
        let mut server = Server::start(command);
        assert_eq!(
            get(server.address, "/api/v1/posts")
                .expect("a response")
                .status,
            200
        );
        server.signal("TERM");
        assert_eq!(
            server.wait(Duration::from_secs(5)).code(),
            Some(0),
            "{}",
            server.log()
        );
    }
    // Every migration can be undone, and applied again.
    succeed(&mut binary.command(&["db", "reset"]));
    assert!(succeed(&mut binary.command(&["db", "rollback", "99"])).contains("_create_authors"));
    succeed(&mut binary.command(&["db", "migrate"]));
    succeed(&mut binary.command(&["task", "prune_drafts"]));
}
