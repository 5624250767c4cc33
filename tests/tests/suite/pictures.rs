//! The pictures in the README: of a terminal, and of a page that the generators made. `tests/pictures` takes them anew.

use std::{env, fs};

use fw_tests::{app::repository, tools};

use crate::only_blog;

/// What is typed.
const COMMANDS: [&str; 5] = [
    "cargo fw new blog --template web --yes",
    "cd blog",
    "cargo fw generate scaffold post 'title:string!' content:text 'status:enum(draft,published)=draft'",
    "cargo fw db migrate",
    "cargo fw start",
];

/// The most that a picture may weigh, in bytes.
const HEAVIEST: usize = 100_000;

/// The width and the height of a PNG, which begins with them.
fn size(png: &[u8]) -> &[u8] {
    &png[16..24]
}

#[test]
fn they_are_of_what_happens() {
    let _turn = only_blog();
    let folder = tempfile::tempdir().expect("a folder");
    let made = |name: &str| folder.path().join(name);
    let page = made("page.png");
    tools::draw_terminal(&made("terminal.svg"), folder.path(), &COMMANDS, |url| {
        let found = tools::browse("picture.cjs", &[url, &page.display().to_string()]);
        let html = found["html"].as_str().expect("the page");
        fs::write(made("page.html"), html).expect("it can be written");
    });
    let read = |name: &str, kept: &str| {
        let kept = repository().join(kept);
        if env::var_os("BLESS").is_some() {
            fs::copy(made(name), &kept).expect("it can be kept");
        }
        let kept = fs::read(kept).expect("it is there");
        (fs::read(made(name)).expect("it is made"), kept)
    };
    // The same letters look different on another machine, so pixels are not compared, but what they are of; that has the names of the
    // style sheets, which are new with each change.
    for (name, kept) in [
        ("terminal.svg", "guides/pictures/terminal.svg"),
        ("page.html", "tests/fixtures/page.html"),
    ] {
        let (made, kept) = read(name, kept);
        let [made, kept] = [made, kept].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        assert!(
            made == kept,
            "the pictures are no longer of what happens: `tests/pictures` takes them anew\n{}",
            similar::TextDiff::from_lines(&kept, &made).unified_diff()
        );
        assert!(kept.len() < HEAVIEST, "{name} has {} bytes", kept.len());
    }
    let (made, kept) = read("page.png", "guides/pictures/page.png");
    assert_eq!(size(&made), size(&kept), "`tests/pictures` takes it anew");
    assert!(kept.len() < HEAVIEST, "it has {} bytes", kept.len());
}
