//! How many files, and so how many connections, the system lets this process open.

/// Raises the limit to the largest that this process may give itself, and says which one is in force; nothing if there is
/// none, or none that can be seen. The low default (1024 on most systems) only protects programs that use `select`.
pub(super) fn raise() -> Option<usize> {
    let limit = rlimit::increase_nofile_limit(u64::MAX).or_else(|error| {
        tracing::debug!(%error, "the limit of open files stays");
        rlimit::getrlimit(rlimit::Resource::NOFILE).map(|(soft, _)| soft)
    });
    let limit = limit.ok().filter(|limit| *limit != rlimit::INFINITY)?;
    usize::try_from(limit).ok()
}
