//! The table of contents of the application.

use fw::{mailer::Mailbox, prelude::*};
use serde::Deserialize;

/// The application.
pub struct App;

/// The section `[app]` of the configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The reader of what people write.
    pub team: Mailbox,
}

impl Hooks for App {
    type Settings = Settings;

    fn name() -> &'static str {
        env!("CARGO_PKG_NAME")
    }

    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn migrations() -> Vec<Migration> {
        crate::migrations::all()
    }

    fn routes() -> Routes {
        Routes::new()
            .merge(crate::home::routes())
            .merge(crate::contact::routes())
    }

    fn tasks() -> Tasks {
        Tasks::new()
    }

    fn views() -> Views {
        fw::views!()
    }

    fn mailers() -> fw::mailer::Mailers {
        fw::mailer::Mailers::new().add::<crate::mailers::inquiry::Inquiry>()
    }
}
