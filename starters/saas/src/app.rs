//! The table of contents of the application.

use fw::prelude::*;

/// The application.
pub struct App;

impl Hooks for App {
    type Settings = ();

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
        Routes::new().merge(crate::accounts::routes())
    }

    fn roles() -> Vec<fw::auth::Role> {
        crate::access::roles::all()
    }

    fn tasks() -> Tasks {
        Tasks::new().merge(crate::accounts::tasks())
    }

    fn mailers() -> fw::mailer::Mailers {
        fw::mailer::Mailers::new().merge(crate::accounts::mailers())
    }

    fn views() -> fw::view::Views {
        fw::views!()
    }
}
