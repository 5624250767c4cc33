//! The generator `mailer`: a mail with its templates and its subject.

use std::borrow::Cow;

use clap::Args;
use heck::ToSnakeCase;
use serde::Serialize;
use toml_edit::DocumentMut;

use super::{Generator, class::class_of, job, origin, template::template};
use crate::{
    command_line,
    error::CliError,
    field::{self, Field, Kind},
    plan::{Edit, Hook, Op, Plan},
    project::{Project, module_name},
};

/// The arguments of `cargo fw generate mailer`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Mailer {
    /// The name, such as `welcome`
    name: String,
    /// What the mail tells its reader, such as `name:string`
    fields: Vec<String>,
}

const MANUAL: &str = "\
Makes `src/mailers/NAME.rs` with tests, its template `NAME.html`, and its subject in `NAME/en.ftl` for each locale, and lists the
mail in `src/app.rs`. A handler sends it: `Welcome { to, name }.deliver_later(&ctx).await?`. The plain text is made of the HTML; with
a template `NAME.txt` it is yours.

Types of fields:
  string text int bigint smallint float double bool
A field with `?` after its type may be empty.

Example:
  cargo fw generate mailer welcome name:string link:string?";

/// The hook with the mails of the application.
pub(super) const MAILERS: Hook = Hook {
    function: Cow::Borrowed("mailers"),
    signature: Cow::Borrowed("fn mailers() -> fw::mailer::Mailers"),
    root: Cow::Borrowed("fw::mailer::Mailers::new()"),
};

/// The values of the templates.
#[derive(Serialize)]
struct View {
    name: String,
    class: String,
    about: String,
    subject: String,
    /// The command that generates it.
    command: String,
    fields: Vec<FieldView>,
}

/// A field of a mail.
#[derive(Serialize)]
struct FieldView {
    name: String,
    human: String,
    rust_type: String,
    is_optional: bool,
    /// The call that copies it out of a borrowed mail.
    clone: &'static str,
    /// A value, as a Rust expression.
    sample: String,
}

impl Generator for Mailer {
    const NAME: &'static str = "mailer";
    const ABOUT: &'static str = "Makes a mail with its template, subject and preview";
    const EXAMPLE: Option<&'static str> = Some("welcome");

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        let mut arguments = vec![Self::NAME.to_owned(), Self::key(&self.name)?];
        arguments.extend(self.fields.iter().cloned());
        Ok(arguments)
    }

    fn key(name: &str) -> Result<String, CliError> {
        module_name(&name.to_snake_case(), Self::NAME)
    }

    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        check_setup(project)?;
        let module = Self::key(&self.name)?;
        let class = class_of(&module, "Mail");
        let human = module.replace('_', " ");
        let mut subject = human.clone();
        subject[..1].make_ascii_uppercase();
        let view = View {
            about: job::about(&module),
            subject,
            command: command_line::generate(&self.arguments()?),
            fields: self.fields()?,
            name: module.clone(),
            class: class.clone(),
        };
        let declaration = |name: &str| Edit::Module {
            public: true,
            name: name.to_owned(),
        };
        let mut plan = Plan::default();
        plan.create(
            format!("src/mailers/{module}.rs"),
            template!("mailer/mailer.rs").render(&view)?,
        );
        plan.create(
            format!("src/mailers/{module}.html"),
            template!("mailer/mailer.html").render(&view)?,
        );
        for locale in locales(project)? {
            plan.create(
                format!("src/mailers/{module}/{locale}.ftl"),
                template!("mailer/messages.ftl").render(&view)?,
            );
        }
        plan.ops.push(Op::EnsureFile {
            path: "src/mailers/mod.rs".to_owned(),
            contents: template!("mailer/mod.rs").text.to_owned(),
            declared: ("src/lib.rs".to_owned(), declaration("mailers")),
        });
        plan.insert("src/mailers/mod.rs", declaration(&module));
        let call = format!(".add::<crate::mailers::{module}::{class}>()");
        let hook = MAILERS;
        plan.insert("src/app.rs", Edit::HookCall { hook, call });
        plan.next = [
            (
                format!("cargo test mailers::{module}"),
                "runs the tests that were made".to_owned(),
            ),
            (
                "cargo fw start".to_owned(),
                "shows it at http://localhost:3000/_fw/mail".to_owned(),
            ),
        ]
        .into();
        Ok(plan)
    }

    fn origin(project: &Project, name: &str) -> Result<Vec<String>, CliError> {
        let file = format!("src/mailers/{}.rs", Self::key(name)?);
        let source = origin::source(project, Self::NAME, name, &file)?;
        origin::read(&source)
            .filter(|args| args.first().is_some_and(|first| first == Self::NAME))
            .ok_or_else(|| origin::nothing_known(&file))
    }
}

impl Mailer {
    fn fields(&self) -> Result<Vec<FieldView>, CliError> {
        let fields = field::parse_all(&self.fields)?;
        fields.iter().map(FieldView::of).collect()
    }
}

impl FieldView {
    fn of(field: &Field) -> Result<Self, CliError> {
        let refused = |reason: &str| {
            let input = &field.input;
            CliError::usage(format!("`{input}`: {reason}"))
        };
        if field.unique || field.indexed || field.default.is_some() {
            return Err(refused("a mail is no table")
                .hint("leave out `^`, `+` and `=`; `?` says that a field may be empty"));
        }
        if ["to", "mail"].contains(&field.name.as_str()) {
            return Err(refused("the name is taken").hint(
                "`to` is the reader, and `mail` what templates know of the mail: use another name",
            ));
        }
        let text = |sample: &str| format!("{sample:?}.to_owned()");
        let (rust_type, clone, sample) = match field.kind {
            Kind::String { .. } | Kind::Text => ("String", ".clone()", text(&field.human())),
            Kind::SmallInt => ("i16", "", "7".to_owned()),
            Kind::Int => ("i32", "", "7".to_owned()),
            Kind::BigInt => ("i64", "", "7".to_owned()),
            Kind::Float => ("f32", "", "7.5".to_owned()),
            Kind::Double => ("f64", "", "7.5".to_owned()),
            Kind::Bool => ("bool", "", "true".to_owned()),
            _ => {
                return Err(refused("a mail shows texts, numbers and conditions").hint(
                    "use `string`, and write the value for people where the mail is made; what it is about can be found there by its id, such as `order_id:bigint`",
                ));
            }
        };
        let is_optional = field.input.ends_with('?');
        let some = |text: &str, around: &str| {
            if is_optional {
                format!(
                    "{around}{text}{}",
                    if around.ends_with('(') { ")" } else { ">" }
                )
            } else {
                text.to_owned()
            }
        };
        Ok(Self {
            name: field.name.clone(),
            human: field.human(),
            rust_type: some(rust_type, "Option<"),
            is_optional,
            clone,
            sample: some(&sample, "Some("),
        })
    }
}

/// Refuses an application that has no templates or no mails, with what it lacks.
fn check_setup(project: &Project) -> Result<(), CliError> {
    let mut missing = Vec::new();
    let has = |feature: &str| project.features.iter().any(|found| found == feature);
    if !has("mailer") && !has("smtp") {
        missing.push("in `Cargo.toml`, the features of `framewright`: add `\"mailer\"`, and `\"smtp\"` to send mails");
    }
    let has_text = |path: &str, text: &str| -> Result<bool, CliError> {
        let found = project.text(path)?;
        Ok(found.is_some_and(|found| found.contains(text)))
    };
    if !has_text("build.rs", "embed_views")? {
        missing.push("a file `build.rs`: `fn main() { fw_build::embed_views(); }`");
        missing.push("in `Cargo.toml`: `[build-dependencies]` with `framewright-build`, of the version of `framewright`");
    }
    if !has_text("src/app.rs", "views!()")? {
        missing.push("in `impl Hooks for App` in `src/app.rs`: `fn views() -> fw::view::Views { fw::views!() }`");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let list: Vec<_> = missing.iter().map(|line| format!("\n  - {line}")).collect();
    Err(CliError::failed(format!(
        "the application is not set up for mails yet; it lacks{}",
        list.concat()
    ))
    .hint("add that once and repeat the command; nothing was written"))
}

/// The locales of the application, from `config/default.toml`.
pub(super) fn locales(project: &Project) -> Result<Vec<String>, CliError> {
    let text = project.text("config/default.toml")?.unwrap_or_default();
    let config = text.parse::<DocumentMut>().ok();
    let locales = config.as_ref().and_then(|config| {
        let locales = config.get("views")?.get("locales")?.as_array()?.iter();
        let locales: Vec<_> = locales
            .filter_map(|locale| locale.as_str().map(str::to_owned))
            .collect();
        (!locales.is_empty()).then_some(locales)
    });
    Ok(locales.unwrap_or_else(|| vec!["en".to_owned()]))
}
