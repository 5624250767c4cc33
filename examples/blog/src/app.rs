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
        Routes::new()
            .merge(crate::home::routes())
            .merge(crate::authors::routes())
            .merge(crate::posts::routes())
            .merge(crate::pages::routes())
    }

    fn tasks() -> Tasks {
        Tasks::new().add::<crate::tasks::prune_drafts::PruneDrafts>()
    }

    fn middleware(stack: fw::middleware::Stack) -> fw::middleware::Stack {
        stack.layer(
            "request_timer",
            fw::axum::middleware::from_fn(crate::middleware::request_timer::request_timer),
        )
    }
}
