//! A release build, alone in an empty folder.

use std::{collections::BTreeSet, fs, thread, time::Duration};

use fw_tests::{
    app::{App, Server, succeed},
    http::{Response, request},
};

/// The paths of this server that a page leads to.
fn links(page: &str) -> BTreeSet<&str> {
    let attributes = ["href=\"/", "src=\"/", "action=\"/"];
    let starts = attributes.iter().flat_map(|attribute| {
        page.match_indices(attribute)
            .map(|(start, found)| start + found.len() - 1)
    });
    starts
        .filter_map(|start| page[start..].split('"').next())
        .collect()
}

fn get(server: &Server, path: &str) -> Response {
    let headers = [("accept", "text/html"), ("accept-encoding", "br")];
    request(server.address, "GET", path, &headers, b"").expect("a response")
}

#[test]
fn a_binary_alone_in_an_empty_folder_serves_everything() {
    let app = App::new("alone", &["--template", "web"]);
    succeed(&mut app.fw(&["generate", "scaffold", "note", "title:string!", "body:text"]));
    succeed(&mut app.fw(&["generate", "htmx"]));
    let folder = tempfile::tempdir().expect("a folder");
    let binary = app.build_release().moved_to(folder.path());
    // Nothing is read where it was built.
    fs::remove_dir_all(&app.root).expect("it can be removed");
    let variables = [
        ("FW_ENV", "production"),
        ("FW_KEYS", "9S0MZKdsfTQBzBY8rxJdTHZQmGJTGAHhHmFuOrAsLUE="),
        ("FW_SERVER__PUBLIC_URL", "https://notes.example.com"),
        ("DATABASE_URL", "sqlite://notes.db"),
    ];
    succeed(binary.command(&["db", "migrate"]).envs(variables));
    let server = binary.start(&variables);

    let mut seen = BTreeSet::new();
    let mut next = vec!["/".to_owned(), "/notes".to_owned(), "/notes/new".to_owned()];
    while let Some(path) = next.pop() {
        let response = get(&server, &path);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        if path.starts_with("/assets/") {
            let cache = response.header("cache-control");
            assert!(cache.contains("immutable"), "{path}: {cache}");
        } else {
            let page = request(
                server.address,
                "GET",
                &path,
                &[("accept", "text/html")],
                b"",
            );
            let page = page.expect("a response").text();
            assert!(
                page.contains("</html>") && !page.contains("/_fw/"),
                "{page}"
            );
            let links = links(&page).into_iter().map(str::to_owned);
            next.extend(links.filter(|link| seen.insert(link.clone())));
        }
    }
    for end in [".css", ".svg", ".js"] {
        let of_kind = |path: &&String| path.starts_with("/assets/") && path.ends_with(end);
        let found = seen.iter().find(of_kind);
        let path = found.unwrap_or_else(|| panic!("no page has a {end}: {seen:?}"));
        // The first request has begun the compression.
        let is_compressed = (0..50).any(|_| {
            thread::sleep(Duration::from_millis(100));
            get(&server, path).header("content-encoding") == "br"
        });
        assert!(is_compressed, "{path}");
    }
    let missing = get(&server, "/nope");
    let kind = missing.header("content-type");
    assert_eq!((missing.status, kind), (404, "text/html; charset=utf-8"));
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let created = request(
        server.address,
        "POST",
        "/notes",
        &headers,
        b"title=Alone&body=",
    );
    assert_eq!(created.expect("a response").status, 303);
}
