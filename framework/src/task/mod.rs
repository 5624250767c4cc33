//! Tasks: commands of an application that a person or the scheduler runs by name, with `cargo fw task NAME`.
//!
//! A task is a struct of its arguments. `cargo fw task` and `--help` show its doc comment.
//!
//! ```
//! use clap::Parser;
//! use fw::{Result, context::AppContext, task::{Task, Tasks}};
//!
//! /// Deletes drafts that nobody has touched for a while
//! #[derive(Parser)]
//! struct PruneDrafts {
//!     /// Age in days from which on a draft is deleted
//!     #[arg(long, default_value_t = 30)]
//!     days: u32,
//! }
//!
//! impl Task for PruneDrafts {
//!     const NAME: &'static str = "drafts:prune";
//!
//!     async fn run(self, ctx: &AppContext) -> Result<()> {
//!         tracing::info!(app = ctx.app_name(), days = self.days, "pruning");
//!         Ok(())
//!     }
//! }
//!
//! let tasks = Tasks::new().add::<PruneDrafts>();
//! let prepared = tasks.prepare("drafts:prune", &["days:7".to_owned()]).unwrap();
//! assert!(prepared.needs_database());
//! ```

mod arguments;
mod error;
mod paths;
mod registry;
pub(crate) mod report;
mod secret;

pub use error::TaskError;
pub(crate) use paths::{WORKING_DIRECTORY, shown};
pub use registry::{PreparedTask, Task, TaskInfo, Tasks};
pub use secret::ask_secret;
