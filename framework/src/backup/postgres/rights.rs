//! The rights of roles: those that a backup needs, and those that a restored database gets from the present one.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::connection::{code, connect, failed};
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

/// Gives a fresh database the default privileges of the present one, before there is anything in it: what the present database does
/// not have, such as a table that was dropped by mistake, gets these.
pub(super) async fn copy_defaults(
    present: &PgTarget,
    fresh: &PgTarget,
    connection: &mut PgConnection,
) -> Result<(), BackupError> {
    run(present, fresh, connection, DEFAULTS).await
}

/// Gives other roles the rights in `fresh` that they have in the present database, takes away those that it does not give, and sets
/// what is set for the whole database. A dump is restored without rights, as the server may have other roles now.
pub(super) async fn copy(
    present: &PgTarget,
    fresh: &PgTarget,
    connection: &mut PgConnection,
) -> Result<(), BackupError> {
    run(present, fresh, connection, OBJECTS).await?;
    run(present, fresh, connection, DATABASE).await
}

/// Selects the statements that give the default privileges: those that PostgreSQL has by itself are taken away before.
const DEFAULTS: &str = "\
WITH entries AS (\
  SELECT defaclacl, defaclrole, \
  format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s', pg_get_userbyid(defaclrole), ' IN SCHEMA ' || quote_ident(nspname)) AS alter, \
  defaclnamespace = 0 AS is_global, \
  CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END AS kind \
  FROM pg_default_acl LEFT JOIN pg_namespace n ON n.oid = defaclnamespace\
), rights AS (SELECT e.*, a.* FROM entries e CROSS JOIN LATERAL aclexplode(e.defaclacl) a) \
SELECT alter || ' REVOKE ALL ON ' || kind || ' FROM PUBLIC' FROM entries WHERE is_global \
UNION ALL \
SELECT format('%s GRANT %s ON %s TO %s%s', alter, privilege_type, kind, \
CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, \
CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) \
FROM rights WHERE grantee <> defaclrole";

/// Selects the statements that give the rights on schemas, tables, their columns, sequences and functions; those of extensions are their
/// own. Whatever PostgreSQL and the default privileges give by themselves is taken away before.
const OBJECTS: &str = "\
WITH objects AS (\
  SELECT 'SCHEMA' AS kind, quote_ident(nspname) AS name, nspname, nspowner AS owner, nspacl AS acl, '' AS columns, \
  'pg_namespace'::regclass AS class, oid AS object FROM pg_namespace \
  UNION ALL \
  SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('%I.%I', nspname, relname), nspname, relowner, relacl, '', \
  'pg_class'::regclass, c.oid \
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
  UNION ALL \
  SELECT 'TABLE', format('%I.%I', nspname, relname), nspname, relowner, attacl, format(' (%I)', attname), \
  'pg_class'::regclass, c.oid \
  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE attacl IS NOT NULL \
  UNION ALL \
  SELECT 'ROUTINE', format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(p.oid)), nspname, proowner, \
  coalesce(proacl, acldefault('f', proowner)), '', 'pg_proc'::regclass, p.oid \
  FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace\
), own AS (\
  SELECT * FROM objects WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' \
  AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = class AND objid = object AND deptype = 'e')\
), defaults AS (\
  SELECT DISTINCT grantee FROM pg_default_acl CROSS JOIN LATERAL aclexplode(defaclacl) WHERE grantee NOT IN (0, defaclrole)\
), takers AS (\
  SELECT kind, name, 'PUBLIC' AS taker FROM own WHERE columns = '' AND acl IS NOT NULL \
  UNION ALL \
  SELECT kind, name, quote_ident(pg_get_userbyid(grantee)) FROM own CROSS JOIN defaults WHERE columns = '' AND grantee <> owner\
) \
SELECT format('REVOKE ALL ON %s %s FROM %s', kind, name, taker) FROM takers \
UNION ALL \
SELECT format('GRANT %s%s ON %s %s TO %s%s', privilege_type, columns, kind, name, \
CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, \
CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) \
FROM own CROSS JOIN LATERAL aclexplode(acl) WHERE grantee <> owner";

/// Selects the statements that give the rights on the database, whose name in them is `fw_fresh`, and what is set for it.
const DATABASE: &str = "\
WITH present AS (SELECT * FROM pg_database WHERE datname = current_database()), \
settings AS (\
  SELECT setrole, split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value \
  FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS setting WHERE setdatabase = (SELECT oid FROM present)\
) \
SELECT 'REVOKE ALL ON DATABASE fw_fresh FROM PUBLIC' FROM present WHERE datacl IS NOT NULL \
UNION ALL \
SELECT format('GRANT %s ON DATABASE fw_fresh TO %s%s', privilege_type, \
CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, \
CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) \
FROM present CROSS JOIN LATERAL aclexplode(datacl) WHERE grantee <> datdba \
UNION ALL \
SELECT format('ALTER DATABASE fw_fresh CONNECTION LIMIT %s', datconnlimit) FROM present WHERE datconnlimit >= 0 \
UNION ALL \
SELECT format('ALTER %s SET %I TO %s', \
CASE setrole WHEN 0 THEN 'DATABASE fw_fresh' ELSE format('ROLE %I IN DATABASE fw_fresh', pg_get_userbyid(setrole)) END, \
name, CASE WHEN name IN ('search_path', 'local_preload_libraries', 'session_preload_libraries', 'temp_tablespaces') \
THEN value ELSE quote_literal(value) END) \
FROM settings";

/// Runs the statements that `select` selects in the present database in the fresh one. What cannot be done there is in the log, and does
/// not end the restore.
async fn run(
    present: &PgTarget,
    fresh: &PgTarget,
    connection: &mut PgConnection,
    select: &'static str,
) -> Result<(), BackupError> {
    let mut source = connect(present).await?;
    let mut statements: Vec<String> = sqlx::query_scalar(select)
        .fetch_all(&mut source)
        .await
        .map_err(failed(present))?;
    statements.sort_by_key(|statement| !statement.contains("REVOKE ALL ON"));
    let database = format!("DATABASE {}", quote(&fresh.database));
    for statement in statements {
        let statement = statement.replace("DATABASE fw_fresh", &database);
        let done = sqlx::raw_sql(AssertSqlSafe(statement.clone()));
        let Err(error) = done.execute(&mut *connection).await else {
            continue;
        };
        // A table of the present database need not be in the backup.
        if NOT_FOUND.contains(&code(&error).unwrap_or_default().as_str()) {
            tracing::debug!(statement, "is not in the backup");
        } else {
            tracing::warn!(statement, %error, database = fresh.database, "a right is not restored");
        }
    }
    Ok(())
}

/// `undefined_table`, `undefined_column`, `undefined_function`, `invalid_schema_name`.
const NOT_FOUND: [&str; 4] = ["42P01", "42703", "42883", "3F000"];
