//! The effect of a migration on releases of the application that do not know it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::sea_query::{ColumnDef, TableRef};

/// The effect of a migration on older releases, as far as it has run: nothing but additions, or something that may break them.
#[derive(Default)]
pub(super) struct Effect(Mutex<State>);

#[derive(Default)]
struct State {
    /// Tables that the migration has created, which no older release uses.
    own_tables: Vec<String>,
    may_break: bool,
}

impl Effect {
    pub(super) fn only_adds(&self) -> bool {
        !self.state().may_break
    }

    /// Notes a change that is not known, or that an older release may not bear.
    pub(super) fn may_break(&self) {
        self.state().may_break = true;
    }

    /// Notes a new table.
    pub(super) fn creates(&self, table: Option<&TableRef>) {
        if let Some(TableRef::Table(name, _)) = table {
            self.state().own_tables.push(name.1.to_string());
        }
    }

    /// Notes a change of a table, which older releases bear only if they do not use it.
    pub(super) fn changes(&self, table: &str) {
        let mut state = self.state();
        state.may_break |= !state.owns(table);
    }

    /// Notes another name of a table.
    pub(super) fn renames(&self, from: &str, to: &str) {
        self.changes(from);
        self.state().own_tables.push(to.to_owned());
    }

    /// Notes a new column of a table. Older releases write rows without it.
    pub(super) fn adds(&self, table: &str, column: &ColumnDef) {
        let column = column.get_column_spec();
        let may_be_left_out = column.nullable != Some(false)
            || column.default.is_some()
            || column.generated.is_some();
        if !may_be_left_out {
            self.changes(table);
        }
    }

    /// Notes statements that are written as SQL.
    pub(super) fn runs(&self, sql: &str) {
        const ADDITIONS: [&str; 10] = [
            "ANALYZE",
            "COMMENT ON",
            "CREATE EXTENSION",
            "CREATE INDEX",
            "CREATE SEQUENCE",
            "CREATE TABLE",
            "CREATE TYPE",
            "CREATE UNIQUE INDEX",
            "CREATE VIEW",
            "INSERT INTO",
        ];
        let adds = |statement: &str| {
            let words: Vec<_> = statement.split_whitespace().take(3).collect();
            let start = words.join(" ").to_ascii_uppercase();
            // Not `CREATE TABLES`.
            ADDITIONS
                .iter()
                .any(|addition| format!("{start} ").starts_with(&format!("{addition} ")))
        };
        let mut statements = sql.split(';').map(str::trim).filter(|one| !one.is_empty());
        if !statements.all(adds) {
            self.may_break();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn owns(&self, table: &str) -> bool {
        self.own_tables.iter().any(|own| own == table)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::Table;

    use super::Effect;
    use crate::migration::schema::columns::{integer, text, text_null};

    #[track_caller]
    fn assert_effect(only_adds: bool, change: impl FnOnce(&Effect)) {
        let effect = Effect::default();
        change(&effect);
        assert_eq!(effect.only_adds(), only_adds);
    }

    #[test]
    fn a_column_that_may_be_left_out_only_adds() {
        assert_effect(true, |effect| effect.adds("posts", &text_null("subtitle")));
        assert_effect(true, |effect| {
            effect.adds("posts", &integer("views").default(0).take());
        });
        assert_effect(false, |effect| effect.adds("posts", &text("subtitle")));
    }

    #[test]
    fn tables_of_the_migration_itself_may_be_changed() {
        let table = Table::create().table("tags").col(text("name")).take();
        assert_effect(true, |effect| {
            effect.creates(table.get_table_name());
            effect.adds("tags", &text("color"));
            effect.renames("tags", "labels");
            effect.changes("labels");
        });
        assert_effect(false, |effect| effect.renames("posts", "articles"));
        assert_effect(false, |effect| effect.changes("posts"));
    }

    #[test]
    fn statements_are_told_apart_by_their_first_words() {
        for sql in [
            "CREATE TABLE a (b int)",
            "create index on a (b);\nINSERT INTO a VALUES (1);",
            "CREATE INDEX CONCURRENTLY i ON a (b)",
        ] {
            assert_effect(true, |effect| effect.runs(sql));
        }
        for sql in [
            "DROP TABLE a",
            "CREATE TABLE a (b int); ALTER TABLE c RENAME TO d",
            "CREATE OR REPLACE VIEW a AS SELECT 1",
            "UPDATE a SET b = 1",
        ] {
            assert_effect(false, |effect| effect.runs(sql));
        }
    }
}
