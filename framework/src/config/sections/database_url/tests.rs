//! Unit tests of `database_url`.

use super::*;

fn file(url: &str) -> String {
    match DatabaseUrl::parse(url) {
        Ok(DatabaseUrl::Sqlite(Some(file))) => file.to_str().expect("UTF-8").to_owned(),
        other => panic!("{url}: {other:?}"),
    }
}

fn reason(url: &str) -> String {
    match DatabaseUrl::parse(url) {
        Err(InvalidUrl::Refused { reason, hint }) => format!("{reason}; {hint}"),
        other => panic!("{url}: {other:?}"),
    }
}

#[test]
fn files_of_sqlite() {
    for (url, expected) in [
        ("sqlite://data/app.db", "data/app.db"),
        ("sqlite:data/app.db", "data/app.db"),
        ("sqlite://app.db?mode=rwc", "app.db"),
        ("sqlite://app.db?", "app.db"),
        ("sqlite:///var/lib/app.db", "/var/lib/app.db"),
        ("sqlite:////var/lib/app.db", "//var/lib/app.db"),
        ("sqlite:/var/lib/app.db", "/var/lib/app.db"),
        ("sqlite://C:/data/app.db", "C:/data/app.db"),
        ("sqlite://my data/a b.db", "my data/a b.db"),
        ("sqlite://data/a%20%3F%23%25.db", "data/a ?#%.db"),
        ("sqlite://data/%C3%A4.db", "data/ä.db"),
        ("sqlite://a%40b%3A1.db", "a@b:1.db"),
        ("sqlite://data/a@b:1.db", "data/a@b:1.db"),
    ] {
        assert_eq!(file(url), expected);
    }
    for url in [
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite://?mode=memory",
        "sqlite::memory:?mode=memory",
    ] {
        assert_eq!(
            DatabaseUrl::parse(url),
            Ok(DatabaseUrl::Sqlite(None)),
            "{url}"
        );
    }
}

#[test]
fn parts_that_sqlite_would_not_honour_are_refused() {
    for (url, expected) in [
        ("sqlite://a.db?mode=ro", "`mode=ro`"),
        ("sqlite://a.db?mode=rw", "`mode=rw`"),
        ("sqlite://a.db?mode=memory", "`mode=memory`"),
        ("sqlite://a.db?mode=RWC", "`mode=RWC`"),
        ("sqlite://a.db?mode", "`mode=`"),
        ("sqlite://a.db?mode=rwc&mode=ro", "twice"),
        ("sqlite://a.db?cache=shared", "`cache=shared`"),
        ("sqlite://a.db?immutable=1", "`immutable=1`"),
        ("sqlite://a.db?vfs=unix-none", "`vfs=unix-none`"),
        ("sqlite://a.db?colour=red", "`colour=red`"),
        ("sqlite::memory:?cache=shared", "`cache=shared`"),
        ("sqlite::memory:?mode=rwc", "no file"),
        ("sqlite://a.db?mode=rwc&", "cannot be understood"),
        ("sqlite://a.db#fragment", "`%23`"),
        ("sqlite://100%.db", "`%25`"),
        ("sqlite://a%zz.db", "`%25`"),
        ("sqlite://a%FF.db", "UTF-8"),
        ("sqlite://a%00.db", "UTF-8"),
        ("sqlite://user:password@host/a.db", "no host"),
        ("sqlite://localhost:5432/a.db", "no host"),
        ("sqlite:file:a.db?mode=rwc", "no host"),
        ("sqlite:%3Amemory%3A", "`./`"),
        ("sqlite://file%3Aa.db", "`./`"),
        ("sqlite:", "no file"),
        ("sqlite://", "no file"),
        ("sqlite://data/", "a folder"),
        ("sqlite://data/..", "a folder"),
        ("sqlite://a.db ", "blank"),
        ("sqlite://a.db\n", "line break"),
        ("sqlite://a\r.db", "line break"),
    ] {
        let reason = reason(url);
        assert!(reason.contains(expected), "{url:?}: {reason}");
    }
}

#[test]
fn urls_of_postgres() {
    for (url, database, password) in [
        ("postgres://localhost/app", "app", None),
        (
            "postgresql://u:p%40%2F%25%23@h:5432/a%20b",
            "a b",
            Some("p@/%#"),
        ),
        ("postgres://u:p@ss:w@h/app", "app", Some("p@ss:w")),
        ("postgres://[::1]:5432/app", "app", None),
        ("postgres://%2Fvar%2Frun%2Fpostgresql/app", "app", None),
        ("postgres:///app?host=/var/run/postgresql", "app", None),
        (
            "postgres://h/app?sslmode=verify-full&sslrootcert=/ca.pem",
            "app",
            None,
        ),
        (
            "postgres://h/app?options=-c%20search_path%3Dshop&application_name=blog",
            "app",
            None,
        ),
        ("postgres://h/app?statement-cache-capacity=0", "app", None),
    ] {
        let expected = DatabaseUrl::Postgres {
            database: database.to_owned(),
            password: password.map(str::to_owned),
            tls: if url.contains("sslrootcert") {
                TlsParameters {
                    mode: Some("verify-full".to_owned()),
                    root_cert: Some("/ca.pem".into()),
                    client: None,
                }
            } else {
                TlsParameters {
                    mode: url.contains("sslmode").then(|| "disable".to_owned()),
                    ..TlsParameters::default()
                }
            },
        };
        assert_eq!(DatabaseUrl::parse(url), Ok(expected), "{url}");
    }
}

#[test]
fn parts_that_the_driver_would_skip_or_read_otherwise_are_refused() {
    for (url, expected) in [
        ("postgres://h", "no database"),
        ("postgres://h/", "no database"),
        ("postgres://h//app", "no database"),
        ("postgres://h/x/../app", "no database"),
        ("postgres:app", "no `//`"),
        ("postgres://a,b/app", "one host"),
        ("postgres://h:0/app", "port"),
        ("postgres://h:x/app", "port"),
        ("postgres://u:pa/hunter2@h/app", "%2F"),
        ("postgres://u:pa?hunter2@h/app", "%3F"),
        ("postgres://u:pa?hunter2=x@h/app", "%3F"),
        ("postgres://u:pa#hunter2@h/app", "%23"),
        ("postgres://u:100%hunter2@h/app", "%25"),
        ("postgres://h/app?sslmode=allow", "`prefer`"),
        ("postgres://h/app?sslmode=REQUIRE", "`require`"),
        ("postgres://h/app?sslmode", "`require`"),
        ("postgres://h/app?ssl=true", "`ssl`"),
        ("postgres://h/app?pgbouncer=true", "`sslmode`"),
        ("postgres://h/app?schema=shop", "`options`"),
        (
            "postgres://h/app?connect_timeout=5",
            "`database.acquire_timeout`",
        ),
        ("postgres://h/app?dbname=other", "before the `?`"),
        ("postgres://h/app?password=hunter2", "before the `?`"),
        ("postgres://h/app?host=other", "before the `?`"),
        ("postgres://h/app?host=/var/run", "before the `?`"),
        ("postgres://h/app?hostaddr=127.0.0.1", "before the `?`"),
        ("postgres://h/app?port=5433", "before the `?`"),
        (
            "postgres://h/app?options=-c%20statement_timeout%3D0",
            "`database.statement_timeout`",
        ),
        ("postgres://h/app?options=-c+x%3Dy", "`%20`"),
        (
            "postgres://h/app?statement-cache-capacity=many",
            "not supported",
        ),
        (
            "postgres://h/app?application_name=a&application_name=b",
            "twice",
        ),
    ] {
        let reason = reason(url);
        assert!(reason.contains(expected), "{url:?}: {reason}");
        assert!(!reason.contains("hunter2"), "{url:?}: {reason}");
    }
}
