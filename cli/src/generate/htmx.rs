//! The generator `htmx`: the script of [htmx](https://htmx.org) as an asset of the application. It is part of this program, so that nothing is
//! downloaded.

use clap::Args;

use super::{
    Generator,
    scaffold::{LAYOUT, check_views},
};
use crate::{
    error::CliError,
    plan::{Edit, Op, Plan},
    project::Project,
};

/// The script as npm has it: `dist/htmx.min.js` of `htmx.org` 4.0.1. Its licence lies beside it.
const SCRIPT: &str = include_str!("templates/htmx/htmx.min.js");
/// The first line of the generated file, before its version: such a file is replaced.
const MARK: &str = "/*! htmx ";
const VERSION: &str = "4.0.1";
const NAME_OF_ASSET: &str = "htmx.min.js";

/// The arguments of `cargo fw generate htmx`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MANUAL)]
pub(super) struct Htmx {}

const MANUAL: &str = "\
Writes `src/assets/htmx.min.js`, version 4.0.1, and the line in `src/layouts/app.html` that loads it. A page whose type has a `FRAGMENT`
then responds to htmx with that part of it: see the guide of views. Without JavaScript it stays a page.

To be rid of it, delete the file and the line.

Example:
  cargo fw generate htmx";

impl Generator for Htmx {
    const NAME: &'static str = "htmx";
    const ABOUT: &'static str = "Adds htmx, with which pages change in parts";
    // It is one file that is replaced each time, and one line.
    const EXAMPLE: Option<&'static str> = None;

    fn arguments(&self) -> Result<Vec<String>, CliError> {
        Ok(vec![Self::NAME.to_owned()])
    }

    /// Refuses: there is no record.
    fn key(_name: &str) -> Result<String, CliError> {
        Err(
            CliError::failed("`generate htmx` keeps no record of its one file and one line").hint(
                format!("delete `src/assets/{NAME_OF_ASSET}`, and its line in `{LAYOUT}`"),
            ),
        )
    }

    fn plan(&self, project: &Project) -> Result<Plan, CliError> {
        check_views(project)?;
        let mut plan = Plan::default();
        plan.ops.push(Op::Regenerate {
            path: format!("src/assets/{NAME_OF_ASSET}"),
            contents: format!(
                "{MARK}{VERSION}, Zero-Clause BSD License, https://htmx.org */\n{}\n",
                SCRIPT.trim_end()
            ),
            mark: MARK,
        });
        let asset = NAME_OF_ASSET.to_owned();
        plan.insert(LAYOUT, Edit::Script { asset });
        Ok(plan)
    }
}
