//! Encrypted connections, to a server whose certificate is of an authority of the test's own.

use std::path::Path;

use fw_tests::{
    app::{Server as App, fail, succeed},
    authority::Authority,
    http::send_json,
    postgres::Server,
};
use serde_json::json;

use crate::Database;

const ACCESS: &str = "host all postgres 127.0.0.1/32 trust\n\
    hostssl all app 127.0.0.1/32 trust\n\
    hostssl all certified 127.0.0.1/32 cert\n\
    host all all 127.0.0.1/32 reject\n";

/// A server with a certificate for `localhost`; the role `app` needs an encrypted connection, and `certified` a certificate too.
fn server(authority: &Authority) -> Server {
    authority.issue("localhost");
    let server = Server::with(
        "-c ssl=on -c ssl_cert_file={}/server.pem -c ssl_key_file={}/server.key -c ssl_ca_file={}/ca.pem -c hba_file={}/access.conf",
        &[
            ("server.pem", &authority.text("localhost.pem")),
            ("server.key", &authority.text("localhost.key")),
            ("ca.pem", &authority.text("ca.pem")),
            ("access.conf", ACCESS),
        ],
    );
    server.psql(
        "postgres",
        "CREATE ROLE app LOGIN CREATEDB; CREATE ROLE certified LOGIN CREATEDB",
    );
    server
}

/// The URL of a database on the host, with parameters.
fn url(database: &Database, role: &str, host: &str, parameters: &str) -> String {
    let (_, port) = database.url.rsplit_once(':').expect("a port and a name");
    format!("postgres://{role}@{host}:{port}?{parameters}")
}

fn root(file: &Path) -> String {
    format!("sslrootcert={}", file.display())
}

#[test]
fn each_sslmode_means_what_it_means_to_libpq() {
    let (ours, other) = (Authority::new(), Authority::new());
    let server = server(&ours);
    let database = Database::on(&server);
    let (ca, of_other) = (root(&ours.path("ca.pem")), root(&other.path("ca.pem")));
    let name = format!("sslmode=verify-full&{ca}");
    succeed(
        database
            .command(&["db", "create"])
            .env("DATABASE_URL", url(&database, "app", "localhost", &name)),
    );
    let good = [
        ("127.0.0.1", String::new()),
        ("127.0.0.1", "sslmode=prefer".to_owned()),
        ("127.0.0.1", "sslmode=require".to_owned()),
        ("127.0.0.1", format!("sslmode=require&{ca}")),
        ("127.0.0.1", format!("sslmode=verify-ca&{ca}")),
        ("localhost", format!("sslmode=verify-full&{ca}")),
    ];
    for (host, parameters) in good {
        let url = url(&database, "app", host, &parameters);
        let said = succeed(database.command(&["db", "status"]).env("DATABASE_URL", url));
        assert!(said.contains("pending"), "{parameters}: {said}");
    }
    let authority = "`sslrootcert` in `database.url`";
    let bad = [
        (
            "127.0.0.1",
            "sslmode=disable".to_owned(),
            "does not let the role `app` in",
        ),
        ("127.0.0.1", format!("sslmode=verify-full&{ca}"), authority),
        ("localhost", "sslmode=verify-ca".to_owned(), authority),
        ("localhost", "sslmode=verify-full".to_owned(), authority),
        (
            "localhost",
            format!("sslmode=require&{of_other}"),
            authority,
        ),
        (
            "localhost",
            format!("sslmode=verify-full&{of_other}"),
            authority,
        ),
    ];
    for (host, parameters, hint) in bad {
        for arguments in [&["db", "status"][..], &["task", "db:backup"]] {
            let url = url(&database, "app", host, &parameters);
            let (_, said) = fail(database.command(arguments).env("DATABASE_URL", url));
            assert!(said.contains(hint), "{parameters} {arguments:?}: {said}");
        }
    }
}

#[test]
fn everything_uses_the_encrypted_connection() {
    let authority = Authority::new();
    let server = server(&authority);
    authority.issue("certified");
    for role in ["app", "certified"] {
        let database = Database::on(&server);
        let mut parameters = format!("sslmode=verify-full&{}", root(&authority.path("ca.pem")));
        if role == "certified" {
            let without = url(&database, role, "localhost", &parameters);
            let (_, said) = fail(
                database
                    .command(&["db", "create"])
                    .env("DATABASE_URL", without),
            );
            assert!(said.contains("certificate"), "{said}");
            parameters = format!(
                "{parameters}&sslcert={}&sslkey={}",
                authority.path("certified.pem").display(),
                authority.path("certified.key").display()
            );
        }
        let url = url(&database, role, "localhost", &parameters);
        let command = |arguments: &[&str]| {
            let mut command = database.command(arguments);
            command.env("DATABASE_URL", &url);
            command
        };
        succeed(&mut command(&["db", "create"]));
        let app = App::start(command(&["start", "--port", "0", "--migrate"]));
        let created = send_json(
            app.address,
            "POST",
            "/api/v1/authors",
            &json!({ "name": "x" }),
        );
        assert_eq!(created.expect("a response").status, 201);
        let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'framewright'";
        assert_eq!(server.psql(database.name(), encrypted), "t");
        let said = succeed(&mut command(&["task", "db:backup", "--to", "one.zst"]));
        assert!(said.contains("verified"), "{said}");
        let restore = ["task", "db:restore", "one.zst", "--verify"];
        assert!(succeed(&mut command(&restore)).contains("is complete"));
        // What is remote and need not be encrypted is named.
        let said = succeed(&mut command(&["doctor"]));
        assert!(said.contains("ok    database"), "{said}");
    }
}
