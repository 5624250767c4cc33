//! Roles with few rights: they suffice, or the one that is missing is named with the statement that gives it.

use std::fs;

use fw_tests::{
    app::{Server as App, fail, succeed},
    http::send_json,
    postgres::Server,
};
use serde_json::json;

use super::as_role;
use crate::{Database, guides};

/// A database of the role `owner`, with the roles `writer`, which may read and write rows, and `stranger`.
fn database(server: &Server) -> Database {
    server.psql(
        "postgres",
        "CREATE ROLE owner LOGIN CREATEDB; CREATE ROLE writer LOGIN; CREATE ROLE stranger LOGIN",
    );
    let database = Database::on(server);
    succeed(&mut as_role(&database, "owner", &["db", "create"]));
    succeed(&mut as_role(&database, "owner", &["db", "migrate"]));
    server.psql(
        database.name(),
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer; \
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO writer",
    );
    database
}

#[test]
fn a_role_that_reads_and_writes_rows_suffices_for_everything_else() {
    let server = Server::with("", &[]);
    let database = database(&server);
    let said = succeed(&mut as_role(&database, "writer", &["db", "migrate"]));
    assert!(said.contains("nothing to apply"), "{said}");
    assert!(!succeed(&mut as_role(&database, "writer", &["db", "status"])).contains("pending"));
    let mut start = as_role(&database, "writer", &["start", "--port", "0", "--migrate"]);
    let app = App::start({
        start.env("FW_ENV", "production");
        start
    });
    let created = send_json(
        app.address,
        "POST",
        "/api/v1/authors",
        &json!({ "name": "x" }),
    );
    assert_eq!(created.expect("a response").status, 201);
}

#[test]
fn the_roles_of_the_guide_of_deployment_suffice() {
    let server = Server::with("", &[]);
    let mut database = Database::on(&server);
    database.url = format!("{}/blog", server.url());
    let file = database.folder.join("roles.sql");
    fs::write(&file, guides::file("deployment.md", "roles.sql")).expect("it can be written");
    server.run_file("postgres", &file);
    succeed(&mut as_role(&database, "blog_owner", &["db", "migrate"]));
    let mut start = as_role(&database, "blog", &["start", "--port", "0"]);
    let app = App::start({
        start.env("FW_ENV", "production");
        start
    });
    let author = json!({ "name": "x" });
    let created = send_json(app.address, "POST", "/api/v1/authors", &author);
    assert_eq!(created.expect("a response").status, 201);
    let mut doctor = as_role(&database, "blog", &["doctor", "--deploy"]);
    doctor.env("FW_ENV", "production");
    let said = succeed(&mut doctor);
    assert!(!said.contains("deploy.database_r"), "{said}");
}

#[test]
fn a_right_that_is_missing_is_named_with_its_statement() {
    let server = Server::with("", &[]);
    let database = database(&server);
    let (_, said) = fail(&mut as_role(&database, "writer", &["db", "rollback"]));
    assert!(
        said.contains("the role `writer` may not do that: migration `m")
            && said.contains("must be owner of")
            && said.contains("the role that owns the tables"),
        "{said}"
    );
    succeed(&mut as_role(&database, "owner", &["db", "rollback"]));
    let (_, said) = fail(&mut as_role(&database, "writer", &["db", "migrate"]));
    assert!(
        said.contains("permission denied for schema public")
            && said.contains("GRANT USAGE, CREATE ON SCHEMA public TO \"writer\""),
        "{said}"
    );
    let (_, said) = fail(&mut as_role(&database, "stranger", &["db", "status"]));
    assert!(
        said.contains("permission denied for table seaql_migrations")
            && said.contains("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES"),
        "{said}"
    );
    let other = Database::on(&server);
    let (_, said) = fail(&mut as_role(&other, "writer", &["db", "create"]));
    assert!(said.contains("ALTER ROLE \"writer\" CREATEDB"), "{said}");
    server.psql(
        database.name(),
        &format!("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", database.name()),
    );
    let (_, said) = fail(&mut as_role(&database, "stranger", &["db", "status"]));
    let grant = format!(
        "GRANT CONNECT ON DATABASE \"{}\" TO \"stranger\"",
        database.name()
    );
    assert!(said.contains(&grant), "{said}");
}

#[test]
fn a_backup_names_what_its_role_may_not_read() {
    let server = Server::with("", &[]);
    let database = database(&server);
    let backup = ["task", "db:backup"];
    let (_, said) = fail(&mut as_role(&database, "writer", &backup));
    assert!(
        said.contains("the role `writer` may not read `public.")
            && said.contains("`public.authors_id_seq`")
            && !said.contains("CREATEDB"),
        "{said}"
    );
    // The hint is all that it takes.
    let (_, grants) = said.split_once("give the right: `").expect("a statement");
    let (grants, _) = grants.split_once('`').expect("its end");
    server.psql(database.name(), grants);
    let said = succeed(&mut as_role(&database, "writer", &backup));
    assert!(said.contains("verified"), "{said}");
}
