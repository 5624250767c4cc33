//! The engine: the templates, messages and assets of an application, loaded, and read again in development when one has changed.

#[cfg(feature = "views")]
use std::collections::BTreeMap;
use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use axum::response::Response;
#[cfg(feature = "views")]
use fluent_bundle::FluentArgs;
#[cfg(feature = "views")]
use http::{HeaderMap, Uri};
#[cfg(feature = "views")]
use tera::Context;
use tera::Tera;

use super::{
    ViewError, Views,
    assets::Assets,
    functions,
    locale::{Locales, Missing},
    locale_paths::LocalePaths,
    route_names::NamedRoute,
    site::Site,
    source::{File, Stamp},
};
#[cfg(feature = "views")]
use super::{
    locale,
    scene::{self, Alternate, FlashMessage, Said},
};
use crate::config::Config;
#[cfg(feature = "views")]
use crate::{error::Problem, view::Scene};

/// The interval at which changes of files are looked for, at most.
const INTERVAL: Duration = Duration::from_millis(50);

/// The templates, messages and assets of an application. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine(Arc<Inner>);

struct Inner {
    views: Views,
    locales: Vec<String>,
    site: Arc<Site>,
    loaded: RwLock<Arc<Loaded>>,
    /// The files as they were last looked at, in development.
    seen: Option<Mutex<Seen>>,
}

/// The files as they were at a time.
type Seen = (Instant, Stamp);

/// The files of one moment.
pub(super) struct Loaded {
    /// The functions without templates, for the probe.
    bare: Tera,
    pub(super) tera: Tera,
    assets: Arc<Assets>,
    pub(super) locales: Arc<Locales>,
    /// The error of files that cannot be loaded; the others are empty then.
    pub(super) error: Option<String>,
}

impl Engine {
    /// Loads the files of an application.
    ///
    /// Fails if one cannot be read, or a template or a message is wrong.
    pub(crate) fn load(views: Views, config: &Config) -> Result<Self, ViewError> {
        // Where people work on the application it is served on their own machine.
        let local = || format!("http://localhost:{}", config.server.port);
        let public_url = config.server.public_url.clone();
        let is_production = config.environment.is_production();
        let site = Arc::new(Site::new(
            public_url.or_else(|| (!is_production).then(local)),
            LocalePaths::of(&config.views),
        ));
        let locales = config.views.locales.clone();
        let watches = views.are_on_disk() && config.environment.is_development();
        let seen = watches.then(|| Mutex::new((Instant::now(), views.stamp())));
        let loaded = Loaded::new(&views.files()?, &locales, &site)?;
        Ok(Self(Arc::new(Inner {
            views,
            locales,
            site,
            loaded: RwLock::new(Arc::new(loaded)),
            seen,
        })))
    }

    /// Sets the routes that templates may name. They are listed at the first use.
    pub(crate) fn set_routes(&self, routes: impl Fn() -> Vec<NamedRoute> + Send + Sync + 'static) {
        self.0.site.set_routes(routes);
    }

    /// The locales of the application, the default one first.
    pub(crate) fn locales(&self) -> &[String] {
        &self.0.locales
    }

    /// Returns whether there is a template of this name.
    #[cfg(feature = "views")]
    pub(crate) fn has(&self, template: &str) -> bool {
        self.loaded().tera.contains_template(template)
    }

    /// Renders a template, or one block of it.
    #[cfg(feature = "views")]
    pub(crate) fn render(
        &self,
        template: &str,
        block: Option<&str>,
        mut data: Context,
        scene: &Scene,
    ) -> Result<String, ViewError> {
        let loaded = self.loaded();
        if let Some(error) = &loaded.error {
            return Err(ViewError::Template(error.clone()));
        }
        data.insert("request", scene);
        Ok(match block {
            Some(block) => loaded.tera.render_block(template, block, &data)?,
            None => loaded.tera.render(template, &data)?,
        })
    }

    /// Adds a message to the scene of a page, in its language. One that cannot be written is left out, which the log says.
    #[cfg(feature = "views")]
    pub(crate) fn add_flash(&self, scene: &mut Scene, flash: &FlashMessage<'_>) {
        let mut parameters = FluentArgs::new();
        for (name, value) in &flash.parameters {
            parameters.set(
                *name,
                locale::argument(&tera::Value::from_serializable(value)),
            );
        }
        let message =
            self.loaded()
                .locales
                .message(&scene.locale, flash.key, &parameters, Missing::English);
        match message {
            Ok(message) => {
                scene.flash = Some(Said {
                    message,
                    is_problem: flash.is_problem,
                });
            }
            Err(error) => tracing::error!(error, "a flash message cannot be shown"),
        }
    }

    /// Renders the page of an error: its variables are `status`, `title`, `code`, `detail` and `request_id`, of which the last two may be null.
    #[cfg(feature = "views")]
    pub(crate) fn render_problem(
        &self,
        template: &str,
        problem: &Problem<'_>,
        scene: &Scene,
    ) -> Result<String, ViewError> {
        let mut data = Context::new();
        data.insert("status", &problem.status);
        data.insert("title", problem.title);
        data.insert("code", problem.code);
        data.insert("detail", &problem.detail);
        data.insert("request_id", &problem.request_id);
        self.render(template, None, data, scene)
    }

    /// The path of the route of a handler, with values for its parameters in their order, in the language of a page that leads there.
    #[cfg(feature = "views")]
    pub(crate) fn path_of(
        &self,
        handler: &str,
        values: &[String],
        from: &str,
    ) -> Result<String, String> {
        let site = &self.0.site;
        let (path, is_page) = site.route_names().path_of(handler, values)?;
        Ok(match site.locale_paths.locale_of(from) {
            Some(locale) if is_page => site.locale_paths.localized(path, locale),
            _ => path,
        })
    }

    /// The URL of a path of the application.
    #[cfg(feature = "mailer")]
    pub(crate) fn url(&self, path: &str) -> Result<String, &'static str> {
        Ok(format!("{}{path}", self.0.site.public_url()?))
    }

    /// The URL of the route of a handler, in the default language.
    #[cfg(all(feature = "mailer", feature = "views"))]
    pub(crate) fn url_of(&self, handler: &str, values: &[String]) -> Result<String, String> {
        let site = &self.0.site;
        let (path, _) = site.route_names().path_of(handler, values)?;
        Ok(format!("{}{path}", site.public_url()?))
    }

    /// The scene of a request; `accepted` are the languages that it accepts, with their weights.
    #[cfg(feature = "views")]
    pub(crate) fn scene(&self, uri: &Uri, headers: &HeaderMap, accepted: &[(&str, u16)]) -> Scene {
        let site = &self.0.site;
        let locale = match site.locale_paths.locale_of(uri.path()) {
            Some(locale) => locale,
            None => locale::choose(self.locales(), scene::chosen(headers), accepted),
        };
        Scene::new(uri.path(), locale, self.alternates(uri))
    }

    /// The page of a URI in each language, if paths name it.
    #[cfg(feature = "views")]
    pub(super) fn alternates(&self, uri: &Uri) -> Vec<Alternate> {
        let site = &self.0.site;
        let query = uri.query().map(|query| format!("?{query}"));
        let query = query.unwrap_or_default();
        let base = site.public_url().unwrap_or_default();
        let loaded = self.loaded();
        let paths = site.locale_paths.alternates(uri.path()).into_iter();
        let alternates = paths.map(|(locale, path)| Alternate {
            locale: locale.to_owned(),
            name: loaded.locales.name(locale),
            path: format!("{path}{query}"),
            url: format!("{base}{path}{query}"),
        });
        alternates.collect()
    }

    /// Returns whether the language of a page depends on headers of its request.
    #[cfg(feature = "views")]
    pub(crate) fn negotiates_locales(&self) -> bool {
        self.locales().len() > 1 && !self.0.site.locale_paths.is_on()
    }

    /// The response to a request for an asset by a client that prefers a content coding.
    pub(super) fn asset(&self, path: &str, coding: Option<&'static str>) -> Response {
        self.loaded().assets.response(path, coding)
    }

    /// Returns whether a language has a message.
    pub(super) fn has_message(&self, locale: &str, key: &str) -> bool {
        self.loaded().locales.has(locale, key)
    }

    /// The source folder, if the files are read from there.
    pub(super) fn source_folder(&self) -> Option<&'static Path> {
        self.0.views.source_folder()
    }

    /// The files of the application.
    pub(super) fn files(&self) -> Result<Vec<File>, ViewError> {
        self.0.views.files()
    }

    /// Other templates with the same functions.
    pub(super) fn with_templates<'a>(
        &self,
        templates: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Tera, ViewError> {
        let mut tera = self.loaded().bare.clone();
        tera.add_raw_templates(with_builtin(templates.collect()))?;
        Ok(tera)
    }

    /// Looks at the files, and reads them again if one has changed. Only in development they ever do.
    #[cfg(feature = "views")]
    pub(crate) fn look(&self) -> Stamp {
        let seen = self.0.look(Duration::ZERO);
        seen.map(|seen| seen.1.clone()).unwrap_or_default()
    }

    /// The paths of the style sheets, by their names.
    #[cfg(feature = "views")]
    pub(crate) fn style_sheets(&self) -> BTreeMap<String, String> {
        self.loaded().assets.style_sheets()
    }

    /// The files as they are now.
    pub(super) fn loaded(&self) -> Arc<Loaded> {
        let inner = &self.0;
        drop(inner.look(INTERVAL));
        let loaded = inner.loaded.read();
        Arc::clone(&loaded.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    /// Looks at the files, unless somebody has within `interval`, and reads them again if one has changed. `None` if they never change.
    fn look(&self, interval: Duration) -> Option<MutexGuard<'_, Seen>> {
        let seen = self.seen.as_ref()?.lock();
        let mut seen = seen.unwrap_or_else(PoisonError::into_inner);
        if seen.0.elapsed() > interval {
            let stamp = self.views.stamp();
            if stamp != seen.1 {
                self.reload();
            }
            *seen = (Instant::now(), stamp);
        }
        Some(seen)
    }

    /// Reads the files again. If they are wrong, that is what every page shows until they are mended.
    fn reload(&self) {
        let files = self.views.files();
        let loaded = files.and_then(|files| Loaded::new(&files, &self.locales, &self.site));
        let loaded = loaded.unwrap_or_else(|error| {
            let error = error.to_string();
            tracing::error!(error, "the views cannot be loaded");
            Loaded {
                bare: Tera::new(),
                tera: Tera::new(),
                assets: Arc::default(),
                locales: Arc::default(),
                error: Some(error),
            }
        });
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
    }
}

impl Loaded {
    fn new(files: &[File], locales: &[String], site: &Arc<Site>) -> Result<Self, ViewError> {
        let assets = Arc::new(Assets::of(files));
        let locales = Arc::new(Locales::of(files, locales)?);
        let with_functions = |missing| {
            let mut tera = Tera::new();
            functions::register(&mut tera, site, &assets, &locales, missing);
            tera
        };
        let bare = with_functions(Missing::Fault);
        let mut tera = with_functions(Missing::English);
        let templates = files.iter().filter_map(File::template);
        let templates: Vec<_> = templates.collect::<Result<_, _>>()?;
        tera.add_raw_templates(with_builtin(templates))?;
        Ok(Self {
            bare,
            tera,
            assets,
            locales,
            error: None,
        })
    }
}

/// The templates of the framework: components for forms, lists and messages, the layouts of mails. A file of the application with the same
/// name takes the place of one.
const BUILTIN: &[(&str, &str)] = &[
    #[cfg(feature = "views")]
    ("components/flash.html", include_str!("builtin/flash.html")),
    ("components/form.html", include_str!("builtin/form.html")),
    #[cfg(feature = "views")]
    (
        "components/languages.html",
        include_str!("builtin/languages.html"),
    ),
    #[cfg(feature = "views")]
    ("components/list.html", include_str!("builtin/list.html")),
    #[cfg(feature = "mailer")]
    (
        "components/mail.html",
        include_str!("builtin/mail_components.html"),
    ),
    #[cfg(feature = "mailer")]
    ("layouts/mail.html", include_str!("builtin/mail.html")),
    #[cfg(feature = "mailer")]
    ("layouts/mail.txt", include_str!("builtin/mail.txt")),
    #[cfg(feature = "views")]
    (
        "components/qr_code.html",
        include_str!("builtin/qr_code.html"),
    ),
    #[cfg(all(feature = "mailer", feature = "views"))]
    ("unsubscribe.html", include_str!("builtin/unsubscribe.html")),
];

/// Adds the templates of the framework to those of an application.
fn with_builtin<'a>(mut templates: Vec<(&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    for (name, text) in BUILTIN {
        if !templates.iter().any(|(own, _)| own == name) {
            templates.push((name, text));
        }
    }
    templates
}

/// The schema of the data of error pages.
pub(super) fn problem_schema() -> serde_json::Value {
    let text = serde_json::json!({ "type": "string" });
    let option = serde_json::json!({ "type": ["string", "null"] });
    serde_json::json!({
        "type": "object",
        "properties": {
            "status": { "type": "integer" },
            "title": text,
            "code": text,
            "detail": option,
            "request_id": option,
        },
    })
}
