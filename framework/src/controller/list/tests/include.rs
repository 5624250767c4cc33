//! Relations are read with a page, in a number of queries that does not depend on its rows.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectOptions, ConnectionTrait, Database,
    DatabaseConnection, Schema,
};
use serde::Serialize;
use serde_json::json;

use crate::{
    controller::list::{Include, ListParams, Paginated},
    dto::included,
    error::Result,
};

#[expect(unreachable_pub, reason = "an entity as applications write it")]
mod authors {
    use crate::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
    #[sea_orm(table_name = "authors")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[expect(unreachable_pub, reason = "an entity as applications write it")]
mod shelves {
    use crate::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
    #[sea_orm(table_name = "shelves")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[expect(unreachable_pub, reason = "an entity as applications write it")]
mod books {
    use super::{authors, shelves};
    use crate::model::prelude::*;

    /// Two relations to one table, one to another.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "books")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub author_id: i64,
        pub editor_id: Option<i64>,
        pub shelf_id: Option<i64>,
        #[sea_orm(belongs_to, relation_enum = "Author", from = "author_id", to = "id")]
        pub author: BelongsTo<authors::Entity>,
        #[sea_orm(belongs_to, relation_enum = "Editor", from = "editor_id", to = "id")]
        pub editor: BelongsTo<Option<authors::Entity>>,
        #[sea_orm(belongs_to, from = "shelf_id", to = "id")]
        pub shelf: BelongsTo<Option<shelves::Entity>>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    impl Listing for Entity {
        type Query = EntityLoader;

        fn columns() -> ListColumns<Self> {
            ListColumns::new()
                .sort([Column::Name])
                .filter([Column::AuthorId, Column::Name])
                .include("author", |books: EntityLoader| books.with(Relation::Author))
                .include("editor", |books: EntityLoader| books.with(Relation::Editor))
                .include("shelf", |books: EntityLoader| books.with(shelves::Entity))
        }
    }
}

#[derive(Debug, Serialize)]
struct Named {
    name: String,
}

#[derive(Debug, Serialize)]
struct View {
    id: i64,
    author_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    editor: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shelf: Option<Named>,
}

impl From<authors::Model> for Named {
    fn from(author: authors::Model) -> Self {
        Self { name: author.name }
    }
}

impl From<shelves::Model> for Named {
    fn from(shelf: shelves::Model) -> Self {
        Self { name: shelf.name }
    }
}

impl From<books::ModelEx> for View {
    fn from(book: books::ModelEx) -> Self {
        Self {
            id: book.id,
            author_id: book.author_id,
            author: included(book.author),
            editor: included(book.editor),
            shelf: included(book.shelf),
        }
    }
}

/// 120 books, of which every other has an editor and a shelf, and a counter of the queries from now on.
async fn library() -> (DatabaseConnection, Arc<AtomicUsize>) {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let mut db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(authors::Entity),
        schema.create_table_from_entity(shelves::Entity),
        schema.create_table_from_entity(books::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    for number in 1..=3 {
        let author = authors::ActiveModel {
            name: Set(format!("author {number}")),
            ..Default::default()
        };
        author.insert(&db).await.unwrap();
        let shelf = shelves::ActiveModel {
            name: Set(format!("shelf {number}")),
            ..Default::default()
        };
        shelf.insert(&db).await.unwrap();
    }
    for number in 0..120 {
        let other = (number % 2 == 0).then_some(number / 2 % 3 + 1);
        let book = books::ActiveModel {
            name: Set(format!("book {}", number % 7)),
            author_id: Set(number % 3 + 1),
            editor_id: Set(other),
            shelf_id: Set(other),
            ..Default::default()
        };
        book.insert(&db).await.unwrap();
    }
    let queries = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&queries);
    db.set_metric_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    (db, queries)
}

fn read(query: &str) -> Result<ListParams<books::Entity>> {
    let pairs = crate::controller::urlencoded::parse(query.as_bytes(), |name| format!("?{name}"));
    ListParams::read(&pairs.unwrap())
}

async fn load(db: &DatabaseConnection, query: &str) -> Paginated<View> {
    let page = read(query).unwrap().fetch(books::Entity::load(), db).await;
    page.unwrap().map(View::from)
}

fn assert_included(view: &View) {
    let other = (view.id % 2 == 1).then(|| (view.id - 1) / 2 % 3 + 1);
    let name = |of: &Option<Named>| of.as_ref().map(|named| named.name.clone());
    assert_eq!(
        name(&view.author),
        Some(format!("author {}", view.author_id))
    );
    assert_eq!(name(&view.editor), other.map(|id| format!("author {id}")));
    assert_eq!(name(&view.shelf), other.map(|id| format!("shelf {id}")));
}

#[tokio::test]
async fn a_page_costs_the_same_number_of_queries_whatever_its_size() {
    let (db, queries) = library().await;
    for (query, expected) in [
        ("", 1),
        // Read together with the rows.
        ("include=shelf", 1),
        ("include=author", 2),
        ("include=author,shelf", 2),
        ("include=author,editor,shelf", 3),
        // The rows are counted, too.
        ("page=1&include=author,editor,shelf", 4),
    ] {
        for limit in [1, 10, 100] {
            queries.store(0, Ordering::Relaxed);
            let page = load(&db, &format!("{query}&limit={limit}&sort=name")).await;
            assert_eq!(page.data().len(), limit);
            assert_eq!(queries.load(Ordering::Relaxed), expected, "{query} {limit}");
        }
    }
}

#[tokio::test]
async fn includes_are_those_of_their_rows_by_cursor_and_by_page() {
    let (db, _) = library().await;
    let mut seen = 0;
    let mut cursor = String::new();
    loop {
        let page = load(
            &db,
            &format!("sort=-name&limit=50&include=author,editor,shelf&author_id[ne]=2{cursor}"),
        )
        .await;
        page.data().iter().for_each(assert_included);
        seen += page.data().len();
        let Some(next) = page.next_cursor() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, 80);
    let page = load(&db, "page=2&limit=70&include=shelf,author,editor").await;
    assert_eq!((page.total(), page.data().len()), (Some(120), 50));
    page.data().iter().for_each(assert_included);
}

#[tokio::test]
async fn what_was_not_requested_is_not_in_the_response() {
    let (db, _) = library().await;
    let row = async |query: &str| {
        let page = load(&db, &format!("limit=1&{query}")).await;
        serde_json::to_value(&page).unwrap()["data"][0].clone()
    };
    let author = json!({"name": "author 1"});
    assert_eq!(row("").await, json!({"id": 1, "author_id": 1}));
    assert_eq!(
        row("include=author").await,
        json!({"id": 1, "author_id": 1, "author": author})
    );
    // Whoever limits the fields still gets what is included.
    assert_eq!(
        row("include=author&fields=id").await,
        json!({"id": 1, "author": author})
    );
    assert_eq!(
        row("fields=author_id").await,
        json!({"id": 1, "author_id": 1})
    );
}

#[tokio::test]
async fn one_row_is_read_with_what_it_includes() {
    let (db, queries) = library().await;
    let include = |names: &[&'static str]| {
        Include::<books::Entity>::new(<books::Entity as crate::model::Listing>::columns(), names)
    };
    for (names, expected) in [
        (vec![], 1),
        (vec!["shelf"], 1),
        (vec!["author", "shelf"], 2),
    ] {
        use sea_orm::EntityLoaderTrait;

        queries.store(0, Ordering::Relaxed);
        let loader = include(&names).with(books::Entity::load().filter_by_id(1));
        let view: View = loader.one(&db).await.unwrap().unwrap().into();
        assert_eq!(view.author.is_some(), names.contains(&"author"));
        assert_eq!(view.shelf.is_some(), names.contains(&"shelf"));
        assert_eq!(queries.load(Ordering::Relaxed), expected);
    }
}

#[test]
fn only_what_is_declared_can_be_included() {
    let error = read("include=author,publisher").err().unwrap();
    assert_eq!(error.status(), 422);
    assert_eq!(
        error.field_errors()[0].message,
        "must be one of `author`, `editor`, `shelf`"
    );
    let names: Vec<_> = Include::<books::Entity>::parameters()
        .into_iter()
        .map(|parameter| (parameter.name, parameter.schema))
        .collect();
    assert_eq!(
        names,
        [(
            "include".to_owned(),
            json!({
                "type": "array",
                "items": { "type": "string", "enum": ["author", "editor", "shelf"] },
                "minItems": 1,
            })
        )]
    );
}
