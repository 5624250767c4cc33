//! The table of applied migrations. It is the table that SeaORM's own tools use, with one column more.

use chrono::Utc;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryOrder,
    QuerySelect, RuntimeErr, Schema, Statement, entity::prelude::*,
};

use super::{Migration, MigrationError};

/// The record of an applied migration.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seaql_migrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: String,
    /// Seconds since 1970 (UTC).
    pub applied_at: i64,
    /// True if releases that do not know the migration work with it, as it only adds. `None` in records of SeaORM's tools and of
    /// before this column.
    #[sea_orm(nullable)]
    pub additive: Option<bool>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The records of all applied migrations; none if there is no table of them.
pub(super) async fn records<C: ConnectionTrait>(db: &C) -> Result<Vec<Model>, MigrationError> {
    let query = Entity::find().order_by_asc(Column::Version);
    // Checking first would cost every start a round trip. A database that did not respond is not queried again.
    match query.clone().all(db).await {
        Err(error) if is_refused(&error) => {}
        result => return Ok(result?),
    }
    if !has_table(db).await? {
        return Ok(Vec::new());
    }
    if has_column(db).await? {
        // Another process may have made the table since the first query.
        return Ok(query.all(db).await?);
    }
    let columns = query
        .select_only()
        .columns([Column::Version, Column::AppliedAt]);
    let records: Vec<(String, i64)> = columns.into_tuple().all(db).await?;
    let model = |(version, applied_at)| Model {
        version,
        applied_at,
        additive: None,
    };
    Ok(records.into_iter().map(model).collect())
}

/// Returns true if the database itself has refused a query.
fn is_refused(error: &DbErr) -> bool {
    matches!(error, DbErr::Query(RuntimeErr::SqlxError(cause)) if cause.as_database_error().is_some())
}

/// Returns true if the table of applied migrations exists.
async fn has_table<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let query = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
        }
        _ => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
    };
    finds(db, query).await
}

/// Returns true if the table of applied migrations has the column that SeaORM's tools do not make.
async fn has_column<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let query = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT 1 FROM pragma_table_info('seaql_migrations') WHERE name = 'additive'"
        }
        _ => {
            "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('seaql_migrations') AND attname = 'additive'"
        }
    };
    finds(db, query).await
}

async fn finds<C: ConnectionTrait>(db: &C, query: &str) -> Result<bool, DbErr> {
    let query = Statement::from_string(db.get_database_backend(), query);
    Ok(db.query_one_raw(query).await?.is_some())
}

/// Creates the table of applied migrations, or its newest column, unless it exists.
pub(super) async fn create_table(db: &DatabaseConnection) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let mut table = Schema::new(backend).create_table_from_entity(Entity);
    db.execute(table.if_not_exists()).await?;
    if has_column(db).await? {
        return Ok(());
    }
    let column = "ALTER TABLE seaql_migrations ADD COLUMN additive boolean";
    match db.execute_unprepared(column).await {
        // Another process has added it in the meantime.
        Err(_) if has_column(db).await? => Ok(()),
        result => result.map(drop),
    }
}

pub(super) async fn is_recorded<C: ConnectionTrait>(
    db: &C,
    migration: &Migration,
) -> Result<bool, DbErr> {
    let found = Entity::find_by_id(migration.name()).one(db).await?;
    Ok(found.is_some())
}

pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    migration: &Migration,
    additive: bool,
) -> Result<(), DbErr> {
    let record = ActiveModel {
        version: Set(migration.name().to_owned()),
        applied_at: Set(Utc::now().timestamp()),
        additive: Set(Some(additive)),
    };
    Entity::insert(record)
        .exec_without_returning(db)
        .await
        .map(drop)
}

pub(super) async fn delete<C: ConnectionTrait>(db: &C, migration: &Migration) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::Version.eq(migration.name()))
        .exec(db)
        .await
        .map(drop)
}
