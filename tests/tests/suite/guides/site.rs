//! The site that mdBook makes of the guides. `tests/check site` checks its links.

use fw_tests::tools::{build_site, rendered};

/// What people search for, and the page that must be among the first results.
const SEARCHES: [(&str, &str); 4] = [
    ("restore backup", "database.html"),
    ("api keys", "authorization.html"),
    ("nginx", "deployment.html"),
    ("dead letter", "background.html"),
];

/// The number of results that are looked at.
const FIRST: usize = 5;

#[test]
fn it_is_searched_without_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    build_site(folder.path());
    for (words, page) in SEARCHES {
        let query = words.replace(' ', "+");
        let url = format!(
            "file://{}/index.html?search={query}",
            folder.path().display()
        );
        let html = rendered(&url);
        let results = html.split("aria-details=\"mdbook-teaser_");
        let links: Vec<_> = results
            .filter_map(|before| before.rsplit_once("<a href=\""))
            .collect();
        let links: Vec<_> = links
            .iter()
            .filter_map(|(_, link)| link.split(['?', '#']).next())
            .take(FIRST)
            .collect();
        assert!(links.contains(&page), "{words}: {links:?}");
    }
}
