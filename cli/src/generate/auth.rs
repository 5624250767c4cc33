//! The generator `auth`: accounts of people, with the code of the starter `saas`, which is compiled and tested like any application.

use std::borrow::Cow;

use clap::Args;
use toml_edit::{DocumentMut, InlineTable, Value};

use super::{
    Generator, auth_pages, controller::ROUTES, mailer, mailer::MAILERS, origin,
    scaffold::check_views, task::TASKS,
};
use crate::{
    error::CliError,
    plan::{
        Artifact, Edit, Hook, Key, Op, OutputOptions, Plan, Records, Table, Verbosity, execute,
    },
    project::Project,
    starters,
};

/// The arguments of `cargo fw generate auth`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Auth {
    /// Pages as well; default where the application has pages
    #[arg(long)]
    html: bool,
}

const MANUAL: &str = "\
Makes `src/accounts` (registration, sign-in, passwords, addresses, sessions, tokens; mails and tests), `src/access` (who may call what),
the migration of the tables, and limits of guesses in `config/default.toml`. What must be right, such as hashes and sessions, is part of
the framework, which `cargo update` repairs; what is made here is yours. In an application with pages it makes those of accounts too,
which work without JavaScript: `src/accounts/pages.rs`, `settings.rs`, and their templates in `src/accounts/pages`.

Example:
  cargo fw generate auth";

/// The starter with the code.
const STARTER: &str = "saas";
/// The folders that it makes.
const FOLDERS: [&str; 2] = ["src/access", "src/accounts"];
/// The snapshot of the access rules, which tests write.
const RULES: &str = "src/access/routes.snap";
const TABLE: &str = "users";
const MIGRATION: &str = "create_users";
/// The name in the record: an application has accounts once.
const KEY: &str = "accounts";

/// The hook with the templates of the application.
const VIEWS: Hook = Hook {
    function: Cow::Borrowed("views"),
    signature: Cow::Borrowed("fn views() -> fw::view::Views"),
    root: Cow::Borrowed("fw::views!()"),
};

/// The hook with the roles of the code.
const ROLES: Hook = Hook {
    function: Cow::Borrowed("roles"),
    signature: Cow::Borrowed("fn roles() -> Vec<fw::auth::Role>"),
    root: Cow::Borrowed("crate::access::roles::all()"),
};

const LIMITS: &str = r#"# Guesses of passwords and tokens: by address, before a request costs anything. Each account has a lock-out of its own.
[[middleware.rate_limit.rules]]
name = "sign-in"
paths = ["/api/v1/auth/session", "/api/v1/auth/tokens", "/api/v1/auth/password", "/api/v1/auth/registrations/complete", "/api/v1/auth/challenges"]
methods = ["POST", "PUT"]
requests = 10
per = "1m"

# Requests that send mails to somebody.
[[middleware.rate_limit.rules]]
name = "mails"
paths = ["/api/v1/auth/registrations", "/api/v1/auth/password/forgot", "/api/v1/auth/email"]
methods = ["POST"]
requests = 30
per = "1h"

[[middleware.rate_limit.rules]]
name = "auth"
paths = ["/api/v1/auth"]
requests = 120
per = "1m"
"#;

impl Generator for Auth {
    const NAME: &'static str = "auth";
    const ABOUT: &'static str = "Adds accounts: registration, sign-in, passwords, sessions, tokens";
    const EXAMPLE: Option<&'static str> = Some("");

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        Ok(vec![Self::NAME.to_owned()])
    }

    fn key(_name: &str) -> Result<String, CliError> {
        Ok(KEY.to_owned())
    }

    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        let made = Made::read(project)?;
        let mut plan = Plan::default();
        add_setup(&mut plan, project, &made)?;
        add_migration(&mut plan, project)?;
        let has_pages = self.has_pages(project)?;
        add_files(&mut plan, project, has_pages)?;
        for name in ["access", "accounts"] {
            let name = name.to_owned();
            plan.insert("src/lib.rs", Edit::Module { public: true, name });
        }
        for (hook, function) in [(ROUTES, "routes"), (TASKS, "tasks"), (MAILERS, "mailers")] {
            let call = format!(".merge(crate::accounts::{function}())");
            plan.insert("src/app.rs", Edit::HookCall { hook, call });
        }
        if has_pages {
            let starter: Vec<_> = starters::in_folder(STARTER).collect();
            auth_pages::add(&mut plan, project, &starter)?;
        }
        plan.insert("src/app.rs", whole(ROLES));
        plan.next = [
            ("cargo fw db migrate", "makes the tables"),
            ("cargo test accounts::", "runs the tests that were made"),
            (
                "cargo fw task accounts:create you@example.com",
                "makes the first account",
            ),
        ]
        .map(|(command, purpose)| (command.to_owned(), purpose.to_owned()))
        .into();
        Ok(plan)
    }

    fn check(&self, project: &Project) -> Result<(), CliError> {
        // The record may be lost.
        match origin_of(project) {
            Some(_) => Ok(()),
            None => check_free(project),
        }
    }

    fn origin(project: &Project, _name: &str) -> Result<Vec<String>, CliError> {
        origin_of(project).ok_or_else(|| {
            CliError::failed("this application has no accounts of `cargo fw generate auth`")
        })
    }

    fn adjust_removal(project: &Project, _name: &str, plan: &mut Plan) -> Result<(), CliError> {
        if let Some(other) = project.schema().referring_to(TABLE).first() {
            return Err(CliError::failed(format!(
                "the table `{other}` refers to `{TABLE}`; nothing was changed"
            ))
            .hint("take that back first, or make a migration that removes the column"));
        }
        // Mails of others need the same.
        if project.root.join("src/mailers").exists() {
            plan.ops.retain(|op| !is_of_mails(op));
            plan.notes
                .push("what mails need stays, for those of `src/mailers`".to_owned());
        }
        if let Some(contents) = project.text(RULES)? {
            let path = RULES.to_owned();
            plan.ops.push(Op::RemoveFile { path, contents });
        }
        plan.notes.push(origin::still_applied(MIGRATION));
        Ok(())
    }
}

impl Auth {
    fn has_pages(&self, project: &Project) -> Result<bool, CliError> {
        match check_views(project) {
            Ok(()) => Ok(true),
            Err(missing) if self.html => Err(missing),
            Err(_) => Ok(false),
        }
    }
}

/// Adds accounts to the application at `root`, which is locked by the caller. Prints nothing.
pub fn auth_in(root: &std::path::Path) -> Result<(), CliError> {
    let project = Project::find(root)?;
    let plan = Auth { html: false }.plan_recorded(&project)?;
    execute(&project, plan, &OutputOptions::default(), Verbosity::Quiet)?;
    Ok(())
}

/// The artifacts of an earlier run: what the application had of its own before is none of them.
struct Made(Vec<Artifact>);

impl Made {
    fn read(project: &Project) -> Result<Self, CliError> {
        let key = Key {
            generator: Auth::NAME.to_owned(),
            name: KEY.to_owned(),
        };
        let records = Records::read(&project.root)?;
        let record = records.find(&key);
        Ok(Self(
            record.map_or_else(Vec::new, |record| record.artifacts.clone()),
        ))
    }

    fn has_edit(&self, edit: &Edit) -> bool {
        let mut made = self.0.iter();
        made.any(|artifact| matches!(artifact, Artifact::Lines { edit: made, .. } if made == edit))
    }

    fn has_file(&self, file: &str) -> bool {
        let mut made = self.0.iter();
        made.any(|artifact| matches!(artifact, Artifact::File { path, .. } if path == file))
    }
}

/// The command that the migration of the accounts names.
fn origin_of(project: &Project) -> Option<Vec<String>> {
    let words = origin::read(&project.migration(MIGRATION)?.source)?;
    words
        .first()
        .is_some_and(|first| first == Auth::NAME)
        .then_some(words)
}

/// Refuses an application that has accounts of its own, before anything is written.
fn check_free(project: &Project) -> Result<(), CliError> {
    project.check_migrations()?;
    let refused = |what: String| {
        Err(CliError::failed(format!("{what}; nothing was written")).hint(
            "`generate auth` makes `src/access`, `src/accounts` and the table `users`, and changes none that are there: \
             rename yours first, or write the handlers with `fw::auth` as the guide of authentication shows",
        ))
    };
    if project.schema().table(TABLE).is_some() {
        return refused(format!("this application has a table `{TABLE}` already"));
    }
    for folder in FOLDERS {
        let file = format!("{folder}.rs");
        if let Some(found) = [folder, &file]
            .into_iter()
            .find(|path| project.root.join(path).exists())
        {
            return refused(format!("this application has `{found}` already"));
        }
    }
    Ok(())
}

/// The features, and what mails need, as far as the application does not have it.
fn add_setup(plan: &mut Plan, project: &Project, made: &Made) -> Result<(), CliError> {
    let mut own = |path: &str, edit: Edit, is_there: bool| {
        if !is_there || made.has_edit(&edit) {
            plan.insert(path, edit);
        }
    };
    let has = |feature: &str| project.features.iter().any(|found| found == feature);
    for name in ["audit", "auth", "mailer"] {
        let is_there = has(name) || (name == "mailer" && has("smtp"));
        let name = name.to_owned();
        own("Cargo.toml", Edit::Feature { name }, is_there);
    }
    let manifest = project.text("Cargo.toml")?.unwrap_or_default();
    let build = build_dependency(&manifest);
    let has_build = manifest.contains("framewright-build");
    own("Cargo.toml", build_table(build), has_build);
    own(
        "Cargo.toml",
        optimized(),
        manifest.contains("[profile.dev.package.blowfish]"),
    );
    let app = project.text("src/app.rs")?.unwrap_or_default();
    own("src/app.rs", whole(VIEWS), app.contains("views!()"));
    if project.text("config/default.toml")?.is_some() {
        own("config/default.toml", limits(), false);
    }
    let build_script = project.text("build.rs")?;
    if made.has_file("build.rs") || build_script.is_none() {
        plan.create("build.rs", starter_file("build.rs")?);
    } else if build_script.is_some_and(|text| !text.contains("embed_views")) {
        return Err(CliError::failed(
            "the application has a `build.rs` of its own, which does not embed the templates of mails; nothing was written",
        )
        .hint("add `fw_build::embed_views();` to its `fn main`, and repeat the command"));
    }
    Ok(())
}

/// The migration of the tables.
fn add_migration(plan: &mut Plan, project: &Project) -> Result<(), CliError> {
    let module = match project.creation_of(TABLE) {
        Some(migration) => migration.module.clone(),
        None => project.new_migration(MIGRATION)?,
    };
    let source = starters::in_folder(STARTER).find(|file| file.path.ends_with("_create_users.rs"));
    let source = source.ok_or_else(|| missing_file(MIGRATION))?;
    plan.create(format!("src/migrations/{module}.rs"), source.content);
    let name = module.clone();
    let list = "src/migrations/mod.rs";
    plan.insert(
        list,
        Edit::Module {
            public: false,
            name,
        },
    );
    plan.insert(list, Edit::Migration { module });
    Ok(())
}

/// The files of the folders; messages are in the languages of the application, in English where the starter has none.
fn add_files(plan: &mut Plan, project: &Project, has_pages: bool) -> Result<(), CliError> {
    let is_own = |path: &str| {
        FOLDERS
            .iter()
            .any(|folder| path.starts_with(&format!("{folder}/")))
    };
    for file in starters::in_folder(STARTER).filter(|file| is_own(file.path)) {
        // The snapshot of the rules is that of the application: its first test writes it.
        let is_elsewhere = [".ftl", ".snap"].iter().any(|end| file.path.ends_with(end));
        if !is_elsewhere && (has_pages || !auth_pages::has(file.path)) {
            plan.create(file.path, auth_pages::chosen(file.content, has_pages));
        }
    }
    for locale in mailer::locales(project)? {
        let path = format!("src/accounts/{locale}.ftl");
        let text = starter_file(&path).or_else(|_| starter_file("src/accounts/en.ftl"))?;
        plan.create(path, text);
    }
    Ok(())
}

fn starter_file(path: &str) -> Result<&'static str, CliError> {
    let file = starters::in_folder(STARTER).find(|file| file.path == path);
    file.map(|file| file.content)
        .ok_or_else(|| missing_file(path))
}

fn missing_file(path: &str) -> CliError {
    CliError::failed(format!("the starter `{STARTER}` has no `{path}`"))
        .hint("this is a mistake in `cargo fw`: please report it")
}

/// The dependency on the crate that embeds templates, from where the framework comes from.
fn build_dependency(manifest: &str) -> InlineTable {
    let document = manifest.parse::<DocumentMut>().unwrap_or_default();
    let framework = document
        .get("dependencies")
        .and_then(|all| all.get("framewright"));
    let text = |key: &str| framework.and_then(|one| one.get(key)?.as_str());
    let version = framework.and_then(|one| one.as_str()).or(text("version"));
    let mut dependency = InlineTable::new();
    for key in ["path", "git", "rev", "branch", "tag"] {
        if let Some(value) = text(key) {
            let value = if key == "path" {
                format!("{value}/build")
            } else {
                value.to_owned()
            };
            dependency.insert(key, Value::from(value));
        }
    }
    if dependency.is_empty() {
        let version = version.unwrap_or(env!("CARGO_PKG_VERSION"));
        dependency.insert("version", Value::from(version));
    }
    dependency
}

fn build_table(dependency: InlineTable) -> Edit {
    Edit::Table(Table {
        after: "dependencies".to_owned(),
        lines: format!(
            "[build-dependencies]\nframewright-build = {}\n",
            Value::from(dependency).to_string().trim()
        ),
    })
}

/// The optimized hash of passwords: in a debug build it takes 0.8 s otherwise.
fn optimized() -> Edit {
    Edit::Table(Table {
        after: "profile.dev.package.\"*\"".to_owned(),
        lines: "# Hashes of passwords take 0.2 s with it, and 0.8 s without.\n[profile.dev.package.blowfish]\nopt-level = 3\n".to_owned(),
    })
}

fn limits() -> Edit {
    Edit::Table(Table {
        after: "middleware.rate_limit".to_owned(),
        lines: LIMITS.to_owned(),
    })
}

/// A hook that is one expression.
fn whole(hook: Hook) -> Edit {
    let call = String::new();
    Edit::HookCall { hook, call }
}

/// Returns whether an operation takes back what every mail needs.
fn is_of_mails(op: &Op) -> bool {
    match op {
        Op::RemoveFile { path, .. } => path == "build.rs",
        Op::RemoveInsert { edit, .. } => match edit {
            Edit::Feature { name } => name == "mailer",
            Edit::Table(table) => table.lines.starts_with("[build-dependencies]"),
            edit => *edit == whole(VIEWS),
        },
        _ => false,
    }
}
