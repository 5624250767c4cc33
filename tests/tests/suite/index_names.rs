//! Indexes are called after their tables and columns, also after those got another name, on either database.

use fw::{
    config::{DatabaseConfig, Secret},
    db::{Db, Target},
    migration::prelude::*,
    sea_orm::{ConnectionTrait, DatabaseConnection, Statement},
};
use fw_tests::postgres;

/// A connection to an empty database of each kind, with its name.
async fn both(folder: &tempfile::TempDir) -> [(&'static str, DatabaseConnection); 2] {
    let sqlite = Target::sqlite_url(folder.path().join("names.sqlite"));
    let postgres = postgres::server().create_database();
    let connect = async |url: String| {
        let config = DatabaseConfig {
            url: Secret::new(url),
            ..DatabaseConfig::default()
        };
        Db::dedicated(&config).await.expect("a connection")
    };
    [
        ("sqlite", connect(sqlite).await),
        ("postgres", connect(postgres).await),
    ]
}

/// The names of the indexes that migrations have made.
async fn indexes(connection: &DatabaseConnection) -> Vec<String> {
    let backend = connection.get_database_backend();
    let query = match backend {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        }
        _ => {
            "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey' ORDER BY indexname"
        }
    };
    let query = Statement::from_string(backend, query);
    let rows = connection.query_all_raw(query).await.expect("rows");
    let name = |row: fw::sea_orm::QueryResult| row.try_get("", "name").expect("a name");
    rows.into_iter().map(name).collect()
}

async fn create(schema: &Schema<'_>, name: &'static str) -> Result {
    let columns = table(name)
        .col(string_len("title", 80))
        .col(string_len("slug", 80))
        .to_owned();
    schema.create_table(columns).await?;
    schema.create_index(index(name, ["title"])).await?;
    schema.create_index(unique_index(name, ["slug"])).await?;
    schema
        .create_index(index(name, ["title", "created_at"]))
        .await
}

/// They kept their names: later migrations named indexes that did not exist, and a new table of the former name could not have its own.
#[tokio::test]
async fn indexes_follow_their_tables_and_columns() -> Result {
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, connection) in both(&folder).await {
        let schema = Schema::new(&connection);
        create(&schema, "posts").await?;
        let by_hand = "CREATE INDEX by_hand ON posts (slug, title); \
            CREATE INDEX index_posts_on_slug_and_title ON posts (slug, title) WHERE title <> ''";
        schema.execute_sql(by_hand).await?;
        let before = indexes(&connection).await;

        schema.rename_table("posts", "articles").await?;
        schema
            .rename_column("articles", "title", "headline")
            .await?;
        let expected = [
            "by_hand",
            "index_articles_on_headline",
            "index_articles_on_headline_and_created_at",
            "index_articles_on_slug",
            "index_articles_on_slug_and_headline",
        ];
        assert_eq!(indexes(&connection).await, expected, "{kind}");
        create(&schema, "posts").await?;
        schema.drop_table("posts").await?;

        // They are what they were: the one is unique, and the other still has its condition.
        let insert = "INSERT INTO articles (headline, slug) VALUES ('a', 'b')";
        schema.execute_sql(insert).await?;
        assert!(schema.execute_sql(insert).await.is_err(), "{kind}");
        let definition = match connection.get_database_backend() {
            DbBackend::Sqlite => {
                "SELECT sql FROM sqlite_master WHERE name = 'index_articles_on_slug_and_headline'"
            }
            _ => {
                "SELECT indexdef AS sql FROM pg_indexes WHERE indexname = 'index_articles_on_slug_and_headline'"
            }
        };
        let query = Statement::from_string(connection.get_database_backend(), definition);
        let row = connection.query_one_raw(query).await?.expect("a row");
        let definition: String = row.try_get("", "sql")?;
        assert!(definition.contains("WHERE"), "{kind}: {definition}");

        schema
            .rename_column("articles", "headline", "title")
            .await?;
        schema.rename_table("articles", "posts").await?;
        assert_eq!(indexes(&connection).await, before, "{kind}");
        schema.drop_index("posts", ["title", "created_at"]).await?;
        assert!(
            !schema
                .has_index("posts", "index_posts_on_title_and_created_at")
                .await?
        );
        connection.close().await?;
    }
    Ok(())
}

/// Names longer than PostgreSQL's limit end in a hash.
#[tokio::test]
async fn long_names_follow_as_well() -> Result {
    const LONG: &str = "applications_for_the_extension_of_permits";
    const LONGER: &str = "requests_for_the_extension_of_all_the_permits";
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, connection) in both(&folder).await {
        let schema = Schema::new(&connection);
        let columns = table(LONG)
            .col(integer("the_number_of_the_permit"))
            .to_owned();
        schema.create_table(columns).await?;
        schema
            .create_index(index(LONG, ["the_number_of_the_permit"]))
            .await?;
        schema.rename_table(LONG, LONGER).await?;
        let [renamed] = &indexes(&connection).await[..] else {
            panic!("{kind}: there is one");
        };
        assert!(
            renamed.starts_with("index_requests_for") && renamed.len() == 63,
            "{kind}: {renamed}"
        );
        schema
            .drop_index(LONGER, ["the_number_of_the_permit"])
            .await?;
        assert!(indexes(&connection).await.is_empty(), "{kind}");
        connection.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_index_that_has_kept_a_former_name_is_found_by_its_columns() -> Result {
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, connection) in both(&folder).await {
        let schema = Schema::new(&connection);
        create(&schema, "posts").await?;
        let rename =
            "ALTER TABLE posts RENAME TO essays; ALTER TABLE essays RENAME COLUMN title TO name";
        schema.execute_sql(rename).await?;
        schema.drop_index("essays", ["name"]).await?;
        schema.drop_index("essays", ["slug"]).await?;
        assert_eq!(
            indexes(&connection).await,
            ["index_posts_on_title_and_created_at"],
            "{kind}"
        );
        // Where there is none, the database names the one that it looked for.
        let error = schema
            .drop_index("essays", ["slug"])
            .await
            .expect_err("it is gone");
        assert!(
            error.to_string().contains("index_essays_on_slug"),
            "{kind}: {error}"
        );
        connection.close().await?;
    }
    Ok(())
}
