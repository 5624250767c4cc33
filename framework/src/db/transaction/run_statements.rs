//! A macro that implements SeaORM's connection traits for a type with a [`Session`](crate::db::session::Session).

use sea_orm::{DbBackend, DbErr, Statement};

use crate::db::{recorder, values};

/// Implements SeaORM's connection traits with the session in a field.
///
/// The signatures are those that `async_trait` makes, whose bodies would put each future into a second box.
macro_rules! run_statements {
    ($type:ty, $field:ident) => {
        impl $type {
            /// Runs a statement whose outcome nobody waits for. In a transaction it may go to the database with the next statement or
            /// with the commit, which then fail with its error.
            pub(crate) fn execute_later(
                &self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::DbFuture<'_, ()> {
                match $crate::db::transaction::stored(self.$field.backend(), statement) {
                    Ok(statement) => self.$field.execute_later(statement),
                    Err(error) => $crate::db::session::refused(error),
                }
            }
        }

        impl sea_orm::ConnectionTrait for $type {
            fn get_database_backend(&self) -> sea_orm::DbBackend {
                self.$field.backend()
            }

            fn execute_raw<'a, 'f>(
                &'a self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::DbFuture<'f, sea_orm::ExecResult>
            where
                'a: 'f,
                Self: 'f,
            {
                match $crate::db::transaction::stored(self.$field.backend(), statement) {
                    Ok(statement) => self.$field.execute(statement),
                    Err(error) => $crate::db::session::refused(error),
                }
            }

            fn execute_unprepared<'a, 'b, 'f>(
                &'a self,
                sql: &'b str,
            ) -> $crate::db::session::DbFuture<'f, sea_orm::ExecResult>
            where
                'a: 'f,
                'b: 'f,
                Self: 'f,
            {
                $crate::db::recorder::note(sql);
                self.$field.execute_unprepared(sql)
            }

            fn query_one_raw<'a, 'f>(
                &'a self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::DbFuture<'f, Option<sea_orm::QueryResult>>
            where
                'a: 'f,
                Self: 'f,
            {
                match $crate::db::transaction::stored(self.$field.backend(), statement) {
                    Ok(statement) => self.$field.query_one(statement),
                    Err(error) => $crate::db::session::refused(error),
                }
            }

            fn query_all_raw<'a, 'f>(
                &'a self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::DbFuture<'f, Vec<sea_orm::QueryResult>>
            where
                'a: 'f,
                Self: 'f,
            {
                match $crate::db::transaction::stored(self.$field.backend(), statement) {
                    Ok(statement) => self.$field.query_all(statement),
                    Err(error) => $crate::db::session::refused(error),
                }
            }
        }

        impl sea_orm::StreamTrait for $type {
            type Stream<'a> = $crate::db::RowStream;

            fn get_database_backend(&self) -> sea_orm::DbBackend {
                self.$field.backend()
            }

            fn stream_raw(
                &self,
                statement: sea_orm::Statement,
            ) -> $crate::db::session::DbFuture<'_, $crate::db::RowStream> {
                match $crate::db::transaction::stored(self.$field.backend(), statement) {
                    Ok(statement) => self.$field.stream(statement),
                    Err(error) => $crate::db::session::refused(error),
                }
            }
        }

        /// Transactions within a transaction are savepoints.
        #[sea_orm::prelude::async_trait::async_trait]
        impl sea_orm::TransactionTrait for $type {
            type Transaction = $crate::db::Transaction;

            async fn begin(&self) -> Result<Self::Transaction, sea_orm::DbErr> {
                self.begin_with_options(sea_orm::TransactionOptions::default())
                    .await
            }

            async fn begin_with_config(
                &self,
                isolation_level: Option<sea_orm::IsolationLevel>,
                access_mode: Option<sea_orm::AccessMode>,
            ) -> Result<Self::Transaction, sea_orm::DbErr> {
                self.begin_with_options(sea_orm::TransactionOptions {
                    isolation_level,
                    access_mode,
                    ..Default::default()
                })
                .await
            }

            async fn begin_with_options(
                &self,
                options: sea_orm::TransactionOptions,
            ) -> Result<Self::Transaction, sea_orm::DbErr> {
                let open = self.$field.begin(options).await?;
                Ok($crate::db::Transaction::new(open))
            }

            async fn transaction<F, T, E>(
                &self,
                callback: F,
            ) -> Result<T, sea_orm::TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c Self::Transaction,
                    ) -> std::pin::Pin<
                        Box<dyn Future<Output = Result<T, E>> + Send + 'c>,
                    > + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                $crate::db::transaction::run(self.begin().await, callback).await
            }

            async fn transaction_with_config<F, T, E>(
                &self,
                callback: F,
                isolation_level: Option<sea_orm::IsolationLevel>,
                access_mode: Option<sea_orm::AccessMode>,
            ) -> Result<T, sea_orm::TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c Self::Transaction,
                    ) -> std::pin::Pin<
                        Box<dyn Future<Output = Result<T, E>> + Send + 'c>,
                    > + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                let transaction = self.begin_with_config(isolation_level, access_mode).await;
                $crate::db::transaction::run(transaction, callback).await
            }
        }
    };
}

/// The statement with its values in their stored forms.
pub(in crate::db) fn stored(backend: DbBackend, statement: Statement) -> Result<Statement, DbErr> {
    recorder::note(&statement.sql);
    values::stored(backend, statement)
}

pub(in crate::db) use run_statements;
