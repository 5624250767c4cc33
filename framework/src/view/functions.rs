//! The functions of templates.

use std::sync::Arc;

use fluent_bundle::FluentArgs;
use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::{
    assets::Assets,
    locale::{self, Locales},
    site::Site,
};

/// Adds the functions to a set of templates.
pub(super) fn register(
    tera: &mut Tera,
    site: &Arc<Site>,
    assets: &Arc<Assets>,
    locales: &Arc<Locales>,
) {
    let of = Arc::clone(site);
    tera.register_function("path", move |arguments: Kwargs, _: &State| {
        path(&of, &arguments)
    });
    let of = Arc::clone(site);
    tera.register_function(
        "url",
        move |arguments: Kwargs, _: &State| -> TeraResult<String> {
            let path = path(&of, &arguments)?;
            let base = of.public_url().map_err(tera::Error::message)?;
            Ok(format!("{base}{path}"))
        },
    );
    let of = Arc::clone(assets);
    tera.register_function(
        "asset",
        move |arguments: Kwargs, _: &State| -> TeraResult<String> {
            of.path(arguments.must_get("name")?)
                .map_err(tera::Error::message)
        },
    );
    let of = Arc::clone(locales);
    tera.register_function(
        "t",
        move |arguments: Kwargs, state: &State| -> TeraResult<String> {
            message(&of, &arguments, state)
        },
    );
}

fn path(site: &Site, arguments: &Kwargs) -> TeraResult<String> {
    let to: &str = arguments.must_get("to")?;
    let values = values(arguments, &["to"]);
    let values: Vec<_> = values
        // An argument that is null is left out, so that a template can pass on what may be absent.
        .filter(|(_, value)| !value.is_none())
        .map(|(name, value)| (name, value.to_string()))
        .collect();
    site.route_names()
        .path(to, &values)
        .map_err(tera::Error::message)
}

fn message(locales: &Locales, arguments: &Kwargs, state: &State) -> TeraResult<String> {
    let key: &str = arguments.must_get("key")?;
    let request = state.get::<Value>("request")?;
    let locale = request
        .as_ref()
        .and_then(|request| request.get_from_path("locale"));
    let locale = locale.and_then(Value::as_str).unwrap_or_default();
    let mut given = FluentArgs::new();
    for (name, value) in values(arguments, &["key"]) {
        given.set(name, locale::argument(value));
    }
    locales
        .message(locale, key, &given)
        .map_err(tera::Error::message)
}

/// The arguments of a call but for some.
fn values<'a>(arguments: &'a Kwargs, but: &'a [&str]) -> impl Iterator<Item = (String, &'a Value)> {
    let all = arguments
        .iter()
        .map(|(name, value)| (name.to_string(), value));
    all.filter(move |(name, _)| !but.contains(&name.as_str()))
}
