//! Configuration: what is refused and in which words, and what the layers give.

use std::{collections::BTreeMap, fmt::Write, fs, time::Duration};

use fw::config::{Config, ConfigError, Environment, Loader, LogFormat, Secret};
use serde::Deserialize;
use tempfile::TempDir;

/// An app's folder with a configuration, and the variables of its process.
#[derive(Default)]
struct Case {
    title: &'static str,
    environment: &'static str,
    files: Vec<(&'static str, &'static str)>,
    vars: Vec<(&'static str, &'static str)>,
}

/// A case in development with a database, so that only what the case adds is wrong.
fn case(title: &'static str) -> Case {
    let vars = vec![("DATABASE_URL", "sqlite::memory:")];
    Case {
        title,
        environment: "development",
        vars,
        ..Case::default()
    }
}

impl Case {
    fn environment(mut self, name: &'static str) -> Self {
        self.environment = name;
        self
    }

    fn file(mut self, path: &'static str, text: &'static str) -> Self {
        self.files.push((path, text));
        self
    }

    /// `config/default.toml`.
    fn toml(self, text: &'static str) -> Self {
        self.file("config/default.toml", text)
    }

    fn var(mut self, name: &'static str, value: &'static str) -> Self {
        self.vars.push((name, value));
        self
    }

    fn without_database(mut self) -> Self {
        self.vars.clear();
        self
    }

    fn load(&self) -> Result<Config, ConfigError> {
        let root = TempDir::new().expect("a temporary folder");
        for (path, text) in &self.files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
            match *text {
                FOLDER => fs::create_dir(path).expect("the folder is made"),
                NOT_TEXT => fs::write(path, b"level = \"\xff\"").expect("the file is written"),
                text => fs::write(path, text).expect("the file is written"),
            }
        }
        let environment = (!self.environment.is_empty()).then_some(("FW_ENV", self.environment));
        Loader::new(root.path())
            .vars(self.vars.iter().copied().chain(environment))
            .load()
    }
}

/// Stands for a folder in the place of a file.
const FOLDER: &str = "<a folder>";
/// Stands for a file that is not UTF-8.
const NOT_TEXT: &str = "<not UTF-8>";

/// The settings of the app in these tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    page_size: u32,
    #[serde(default)]
    mail: Mail,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Mail {
    from: String,
    password: Secret,
    #[serde(with = "fw::config::duration")]
    retry_after: Duration,
}

fn bad() -> Vec<Case> {
    vec![
        case("unknown key, one letter off").toml("[server]\nprot = 8080\n"),
        case("unknown key, nothing like it").toml("[server]\ncolour = \"red\"\n"),
        case("unknown table").toml("[databse]\nmax_connections = 5\nmin_connections = 1\n"),
        case("a key without its table").toml("drain_timeout = \"5s\"\n"),
        case("a table of one's own").toml("[shop]\ncurrency = \"EUR\"\n"),
        case("unknown key, deep").toml("[middleware.body_limit]\nmax_byte = 5\n"),
        case("unknown middleware").toml("[middleware.rate_limits]\nenabled = true\n"),
        case("the environment in a file").toml("environment = \"production\"\n"),
        case("unknown variable").var("FW_SERVER__PROT", "8080"),
        case("one underscore instead of two").var("FW_SERVER_PORT", "8080"),
        case("unknown variable, nothing like it").var("FW_COLOUR", "red"),
        case("unknown variable in .env").file(".env", "FW_DATABASE__MAX_CONN=5\n"),
        case("text for a number").toml("[server]\nport = \"8080\"\n"),
        case("word for a number in a variable").var("FW_SERVER__PORT", "http"),
        case("a number that does not fit").toml("[server]\nport = 70000\n"),
        case("a number that does not fit, in a variable").var("FW_SERVER__PORT", "70000"),
        case("negative").toml("[database]\nmax_connections = -1\n"),
        case("a fraction").toml("[database]\nmax_connections = 1.5\n"),
        case("empty variable").var("FW_SERVER__PORT", ""),
        case("a number for a duration").toml("[server]\ndrain_timeout = 30\n"),
        case("a duration without a unit").var("FW_SERVER__DRAIN_TIMEOUT", "30"),
        case("a duration with an unknown unit").toml("[middleware.timeout]\nafter = \"30 sec\"\n"),
        case("a word for a bool").toml("[logger]\nstdout = \"yes\"\n"),
        case("a word for a bool in a variable").var("FW_LOGGER__STDOUT", "yes"),
        case("an unknown format").toml("[logger]\nformat = \"xml\"\n"),
        case("a number for a word").toml("[logger]\nformat = 1\n"),
        case("text for a list").toml("[middleware.cors]\nallow_origins = \"https://a.example\"\n"),
        case("a number in a list").toml("[middleware.cors]\nallow_origins = [\"https://a.example\", 7]\n"),
        case("a value for a table").toml("server = 3000\n"),
        case("a variable for a table").var("FW_SERVER", "3000"),
        case("a list for a table").toml("server = [\"0.0.0.0\", 3000]\n"),
        case("a variable for a table of the app")
            .var("FW_APP__PAGE_SIZE", "20")
            .var("FW_APP__MAIL", "a@example.com,b"),
        case("a list for a table of the app").toml("[app]\npage_size = 20\nmail = [\"a@example.com\"]\n"),
        case("a table for a value").toml("[server.port]\nnumber = 3000\n"),
        case("text for an optional number").toml("[backup]\nkeep = \"many\"\n"),
        case("malformed TOML").toml("[server]\nport = 3000\nhost = \"0.0.0.0\n"),
        case("a key twice").toml("[server]\nport = 3000\nport = 3001\n"),
        case("not UTF-8").toml(NOT_TEXT),
        case("a folder instead of a file").file("config/development.toml", FOLDER),
        case("malformed .env").file(".env", "# secrets\nDATABASE_URL=sqlite::memory:\nthis is no variable hunter2\n"),
        case("no database").without_database(),
        case("empty database").without_database().var("DATABASE_URL", ""),
        case("a database that is not known").without_database().var("DATABASE_URL", "mysql://root:hunter2@db/app"),
        case("a database without a scheme").without_database().var("DATABASE_URL", "data/app.db"),
        case("a table for a secret").without_database().toml("[database.url]\npassword = \"hunter2\"\n"),
        case("a password in a file of production")
            .without_database()
            .environment("production")
            .file("config/production.toml", "[database]\nurl = \"postgres://app:hunter2@db/app\"\n"),
        case("a key of signatures that is too short").var("FW_KEYS", "hunter2"),
        case("a key of signatures in a file of production")
            .environment("production")
            .file("config/production.toml", "[signing]\nkeys = [\"hunter2-and-so-on-for-32-bytes-or-more\"]\n"),
        case("too many keys of signatures")
            .var("FW_KEYS", "hunter2-and-so-on-for-32-bytes-or-more,".repeat(6).trim_end_matches(',').to_owned().leak()),
        case("no connections").toml("[database]\nmax_connections = 0\n"),
        case("too many connections").var("FW_DATABASE__MAX_CONNECTIONS", "1001"),
        case("more at least than at most")
            .toml("[database]\nmin_connections = 20\n")
            .file("config/development.toml", "[database]\nmax_connections = 10\n"),
        case("no time").toml("[database]\nacquire_timeout = \"0s\"\n"),
        case("too long a drain").var("FW_SERVER__DRAIN_TIMEOUT", "11m"),
        case("a level that is not one").var("FW_LOG", "inof"),
        case("a level of a target that is not one").toml("[logger]\nlevel = \"info,sqlx=loud\"\n"),
        case("any origin with credentials")
            .toml("[middleware.cors]\nenabled = true\nallow_origins = [\"*\"]\nallow_credentials = true\n"),
        case("an origin with a path")
            .toml("[middleware.cors]\nallow_origins = [\"https://app.example.com/\"]\n"),
        case("CORS for nobody").toml("[middleware.cors]\nenabled = true\n"),
        case("a method in small letters").var("FW_MIDDLEWARE__CORS__ALLOW_METHODS", "GET,post"),
        case("two lines in a header")
            .toml("[middleware.security_headers]\nreferrer_policy = \"\"\"\na\nb\"\"\"\n"),
        case("no log files are kept").toml("[logger.file]\nkeep = 0\n"),
        case("an environment that cannot be").environment("Production"),
        case("an environment without a file").environment("prod"),
        case("an environment in .env").environment("").file(".env", "FW_ENV=no/where\n"),
        case("a setting of the app is missing").toml("[app]\n"),
        case("a setting of the app that is not known").toml("[app]\npage_size = 20\npage_sise = 20\n"),
        case("a setting of the app of a wrong type").toml("[app]\npage_size = \"many\"\n"),
        case("a setting of the app in a variable").var("FW_APP__PAGE_SIZE", "many"),
        case("a deep setting of the app").toml("[app]\npage_size = 20\nmail.retry_after = \"soon\"\n"),
        case("a secret of the app is not shown")
            .toml("[app]\npage_size = 20\nmail.password = [\"hunter2\"]\n"),
        case("a variable of the app that is not known")
            .var("FW_APP__PAGE_SIZE", "20")
            .var("FW_APP__MAIL__FORM", "a@example.com"),
        case("`app` is not a table").toml("app = 5\n"),
        case("everything at once")
            .without_database()
            .toml("[server]\nport = 70000\nhots = \"0.0.0.0\"\n\n[logger]\nlevel = \"loud\"\n")
            .file("config/development.toml", "[database\n")
            .file(".env", "FW_BACKUP__KEEP=some\n")
            .var("FW_MIDDLEWARE__BODY_LIMIT__MAX_BYTES", "2MB"),
    ]
}

#[test]
fn what_is_wrong_is_refused_in_clear_words() {
    let mut report = String::new();
    for case in bad() {
        let error = match case.load() {
            Err(error) => error,
            Ok(config) => match config.settings::<Settings>() {
                Err(error) => error,
                Ok(_) => panic!("accepted: {}", case.title),
            },
        };
        let message = error.to_string();
        assert!(
            !message.contains("hunter2"),
            "{}: a secret is shown",
            case.title
        );
        writeln!(report, "--- {}\n{message}\n", case.title).expect("a string takes it");
    }
    insta::assert_snapshot!(report);
}

#[test]
fn defaults_suffice_but_for_the_database() {
    let config = case("").load().unwrap();
    assert_eq!(config.environment, Environment::Development);
    assert_eq!(config.server.port, 3000);
    assert_eq!(config.database.url.expose(), "sqlite::memory:");
    assert_eq!(config.logger.format, LogFormat::Pretty);
    assert!(config.middleware.rate_limit.enabled);
    config.settings::<()>().unwrap();
}

#[test]
fn production_is_stricter_and_so_is_an_environment_of_ones_own() {
    let production = case("").environment("production").load().unwrap();
    let staging = case("")
        .environment("staging")
        .file("config/staging.toml", "")
        .load()
        .unwrap();
    for config in [production, staging] {
        assert_eq!(config.logger.format, LogFormat::Json);
        assert_eq!(
            config.middleware.security_headers.hsts_max_age,
            Duration::from_hours(365 * 24)
        );
    }
    let url = "[database]\nurl = \"postgres://app:hunter2@db/app\"\n";
    case("")
        .without_database()
        .toml(url)
        .load()
        .expect("development may have it in a file");
}

#[test]
fn each_layer_is_over_the_one_before() {
    let host = |name: &'static str| -> &'static str {
        Box::leak(format!("[server]\nhost = \"{name}\"\n").into_boxed_str())
    };
    let mut layered = case("");
    let expect = |layered: &Case, host: &str| {
        assert_eq!(layered.load().unwrap().server.host, host);
    };
    expect(&layered, "127.0.0.1");
    layered = layered.toml(host("default"));
    expect(&layered, "default");
    layered = layered.file("config/development.toml", host("development"));
    layered = layered.file("config/production.toml", host("production"));
    expect(&layered, "development");
    layered = layered.file("config/development.local.toml", host("local"));
    expect(&layered, "local");
    layered = layered.file(".env", "FW_SERVER__HOST=dot-env\n");
    expect(&layered, "dot-env");
    layered = layered.var("FW_SERVER__HOST", "process");
    expect(&layered, "process");
}

#[test]
fn a_layer_changes_only_what_it_names() {
    let config = case("")
        .toml("[middleware.body_limit]\nmax_bytes = 5\n")
        .file(
            "config/development.toml",
            "[middleware.body_limit]\nmax_total_bytes = 7\n",
        )
        .load()
        .unwrap();
    let limit = config.middleware.body_limit;
    assert!(limit.enabled);
    assert_eq!((limit.max_bytes, limit.max_total_bytes), (5, 7));
    assert_eq!(config.middleware.rate_limit.rules[0].requests, 20);
}

#[test]
fn tests_do_not_read_what_is_local() {
    let config = case("")
        .environment("test")
        .file("config/test.local.toml", "[server]\nport = 1\n")
        .load()
        .unwrap();
    assert_eq!(config.server.port, 3000);
}

#[test]
fn dot_env_may_choose_the_environment() {
    let dot_env = |vars: Case| {
        vars.environment("")
            .file(".env", "FW_ENV=production\nOTHER='a b'\n")
    };
    assert!(
        dot_env(case(""))
            .load()
            .unwrap()
            .environment
            .is_production()
    );
    let process = dot_env(case("")).var("FW_ENV", "test").load().unwrap();
    assert!(process.environment.is_test(), "the process is over `.env`");
}

#[test]
fn texts_of_variables_become_what_the_setting_needs() {
    let config = case("")
        .var("FW_SERVER__PORT", "8080")
        .var("FW_LOGGER__STDOUT", "false")
        .var("FW_LOGGER__FORMAT", "json")
        .var("FW_LOG", "debug,sqlx=info")
        .var("FW_BACKUP__KEEP", "7")
        .var("FW_SERVER__HEADER_TIMEOUT", "1m30s")
        .var("FW_MIDDLEWARE__CORS__ALLOW_METHODS", "GET, PUT")
        .var(
            "FW_MIDDLEWARE__RATE_LIMIT__RULES",
            r#"[{ name = "login", paths = ["/login"], by = "caller", requests = 3 }]"#,
        )
        .var(
            "FW_MIDDLEWARE__CORS__ALLOW_ORIGINS",
            r#"["https://a.example"]"#,
        )
        .var("FW_MIDDLEWARE__CORS__ALLOW_HEADERS", "")
        .load()
        .unwrap();
    assert_eq!(config.server.port, 8080);
    assert!(!config.logger.stdout);
    assert_eq!(config.logger.format, LogFormat::Json);
    assert_eq!(config.logger.level, "debug,sqlx=info");
    assert_eq!(config.backup.keep, Some(7));
    assert_eq!(config.server.header_timeout, Duration::from_secs(90));
    assert_eq!(config.middleware.cors.allow_methods, ["GET", "PUT"]);
    let rule = &config.middleware.rate_limit.rules[0];
    assert_eq!((rule.requests, rule.per), (3, Duration::from_mins(1)));
    assert_eq!(rule.paths, ["/login"]);
    assert_eq!(config.middleware.cors.allow_origins, ["https://a.example"]);
    assert!(config.middleware.cors.allow_headers.is_empty());
}

#[test]
fn a_text_stays_a_text_whatever_it_looks_like() {
    for text in ["0123", "1e5", "true", "[]", "a,b", "12345678901234567890"] {
        let config = case("")
            .toml("[app]\npage_size = 20\n")
            .var("FW_APP__MAIL__PASSWORD", text)
            .var("FW_APP__MAIL__FROM", text)
            .load()
            .unwrap();
        let settings = config.settings::<Settings>().unwrap();
        assert_eq!(settings.mail.password.expose(), text);
        assert_eq!(settings.mail.from, text);
    }
    let config = case("")
        .toml("[app]\npage_size = 20\nmail.password = 1234\n")
        .load()
        .unwrap();
    assert_eq!(
        config
            .settings::<Settings>()
            .unwrap()
            .mail
            .password
            .expose(),
        "1234"
    );
}

#[test]
fn the_app_has_settings_of_its_own() {
    let config = case("")
        .toml("[app]\npage_size = 20\ntags = [\"a\"]\n\n[app.mail]\nfrom = \"a@example.com\"\n")
        .file(
            ".env",
            "FW_APP__PAGE_SIZE=30\nFW_APP__MAIL__RETRY_AFTER=2m\n",
        )
        .var("FW_APP__PAGE_SIZE", "50")
        .var("FW_APP__TAGS", "x,y")
        .load()
        .unwrap();
    let settings = config.settings::<Settings>().unwrap();
    assert_eq!(settings.page_size, 50);
    assert_eq!(settings.tags, ["x", "y"]);
    assert_eq!(settings.mail.from, "a@example.com");
    assert_eq!(settings.mail.retry_after, Duration::from_mins(2));

    let error = config.settings::<()>().unwrap_err().to_string();
    assert!(error.contains("unknown key `app."), "{error}");
}

#[test]
fn settings_of_the_app_may_have_any_type() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Store {
        Memory,
        Bucket { name: String },
        Folder(String),
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Percent(f64);
    #[derive(Debug, Deserialize)]
    struct Wide {
        #[serde(default)]
        stores: Vec<Store>,
        #[serde(default)]
        limits: BTreeMap<String, i8>,
        share: Option<Percent>,
        pair: Option<(bool, char)>,
        #[serde(flatten)]
        others: BTreeMap<String, u16>,
    }
    let read = |toml| case("").toml(toml).load().unwrap().settings::<Wide>();

    let wide = read(
        "[app]\nstores = [\"memory\", { bucket = { name = \"b\" } }, { folder = \"f\" }]\nlimits = { low = -5 }\n\
         share = 12.5\npair = [true, \"x\"]\nport = 80\n",
    )
    .unwrap();
    let bucket = Store::Bucket {
        name: "b".to_owned(),
    };
    let folder = Store::Folder("f".to_owned());
    assert_eq!(wide.stores, [Store::Memory, bucket, folder]);
    assert_eq!(wide.limits["low"], -5);
    assert_eq!(wide.share, Some(Percent(12.5)));
    assert_eq!(wide.pair, Some((true, 'x')));
    assert_eq!(wide.others["port"], 80);

    for (toml, wrong) in [
        (
            "[app]\nstores = [\"memory\", 1]\n",
            "config/default.toml:2: `app.stores[1]` must be one of `memory`, `bucket`, `folder`, found `1`",
        ),
        (
            "[app]\nstores = [\"disk\"]\n",
            "config/default.toml:2: `app.stores[0]` must be one of `memory`, `bucket`, `folder`, found `\"disk\"`",
        ),
        (
            "[app.limits]\nlow = 1\nhigh = 128\n",
            "config/default.toml:3: `app.limits.high` must be a whole number from -128 to 127, found `128`",
        ),
    ] {
        assert_eq!(read(toml).unwrap_err().to_string(), wrong);
    }
}

#[test]
fn the_effective_configuration_says_where_everything_came_from() {
    let config = case("")
        .without_database()
        .toml("[server]\nhost = \"0.0.0.0\"\n\n[app]\npage_size = 20\n")
        .file("config/development.toml", "[server]\nport = 3001\n")
        .file("config/development.local.toml", "[logger]\nlevel = \"debug\"\n")
        .file(".env", "DATABASE_URL=postgres://app:hunter2@db:5432/app?sslmode=require\nFW_APP__MAIL__PASSWORD=hunter2\n")
        .var("FW_SERVER__PORT", "8080")
        .var("FW_APP__API_KEY", "hunter2")
        .var("FW_KEYS", "hunter2-and-so-on-for-32-bytes-or-more,hunter2-and-so-on-for-32-bytes-or-less")
        .var("FW_APP__UPSTREAM", "https://me:hunter2@upstream.example/api")
        .load()
        .unwrap();
    let mut table = String::new();
    for entry in config.effective() {
        writeln!(table, "{} = {}  # {}", entry.key, entry.value, entry.source)
            .expect("a string takes it");
    }
    assert!(!table.contains("hunter2"));
    insta::assert_snapshot!(table);
}

#[test]
fn a_configuration_shows_no_secret_when_it_is_printed() {
    let config = case("")
        .without_database()
        .toml("[app]\napi_key = \"hunter2\"\n")
        .var("DATABASE_URL", "postgres://app:hunter2@db/app")
        .load()
        .unwrap();
    assert!(!format!("{config:?} {config:#?}").contains("hunter2"));
    assert!(!serde_json::to_string(&config).unwrap().contains("hunter2"));
    assert!(config.database.url.expose().contains("hunter2"));
}
