//! Whoever writes a row, and however: it is stored in one form, so that lists neither lose rows nor show them twice.

use std::{process::Command, time::Duration};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use fw::{
    config::DatabaseConfig,
    db::{self, Db},
    migration::{self, Migration, Migrator},
    model::{Direction, Keyset},
    sea_orm::{
        ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection,
        DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect, Statement, TransactionTrait,
        prelude::Uuid,
    },
};
use fw_tests::{
    app::{fail, succeed},
    http::{get, send_json},
    postgres,
};
use serde_json::json;

use crate::Database;

mod events {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "events")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub label: String,
        pub number: i32,
        pub big: i64,
        pub ratio: f64,
        pub price: Numeric<10, 2>,
        pub open: bool,
        pub day: Date,
        pub hour: Time,
        pub local: DateTime,
        pub at: DateTimeUtc,
        pub zoned: DateTimeWithTimeZone,
        pub ended_at: Option<DateTimeUtc>,
        pub key: Uuid,
        pub meta: Json,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    fw::model::timestamps!(ActiveModel);
}

use events::{ActiveModel, Column, Entity, Model};

mod m20261121_000000_create_events {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        schema
            .create_table(
                table("events")
                    .col(string_len("label", 80))
                    .col(integer("number"))
                    .col(big_integer("big"))
                    .col(double("ratio"))
                    .col(decimal_len("price", 10, 2))
                    .col(boolean("open"))
                    .col(date("day"))
                    .col(time("hour"))
                    .col(date_time("local"))
                    .col(timestamp_with_time_zone("at").default(Expr::current_timestamp()))
                    .col(timestamp_with_time_zone("zoned").default(Expr::current_timestamp()))
                    .col(timestamp_with_time_zone_null("ended_at"))
                    .col(uuid("key"))
                    .col(json_binary("meta")),
            )
            .await
    }

    pub async fn down(schema: &Schema<'_>) -> Result {
        schema.drop_table("events").await
    }
}

/// Writes rows with SeaORM's own connection.
mod m20261121_000001_add_events {
    use fw::{migration::prelude::*, sea_orm::ActiveModelTrait};

    pub async fn up(schema: &Schema<'_>) -> Result {
        let db = schema.connection();
        let mut random = super::Random(99);
        for _ in 0..3 {
            super::event(&mut random).insert(db).await?;
        }
        let literals = super::insert_literals(&mut random, db.get_database_backend());
        db.execute_unprepared(&literals).await.map(drop)
    }
}

/// The migrations as the runner takes them.
pub fn migrator(own: Vec<Migration>) -> Migrator {
    Migrator::new(Vec::new(), own)
}

fn migrations() -> Vec<Migration> {
    vec![
        fw::migration!(m20261121_000000_create_events),
        fw::migration!(m20261121_000001_add_events, irreversible),
    ]
}

pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[usize::try_from(self.below(among.len() as u64)).expect("small")]
    }

    /// Few seconds and many fractions, so that times are often equal, or nearly so.
    fn time(&mut self) -> NaiveDateTime {
        let second = self.pick(&[
            "0001-01-01T00:00:00",
            "1969-12-31T23:59:59",
            "2026-11-28T09:59:59",
            "2026-11-28T10:00:00",
            "9999-12-31T23:59:59",
        ]);
        let second: NaiveDateTime = second.parse().expect("a time");
        second + TimeDelta::nanoseconds(self.pick(&FRACTIONS))
    }
}

const FRACTIONS: [i64; 8] = [
    0,
    500_000_000,
    250_000_000,
    123_456_000,
    123_456_789,
    999_999_999,
    1_000,
    999,
];

/// As a program gives it: to the nanosecond.
fn event(random: &mut Random) -> ActiveModel {
    let time = random.time();
    let offset = FixedOffset::east_opt(if (2..9999).contains(&chrono::Datelike::year(&time)) {
        3_600
    } else {
        0
    });
    let number = i32::try_from(random.below(7)).expect("small") - 3;
    ActiveModel {
        label: Set(random.pick(&["", "a", "B", "ä", "a b"]).to_owned()),
        number: Set(number),
        big: Set(9_007_199_254_740_993 + i64::from(number)),
        ratio: Set(random.pick(&[-0.0, 0.0, 0.1, 1e300, -5e-324])),
        price: Set(random
            .pick(&["-1.5", "0", "0.05", "19.99"])
            .parse()
            .expect("a number")),
        open: Set(random.below(2) == 0),
        day: Set(time.date()),
        hour: Set(random.time().time()),
        local: Set(random.time()),
        at: Set(time.and_utc()),
        zoned: Set(random
            .time()
            .and_utc()
            .with_timezone(&offset.expect("an offset"))),
        ended_at: Set((random.below(3) > 0).then(|| random.time().and_utc())),
        key: Set(Uuid::from_u128(
            u128::from(random.below(4)) << 100 | u128::from(random.below(1 << 30)),
        )),
        meta: Set(json!({ "a": random.below(3) })),
        ..Default::default()
    }
}

/// A time as SQL, in one of many spellings.
fn spelled(random: &mut Random, backend: DbBackend) -> String {
    let time = random.time();
    let formats: &[&str] = match backend {
        DbBackend::Postgres => &["%FT%T%.6fZ", "%F %T%.3f+00", "%F %R"],
        _ => &[
            "%FT%T%.9f+00:00",
            "%FT%T%.fZ",
            "%F %T%.6f +00:00",
            "%F %T%.3f",
            "%F %T",
            "%F %R",
            "%FT%R",
            "%F",
        ],
    };
    time.format(random.pick(formats)).to_string()
}

fn insert_literals(random: &mut Random, backend: DbBackend) -> String {
    let row = |random: &mut Random| {
        let key = Uuid::from_u128(u128::from(random.below(1 << 30)));
        let key = match random.below(2) {
            0 => key.hyphenated().to_string().to_uppercase(),
            _ => key.simple().to_string(),
        };
        let hour = random.pick(&["10:00", "10:00:00.500000", "23:59:59.25", "00:00:00"]);
        let [local, at, zoned, ended, created] = std::array::from_fn(|_| spelled(random, backend));
        let day = if backend == DbBackend::Sqlite && random.below(2) == 0 {
            "2026-11-28T00:00:00Z"
        } else {
            "2026-11-28"
        };
        format!(
            "('l', {}, 7, 0.5, 1.25, {}, '{day}', '{hour}', '{local}', '{at}', '{zoned}', '{ended}', '{key}', '{{}}', '{created}')",
            random.below(3),
            random.below(2) == 0,
        )
    };
    format!(
        "INSERT INTO events (label, number, big, ratio, price, open, day, hour, local, at, zoned, ended_at, key, meta, created_at) VALUES {}, {}",
        row(random),
        row(random)
    )
}

/// A database with the migrations applied, and SeaORM's own connection to it.
pub struct Place {
    pub db: Db,
    pub connection: DatabaseConnection,
    config: DatabaseConfig,
    migrations: fn() -> Vec<Migration>,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn new(backend: DbBackend) -> Self {
        Self::with(backend, migrations).await
    }

    pub async fn with(backend: DbBackend, migrations: fn() -> Vec<Migration>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match backend {
            DbBackend::Postgres => postgres::server().create_database(),
            _ => format!("sqlite://{}", folder.path().join("events.sqlite").display()),
        };
        let config = DatabaseConfig {
            url: url.into(),
            ..DatabaseConfig::default()
        };
        if backend == DbBackend::Sqlite {
            db::create(&config).await.expect("created");
        }
        let place = Self {
            connection: Db::dedicated(&config).await.expect("a connection"),
            db: Db::connect(&config).await.expect("it answers"),
            config,
            migrations,
            _folder: folder,
        };
        place.migrate().await;
        place
    }

    async fn migrate(&self) {
        migrator((self.migrations)())
            .up(&self.connection, None)
            .await
            .expect("migrated");
    }

    /// Runs SQL in another program.
    pub fn run_elsewhere(&self, sql: &str) {
        let url = self.config.url.expose();
        if let Some(path) = url.strip_prefix("sqlite://") {
            in_python(path, sql);
        } else {
            let name = url.rsplit('/').next().expect("a name");
            postgres::server().psql(name, sql);
        }
    }

    pub async fn value(&self, sql: &str) -> String {
        let query = Statement::from_string(self.db.backend(), sql);
        let row = self.db.query_one_raw(query).await.expect("a query");
        row.expect("a row").try_get("", "value").expect("a text")
    }

    pub async fn run(&self, sql: &str) -> Result<(), DbErr> {
        self.db.execute_unprepared(sql).await.map(drop)
    }

    pub async fn close(self) {
        let _ = self.connection.close().await;
        self.db.close().await;
    }
}

/// Runs SQL with the SQLite that Python brings, which is another version than ours.
fn in_python(path: &str, sql: &str) {
    let program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=10); db.executescript(sys.argv[2]); db.commit()";
    succeed(Command::new("python3").args(["-c", program, path, sql]));
}

/// Every way to write a row.
async fn write_in_all_ways(place: &Place, random: &mut Random) {
    let Place { db, connection, .. } = place;
    let backend = db.backend();
    let many: Vec<_> = (0..4)
        .map(|_| ActiveModel {
            created_at: Set(random.time().and_utc()),
            updated_at: Set(Utc::now()),
            ..event(random)
        })
        .collect();
    Entity::insert_many(many).exec(db).await.expect("written");
    event(random).insert(db).await.expect("written");
    db.transact_as(async |tx| {
        event(random).insert(tx).await?;
        let within = tx.begin().await?;
        event(random).insert(&within).await?;
        fw::sea_orm::TransactionSession::commit(within).await?;
        Entity::insert(event(random)).exec(tx).await?;
        Ok::<_, DbErr>(())
    })
    .await
    .expect("written");
    // Not through `Db`, as migrations do.
    event(random).insert(connection).await.expect("written");
    db.execute_unprepared(&insert_literals(random, backend))
        .await
        .expect("written");
    place.run_elsewhere(&insert_literals(random, backend));

    // With parameters, some of them text.
    let sql = match backend {
        DbBackend::Postgres => {
            "INSERT INTO events (label, number, big, ratio, price, open, day, hour, local, key, meta, at, ended_at) \
            VALUES ('p', 1, 1, 1, 1, true, $1, $2, $3, $4, '[]', $5, $6)"
        }
        _ => {
            "INSERT INTO events (label, number, big, ratio, price, open, day, hour, local, key, meta, at, ended_at) \
            VALUES ('p', 1, 1, 1, 1, true, ?, ?, ?, ?, '[]', ?, ?)"
        }
    };
    let time = random.time();
    let values: [fw::sea_orm::Value; 6] = [
        time.date().into(),
        time.time().into(),
        time.into(),
        Uuid::from_u128(7).into(),
        time.and_utc().into(),
        None::<DateTime<Utc>>.into(),
    ];
    let parameters = Statement::from_sql_and_values(backend, sql, values.clone());
    db.execute_raw(parameters.clone()).await.expect("written");
    connection.execute_raw(parameters).await.expect("written");
    if backend == DbBackend::Sqlite {
        let texts: [fw::sea_orm::Value; 6] = [
            "2026-11-28".into(),
            "10:00:00.50".into(),
            spelled(random, backend).into(),
            "67e55044-10b1-426f-9247-bb680e5fe0c8".into(),
            spelled(random, backend).into(),
            spelled(random, backend).into(),
        ];
        let parameters = Statement::from_sql_and_values(backend, sql, texts);
        db.execute_raw(parameters).await.expect("written");
    }

    // Rows that are changed afterwards.
    let changed = event(random).insert(db).await.expect("written");
    let literal = spelled(random, backend);
    place
        .run(&format!(
            "UPDATE events SET at = '{literal}', ended_at = '{literal}' WHERE id = {}",
            changed.id
        ))
        .await
        .expect("changed");
    Entity::update_many()
        .set(ActiveModel {
            zoned: Set(Utc::now().fixed_offset()),
            ..Default::default()
        })
        .filter(Column::Id.eq(changed.id))
        .exec(db)
        .await
        .expect("changed");
}

fn expected_order(rows: &mut [Model], column: Column, direction: Direction) {
    rows.sort_by(|a, b| {
        let order = match column {
            Column::Label => a.label.cmp(&b.label),
            Column::Number => a.number.cmp(&b.number),
            Column::Big => a.big.cmp(&b.big),
            Column::Ratio => a.ratio.partial_cmp(&b.ratio).expect("numbers"),
            Column::Price => a.price.cmp(&b.price),
            Column::Open => a.open.cmp(&b.open),
            Column::Day => a.day.cmp(&b.day),
            Column::Hour => a.hour.cmp(&b.hour),
            Column::Local => a.local.cmp(&b.local),
            Column::At => a.at.cmp(&b.at),
            Column::Zoned => a.zoned.cmp(&b.zoned),
            // NULL is last in both directions.
            Column::EndedAt => match (a.ended_at, b.ended_at) {
                (None, None) => std::cmp::Ordering::Equal,
                (None, _) | (_, None) => {
                    return a.ended_at.is_none().cmp(&b.ended_at.is_none());
                }
                (a, b) => a.cmp(&b),
            },
            Column::Key => a.key.cmp(&b.key),
            Column::CreatedAt => a.created_at.cmp(&b.created_at),
            Column::UpdatedAt => a.updated_at.cmp(&b.updated_at),
            Column::Id | Column::Meta => std::cmp::Ordering::Equal,
        };
        let order = match direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        };
        order.then(a.id.cmp(&b.id))
    });
}

const COLUMNS: [Column; 15] = [
    Column::Label,
    Column::Number,
    Column::Big,
    Column::Ratio,
    Column::Price,
    Column::Open,
    Column::Day,
    Column::Hour,
    Column::Local,
    Column::At,
    Column::Zoned,
    Column::EndedAt,
    Column::Key,
    Column::CreatedAt,
    Column::UpdatedAt,
];

async fn walk(db: &Db, column: Column, direction: Direction, limit: u64) -> Vec<i64> {
    let keyset = Keyset::<Entity>::new([(column, direction)]);
    let mut ids = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut select = keyset.sort(Entity::find());
        if let Some(cursor) = &cursor {
            select = select.filter(keyset.after(cursor).expect("a cursor of ours"));
        }
        let rows = select.limit(limit).all(db).await.expect("a page");
        let Some(last) = rows.last() else {
            return ids;
        };
        cursor = Some(keyset.cursor(last));
        ids.extend(rows.iter().map(|row| row.id));
        assert!(ids.len() <= 1_000, "{column:?} has no end");
    }
}

async fn check_pages(place: &Place) {
    let mut rows = Entity::find().all(&place.db).await.expect("rows");
    assert!(rows.len() >= 20, "{}", rows.len());
    for row in &rows {
        for time in [row.at, row.created_at, row.updated_at] {
            assert_eq!(time.timestamp_subsec_nanos() % 1_000, 0, "{row:?}");
        }
    }
    for column in COLUMNS {
        for direction in [Direction::Ascending, Direction::Descending] {
            expected_order(&mut rows, column, direction);
            let expected: Vec<_> = rows.iter().map(|row| row.id).collect();
            for limit in [1, 4, 100] {
                let walked = walk(&place.db, column, direction, limit).await;
                assert_eq!(
                    walked,
                    expected,
                    "{:?} {column:?} {direction:?} {limit}",
                    place.db.backend()
                );
            }
        }
    }
    // What is read is found again.
    for row in &rows {
        let found = Entity::find()
            .filter(Column::At.eq(row.at))
            .filter(Column::Local.eq(row.local))
            .filter(Column::Hour.eq(row.hour))
            .filter(Column::Day.eq(row.day))
            .filter(Column::Key.eq(row.key))
            .filter(Column::Zoned.eq(row.zoned))
            .filter(Column::CreatedAt.lte(row.created_at));
        let found = found.all(&place.db).await.expect("rows");
        assert!(found.iter().any(|found| found.id == row.id), "{row:?}");
    }
    let violations = migration::stored_form_violations(&place.db)
        .await
        .expect("a look");
    assert_eq!(violations, Vec::<String>::new());
}

#[tokio::test]
async fn rows_that_were_written_in_all_ways_are_paged_in_their_order() {
    for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
        let place = Place::new(backend).await;
        let mut random = Random(7);
        for _ in 0..3 {
            write_in_all_ways(&place, &mut random).await;
        }
        check_pages(&place).await;
        place.close().await;
    }
}

/// What a program gives is what is read again, but for what is finer than a microsecond.
#[tokio::test]
async fn values_come_back_as_they_were_given() {
    for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
        let place = Place::new(backend).await;
        let mut random = Random(11);
        for _ in 0..30 {
            let given = event(&mut random);
            let model = given.clone().insert(&place.db).await.expect("written");
            let again = Entity::find_by_id(model.id).one(&place.db).await;
            assert_eq!(again.expect("read").as_ref(), Some(&model));
            let cut = |time: NaiveDateTime| {
                let nanoseconds = i64::from(time.and_utc().timestamp_subsec_nanos() % 1_000);
                time - TimeDelta::nanoseconds(nanoseconds)
            };
            assert_eq!(model.at.naive_utc(), cut(given.at.as_ref().naive_utc()));
            assert_eq!(model.local, cut(*given.local.as_ref()));
            let day = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day");
            assert_eq!(model.hour, cut(day.and_time(*given.hour.as_ref())).time());
            assert_eq!(
                model.zoned.naive_utc(),
                cut(given.zoned.as_ref().naive_utc())
            );
            assert_eq!(
                (model.key, model.day),
                (*given.key.as_ref(), *given.day.as_ref())
            );
            // There is no `-0`.
            let ratio = *given.ratio.as_ref() + 0.0;
            assert_eq!(model.ratio.to_bits(), ratio.to_bits());
        }
        place.close().await;
    }
}

/// A table as it was made and filled before there were triggers.
async fn forget_triggers(place: &Place) {
    let triggers = "SELECT group_concat('DROP TRIGGER \"' || name || '\";', ' ') AS value FROM sqlite_master WHERE type = 'trigger'";
    let drops = place.value(triggers).await;
    assert!(drops.contains("DROP TRIGGER"), "{drops}");
    place.run(&drops).await.expect("dropped");
}

#[tokio::test]
async fn tables_of_before_are_converted() {
    let place = Place::new(DbBackend::Sqlite).await;
    let mut random = Random(3);
    forget_triggers(&place).await;
    for _ in 0..10 {
        event(&mut random)
            .insert(&place.connection)
            .await
            .expect("written");
        let literals = insert_literals(&mut random, DbBackend::Sqlite);
        place.run(&literals).await.expect("written");
    }
    place
        .run("UPDATE events SET ended_at = 'yesterday' WHERE id = 2")
        .await
        .expect("nobody looks");
    assert_eq!(
        migration::stored_form_faults(&place.db)
            .await
            .expect("a look")
            .without_triggers,
        ["events"]
    );
    let violations = migration::stored_form_violations(&place.db)
        .await
        .expect("a look");
    assert!(violations.len() > 5, "{violations:?}");

    place.migrate().await;
    assert!(
        migration::stored_form_faults(&place.db)
            .await
            .expect("a look")
            .without_triggers
            .is_empty()
    );
    // What nobody can read is left for people.
    let violations = migration::stored_form_violations(&place.db)
        .await
        .expect("a look");
    assert_eq!(
        violations,
        [
            "`events.ended_at` has 1 value in another form, such as `yesterday`: each must be a UTC time such as 2026-11-21 09:30:00+00:00"
        ]
    );
    // Other columns of that row can be changed.
    place
        .run("UPDATE events SET at = '2026-01-01T00:00:00Z', label = 'x' WHERE id = 2")
        .await
        .expect("changed");
    place
        .run("UPDATE events SET ended_at = NULL WHERE id = 2")
        .await
        .expect("changed");
    check_pages(&place).await;
    place.close().await;
}

#[tokio::test]
async fn what_is_no_value_is_refused_with_the_name_of_the_column() {
    let place = Place::new(DbBackend::Sqlite).await;
    let id = place
        .value("SELECT CAST(min(id) AS TEXT) AS value FROM events")
        .await;
    for (column, values, wanted) in [
        (
            "at",
            &[
                "yesterday",
                "2026-02-30 00:00:00",
                "2026-01-01 10:00:60",
                "12:00",
                "",
                "10000-01-01",
                "0000-01-01",
            ][..],
            "a UTC time such as 2026-11-21 09:30:00+00:00",
        ),
        (
            "local",
            &["2026-1-1 00:00:00", " 2026-01-01 00:00:00"],
            "a date and time such as 2026-11-21 09:30:00",
        ),
        (
            "day",
            &["2026-02-30", "2026-01-01 10:00:00", "1 May"],
            "a date such as 2026-11-21",
        ),
        (
            "hour",
            &["24:00:00", "9:30", "10:00:60", "10:00:00Z"],
            "a time such as 09:30:00",
        ),
        (
            "key",
            &["{67e55044-10b1-426f-9247-bb680e5fe0c8}", "x", "67e55044"],
            "a UUID such as 67e55044-10b1-426f-9247-bb680e5fe0c8",
        ),
    ] {
        for value in values {
            let update = format!("UPDATE events SET {column} = '{value}' WHERE id = {id}");
            let columns = "label, number, big, ratio, price, open, day, hour, local, key, meta, at";
            let with_value = columns.split(", ").map(|name| {
                if name == column {
                    format!("'{value}'")
                } else {
                    name.to_owned()
                }
            });
            let insert = format!(
                "INSERT INTO events ({columns}) SELECT {} FROM events WHERE id = {id}",
                with_value.collect::<Vec<_>>().join(", ")
            );
            for sql in [update, insert] {
                let error = place.run(&sql).await.expect_err(value).to_string();
                let expected = format!("`events.{column}` must be {wanted}");
                assert!(error.contains(&expected), "{sql}: {error}");
            }
        }
    }
    check_pages_are_unchanged(&place).await;
    place.close().await;
}

async fn check_pages_are_unchanged(place: &Place) {
    let count = place
        .value("SELECT CAST(count(*) AS TEXT) AS value FROM events")
        .await;
    assert_eq!(count, "5", "those of the migration");
}

/// Migrations that make, change and fail to change tables that are not like others.
mod later {
    /// Makes such tables.
    pub(super) mod m20261122_000000_odd {
        use fw::migration::prelude::*;

        pub async fn up(schema: &Schema<'_>) -> Result {
            let sql = "CREATE TABLE pairs (key uuid_text NOT NULL, at timestamp_with_timezone_text NOT NULL, PRIMARY KEY (key, at)) WITHOUT ROWID; \
                CREATE TABLE \"it's \"\"odd\"\"\" (rowid INTEGER, \"the at\" TIMESTAMP_TEXT, day date_text, \
                    year TEXT GENERATED ALWAYS AS (substr(day, 1, 4)) STORED, twice date_text GENERATED ALWAYS AS (day) VIRTUAL); \
                CREATE TABLE parents (key uuid_text PRIMARY KEY); \
                CREATE TABLE children (id INTEGER PRIMARY KEY AUTOINCREMENT, parent_key uuid_text NOT NULL REFERENCES parents (key) ON DELETE CASCADE, \
                    seen_at datetime_text UNIQUE, old_at datetime_text, renamed_at datetime_text)";
            schema.execute_sql(sql).await
        }
    }

    /// Drops a column, renames another one, and a table.
    pub(super) mod m20261123_000000_change {
        use fw::migration::prelude::*;

        pub async fn up(schema: &Schema<'_>) -> Result {
            schema.drop_column("children", "old_at").await?;
            schema
                .rename_column("children", "renamed_at", "new_at")
                .await?;
            schema.rename_table("pairs", "couples").await?;
            schema.drop_column("events", "hour").await
        }
    }

    /// Fails after it has changed something.
    pub(super) mod m20261124_000000_failing {
        use fw::migration::prelude::*;

        pub async fn up(schema: &Schema<'_>) -> Result {
            schema.drop_column("children", "new_at").await?;
            schema.execute_sql("no SQL").await
        }
    }

    use fw::migration::Migration;

    pub(super) const ODD: Migration = fw::migration!(m20261122_000000_odd, irreversible);
    pub(super) const CHANGE: Migration =
        fw::migration!(m20261123_000000_change, irreversible).without_transaction();
    pub(super) const FAILING: Migration = fw::migration!(m20261124_000000_failing, irreversible);
}

async fn later(
    place: &Place,
    more: Vec<Migration>,
) -> Result<Vec<String>, migration::MigrationError> {
    let mut all = migrations();
    all.extend(more);
    migrator(all).up(&place.connection, None).await
}

/// Tables that are not like others, and what a driver asks after a statement.
#[tokio::test]
async fn triggers_disturb_no_statement() {
    let place = Place::new(DbBackend::Sqlite).await;
    later(&place, vec![later::ODD]).await.expect("applied");
    let key = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    for sql in [
        format!("INSERT INTO parents VALUES ('{key}')"),
        // The keys are equal once both are converted.
        format!("INSERT INTO children (parent_key, seen_at) VALUES ('{key}', '2026-01-01T00:00:00Z')"),
        format!("INSERT INTO pairs VALUES ('{key}', '2026-01-01')"),
        "UPDATE pairs SET at = '2026-01-02T00:00:00+01:00'".to_owned(),
        "INSERT INTO \"it's \"\"odd\"\"\" (rowid, \"the at\", day) VALUES (7, '2026-01-01T10:00Z', '2026-01-01T00:00Z')".to_owned(),
    ] {
        place.run(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    assert_eq!(
        place.value("SELECT at AS value FROM pairs").await,
        "2026-01-01 23:00:00+00:00"
    );
    assert_eq!(
        place.value("SELECT \"the at\" || ' ' || day || ' ' || year || ' ' || twice AS value FROM \"it's \"\"odd\"\"\"").await,
        "2026-01-01 10:00:00 2026-01-01 2026 2026-01-01"
    );
    // Unique is the time, not how it is written.
    let again = format!(
        "INSERT INTO children (parent_key, seen_at) VALUES ('{key}', '2026-01-01 01:00:00+01:00')"
    );
    let error = place.run(&again).await.expect_err("it is there");
    assert!(error.to_string().contains("UNIQUE"), "{error}");
    let missing =
        "INSERT INTO children (parent_key) VALUES ('00000000-0000-0000-0000-000000000000')";
    let error = place.run(missing).await.expect_err("no parent");
    assert!(error.to_string().contains("FOREIGN KEY"), "{error}");
    // Also where the key itself is converted on the way.
    let unreadable = "INSERT INTO pairs VALUES ('77e55044-10b1-426f-9247-bb680e5fe0c8', 'never')";
    let error = place.run(unreadable).await.expect_err("no time");
    assert!(error.to_string().contains("`pairs.at` must be"), "{error}");

    // What a driver asks after an insertion.
    let insert = format!(
        "INSERT INTO children (parent_key, seen_at) VALUES ('{key}', '2026-01-03T00:00:00Z')"
    );
    let done = place.db.execute_unprepared(&insert).await.expect("written");
    assert_eq!(done.rows_affected(), 1);
    let last = place
        .value("SELECT CAST(max(id) AS TEXT) AS value FROM children")
        .await;
    assert_eq!(done.last_insert_id().to_string(), last);
    let returning = format!(
        "INSERT INTO children (parent_key, seen_at) VALUES ('{key}', '2026-01-04T00:00:00Z') RETURNING id AS value"
    );
    let query = Statement::from_string(DbBackend::Sqlite, returning);
    let rows = place.db.query_all_raw(query).await.expect("written");
    let id: i64 = rows[0].try_get("", "value").expect("a number");
    assert_eq!((rows.len(), id.to_string() > last), (1, true));
    place.close().await;
}

#[tokio::test]
async fn later_migrations_change_tables_as_if_there_were_no_triggers() {
    let place = Place::new(DbBackend::Sqlite).await;
    later(&place, vec![later::ODD]).await.expect("applied");
    place
        .run("INSERT INTO parents VALUES (x'00000000000000000000000000000000'); INSERT INTO children (parent_key) SELECT key FROM parents")
        .await
        .expect("written");
    later(&place, vec![later::ODD, later::CHANGE])
        .await
        .expect("columns can be dropped");
    assert!(
        migration::stored_form_faults(&place.db)
            .await
            .expect("a look")
            .without_triggers
            .is_empty()
    );
    place
        .run("UPDATE children SET new_at = '2026-01-01T00:00:00Z'")
        .await
        .expect("changed");
    assert_eq!(
        place.value("SELECT new_at AS value FROM children").await,
        "2026-01-01 00:00:00"
    );

    let all = vec![later::ODD, later::CHANGE, later::FAILING];
    later(&place, all).await.expect_err("it is no SQL");
    assert!(
        migration::stored_form_faults(&place.db)
            .await
            .expect("a look")
            .without_triggers
            .is_empty()
    );
    place
        .run("UPDATE children SET new_at = '2026-01-02T00:00:00Z'")
        .await
        .expect("it is still there");
    assert!(
        migration::stored_form_violations(&place.db)
            .await
            .expect("a look")
            .is_empty()
    );
    place.close().await;
}

#[test]
fn a_database_of_before_is_put_in_order_by_its_owner() {
    let database = Database::sqlite();
    let mut server = database.start(&[]);
    let body = json!({ "number": 1, "at": "2026-11-28T20:40:02Z" });
    for _ in 0..3 {
        let created = send_json(server.address, "POST", "/api/v1/samples", &body);
        assert_eq!(created.expect("a response").status, 201);
    }
    server.signal("TERM");
    server.wait(Duration::from_secs(5));
    assert!(succeed(&mut database.command(&["doctor"])).contains("ok    stored_values"));

    let path = database.url.trim_start_matches("sqlite://");
    for event in ["insert", "update"] {
        in_python(
            path,
            &format!("DROP TRIGGER fw_stored_form_{event}_samples"),
        );
    }
    in_python(
        path,
        "INSERT INTO samples (number, at) VALUES (2, '2026-11-28T20:40:01+00:00'), (3, '2026-11-28T20:40:03.500Z'); \
         UPDATE samples SET at = '2026-11-28T21:40:02+01:00' WHERE id = 1",
    );
    let (code, said) = fail(&mut database.command(&["doctor"]));
    assert_eq!(code, 1);
    assert!(
        said.contains("FAIL  stored_values: `samples` has no triggers")
            && said.contains("`samples.at` has 3 values in another form")
            && said.contains("hint: run `cargo fw db migrate`"),
        "{said}"
    );
    let (code, said) = fail(
        database
            .command(&["start", "--port", "0"])
            .env("FW_ENV", "production"),
    );
    assert!(
        code == 1 && said.contains("for: samples") && said.contains("--migrate"),
        "{said}"
    );

    succeed(&mut database.command(&["db", "migrate"]));
    assert!(succeed(&mut database.command(&["doctor"])).contains("ok    stored_values"));
    let server = database.start(&[("FW_ENV", "production")]);
    let numbers = |query: &str| {
        let response =
            get(server.address, &format!("/api/v1/samples?{query}")).expect("a response");
        let page = response.json();
        let rows = page["data"].as_array().expect("a list").iter();
        rows.map(|row| row["number"].as_i64().expect("a number"))
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers("sort=at"), [2, 1, 1, 1, 3]);
    assert_eq!(numbers("sort=-at"), [3, 1, 1, 1, 2]);
    assert_eq!(numbers("at=2026-11-28T20:40:02Z"), [1, 1, 1]);
}
