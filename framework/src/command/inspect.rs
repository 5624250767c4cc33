//! The commands that show the parts of an application: `routes`, `middleware`, `config`, the list of tasks.

use super::{Outcome, table};
use crate::{app::Application, config::Config, error::Result, middleware::Stack, task::TaskInfo};

pub(super) fn routes(app: Application, config: &Config, json: bool) -> Result<Outcome> {
    let routes = app.routes(config);
    let list = routes.list();
    // The same errors as at the start, before a server meets them.
    drop(routes.into_router()?);
    if json {
        table::print_json(&list)?;
    } else {
        let rows: Vec<_> = list
            .into_iter()
            .map(|route| {
                [
                    route.method.to_owned(),
                    route.path,
                    route.access,
                    route.handler.to_owned(),
                ]
            })
            .collect();
        table::print(["METHOD", "PATH", "ACCESS", "HANDLER"], &rows);
    }
    Ok(Outcome::Done)
}

#[cfg(feature = "openapi")]
pub(super) fn openapi(app: Application, config: &Config) -> Result<Outcome> {
    let routes = app.routes(config);
    let description = routes.describe_as(&crate::openapi::About {
        name: app.name,
        version: app.version,
        config: &config.openapi,
        errors: &(app.error_format)(),
    });
    drop(routes.into_router()?);
    table::print_json(&description)?;
    Ok(Outcome::Done)
}

pub(super) fn middleware(app: Application, config: &Config, json: bool) -> Result<Outcome> {
    let list = (app.middleware)(Stack::new()).list(&config.middleware);
    if json {
        table::print_json(&list)?;
    } else {
        let rows: Vec<_> = list
            .into_iter()
            .map(|one| {
                [
                    one.name,
                    if one.enabled { "on" } else { "off" }.to_owned(),
                    one.settings,
                ]
            })
            .collect();
        table::print(["MIDDLEWARE", "STATE", "SETTINGS"], &rows);
    }
    Ok(Outcome::Done)
}

pub(super) fn config(config: &Config, json: bool) -> Result<Outcome> {
    let list = config.effective();
    if json {
        table::print_json(&list)?;
    } else {
        println!("environment: {}", config.environment);
        let rows: Vec<_> = list
            .into_iter()
            .map(|one| [one.key, one.value, one.source])
            .collect();
        table::print(["KEY", "VALUE", "SOURCE"], &rows);
    }
    Ok(Outcome::Done)
}

pub(super) fn tasks(list: &[TaskInfo]) {
    let rows: Vec<_> = list
        .iter()
        .map(|task| [task.name.to_owned(), task.about.clone()])
        .collect();
    table::print(["TASK", "WHAT IT DOES"], &rows);
}
