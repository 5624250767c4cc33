//! The probe of templates: each is rendered with sample data in every branch and every locale, so that a name that is not there is found
//! before a reader finds it.

mod branches;
mod flash_keys;
#[cfg(feature = "views")]
mod form_messages;
mod lint;
mod sample;

use std::{collections::BTreeSet, fmt, path::Path};

use serde_json::Value;
use tera::{Context, ErrorKind, Tera};

#[cfg(feature = "views")]
pub(crate) use self::form_messages::FORM_MESSAGES;
use self::{branches::Forced, sample::Filling};
use super::{Engine, ViewError, scene::Scene, source::File};

/// A page or a mail that is probed: its template, and the schema of its data.
pub(crate) struct Probed {
    pub(crate) template: String,
    pub(crate) schema: Value,
    pub(crate) scene: ProbedScene,
}

/// The surroundings of a template that is probed.
pub(crate) enum ProbedScene {
    /// A request, and the block of the template that is a response by itself.
    Page { fragment: Option<&'static str> },
    /// A mail, with the key of the message that is its subject, and the data of its previews, which are rendered as well.
    #[cfg(feature = "mailer")]
    Mail {
        subject: String,
        previews: Vec<Value>,
    },
}

impl ProbedScene {
    /// The data of previews.
    fn previews(&self) -> &[Value] {
        match self {
            Self::Page { .. } => &[],
            #[cfg(feature = "mailer")]
            Self::Mail { previews, .. } => previews,
        }
    }

    fn fragment(&self) -> Option<&str> {
        match self {
            Self::Page { fragment } => *fragment,
            #[cfg(feature = "mailer")]
            Self::Mail { .. } => None,
        }
    }
}

/// A fault of a template.
///
/// ```
/// use fw::view::Fault;
///
/// let fault = Fault { file: "posts/pages/index.html".to_owned(), line: 2, column: 6, message: "`titel` is not defined".to_owned() };
/// assert_eq!(fault.to_string(), "src/posts/pages/index.html:2:6: `titel` is not defined");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The path of the file below `src`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The fault, for people.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
        } = self;
        write!(f, "src/{file}:{line}:{column}: {message}")
    }
}

/// Sample data of the type with this schema, with a value for each option.
#[cfg(feature = "mailer")]
pub(crate) fn sample(schema: &Value) -> Value {
    sample::of(schema, Filling::Everything)
}

impl Engine {
    /// Renders all pages, and the pages of errors, in every branch and every locale, and looks for values in unsafe places.
    pub(crate) fn probe(&self, pages: &[Probed]) -> Result<Vec<Fault>, ViewError> {
        let files = self.files()?;
        let templates = templates(&files)?;
        let mut faults: BTreeSet<Fault> = self.missing_flash_messages()?.into_iter().collect();
        #[cfg(feature = "views")]
        faults.extend(form_messages::faults(self, pages, &files));
        for (name, text) in &templates {
            if Path::new(name).extension().is_some_and(|end| end == "html") {
                faults.extend(lint::lint(name, text));
            }
        }
        let errors = templates
            .iter()
            .filter(|(name, _)| name.starts_with("errors/"));
        let errors = errors.map(|(name, _)| Probed {
            template: (*name).to_owned(),
            schema: super::engine::problem_schema(),
            scene: ProbedScene::Page { fragment: None },
        });
        let errors: Vec<_> = errors.collect();
        let forced: Vec<_> = templates
            .iter()
            .map(|(name, text)| (*name, branches::force(text)))
            .collect();
        let everything = self.with_templates(
            forced
                .iter()
                .map(|(name, forced)| (*name, forced.text.as_str())),
        )?;
        let plain = self.with_templates(templates.iter().copied())?;
        for page in pages.iter().chain(&errors) {
            if !plain.contains_template(&page.template) {
                faults.insert(Fault {
                    file: page.template.clone(),
                    line: 1,
                    column: 1,
                    message: "there is no such file, and a page or a mail needs it".to_owned(),
                });
                continue;
            }
            for locale in self.locales() {
                let of_schema = |filling| sample::of(&page.schema, filling);
                let renderings = [
                    (&everything, of_schema(Filling::Everything), Some(&forced)),
                    (&plain, of_schema(Filling::NoOptions), None),
                    (&plain, of_schema(Filling::Nothing), None),
                ];
                let previews = page.scene.previews().iter();
                let previews = previews.map(|data| (&plain, data.clone(), None));
                for (tera, data, forced) in renderings.into_iter().chain(previews) {
                    match self.surroundings(page, locale, &data, forced.is_some()) {
                        Ok((variable, scene)) => {
                            let mut context = Context::from_serialize(&data)?;
                            context.insert_value(variable, scene);
                            let fragment = page.scene.fragment().map(Some);
                            let parts = [None].into_iter().chain(fragment);
                            let is_own = |name: &str| templates.iter().any(|(own, _)| *own == name);
                            faults.extend(parts.filter_map(|block| {
                                fault(tera, &page.template, block, &context, forced, is_own)
                            }));
                        }
                        Err(fault) => {
                            faults.insert(fault);
                        }
                    }
                }
            }
        }
        Ok(faults.into_iter().collect())
    }
}

impl Engine {
    /// The variable of the framework in a template that is probed, with its name; or the fault of the subject of a mail.
    #[cfg_attr(
        not(feature = "mailer"),
        expect(
            unused_variables,
            clippy::unused_self,
            clippy::unnecessary_wraps,
            reason = "only mails have subjects"
        )
    )]
    fn surroundings(
        &self,
        probed: &Probed,
        locale: &str,
        data: &Value,
        has_flash: bool,
    ) -> Result<(&'static str, tera::Value), Fault> {
        match &probed.scene {
            ProbedScene::Page { .. } => {
                #[cfg(feature = "views")]
                let alternates = self.alternates(&http::Uri::from_static("/"));
                #[cfg(not(feature = "views"))]
                let alternates = Vec::new();
                let scene = Scene::sample(locale, alternates, has_flash);
                Ok(("request", tera::Value::from_serializable(&scene)))
            }
            #[cfg(feature = "mailer")]
            ProbedScene::Mail { subject, .. } => match self.mail_scene(locale, subject, data) {
                Ok(scene) => Ok(("mail", scene)),
                Err(error) => Err(Fault {
                    file: probed.template.clone(),
                    line: 1,
                    column: 1,
                    message: format!("the subject: {error}"),
                }),
            },
        }
    }

    /// The keys of flash messages in the code that a language has no message for. Code that is not there, beside a binary, has none.
    fn missing_flash_messages(&self) -> Result<Vec<Fault>, ViewError> {
        let Some(folder) = self.source_folder() else {
            return Ok(Vec::new());
        };
        let keys = flash_keys::in_folder(folder).map_err(|source| ViewError::Read {
            path: folder.to_owned(),
            source,
        })?;
        let mut faults = Vec::new();
        for found in &keys {
            for locale in self.locales() {
                if !self.has_message(locale, &found.name) {
                    faults.push(Fault {
                        file: found.file.clone(),
                        line: found.line,
                        column: found.column,
                        message: format!("no file `{locale}.ftl` has the message `{}`", found.name),
                    });
                }
            }
        }
        Ok(faults)
    }
}

fn templates(files: &[File]) -> Result<Vec<(&str, &str)>, ViewError> {
    files.iter().filter_map(File::template).collect()
}

/// Renders a template or a block of it, and gives what is wrong, at its place in the file: in one of the application, where that uses a component of
/// the framework.
fn fault(
    tera: &Tera,
    template: &str,
    block: Option<&str>,
    context: &Context,
    forced: Option<&Vec<(&str, Forced)>>,
    is_own: impl Fn(&str) -> bool,
) -> Option<Fault> {
    let rendered = match block {
        Some(block) => tera.render_block(template, block, context),
        None => tera.render(template, context),
    };
    let error = rendered.err()?;
    let (ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report)) = error.kind() else {
        return Some(Fault {
            file: template.to_owned(),
            line: 1,
            column: 1,
            message: error.to_string(),
        });
    };
    let span = report.span();
    let mut file = report.filename().to_owned();
    let (mut line, mut column) = (span.start_line, span.start_col + 1);
    if !is_own(&file) {
        let text = error.to_string();
        let call = callers(&text).find(|(file, ..)| is_own(file));
        if let Some((caller, at_line, at_column)) = call {
            (line, column) = (at_line, at_column);
            caller.clone_into(&mut file);
        }
    }
    let rewritten = forced.and_then(|all| all.iter().find(|(name, _)| *name == file));
    if let Some((_, forced)) = rewritten {
        (line, column) = forced.place_of(line, column);
    }
    let mut message = report.message().to_owned();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    Some(Fault {
        file,
        line,
        column,
        message,
    })
}

/// The places of the components that an error is in, the innermost one first, as the text of the error has them.
fn callers(error: &str) -> impl Iterator<Item = (&str, usize, usize)> {
    error.lines().filter_map(|line| {
        let place = line.strip_prefix("note: called from ")?;
        let (place, column) = place.rsplit_once(':')?;
        let (file, line) = place.rsplit_once(':')?;
        Some((file, line.parse().ok()?, column.parse().ok()?))
    })
}
