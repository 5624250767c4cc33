//! A recorder of the statements of a request, by which tests count them.

use std::sync::{Arc, Mutex, PoisonError};

type Texts = Arc<Mutex<Vec<String>>>;

tokio::task_local! {
    /// The texts of the statements so far; a task that is spawned has none.
    static TEXTS: Texts;
}

/// Runs `work`, and returns its outcome with the texts of the statements that it has begun, in their order. Those that begin and end a
/// transaction are not among them.
pub(crate) async fn recorded<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    let texts = Texts::default();
    let outcome = TEXTS.scope(Arc::clone(&texts), work).await;
    let mut texts = texts.lock().unwrap_or_else(PoisonError::into_inner);
    (outcome, std::mem::take(&mut *texts))
}

/// Notes a statement, if they are recorded.
pub(super) fn note(sql: &str) {
    // Without a recording this is all that is done.
    let _ = TEXTS.try_with(|texts| {
        let mut texts = texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.push(sql.to_owned());
    });
}
