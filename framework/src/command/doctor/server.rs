//! The checks of `doctor --deploy` that ask a PostgreSQL server: the role of the application, its rights, and the connections that it
//! gets.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement};

use super::deploy::first;
use crate::{context::AppContext, db::Db, room::Finding};

pub(super) async fn check(ctx: &AppContext) -> Vec<Finding> {
    match examine(ctx).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::failure("database", error.to_string())],
    }
}

async fn examine(ctx: &AppContext) -> Result<Vec<Finding>, DbErr> {
    let mut findings = Vec::new();
    let Some(role) = Role::of(&ctx.db).await? else {
        return Ok(findings);
    };
    findings.extend(role.finding());
    findings.extend(rights(&ctx.db, &role).await?);
    findings.extend(pool(&role, ctx.config.database.max_connections));
    Ok(findings)
}

/// The role of the application on the server.
#[derive(Debug, FromQueryResult)]
struct Role {
    /// Its quoted name.
    name: String,
    superuser: bool,
    /// True if it owns tables of the application.
    owner: bool,
    /// The number of connections that the server, the database and the role allow.
    connections: i64,
}

impl Role {
    async fn of(db: &Db) -> Result<Option<Self>, DbErr> {
        // -1 is no limit. Settings that a server does not know are not there.
        let query = "SELECT quote_ident(r.rolname) AS name, r.rolsuper AS superuser, \
             EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema() AND c.relowner = r.oid) AS owner, \
             LEAST(current_setting('max_connections')::bigint \
             - current_setting('superuser_reserved_connections')::bigint \
             - coalesce(current_setting('reserved_connections', true), '0')::bigint, \
             CASE WHEN r.rolconnlimit < 0 THEN NULL ELSE r.rolconnlimit END, \
             (SELECT CASE WHEN datconnlimit < 0 THEN NULL ELSE datconnlimit END FROM pg_database \
             WHERE datname = current_database()))::bigint AS connections \
             FROM pg_roles r WHERE r.rolname = current_user";
        let query = Statement::from_string(DbBackend::Postgres, query);
        Self::find_by_statement(query).one(db).await
    }

    fn finding(&self) -> Option<Finding> {
        const HINT: &str = "let a role of its own migrate, which owns the tables, and give the application one that may only read and write rows";
        if self.superuser {
            let text = format!(
                "the role {} is a superuser: who gets into the application gets the server with all its databases\nhint: {HINT}",
                self.name
            );
            return Some(Finding::failure("deploy.database_role", text));
        }
        let text = format!(
            "the role {} owns the tables, so that the application may drop them\nhint: {HINT}, or accept it",
            self.name
        );
        self.owner
            .then(|| Finding::warning("deploy.database_role", text))
    }
}

/// Fails if the role lacks a right on a table or sequence that the application may need.
async fn rights(db: &Db, role: &Role) -> Result<Option<Finding>, DbErr> {
    // What was applied only has to be read.
    let query = "SELECT format('%I', c.relname) AS name, quote_ident(n.nspname) AS schema FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND CASE \
         WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE') \
         WHEN c.relname = 'seaql_migrations' THEN NOT has_table_privilege(c.oid, 'SELECT') \
         WHEN c.relkind IN ('r', 'p') THEN NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') \
         AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')) \
         ELSE false END ORDER BY c.relname";
    let rows = db
        .query_all_raw(Statement::from_string(DbBackend::Postgres, query))
        .await?;
    let mut names = Vec::new();
    let mut schema = String::new();
    for row in rows {
        names.push(format!("`{}`", row.try_get::<String>("", "name")?));
        schema = row.try_get("", "schema")?;
    }
    let text = format!(
        "the role {role} may not read or write {}\nhint: the owner of the tables gives the rights with \
         `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}` and \
         `GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}`, and those on tables to come with \
         `ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT …`",
        first(&names),
        role = role.name,
    );
    Ok((!names.is_empty()).then(|| Finding::failure("deploy.database_rights", text)))
}

/// Fails if the pool may have more connections than the server gives.
fn pool(role: &Role, max_connections: u32) -> Option<Finding> {
    let text = format!(
        "`database.max_connections` is {max_connections}, and the server gives the role {} {} connections at most\n\
         hint: lower the one, or raise `max_connections` of the server (or the limit of the role or database); all processes \
         together, and `db migrate` and backups beside them, must stay below it",
        role.name, role.connections
    );
    (i64::from(max_connections) > role.connections)
        .then(|| Finding::failure("deploy.database_pool", text))
}
