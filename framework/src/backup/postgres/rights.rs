//! The rights of roles: those that a backup needs, and those that a restored database gets from the present one.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::connection::{connect, failed};
use crate::{
    backup::BackupError,
    db::{PgTarget, quote},
};

/// Fails if the role may not read everything that a dump has, with the statements that give the right.
pub(super) async fn check_readable(
    connection: &mut PgConnection,
    target: &PgTarget,
) -> Result<(), BackupError> {
    let unreadable = sqlx::query(
        "SELECT n.nspname::text AS schema, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'S') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
         AND NOT (has_schema_privilege(n.oid, 'USAGE') AND CASE c.relkind \
         WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END) \
         AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
         ORDER BY 1, 2",
    )
    .fetch_all(connection)
    .await
    .map_err(failed(target))?;
    let mut names = Vec::new();
    let mut schemas = BTreeSet::new();
    for row in unreadable {
        let column = |name| row.try_get::<String, _>(name).map_err(failed(target));
        let schema = column("schema")?;
        names.push(format!("`{schema}.{}`", column("name")?));
        schemas.insert(schema);
    }
    if names.is_empty() {
        return Ok(());
    }
    let role = quote(&target.user);
    let grant = |schema: String| {
        let schema = quote(&schema);
        format!(
            "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}; \
             GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};"
        )
    };
    Err(BackupError::Unreadable {
        role: target.user.clone(),
        names: names.join(", "),
        grants: schemas.into_iter().map(grant).collect::<Vec<_>>().join(" "),
    })
}

/// Gives other roles the rights in `fresh` that they have in the present database. A dump is restored without rights, as the
/// server may have other roles now.
pub(super) async fn copy(
    present: &PgTarget,
    fresh: &PgTarget,
    connection: &mut PgConnection,
) -> Result<(), BackupError> {
    let mut source = connect(present).await?;
    let grants: Vec<String> = sqlx::query_scalar(
        "SELECT format('GRANT %s ON %s %s TO %s%s', a.privilege_type, o.kind, o.name, \
         CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END, \
         CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) \
         FROM (SELECT 'SCHEMA' AS kind, quote_ident(nspname) AS name, nspname, nspowner AS owner, nspacl AS acl FROM pg_namespace \
         UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('%I.%I', n.nspname, c.relname), n.nspname, \
         c.relowner, c.relacl FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')) o \
         CROSS JOIN LATERAL aclexplode(o.acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee \
         WHERE a.grantee <> o.owner AND (a.grantee = 0 OR r.rolname IS NOT NULL) \
         AND o.nspname NOT LIKE 'pg\\_%' AND o.nspname <> 'information_schema' ORDER BY o.kind",
    )
    .fetch_all(&mut source)
    .await
    .map_err(failed(present))?;
    for grant in grants {
        // A table of the present database need not be in the backup.
        let given = sqlx::raw_sql(AssertSqlSafe(grant.clone()));
        if let Err(error) = given.execute(&mut *connection).await {
            tracing::info!(grant, %error, database = fresh.database, "a right is not restored");
        }
    }
    Ok(())
}
