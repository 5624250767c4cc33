//! The functions of templates.

use std::sync::Arc;

use fluent_bundle::FluentArgs;
use tera::{Kwargs, State, Tera, TeraResult, Value};

#[cfg(feature = "views")]
use super::qr_code::QrCode;
use super::{
    assets::Assets,
    locale::{self, Locales, Missing},
    site::Site,
};

/// Adds the functions to a set of templates.
pub(super) fn register(
    tera: &mut Tera,
    site: &Arc<Site>,
    assets: &Arc<Assets>,
    locales: &Arc<Locales>,
    missing: Missing,
) {
    let of = Arc::clone(site);
    tera.register_function(
        "path",
        move |arguments: Kwargs, state: &State| -> TeraResult<String> {
            if is_mail(state) {
                let reason = "a mail has no site around it, so a path leads nowhere: use `url`, with the same arguments";
                return Err(tera::Error::message(reason));
            }
            path(&of, &arguments, state)
        },
    );
    let of = Arc::clone(site);
    tera.register_function(
        "url",
        move |arguments: Kwargs, state: &State| -> TeraResult<String> {
            let path = path(&of, &arguments, state)?;
            let base = of.public_url().map_err(tera::Error::message)?;
            Ok(format!("{base}{path}"))
        },
    );
    let (of, site) = (Arc::clone(assets), Arc::clone(site));
    tera.register_function(
        "asset",
        move |arguments: Kwargs, state: &State| -> TeraResult<String> {
            let path = of
                .path(arguments.must_get("name")?)
                .map_err(tera::Error::message)?;
            if is_mail(state) {
                let base = site.public_url().map_err(tera::Error::message)?;
                return Ok(format!("{base}{path}"));
            }
            Ok(path)
        },
    );
    let of = Arc::clone(locales);
    tera.register_function(
        "t",
        move |arguments: Kwargs, state: &State| -> TeraResult<String> {
            message(&of, &arguments, state, missing)
        },
    );
    #[cfg(feature = "views")]
    tera.register_function(
        "qr_code",
        |arguments: Kwargs, _: &State| -> TeraResult<Value> {
            let code = QrCode::of(arguments.must_get("of")?).map_err(tera::Error::message)?;
            Ok(Value::from_serializable(&code))
        },
    );
}

/// The path of a route; that of a page is in the language of the reader, or another one that is asked for.
fn path(site: &Site, arguments: &Kwargs, state: &State) -> TeraResult<String> {
    const LOCALE: &str = "locale";

    let to: &str = arguments.must_get("to")?;
    let own: &[&str] = if site.locale_paths.is_on() {
        &["to", LOCALE]
    } else {
        &["to"]
    };
    let values = values(arguments, own);
    let values: Vec<_> = values
        // An argument that is null is left out, so that a template can pass on what may be absent.
        .filter(|(_, value)| !value.is_none())
        .map(|(name, value)| (name, value.to_string()))
        .collect();
    let (path, is_page) = site
        .route_names()
        .path(to, &values)
        .map_err(tera::Error::message)?;
    if !(is_page && site.locale_paths.is_on()) {
        return Ok(path);
    }
    let locale = match arguments.get::<&str>(LOCALE)? {
        Some(locale) => locale.to_owned(),
        None => reader_locale(state)?,
    };
    Ok(site.locale_paths.localized(path, &locale))
}

/// `t(key=…)` is a message with its parameters, and `t(text=…)` a text of a form.
fn message(
    locales: &Locales,
    arguments: &Kwargs,
    state: &State,
    missing: Missing,
) -> TeraResult<String> {
    let locale = reader_locale(state)?;
    let text = arguments.get::<&Value>("text")?;
    // A message may have a parameter of that name as well.
    if let (None, Some(text)) = (arguments.get::<&Value>("key")?, text) {
        return Ok(locales.text(&locale, text));
    }
    let key: &str = arguments.must_get("key")?;
    let mut given = FluentArgs::new();
    for (name, value) in values(arguments, &["key"]) {
        given.set(name, locale::argument(value));
    }
    locales
        .message(&locale, key, &given, missing)
        .map_err(tera::Error::message)
}

/// The locale of the reader.
fn reader_locale(state: &State) -> TeraResult<String> {
    let locale = match locale_of(state, "request")? {
        None => locale_of(state, "mail")?,
        locale => locale,
    };
    Ok(locale.unwrap_or_default())
}

/// The locale of the reader of a page (`request`) or of a mail (`mail`).
fn locale_of(state: &State, variable: &str) -> TeraResult<Option<String>> {
    let value = state.get::<Value>(variable)?;
    let locale = value
        .as_ref()
        .and_then(|value| value.get_from_path("locale"));
    Ok(locale.and_then(Value::as_str).map(str::to_owned))
}

/// Returns whether what is rendered is a mail.
fn is_mail(state: &State) -> bool {
    let has = |variable| matches!(locale_of(state, variable), Ok(Some(_)));
    !has("request") && has("mail")
}

/// The arguments of a call but for some.
fn values<'a>(arguments: &'a Kwargs, but: &'a [&str]) -> impl Iterator<Item = (String, &'a Value)> {
    let all = arguments
        .iter()
        .map(|(name, value)| (name.to_string(), value));
    all.filter(move |(name, _)| !but.contains(&name.as_str()))
}
