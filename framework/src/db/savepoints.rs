//! The savepoints of an open transaction: the open ones, the one to roll back, and the closures to run after the commit.

use sea_orm::DbErr;

use super::{connection::refused, session::AfterCommit};

/// The nesting level of a transaction: 0 for the transaction itself, a number of its own for each savepoint within it.
pub(super) type Level = u32;

/// The level of the transaction itself.
pub(super) const TRANSACTION: Level = 0;

/// The levels of one open transaction. The levels within a level end with it.
pub(super) struct Savepoints {
    /// The open levels, outermost first.
    open: Vec<Level>,
    /// The number of savepoints so far.
    count: Level,
    /// A dropped savepoint, which is rolled back before the next statement.
    dropped: Option<Level>,
    /// True once the database has rolled the transaction back by itself.
    undone: bool,
    /// True once a statement has failed or was cancelled, after which the database may silently roll back at `COMMIT`.
    uncertain: bool,
    after_commit: Vec<(Level, AfterCommit)>,
}

impl Savepoints {
    pub(super) fn new() -> Self {
        Self {
            open: vec![TRANSACTION],
            count: TRANSACTION,
            dropped: None,
            undone: false,
            uncertain: false,
            after_commit: Vec::new(),
        }
    }

    /// Fails if `level` has ended.
    pub(super) fn check(&self, level: Level) -> Result<(), DbErr> {
        if self.undone {
            return Err(refused(
                "the database has undone this transaction after an error; begin a new one",
            ));
        }
        if !self.open.contains(&level) {
            return Err(refused(
                "this transaction has ended with the one around it; begin a new one",
            ));
        }
        Ok(())
    }

    /// Fails if `level` cannot be committed: it has ended, or a level within it is still open.
    pub(super) fn check_innermost(&self, level: Level) -> Result<(), DbErr> {
        self.check(level)?;
        if self.open.last() == Some(&level) {
            return Ok(());
        }
        Err(refused(
            "a transaction within this one is still open\nhint: commit it, roll it back or drop it first",
        ))
    }

    /// A new level within the innermost one. It counts as open once its savepoint is set, see [`opened`](Self::opened).
    pub(super) fn next(&mut self) -> Level {
        self.count += 1;
        self.count
    }

    pub(super) fn opened(&mut self, level: Level) {
        self.open.push(level);
    }

    /// The dropped savepoint to roll back to before the next statement.
    pub(super) fn dropped(&self) -> Option<Level> {
        self.dropped
    }

    /// Records that the dropped savepoint was rolled back.
    pub(super) fn dropped_is_rolled_back(&mut self) {
        self.dropped = None;
    }

    /// Records that a level was dropped without a commit or rollback.
    pub(super) fn drop_level(&mut self, level: Level) {
        if self.end(level) && level != TRANSACTION {
            // The levels within it are rolled back with it.
            self.dropped = Some(level);
        }
    }

    /// Records the rollback of a level. Returns true if it was open.
    pub(super) fn end(&mut self, level: Level) -> bool {
        let Some(at) = self.open.iter().position(|open| *open == level) else {
            return false;
        };
        let ended = self.open.split_off(at);
        self.after_commit
            .retain(|(level, _)| !ended.contains(level));
        true
    }

    /// Records the release of a savepoint, which becomes part of the level around it.
    pub(super) fn release(&mut self, level: Level) {
        let around = self.open.iter().rev().find(|open| **open < level).copied();
        for (owner, _) in &mut self.after_commit {
            if *owner == level {
                *owner = around.unwrap_or(TRANSACTION);
            }
        }
        self.open.retain(|open| *open != level);
    }

    pub(super) fn mark_undone(&mut self) {
        self.undone = true;
    }

    pub(super) fn mark_uncertain(&mut self) {
        self.uncertain = true;
    }

    pub(super) fn is_uncertain(&self) -> bool {
        self.uncertain
    }

    /// True if the transaction itself has ended.
    pub(super) fn is_ended(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn after_commit(&mut self, level: Level, work: AfterCommit) {
        if self.open.contains(&level) {
            self.after_commit.push((level, work));
        }
    }

    /// Takes the closures to run after the commit of the transaction.
    pub(super) fn take_after_commit(&mut self) -> Vec<AfterCommit> {
        let all = std::mem::take(&mut self.after_commit);
        all.into_iter().map(|(_, work)| work).collect()
    }
}

/// The name of a savepoint in SQL.
pub(super) fn name(level: Level) -> String {
    format!("fw_{level}")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn note(log: &Arc<Mutex<Vec<&'static str>>>, text: &'static str) -> AfterCommit {
        let log = Arc::clone(log);
        Box::new(move || log.lock().expect("free").push(text))
    }

    fn open(savepoints: &mut Savepoints) -> Level {
        let level = savepoints.next();
        savepoints.opened(level);
        level
    }

    #[test]
    fn closures_after_the_commit_are_dropped_with_their_savepoint() {
        let log = Arc::default();
        let mut savepoints = Savepoints::new();
        savepoints.after_commit(TRANSACTION, note(&log, "first"));
        let outer = open(&mut savepoints);
        savepoints.after_commit(outer, note(&log, "outer"));
        let inner = open(&mut savepoints);
        savepoints.after_commit(inner, note(&log, "inner"));
        savepoints.release(inner);
        let undone = open(&mut savepoints);
        savepoints.after_commit(undone, note(&log, "undone"));
        savepoints.drop_level(undone);
        assert_eq!(savepoints.dropped(), Some(undone));
        savepoints.dropped_is_rolled_back();
        savepoints.release(outer);
        let last = open(&mut savepoints);
        savepoints.after_commit(last, note(&log, "rolled back"));
        savepoints.end(last);
        for work in savepoints.take_after_commit() {
            work();
        }
        assert_eq!(*log.lock().expect("free"), ["first", "outer", "inner"]);
    }

    #[test]
    fn a_savepoint_ends_with_the_one_around_it() {
        let mut savepoints = Savepoints::new();
        let outer = open(&mut savepoints);
        let inner = open(&mut savepoints);
        savepoints
            .check_innermost(outer)
            .expect_err("one within is open");
        savepoints.drop_level(outer);
        savepoints.check(inner).expect_err("it is gone");
        savepoints.drop_level(inner);
        assert_eq!(savepoints.dropped(), Some(outer), "the outer one covers it");
        savepoints.check_innermost(TRANSACTION).expect("it is open");
        savepoints.drop_level(TRANSACTION);
        assert!(savepoints.is_ended());
    }
}
