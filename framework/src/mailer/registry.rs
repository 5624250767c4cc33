//! The list of an application's mails.

use serde_json::Value;

use super::{Delivery, Mailer, naming::Naming};
use crate::{
    jobs::Jobs,
    view::{Engine, Probed, ProbedScene},
};

/// The list of an application's mails, for [`Hooks::mailers`](crate::app::Hooks::mailers). See [`mailer`](crate::mailer) for an example.
#[derive(Clone, Default)]
pub struct Mailers {
    all: Vec<Registered>,
}

/// A mail of the list. It is not generic, so what renders previews is compiled once, however many there are.
#[derive(Clone)]
pub(super) struct Registered {
    pub(super) naming: Naming,
    schema: fn() -> Value,
    previews: fn() -> Vec<(&'static str, serde_json::Result<Value>)>,
    add_job: fn(Jobs) -> Jobs,
}

impl Mailers {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a mail.
    #[must_use]
    pub fn add<M: Mailer>(mut self) -> Self {
        self.all.push(Registered {
            naming: Naming {
                name: M::NAME,
                folder: M::FOLDER,
            },
            schema: schema::<M>,
            previews: previews::<M>,
            add_job: Jobs::add::<Delivery<M>>,
        });
        self
    }

    /// Adds all mails of another list, such as that of a feature.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.all.extend(other.all);
        self
    }

    /// The names of the mails, in the order in which they were added.
    pub fn names(&self) -> Vec<&'static str> {
        self.all.iter().map(|mailer| mailer.naming.name).collect()
    }

    /// The jobs that deliver the mails. Two mails of the same name are found there.
    pub(crate) fn jobs(&self) -> Jobs {
        let mailers = self.all.iter();
        mailers.fold(Jobs::new(), |jobs, mailer| (mailer.add_job)(jobs))
    }

    /// The templates of all mails, to be probed.
    pub(crate) fn probed(&self, engine: &Engine) -> Vec<Probed> {
        let probed = self.all.iter().flat_map(|mailer| {
            let path = mailer.naming.template();
            let mut templates = engine.templates_of_mail(&path);
            if templates.is_empty() {
                // The probe says that it is missing.
                templates.push(format!("{path}.html"));
            }
            let of_mail = templates.into_iter().map(|template| Probed {
                template,
                schema: (mailer.schema)(),
                scene: ProbedScene::Mail {
                    subject: mailer.naming.subject(),
                    previews: mailer
                        .previews()
                        .into_iter()
                        .map(|(_, data)| data)
                        .collect(),
                },
            });
            of_mail.collect::<Vec<_>>()
        });
        probed.collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Registered> {
        self.all.iter()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Registered> {
        self.all.iter().find(|mailer| mailer.naming.name == name)
    }
}

impl Registered {
    /// The previews: those of the application, and one with sample data of the type.
    pub(super) fn previews(&self) -> Vec<(&'static str, Value)> {
        // Data that JSON cannot represent is told when such a mail is sent; a preview has none.
        let own = (self.previews)().into_iter();
        let own = own.map(|(name, data)| (name, data.unwrap_or_default()));
        let sample = crate::view::sample(&(self.schema)());
        own.chain([(SAMPLE, sample)]).collect()
    }
}

/// The name of the preview with sample data.
const SAMPLE: &str = "sample data";

fn schema<M: Mailer>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let generator = settings.into_generator();
    generator.into_root_schema_for::<M::View>().into()
}

fn previews<M: Mailer>() -> Vec<(&'static str, serde_json::Result<Value>)> {
    let previews = M::previews().into_iter();
    previews
        .map(|(name, view)| (name, serde_json::to_value(view)))
        .collect()
}
