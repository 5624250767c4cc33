//! Inspection of a schema, for migrations that depend on what exists.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{Result, Schema};

impl Schema<'_> {
    /// Returns true if there is a table of this name.
    pub fn has_table(&self, table: &str) -> BoxFuture<'_, Result<bool>> {
        self.finds(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
            "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1",
            [table.to_owned()],
        )
    }

    /// Returns true if a table has a column of this name.
    pub fn has_column(&self, table: &str, column: &str) -> BoxFuture<'_, Result<bool>> {
        self.finds(
            "SELECT 1 FROM pragma_table_info(?) WHERE name = ?",
            "SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND column_name = $2",
            [table.to_owned(), column.to_owned()],
        )
    }

    /// Returns true if a table has an index of this name.
    pub fn has_index(&self, table: &str, index: &str) -> BoxFuture<'_, Result<bool>> {
        self.finds(
            "SELECT 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND name = ?",
            "SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1 AND indexname = $2",
            [table.to_owned(), index.to_owned()],
        )
    }

    pub(super) fn finds<const N: usize>(
        &self,
        sqlite: &str,
        postgres: &str,
        names: [String; N],
    ) -> BoxFuture<'_, Result<bool>> {
        let backend = self.backend();
        let query = match backend {
            DbBackend::Sqlite => sqlite,
            _ => postgres,
        };
        let query = Statement::from_sql_and_values(backend, query, names.map(Into::into));
        Box::pin(async move { Ok(self.connection.query_one_raw(query).await?.is_some()) })
    }
}
