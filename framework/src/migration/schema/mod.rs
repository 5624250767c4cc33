//! The schema of a database, which a migration reads and changes.

pub mod columns;
mod effect;
mod indexes;
mod inspection;
pub mod tables;

use std::borrow::Borrow;

use effect::Effect;
use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, Statement, StatementBuilder,
    sea_query::{
        ForeignKeyCreateStatement, ForeignKeyDropStatement, Index, IndexCreateStatement,
        IntoColumnDef, Table, TableAlterStatement, TableCreateStatement,
    },
};

/// The result of a migration's functions. See [`Schema`] for an example.
pub type Result<T = (), E = DbErr> = std::result::Result<T, E>;

/// The schema of the database that a migration changes, within the migration's transaction.
///
/// It notes whether the migration only adds: tables, columns that are nullable or have a default, indexes, foreign keys, and
/// anything in tables of the migration's own. Releases that do not know the migration still work then. Everything else may break
/// them: changes, removals, and statements that are written as SQL or run on [`connection`](Self::connection), unless they create
/// or insert something. [`Migration::additive`](super::Migration::additive) says what is not seen.
///
/// Its futures are boxed: otherwise the compiler would analyse each of them again for each migration.
///
/// ```
/// use fw::migration::prelude::*;
///
/// pub async fn up(schema: &Schema<'_>) -> Result {
///     schema.create_table(table("posts").col(string_len("title", 255))).await?;
///     schema.create_index(index("posts", ["title"])).await?;
///     schema.add_column("posts", boolean("published").default(false)).await?;
///     // Rows are changed with statements of `sea_query`, with queries on `schema.connection()`, or with SQL.
///     let publish = Query::update().table("posts").value("published", true).to_owned();
///     schema.execute(&publish).await?;
///     schema.execute_sql("DELETE FROM posts WHERE title = ''").await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let url = fw::db::Target::sqlite_url(folder.path().join("app.db"));
/// # let config = fw::config::DatabaseConfig { url: url.into(), ..Default::default() };
/// // In a test:
/// let connection = fw::db::Db::dedicated(&config).await?;
/// let schema = Schema::new(&connection);
/// up(&schema).await?;
/// assert!(schema.has_column("posts", "published").await?);
/// assert!(schema.has_index("posts", "index_posts_on_title").await?);
/// # Ok(())
/// # }
/// ```
pub struct Schema<'c> {
    connection: DatabaseExecutor<'c>,
    effect: Effect,
}

impl<'c> Schema<'c> {
    /// The schema behind a connection of [`Db::dedicated`](crate::db::Db::dedicated), with which a test runs the functions of one
    /// migration. The runner of migrations has its own.
    pub fn new(connection: impl Into<DatabaseExecutor<'c>>) -> Self {
        Self {
            connection: connection.into(),
            effect: Effect::default(),
        }
    }

    /// Returns true if everything that was done so far only adds.
    pub(super) fn only_adds(&self) -> bool {
        self.effect.only_adds()
    }

    /// The connection, for queries: `posts::Entity::find().all(schema.connection())`.
    pub fn connection(&self) -> &DatabaseExecutor<'c> {
        self.effect.may_break();
        &self.connection
    }

    /// The kind of database, where the two need different statements.
    pub fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// Runs a statement of `sea_query`, such as one of `Query::update()`.
    pub fn execute(&self, statement: &impl StatementBuilder) -> BoxFuture<'_, Result> {
        let statement = statement.build(&self.backend());
        self.effect.runs(&statement.sql);
        self.run(statement)
    }

    fn run(&self, statement: Statement) -> BoxFuture<'_, Result> {
        Box::pin(async { self.connection.execute_raw(statement).await.map(drop) })
    }

    /// Runs a statement whose effect is noted.
    fn change(&self, statement: &impl StatementBuilder) -> BoxFuture<'_, Result> {
        self.run(statement.build(&self.backend()))
    }

    /// Runs statements that are written as SQL, with `;` between them.
    pub fn execute_sql(&self, sql: impl Into<String>) -> BoxFuture<'_, Result> {
        let sql = sql.into();
        self.effect.runs(&sql);
        Box::pin(async move { self.connection.execute_unprepared(&sql).await.map(drop) })
    }

    /// Creates a table.
    pub fn create_table(&self, table: impl Borrow<TableCreateStatement>) -> BoxFuture<'_, Result> {
        let table = table.borrow();
        self.effect.creates(table.get_table_name());
        self.change(table)
    }

    /// Changes a table in ways that [`add_column`](Self::add_column) and its like do not.
    pub fn alter_table(&self, change: impl Borrow<TableAlterStatement>) -> BoxFuture<'_, Result> {
        self.effect.may_break();
        self.change(change.borrow())
    }

    /// Renames a table, and the indexes that are called after it: `index_posts_on_title` is `index_articles_on_title` then.
    pub fn rename_table(&self, from: &'static str, to: &'static str) -> BoxFuture<'_, Result> {
        self.effect.renames(from, to);
        let rename = self.change(Table::rename().table(from, to));
        Box::pin(async move {
            rename.await?;
            self.follow_table(from, to).await
        })
    }

    /// Drops a table with its rows.
    pub fn drop_table(&self, table: &'static str) -> BoxFuture<'_, Result> {
        self.effect.changes(table);
        self.change(Table::drop().table(table))
    }

    /// Adds a column to a table. A required column of a table with rows needs a default.
    pub fn add_column(
        &self,
        table: &'static str,
        column: impl IntoColumnDef,
    ) -> BoxFuture<'_, Result> {
        let column = column.into_column_def();
        self.effect.adds(table, &column);
        self.change(Table::alter().table(table).add_column(column))
    }

    /// Renames a column, and the indexes that are called after it.
    pub fn rename_column(
        &self,
        table: &'static str,
        from: &'static str,
        to: &'static str,
    ) -> BoxFuture<'_, Result> {
        self.effect.changes(table);
        let rename = self.change(Table::alter().table(table).rename_column(from, to));
        Box::pin(async move {
            rename.await?;
            self.follow_column(table, from, to).await
        })
    }

    /// Drops a column with its values. SQLite refuses one that an index or a foreign key of another column needs.
    pub fn drop_column(&self, table: &'static str, column: &'static str) -> BoxFuture<'_, Result> {
        self.effect.changes(table);
        self.change(Table::alter().table(table).drop_column(column))
    }

    /// Creates an index: [`index`](tables::index) or [`unique_index`](tables::unique_index).
    pub fn create_index(&self, index: impl Borrow<IndexCreateStatement>) -> BoxFuture<'_, Result> {
        self.change(index.borrow())
    }

    /// Drops the index that [`index`](tables::index) or [`unique_index`](tables::unique_index) of these columns made, also if it was
    /// called after former names of them.
    pub fn drop_index<const N: usize>(
        &self,
        table: &'static str,
        columns: [&'static str; N],
    ) -> BoxFuture<'_, Result> {
        self.effect.changes(table);
        Box::pin(async move {
            let name = self.index_on(table, &columns).await?;
            self.change(&Index::drop().name(name).table(table).to_owned())
                .await
        })
    }

    /// Adds a foreign key to a table. SQLite cannot: there [`references`](columns::references) is part of the column.
    pub fn create_foreign_key(
        &self,
        key: impl Borrow<ForeignKeyCreateStatement>,
    ) -> BoxFuture<'_, Result> {
        self.change(key.borrow())
    }

    /// Drops a foreign key.
    pub fn drop_foreign_key(
        &self,
        key: impl Borrow<ForeignKeyDropStatement>,
    ) -> BoxFuture<'_, Result> {
        self.change(key.borrow())
    }
}
