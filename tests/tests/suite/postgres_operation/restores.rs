//! Restores by other roles than the one of the backup, and restores that are killed.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use fw_tests::{
    app::{fail, succeed},
    postgres::Server,
};

use super::{as_role, until};
use crate::Database;

const RESTORE: [&str; 4] = ["task", "db:restore", "one.zst", "--yes"];
const VERIFY: [&str; 4] = ["task", "db:restore", "one.zst", "--verify"];
const BACKUP: [&str; 4] = ["task", "db:backup", "--to", "one.zst"];

/// A database of the role `first`, which has let `reader` read the authors, and its backup.
fn with_backup(server: &Server) -> Database {
    server.psql(
        "postgres",
        "CREATE ROLE first LOGIN CREATEDB; CREATE ROLE second LOGIN CREATEDB; CREATE ROLE reader LOGIN",
    );
    let database = Database::on(server);
    succeed(&mut as_role(&database, "first", &["db", "create"]));
    succeed(&mut as_role(&database, "first", &["db", "migrate"]));
    server.psql(
        database.name(),
        "SET ROLE first; GRANT SELECT ON authors TO reader; \
         INSERT INTO authors (name, created_at, updated_at) VALUES ('Ada', now(), now())",
    );
    succeed(&mut as_role(&database, "first", &BACKUP));
    database
}

#[test]
fn a_backup_can_be_restored_where_its_roles_do_not_exist() {
    let server = Server::with("", &[]);
    let database = with_backup(&server);
    succeed(&mut as_role(&database, "first", &["db", "drop"]));
    server.psql("postgres", "DROP ROLE first; DROP ROLE reader");
    assert!(succeed(&mut as_role(&database, "second", &VERIFY)).contains("is complete"));
    succeed(&mut as_role(&database, "second", &RESTORE));
    let owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'authors'";
    assert_eq!(server.psql(database.name(), owner), "second");
    assert_eq!(
        server.psql(database.name(), "SELECT name FROM authors"),
        "Ada"
    );
    let said = succeed(&mut as_role(&database, "second", &["db", "migrate"]));
    assert!(said.contains("nothing to apply"), "{said}");
}

#[test]
fn who_may_not_replace_the_database_is_told_so_by_the_verification() {
    let server = Server::with("", &[]);
    let database = with_backup(&server);
    for arguments in [VERIFY, RESTORE] {
        let (_, said) = fail(&mut as_role(&database, "second", &arguments));
        assert!(
            said.contains("the role `second` does not own the database"),
            "{said}"
        );
    }
    let (_, said) = fail(&mut as_role(&database, "reader", &VERIFY));
    assert!(
        said.contains("does not own the database") || said.contains("CREATEDB"),
        "{said}"
    );
}

#[test]
fn other_roles_keep_the_rights_that_they_have() {
    let server = Server::with("", &[]);
    let database = with_backup(&server);
    server.psql(
        database.name(),
        "SET ROLE first; GRANT UPDATE ON authors TO reader; GRANT USAGE ON SEQUENCE authors_id_seq TO reader",
    );
    succeed(&mut as_role(&database, "first", &RESTORE));
    let rights = "SELECT has_table_privilege('reader', 'authors', 'SELECT, UPDATE'), \
                  has_sequence_privilege('reader', 'authors_id_seq', 'USAGE'), has_table_privilege('reader', 'posts', 'SELECT')";
    assert_eq!(server.psql(database.name(), rights), "t|t|f");
}

/// Everything that roles may do with the database, its schemas and what is in them, and what is set for it.
const EVERYTHING: &str = "\
WITH objects AS (\
  SELECT 'database' AS name, coalesce(datacl, acldefault('d', datdba)) AS acl FROM pg_database WHERE datname = current_database() \
  UNION ALL SELECT 'schema ' || nspname, coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace \
  WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' \
  UNION ALL SELECT relname, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r' END, relowner)) \
  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S') \
  UNION ALL SELECT attrelid::regclass || '.' || attname, attacl FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384 \
  UNION ALL SELECT proname, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
  UNION ALL SELECT 'default ' || defaclobjtype::text, defaclacl FROM pg_default_acl\
) \
SELECT name, pg_get_userbyid(grantee), privilege_type, is_grantable::text FROM objects CROSS JOIN LATERAL aclexplode(acl) \
UNION ALL SELECT 'set', setrole::text, setconfig::text, '' FROM pg_db_role_setting \
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) \
UNION ALL SELECT 'connections', datconnlimit::text, '', '' FROM pg_database WHERE datname = current_database() ORDER BY 1, 2, 3, 4";

#[test]
fn a_restored_database_gives_no_right_more_and_none_less() {
    let server = Server::with("", &[]);
    let database = with_backup(&server);
    let name = database.name();
    server.psql(
        name,
        &format!(
            "CREATE ROLE serving LOGIN; REVOKE ALL ON DATABASE \"{name}\" FROM PUBLIC; GRANT CONNECT ON DATABASE \"{name}\" TO serving; \
             ALTER DATABASE \"{name}\" CONNECTION LIMIT 40; ALTER DATABASE \"{name}\" SET lock_timeout TO '7s'; \
             ALTER DATABASE \"{name}\" SET search_path TO \"$user\", public; \
             ALTER ROLE first IN DATABASE \"{name}\" SET work_mem TO '9MB'; \
             SET ROLE first; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO serving; \
             CREATE FUNCTION secret() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; \
             REVOKE ALL ON FUNCTION secret() FROM PUBLIC; GRANT EXECUTE ON FUNCTION secret() TO reader; \
             ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO serving; \
             ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO serving; \
             ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; \
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO serving; REVOKE ALL ON posts FROM serving; \
             GRANT SELECT (id, title) ON posts TO serving WITH GRANT OPTION"
        ),
    );
    succeed(&mut as_role(
        &database,
        "first",
        &["task", "db:backup", "--to", "two.zst"],
    ));
    let before = server.psql(name, EVERYTHING);
    let restore = ["task", "db:restore", "two.zst", "--yes"];
    succeed(&mut as_role(&database, "first", &restore));
    assert_eq!(server.psql(name, EVERYTHING), before);

    // A table that was dropped by mistake has the default privileges, and so has one that is made later.
    server.psql(name, "DROP TABLE posts CASCADE");
    succeed(&mut as_role(&database, "first", &restore));
    server.psql(name, "SET ROLE first; CREATE TABLE later (id int)");
    let may = "SELECT has_table_privilege('serving', 'posts', 'INSERT'), has_table_privilege('serving', 'later', 'INSERT'), \
               has_database_privilege('reader', current_database(), 'CONNECT')";
    assert_eq!(server.psql(name, may), "t|t|f");
}

#[test]
fn what_a_killed_restore_has_left_is_removed_by_the_next() {
    let server = Server::with("", &[]);
    let database = with_backup(&server);
    let hanging = tempfile::tempdir().expect("a folder");
    let pid_file = hanging.path().join("pid");
    let (real, pid) = (pg_restore(), pid_file.display());
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec \"{}\" --version\necho $$ >{pid}.new && mv {pid}.new {pid}\nexec sleep 600\n",
        real.display()
    );
    write_script(&hanging.path().join("pg_restore"), &script);
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [hanging.path().to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    let path = env::join_paths(folders).expect("no `:` in a folder");
    let left = "SELECT count(*) FROM pg_database WHERE datname ~ '_(restoring|verifying)_'";
    for arguments in [&RESTORE, &VERIFY] {
        let mut process = as_role(&database, "first", arguments)
            .env("PATH", &path)
            .stderr(Stdio::null())
            .spawn()
            .expect("the application can be started");
        until("it restores", || pid_file.exists());
        // Another one that is at work is left alone.
        succeed(&mut as_role(&database, "first", &VERIFY));
        assert_eq!(server.psql("postgres", left), "1");
        process.kill().expect("it can be killed");
        process.wait().expect("it ends");
        let pid = fs::read_to_string(&pid_file).expect("its number");
        succeed(Command::new("kill").arg(pid.trim()));
        fs::remove_file(&pid_file).expect("it can be removed");
        assert_eq!(server.psql("postgres", left), "1");
        let session = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'first'";
        until("the server knows", || {
            server.psql("postgres", session) == "0"
        });
        succeed(&mut as_role(&database, "first", &VERIFY));
        assert_eq!(server.psql("postgres", left), "0");
    }
    assert_eq!(
        server.psql(database.name(), "SELECT name FROM authors"),
        "Ada"
    );
}

fn write_script(file: &Path, text: &str) {
    fs::write(file, text).expect("it can be written");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("it can be run");
}

/// The program that the application finds.
fn pg_restore() -> std::path::PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join("pg_restore"))
        .find(|file| file.exists())
        .expect("it is installed")
}
