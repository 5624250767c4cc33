//! The snapshot of the access rules: a change of who may do what shows in review.

use std::{collections::BTreeMap, env, fs, io::ErrorKind};

use fw::{app::Hooks, test_support::Application};

const HEADER: &str = "\
# The access rule of each route. Tests compare it with the code; a change here is a change of who may call what.
";

/// Compares the access rules of an application's routes with a file, which is committed: a line for each route, such as
/// `GET /api/v1/posts: posts:list`. So a changed rule shows in review.
///
/// A rule that differs fails the test, until `BLESS=1 cargo test` accepts it. The lines of routes that are new, or gone, are written without
/// asking; where the variable `CI` is set they fail too. A file that is not there is written with all rules.
///
/// ```no_run
/// # use fw::prelude::*;
/// # struct App;
/// # impl Hooks for App {
/// #     type Settings = ();
/// #     fn name() -> &'static str { "blog" }
/// #     fn routes() -> Routes { Routes::new() }
/// #     fn migrations() -> Vec<Migration> { Vec::new() }
/// # }
/// #[test]
/// fn rules_are_as_they_were_reviewed() {
///     fw_testing::assert_access_rules::<App>("src/access/routes.snap");
/// }
/// ```
///
/// # Panics
///
/// When a rule differs, with the difference, and when the file cannot be read or written.
#[track_caller]
pub fn assert_access_rules<H: Hooks>(path: &str) {
    let rules = Application::of::<H>().rules().into_iter();
    let found = rules.map(|rule| (format!("{} {}", rule.method, rule.path), rule.rule));
    let is_set = |name| {
        env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0" && value != "false")
    };
    let mode = match (is_set("BLESS"), is_set("CI")) {
        (true, _) => Mode::Accept,
        (false, true) => Mode::Compare,
        (false, false) => Mode::Add,
    };
    if let Err(message) = compare(path, &found.collect(), mode) {
        panic!("{message}");
    }
}

/// Rules by method and path.
type Rules = BTreeMap<String, String>;

/// The treatment of differences.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// All are accepted.
    Accept,
    /// Routes that are new or gone are.
    Add,
    /// None is.
    Compare,
}

fn compare(path: &str, found: &Rules, mode: Mode) -> Result<(), String> {
    let (text, mode) = match fs::read_to_string(path) {
        Ok(text) => (text, mode),
        // Nothing was reviewed yet, also where the first test runs in continuous integration.
        Err(error) if error.kind() == ErrorKind::NotFound => (String::new(), Mode::Add),
        Err(error) => return Err(format!("`{path}` cannot be read: {error}")),
    };
    let reviewed = read(&text);
    let faults = differences(&reviewed, found, mode);
    if !faults.is_empty() {
        let faults = faults.join("\n  ");
        return Err(format!(
            "access rules differ from `{path}`:\n  {faults}\nhint: if they are meant to, run the test with `BLESS=1`, and commit the file"
        ));
    }
    if mode == Mode::Compare || reviewed == *found {
        return Ok(());
    }
    let lines = found
        .iter()
        .map(|(route, rule)| format!("{route}: {rule}\n"));
    let text = HEADER.to_owned() + &lines.collect::<String>();
    fs::write(path, text).map_err(|error| format!("`{path}` cannot be written: {error}"))
}

/// Reads the lines of a file. A line that is none of a rule differs from every rule.
fn read(text: &str) -> Rules {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (route, rule) = line.split_once(": ").unwrap_or((line, ""));
            (route.to_owned(), rule.to_owned())
        })
        .collect()
}

/// The differences that are not accepted, a line for each.
fn differences(reviewed: &Rules, found: &Rules, mode: Mode) -> Vec<String> {
    if mode == Mode::Accept {
        return Vec::new();
    }
    let mut differences: Vec<String> = found
        .iter()
        .filter_map(|(route, rule)| match reviewed.get(route) {
            Some(before) if before == rule => None,
            Some(before) => Some(format!(
                "{route}: `{before}` was reviewed, and it is `{rule}`"
            )),
            None if mode == Mode::Compare => Some(format!("{route}: new, `{rule}`")),
            None => None,
        })
        .collect();
    if mode == Mode::Compare {
        let gone = reviewed.keys().filter(|route| !found.contains_key(*route));
        differences.extend(gone.map(|route| format!("{route}: gone")));
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(lines: &[(&str, &str)]) -> Rules {
        let owned = |(route, rule): &(&str, &str)| (String::from(*route), String::from(*rule));
        lines.iter().map(owned).collect()
    }

    #[test]
    fn a_changed_rule_must_be_accepted() {
        let folder = env::temp_dir().join(format!("fw-rules-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("routes.snap");
        let path = path.to_str().expect("text");
        let before = rules(&[
            ("GET /posts", "posts:list"),
            ("POST /posts", "posts:create"),
        ]);
        compare(path, &before, Mode::Compare).expect("the first is written");
        compare(path, &before, Mode::Compare).expect("the same");
        let text = fs::read_to_string(path).expect("written");
        assert!(
            text.ends_with("GET /posts: posts:list\nPOST /posts: posts:create\n"),
            "{text}"
        );

        let opened = rules(&[
            ("GET /posts", "anyone"),
            ("GET /posts/{id}", "posts:read (own)"),
        ]);
        let message = compare(path, &opened, Mode::Add).expect_err("another rule");
        assert!(
            message.contains("\n  GET /posts: `posts:list` was reviewed, and it is `anyone`\nhint"),
            "{message}"
        );
        let message = compare(path, &opened, Mode::Compare).expect_err("other routes");
        assert!(
            message.contains("GET /posts/{id}: new, `posts:read (own)`")
                && message.contains("POST /posts: gone"),
            "{message}"
        );
        assert_eq!(
            fs::read_to_string(path).expect("there"),
            text,
            "nothing is written"
        );
        compare(path, &opened, Mode::Accept).expect("accepted");
        compare(path, &opened, Mode::Compare).expect("the same");
        fs::remove_dir_all(folder).expect("removed");
    }
}
