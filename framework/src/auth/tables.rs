//! The tables of sessions, tokens, API keys and roles, for a migration of the application.
//!
//! The application owns them, as they refer to its table of accounts. What [`create`] creates never changes: a later version of the framework
//! that needs another column has a further function for it, for a further migration.
//!
//! ```
//! mod m20261201_090000_create_users {
//!     use fw::{auth::tables::{self, AccountType}, migration::prelude::*};
//!
//!     pub async fn up(schema: &Schema<'_>) -> Result {
//!         schema
//!             .create_table(
//!                 table("users")
//!                     .col(string_len("email", 255).unique_key())
//!                     .col(text_null("password_hash")),
//!             )
//!             .await?;
//!         tables::create(schema, "users", AccountType::Number).await
//!     }
//!
//!     pub async fn down(schema: &Schema<'_>) -> Result {
//!         tables::drop(schema).await?;
//!         schema.drop_table("users").await
//!     }
//! }
//! ```

use std::collections::BTreeSet;

use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{ColumnDef, Index},
};

use crate::{db::Db, error, migration::prelude::*};

pub(super) const SESSIONS: &str = "sessions";
pub(super) const REFRESH_TOKENS: &str = "refresh_tokens";
pub(super) const ONE_TIME_TOKENS: &str = "one_time_tokens";
pub(super) const FACTORS: &str = "factors";
pub(super) const RECOVERY_CODES: &str = "recovery_codes";
pub(super) const CHALLENGES: &str = "challenges";
pub(super) const CHANGES: &str = "auth_changes";
pub(super) const API_KEYS: &str = "api_keys";
pub(super) const ROLES: &str = "roles";
pub(super) const ROLE_PERMISSIONS: &str = "role_permissions";
pub(super) const ACCOUNT_ROLES: &str = "account_roles";

/// The columns that the framework reads and writes.
const COLUMNS: &[(&str, &[&str])] = &[
    (
        SESSIONS,
        &[
            "id",
            "user_id",
            "kind",
            "token_hash",
            "authenticated_at",
            "factors",
            "remembered",
            "ip",
            "user_agent",
            "created_at",
            "seen_at",
            "expires_at",
            "ended_at",
            "ended_why",
            "impersonator_id",
        ],
    ),
    (
        REFRESH_TOKENS,
        &[
            "token_hash",
            "session_id",
            "key_id",
            "used_at",
            "expires_at",
        ],
    ),
    (
        ONE_TIME_TOKENS,
        &[
            "id",
            "purpose",
            "token_hash",
            "email_key",
            "user_id",
            "browser_hash",
            "data",
            "created_at",
            "expires_at",
            "used_at",
        ],
    ),
    (
        FACTORS,
        &[
            "id",
            "user_id",
            "kind",
            "name",
            "secret_sealed",
            "created_at",
            "confirmed_at",
            "last_step",
        ],
    ),
    (
        RECOVERY_CODES,
        &["code_hash", "user_id", "created_at", "used_at"],
    ),
    (
        CHALLENGES,
        &[
            "id",
            "secret_hash",
            "user_id",
            "subject",
            "kind",
            "factors",
            "remembered",
            "tries",
            "created_at",
            "expires_at",
        ],
    ),
    (CHANGES, &["id", "user_id", "session_id", "created_at"]),
    (
        API_KEYS,
        &[
            "id",
            "user_id",
            "name",
            "prefix",
            "key_hash",
            "permissions",
            "created_at",
            "expires_at",
            "used_at",
            "rotated_at",
            "revoked_at",
        ],
    ),
    (ROLES, &["name", "second_factor", "created_at"]),
    (ROLE_PERMISSIONS, &["role", "permission"]),
    (ACCOUNT_ROLES, &["user_id", "role", "created_at"]),
];

/// The type of the ids of accounts. See [the module](self) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountType {
    /// `i64`, as of [`table`](crate::migration::prelude::table()).
    Number,
    /// `Uuid`.
    Uuid,
}

impl AccountType {
    fn column(self, name: &'static str) -> ColumnDef {
        match self {
            Self::Number => big_integer(name),
            Self::Uuid => uuid(name),
        }
    }

    fn column_null(self, name: &'static str) -> ColumnDef {
        match self {
            Self::Number => big_integer_null(name),
            Self::Uuid => uuid_null(name),
        }
    }
}

/// Creates the tables, for the accounts of a table with a key called `id`. With an account its sessions and tokens are deleted.
pub async fn create(schema: &Schema<'_>, accounts: &'static str, ids: AccountType) -> Result {
    let of_account = || reference(accounts, OnDelete::Cascade);
    schema
        .create_table(
            Table::create()
                .table(SESSIONS)
                .col(pk_uuid("id"))
                .col(ids.column("user_id").extra(of_account()))
                .col(string_len("kind", 10))
                // SHA-256, so that the table does not give the secrets away.
                .col(binary_len_null("token_hash", 32).unique_key())
                .col(timestamp_with_time_zone("authenticated_at"))
                .col(string_len("factors", 60))
                .col(boolean("remembered"))
                .col(string_len_null("ip", 45))
                .col(string_len_null("user_agent", 512))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("seen_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("ended_at"))
                .col(string_len_null("ended_why", 40))
                .col(ids.column_null("impersonator_id").extra(of_account())),
        )
        .await?;
    schema.create_index(index(SESSIONS, ["user_id"])).await?;
    schema.create_index(index(SESSIONS, ["expires_at"])).await?;
    schema
        .create_table(
            Table::create()
                .table(REFRESH_TOKENS)
                .col(binary_len("token_hash", 32).primary_key())
                .col(uuid("session_id").extra(reference(SESSIONS, OnDelete::Cascade)))
                .col(string_len_null("key_id", 16))
                .col(timestamp_with_time_zone_null("used_at"))
                .col(timestamp_with_time_zone("expires_at")),
        )
        .await?;
    schema
        .create_index(index(REFRESH_TOKENS, ["session_id"]))
        .await?;
    schema
        .create_table(
            Table::create()
                .table(ONE_TIME_TOKENS)
                .col(big_pk_auto("id"))
                .col(string_len("purpose", 40))
                .col(binary_len("token_hash", 32).unique_key())
                .col(string_len_null("email_key", 320))
                .col(ids.column_null("user_id").extra(of_account()))
                .col(binary_len_null("browser_hash", 32))
                .col(json("data"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("used_at")),
        )
        .await?;
    schema
        .create_index(index(ONE_TIME_TOKENS, ["user_id"]))
        .await?;
    schema
        .create_index(index(ONE_TIME_TOKENS, ["email_key"]))
        .await?;
    schema
        .create_index(index(ONE_TIME_TOKENS, ["expires_at"]))
        .await?;
    create_factors(schema, accounts, ids).await?;
    schema
        .create_table(
            Table::create()
                .table(CHANGES)
                .col(big_pk_auto("id"))
                // Without a foreign key: the end of an account is a change as well.
                .col(ids.column_null("user_id"))
                .col(uuid_null("session_id"))
                .col(timestamp_with_time_zone("created_at")),
        )
        .await?;
    schema.create_index(index(CHANGES, ["created_at"])).await?;
    create_api_keys(schema, accounts, ids).await?;
    create_roles(schema, accounts, ids).await
}

/// Creates the table of API keys.
async fn create_api_keys(schema: &Schema<'_>, accounts: &'static str, ids: AccountType) -> Result {
    schema
        .create_table(
            Table::create()
                .table(API_KEYS)
                .col(big_pk_auto("id"))
                .col(
                    ids.column("user_id")
                        .extra(reference(accounts, OnDelete::Cascade)),
                )
                .col(string_len("name", 80))
                .col(string_len("prefix", 8).unique_key())
                .col(binary_len("key_hash", 32).unique_key())
                .col(json("permissions"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("expires_at"))
                .col(timestamp_with_time_zone_null("used_at"))
                .col(timestamp_with_time_zone_null("rotated_at"))
                .col(timestamp_with_time_zone_null("revoked_at")),
        )
        .await?;
    schema.create_index(index(API_KEYS, ["user_id"])).await
}

/// Creates the tables of roles.
async fn create_roles(schema: &Schema<'_>, accounts: &'static str, ids: AccountType) -> Result {
    const OF_ROLE: &str = r#"REFERENCES "roles" ("name") ON DELETE CASCADE"#;
    schema
        .create_table(
            Table::create()
                .table(ROLES)
                .col(string_len("name", 60).primary_key())
                .col(boolean("second_factor"))
                .col(timestamp_with_time_zone("created_at")),
        )
        .await?;
    schema
        .create_table(
            Table::create()
                .table(ROLE_PERMISSIONS)
                .col(string_len("role", 60).extra(OF_ROLE))
                .col(string_len("permission", 200))
                .primary_key(Index::create().col("role").col("permission")),
        )
        .await?;
    schema
        .create_table(
            Table::create()
                .table(ACCOUNT_ROLES)
                .col(
                    ids.column("user_id")
                        .extra(reference(accounts, OnDelete::Cascade)),
                )
                // Without a foreign key: the roles of the code are not in the table.
                .col(string_len("role", 60))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("user_id").col("role")),
        )
        .await?;
    schema.create_index(index(ACCOUNT_ROLES, ["role"])).await
}

/// Creates the tables of second factors.
async fn create_factors(schema: &Schema<'_>, accounts: &'static str, ids: AccountType) -> Result {
    let of_account = || reference(accounts, OnDelete::Cascade);
    schema
        .create_table(
            Table::create()
                .table(FACTORS)
                .col(pk_uuid("id"))
                .col(ids.column("user_id").extra(of_account()))
                .col(string_len("kind", 20))
                .col(string_len("name", 80))
                // Encrypted with a key of the application, which the database has not.
                .col(blob("secret_sealed"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("confirmed_at"))
                // The step of the last code, so that none counts twice.
                .col(big_integer("last_step")),
        )
        .await?;
    schema.create_index(index(FACTORS, ["user_id"])).await?;
    schema
        .create_table(
            Table::create()
                .table(RECOVERY_CODES)
                .col(binary_len("code_hash", 32).primary_key())
                .col(ids.column("user_id").extra(of_account()))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("used_at")),
        )
        .await?;
    schema
        .create_index(index(RECOVERY_CODES, ["user_id"]))
        .await?;
    schema
        .create_table(
            Table::create()
                .table(CHALLENGES)
                .col(pk_uuid("id"))
                .col(binary_len("secret_hash", 32))
                .col(ids.column("user_id").extra(of_account()))
                .col(string_len("subject", 43))
                .col(string_len("kind", 10))
                .col(string_len("factors", 60))
                .col(boolean("remembered"))
                .col(integer("tries"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at")),
        )
        .await?;
    schema.create_index(index(CHALLENGES, ["user_id"])).await?;
    schema.create_index(index(CHALLENGES, ["expires_at"])).await
}

/// Drops the tables.
pub async fn drop(schema: &Schema<'_>) -> Result {
    for table in [
        API_KEYS,
        ACCOUNT_ROLES,
        ROLE_PERMISSIONS,
        ROLES,
        CHANGES,
        CHALLENGES,
        RECOVERY_CODES,
        FACTORS,
        ONE_TIME_TOKENS,
        REFRESH_TOKENS,
        SESSIONS,
    ] {
        schema.drop_table(table).await?;
    }
    Ok(())
}

/// The error of a database that lacks a table or a column which the framework needs. It stops the start of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database has no {missing}, which sessions of accounts need\nhint: create the tables in a migration, with `fw::auth::tables::create`; of an older table the documentation of `fw::auth::tables` has what is missing"
)]
struct MissingTables {
    /// The table or the column, for the message: ``column `sessions.kind` ``.
    missing: String,
}

impl From<MissingTables> for error::Error {
    #[track_caller]
    fn from(error: MissingTables) -> Self {
        Self::internal(error)
    }
}

/// Returns true if the table of sessions is there.
pub(super) async fn exist(db: &Db) -> error::Result<bool> {
    Ok(!columns_of(db, SESSIONS).await?.is_empty())
}

/// Checks that all tables are there with the columns that the framework needs.
pub(super) async fn check(db: &Db) -> error::Result<()> {
    for (table, columns) in COLUMNS {
        let found = columns_of(db, table).await?;
        let missing = if found.is_empty() {
            Some(format!("table `{table}`"))
        } else {
            let column = columns.iter().find(|column| !found.contains(**column));
            column.map(|column| format!("column `{table}.{column}`"))
        };
        if let Some(missing) = missing {
            return Err(MissingTables { missing }.into());
        }
    }
    Ok(())
}

/// The names of the columns of a table, none if there is no such table.
async fn columns_of(db: &Db, table: &str) -> error::Result<BTreeSet<String>> {
    let query = match db.backend() {
        DbBackend::Sqlite => "SELECT name FROM pragma_table_info(?)",
        _ => {
            "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1"
        }
    };
    let query = Statement::from_sql_and_values(db.backend(), query, [table.into()]);
    let rows = db.query_all_raw(query).await?;
    let names = rows.iter().map(|row| row.try_get("", "name"));
    Ok(names.collect::<Result<_, _>>()?)
}
