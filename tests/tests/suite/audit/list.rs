//! `task audit:list` of a built application.

use std::fs;

use fw_tests::{
    app::{fail, repository, succeed},
    http,
};
use serde_json::Value;

use crate::Database;

#[test]
fn events_are_listed_as_the_guide_shows_them() {
    for database in Database::both() {
        let server = database.start(&[("FW_SERVER__TRUSTED_PROXIES", "127.0.0.1")]);
        let headers = [
            ("x-forwarded-for", "192.0.2.1"),
            ("user-agent", "curl/8.14.1"),
            ("x-request-id", "r-1"),
        ];
        let written = http::request(server.address, "POST", "/lab/audited", &headers, b"");
        assert_eq!(written.expect("a response").status, 204);
        let list = |arguments: &[&str]| {
            let words = [&["task", "audit:list"], arguments].concat();
            succeed(&mut database.command(&words))
        };
        let listed = list(&["--target", "posts:7"]);
        let parts = |line: &str| {
            line.split("  ")
                .skip(1)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let found = listed.lines().find(|line| line.contains("post.published"));
        let found = parts(found.unwrap_or_else(|| panic!("{listed}")));

        let guide = fs::read_to_string(repository().join("guides/audit.md")).expect("the guide");
        let shown = guide
            .lines()
            .find(|line| line.starts_with("2026-") && line.contains("post.published"));
        assert_eq!(found, parts(shown.expect("the guide shows a line")));

        let json = list(&["action:post.*", "since:1h", "--json", "--limit", "1"]);
        let event: Value =
            serde_json::from_str(json.lines().last().expect("a line")).expect("JSON");
        assert_eq!(event["actor"], "user:7");
        assert_eq!(event["changes"]["status"]["to"], "published");
        for nothing in [
            ["--actor", "user:8"],
            ["--request", "r-2"],
            ["--until", "2026-01-01T00:00:00Z"],
        ] {
            assert!(!list(&nothing).contains("post.published"), "{nothing:?}");
        }
        let (code, said) =
            fail(&mut database.command(&["task", "audit:list", "--since", "yesterday"]));
        assert_eq!(code, 2);
        assert!(said.contains("neither a time"), "{said}");
        let said = succeed(&mut database.command(&["doctor"]));
        assert!(said.contains("ok    audit: "), "{said}");
    }
}
