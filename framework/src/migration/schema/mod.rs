//! The schema of a database, which a migration reads and changes.

pub mod columns;
mod inspection;
pub mod tables;

use std::borrow::Borrow;

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, StatementBuilder,
    sea_query::{
        ForeignKeyCreateStatement, ForeignKeyDropStatement, IndexCreateStatement, IntoColumnDef,
        Table, TableAlterStatement, TableCreateStatement,
    },
};

/// The result of a migration's functions.
pub type Result<T = (), E = DbErr> = std::result::Result<T, E>;

/// The message of [`Schema::irreversible`].
const IRREVERSIBLE: &str = "the migration cannot be undone";

/// The schema of the database that a migration changes, within the migration's transaction.
///
/// Its futures are boxed: otherwise the compiler would analyse each of them again for each migration.
pub struct Schema<'c> {
    connection: DatabaseExecutor<'c>,
}

impl<'c> Schema<'c> {
    pub(super) fn new(connection: impl Into<DatabaseExecutor<'c>>) -> Self {
        Self {
            connection: connection.into(),
        }
    }

    /// The connection, for queries: `posts::Entity::find().all(schema.connection())`.
    pub fn connection(&self) -> &DatabaseExecutor<'c> {
        &self.connection
    }

    /// The kind of database, where the two need different statements.
    pub fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// Runs a statement of `sea_query`: `schema.execute(&Query::update().table("posts")…)`.
    pub fn execute(&self, statement: &impl StatementBuilder) -> BoxFuture<'_, Result> {
        let statement = statement.build(&self.backend());
        Box::pin(async { self.connection.execute_raw(statement).await.map(drop) })
    }

    /// Runs statements that are written as SQL, with `;` between them.
    pub fn execute_sql(&self, sql: impl Into<String>) -> BoxFuture<'_, Result> {
        let sql = sql.into();
        Box::pin(async move { self.connection.execute_unprepared(&sql).await.map(drop) })
    }

    /// Creates a table.
    pub fn create_table(&self, table: impl Borrow<TableCreateStatement>) -> BoxFuture<'_, Result> {
        self.execute(table.borrow())
    }

    /// Changes a table in ways that [`add_column`](Self::add_column) and its like do not.
    pub fn alter_table(&self, change: impl Borrow<TableAlterStatement>) -> BoxFuture<'_, Result> {
        self.execute(change.borrow())
    }

    /// Renames a table.
    pub fn rename_table(&self, from: &'static str, to: &'static str) -> BoxFuture<'_, Result> {
        self.execute(Table::rename().table(from, to))
    }

    /// Drops a table with its rows.
    pub fn drop_table(&self, table: &'static str) -> BoxFuture<'_, Result> {
        self.execute(Table::drop().table(table))
    }

    /// Adds a column to a table. A required column of a table with rows needs a default.
    pub fn add_column(
        &self,
        table: &'static str,
        column: impl IntoColumnDef,
    ) -> BoxFuture<'_, Result> {
        self.execute(Table::alter().table(table).add_column(column))
    }

    /// Renames a column.
    pub fn rename_column(
        &self,
        table: &'static str,
        from: &'static str,
        to: &'static str,
    ) -> BoxFuture<'_, Result> {
        self.execute(Table::alter().table(table).rename_column(from, to))
    }

    /// Drops a column with its values. SQLite refuses one that an index or a foreign key of another column needs.
    pub fn drop_column(&self, table: &'static str, column: &'static str) -> BoxFuture<'_, Result> {
        self.execute(Table::alter().table(table).drop_column(column))
    }

    /// Creates an index: [`index`](tables::index) or [`unique_index`](tables::unique_index).
    pub fn create_index(&self, index: impl Borrow<IndexCreateStatement>) -> BoxFuture<'_, Result> {
        self.execute(index.borrow())
    }

    /// Drops the index that [`index`](tables::index) or [`unique_index`](tables::unique_index) of these columns made.
    pub fn drop_index<const N: usize>(
        &self,
        table: &'static str,
        columns: [&'static str; N],
    ) -> BoxFuture<'_, Result> {
        self.execute(&tables::drop_index(table, &columns))
    }

    /// Adds a foreign key to a table. SQLite cannot: there [`references`](columns::references) is part of the column.
    pub fn create_foreign_key(
        &self,
        key: impl Borrow<ForeignKeyCreateStatement>,
    ) -> BoxFuture<'_, Result> {
        self.execute(key.borrow())
    }

    /// Drops a foreign key.
    pub fn drop_foreign_key(
        &self,
        key: impl Borrow<ForeignKeyDropStatement>,
    ) -> BoxFuture<'_, Result> {
        self.execute(key.borrow())
    }

    /// Refuses to undo a migration: the body of a `down` whose `up` has deleted data that it would need.
    ///
    /// # Errors
    ///
    /// Always. `doctor` warns of such a migration until it is accepted.
    pub fn irreversible(&self) -> BoxFuture<'_, Result> {
        Box::pin(async { Err(DbErr::Migration(IRREVERSIBLE.to_owned())) })
    }

    /// Returns true if this is the error of [`irreversible`](Self::irreversible).
    pub(super) fn is_irreversible(error: &DbErr) -> bool {
        matches!(error, DbErr::Migration(message) if message == IRREVERSIBLE)
    }
}
