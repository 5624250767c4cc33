//! The pages of accounts, which the generator `auth` makes in an application that has pages.

use std::{fs, path::Path};

use super::{controller::ROUTES, mailer, scaffold::LAYOUT};
use crate::{
    error::CliError,
    plan::{Edit, Plan, Table, has_navigation},
    project::Project,
    starters::File,
};

/// The folder of the templates and messages.
const FOLDER: &str = "src/accounts/pages";
/// The beginnings of the paths of all files.
const FILES: [&str; 3] = [
    "src/accounts/page_tests",
    "src/accounts/pages",
    "src/accounts/settings",
];

/// The pages that browsers are led to when they may not see another one.
const PATHS: &str = r#"# The pages that ask for a sign-in, for the password once more before what only a recent one may do, and for the second factor that a role needs.
[auth]
sign_in_path = "/sign-in"
confirm_path = "/confirm"
second_factor_path = "/settings/second-factor"
"#;

const LIMITS: &str = r#"# The same for the pages.
[[middleware.rate_limit.rules]]
name = "sign-in-pages"
paths = ["/sign-in", "/confirm", "/settings/password", "/register/complete", "/password/reset"]
methods = ["POST"]
requests = 10
per = "1m"

[[middleware.rate_limit.rules]]
name = "mail-pages"
paths = ["/register", "/password/forgot", "/settings/email"]
methods = ["POST"]
requests = 20
per = "1h"
"#;

/// Returns whether a file of the starter is part of the pages.
pub(super) fn has(path: &str) -> bool {
    FILES.iter().any(|start| path.starts_with(start))
}

/// The text of a file of the starter, with the lines for pages or without them.
pub(super) fn chosen(text: &str, has_pages: bool) -> String {
    let mut chosen = String::with_capacity(text.len());
    let mut is_kept = true;
    for line in text.split_inclusive('\n') {
        match line.trim() {
            "// fw:if pages" => is_kept = has_pages,
            "// fw:end" => is_kept = true,
            _ if is_kept => chosen.push_str(line),
            _ => {}
        }
    }
    chosen
}

/// The edits of the application, and the messages. The files are those of [`has`].
pub(super) fn add(plan: &mut Plan, project: &Project, starter: &[File]) -> Result<(), CliError> {
    let call = ".merge(crate::accounts::pages::routes())".to_owned();
    plan.insert("src/app.rs", Edit::HookCall { hook: ROUTES, call });
    if project.text("config/default.toml")?.is_some() {
        for (after, lines) in [
            ("middleware.rate_limit", LIMITS),
            ("middleware.etag", PATHS),
        ] {
            let (after, lines) = (after.to_owned(), lines.to_owned());
            plan.insert("config/default.toml", Edit::Table(Table { after, lines }));
        }
    }
    let name = "account_links".to_owned();
    if has_navigation(&project.text(LAYOUT)?.unwrap_or_default()) {
        plan.insert(LAYOUT, Edit::NavigationComponent { name });
    } else {
        plan.notes.push(format!(
            "`{LAYOUT}` has no `<nav>` for the sign-in and the sign-out: `{{{{ <{name} /> }}}}`"
        ));
    }
    for locale in mailer::locales(project)? {
        let path = format!("{FOLDER}/{locale}.ftl");
        let of = |path: &str| starter.iter().find(|file| file.path == path);
        let file = of(&path).or_else(|| of(&format!("{FOLDER}/en.ftl")));
        let mut others = String::new();
        read_messages(
            &project.root.join("src"),
            &project.root.join(FOLDER),
            &format!("{locale}.ftl"),
            &mut others,
        );
        let text = file.map_or("", |file| file.content);
        plan.create(path, without_common(text, &others));
    }
    Ok(())
}

/// The messages without those that are not about accounts and that the application has already: each may be there once.
fn without_common(messages: &str, others: &str) -> String {
    let key = |line: &str| Some(line.split_once(" =")?.0.to_owned());
    let is_there = |line: &str| {
        let is_common = |own: &String| {
            let own_scopes = ["accounts", "auth", " "];
            !own_scopes.iter().any(|scope| own.starts_with(scope))
        };
        let own = key(line).filter(is_common);
        own.is_some_and(|own| {
            others
                .lines()
                .any(|other| key(other).as_ref() == Some(&own))
        })
    };
    let kept = messages.split_inclusive('\n');
    kept.filter(|line| !is_there(line)).collect()
}

/// Reads the files of a name in a folder and those in it, but for one.
fn read_messages(folder: &Path, but: &Path, name: &str, found: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && path != but {
            read_messages(&path, but, name, found);
        } else if entry.file_name() == name {
            found.push_str(&fs::read_to_string(&path).unwrap_or_default());
            found.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{chosen, without_common};

    #[test]
    fn lines_for_pages_are_only_in_applications_that_have_some() {
        let text = "a\n// fw:if pages\nb\n// fw:end\nc\n";
        assert_eq!(chosen(text, true), "a\nb\nc\n");
        assert_eq!(chosen(text, false), "a\nc\n");
    }

    #[test]
    fn messages_that_every_form_needs_are_there_once() {
        let own = "accounts = Konten\n    .name = Name\nproblem-invalid = falsch\nproblem-required = fehlt\n";
        let others =
            "shop = Laden\n    .name = Wort\nproblem-required = { $kind ->\n   *[other] fehlt\n}\n";
        assert_eq!(
            without_common(own, others),
            "accounts = Konten\n    .name = Name\nproblem-invalid = falsch\n"
        );
    }
}
