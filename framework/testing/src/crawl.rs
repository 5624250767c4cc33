//! A walk through the pages of an application, as a reader does it: link by link.

use std::collections::{BTreeSet, VecDeque};

use crate::{TestApp, html};

/// The largest number of pages; more are a list without an end.
const MAX_PAGES: usize = 500;

impl TestApp {
    /// Opens a page, and all pages of the application that it and they link to, and checks that each is there (200), that no two elements have the same
    /// id, that every control of a form has a label, and that ids that are referred to exist. Forms are not sent. A link may lead to a page that needs
    /// a sign-in, or a permission (401, 403).
    ///
    /// ```no_run
    /// # use fw_testing::prelude::*;
    /// # async fn test(app: TestApp) {
    /// let seen = app.crawl("/").await;
    /// assert!(seen.contains(&"/posts/new".to_owned()));
    /// # }
    /// ```
    ///
    /// Gives the paths, with their queries, of all pages that it has opened.
    ///
    /// # Panics
    ///
    /// With everything that is wrong, and the page that it is on.
    pub async fn crawl(&self, start: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let mut seen = BTreeSet::from([start.to_owned()]);
        let mut queue = VecDeque::from([(start.to_owned(), "the start".to_owned())]);
        while let Some((path, from)) = queue.pop_front() {
            let response = self.get(&path).header("accept", "text/html").await;
            if response.status().is_redirection() {
                let location = response.header("location").to_owned();
                if html::is_local(&location) && seen.insert(location.clone()) {
                    queue.push_back((location, path));
                }
                continue;
            }
            if path != start && [401, 403].contains(&response.status().as_u16()) {
                continue;
            }
            if response.status() != 200 {
                faults.push(format!(
                    "`{path}`, linked from {from}: {}",
                    response.status()
                ));
                continue;
            }
            let media_type = response.headers().get("content-type");
            let is_page =
                media_type.is_some_and(|found| found.as_bytes().starts_with(b"text/html"));
            if !is_page {
                continue;
            }
            let page = html::Page::of(&response.text());
            faults.extend(
                page.faults()
                    .into_iter()
                    .map(|fault| format!("`{path}`: {fault}")),
            );
            for link in page.links(&path) {
                if seen.len() < MAX_PAGES && seen.insert(link.clone()) {
                    queue.push_back((link, format!("`{path}`")));
                }
            }
        }
        assert!(
            faults.is_empty(),
            "pages are at fault:\n{}",
            faults.join("\n")
        );
        seen.into_iter().collect()
    }
}
