//! How many files, and so how many connections, the system lets this process open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What macOS allows a process that may open any number of files.
const MACOS_LARGEST: u64 = 10_240;

/// Raises the limit to the largest that this process may give itself, and says which one is in force; nothing if there is
/// none. The low default (1024 on most systems) only protects programs that use `select`.
pub(super) fn raise() -> Option<usize> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let raised = [maximum, Some(MACOS_LARGEST)].into_iter().any(|current| {
            let wanted = Rlimit { current, maximum };
            setrlimit(Resource::Nofile, wanted).is_ok()
        });
        if !raised {
            tracing::debug!(?current, ?maximum, "the limit of open files stays");
        }
    }
    let limit = getrlimit(Resource::Nofile).current?;
    Some(usize::try_from(limit).unwrap_or(usize::MAX))
}
