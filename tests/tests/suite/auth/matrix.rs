//! The matrix of roles and routes, and the test kit that tests rules by their routes.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use fw::{
    auth::{self, Role},
    dto::prelude::*,
    prelude::*,
};
use fw_testing::prelude::*;

use sea_orm::IntoActiveModel;

use super::{
    Can, Own, Recent, SignedIn, Users, both, m20261130_090000_create_users, notes, on_its_database,
    permissions,
};

mod access {
    fw::permissions! { "notes" { List = "list", Create = "create", Delete = "delete", Import = "import" } }
}

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    #[garde(length(min = 1, max = 80))]
    text: String,
}

async fn about(_: Anyone) -> &'static str {
    "notes"
}

async fn list(_: Can<access::List>) -> &'static str {
    "[]"
}

async fn create(
    who: Can<access::Create>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<NoteBody>,
) -> Result<NoContent> {
    create_note(&ctx, who.id, body.text).await?;
    Ok(NoContent)
}

async fn show(
    who: Own<permissions::Read>,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<String> {
    let mine = who.rows(notes::Column::UserId);
    let note = notes::Entity::find_by_id(id)
        .filter(mine)
        .one(&ctx.db)
        .await?;
    Ok(note.or_not_found()?.text)
}

async fn update(
    who: Recent<Own<permissions::Update>>,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
    ValidJson(body): ValidJson<NoteBody>,
) -> Result<NoContent> {
    let mine = who.rows(notes::Column::UserId);
    let note = notes::Entity::find_by_id(id)
        .filter(mine)
        .one(&ctx.db)
        .await?;
    let mut note = note.or_not_found()?.into_active_model();
    note.text = Set(body.text);
    note.update(&ctx.db).await?;
    Ok(NoContent)
}

async fn remove(
    who: Own<access::Delete>,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<NoContent> {
    let mine = who.rows(notes::Column::UserId);
    let deleted = notes::Entity::delete_by_id(id)
        .filter(mine)
        .exec(&ctx.db)
        .await?;
    if deleted.rows_affected == 0 {
        return Err(Error::not_found());
    }
    Ok(NoContent)
}

async fn import(_: auth::KeyCan<Users, access::Import>) -> NoContent {
    NoContent
}

async fn mark(_: SignedIn, Path(_): Path<Id>) -> NoContent {
    NoContent
}

/// Forgets whose note it is.
async fn leak(_: Own<permissions::Read>, Path(_): Path<Id>) -> &'static str {
    "a note"
}

async fn create_note(ctx: &AppContext, user: i64, text: String) -> Result<i64> {
    let note = notes::ActiveModel {
        text: Set(text),
        user_id: Set(user),
        ..Default::default()
    };
    Ok(note.insert(&ctx.db).await?.id)
}

fn resource() -> Routes {
    Routes::at("/notes").with([
        get("/", list),
        post("/", create),
        get("/about", about),
        post("/import", import),
        get("/{id}", show),
        patch("/{id}", update),
        delete("/{id}", remove),
        post("/{id}/mark", mark),
    ])
}

fn leaks() -> Routes {
    Routes::at("/leaks").with([get("/", list), get("/{id}", leak)])
}

struct Notes;

impl Hooks for Notes {
    type Settings = ();

    fn name() -> &'static str {
        "notes"
    }

    fn routes() -> Routes {
        Routes::new().merge(resource()).merge(leaks())
    }

    fn roles() -> Vec<Role> {
        vec![
            Role::new("admin").can_all("*"),
            Role::new("author")
                .can::<access::List>()
                .can::<permissions::Read>(),
            Role::new("moderator").can_any::<permissions::Update>(),
        ]
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261130_090000_create_users)]
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        on_its_database(config);
        Ok(())
    }
}

/// A note of the account that is signed in, and a body that it may send.
async fn sample(app: &TestApp) -> (i64, Value) {
    let id = create_note(&app.ctx, app.account_id(), "a note".to_owned()).await;
    (id.expect("created"), json!({ "text": "another one" }))
}

#[tokio::test]
async fn attack_117_to_119_all_routes_of_a_resource_in_one_test() {
    both::<Notes, _>(async |app| {
        app.assert_access::<Users, _>(&resource(), sample).await;
    })
    .await;
}

/// The message with which the test of some routes fails.
async fn failure(routes: Routes, sample: impl AsyncFn(&TestApp) -> (i64, Value)) -> String {
    let app = boot::<Notes>().await;
    let test = app.assert_access::<Users, _>(&routes, sample);
    let panic = AssertUnwindSafe(test).catch_unwind().await;
    let panic = panic.expect_err("the test fails");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test]
async fn rules_that_do_not_hold_are_named() {
    let message = failure(leaks(), sample).await;
    let expected = "for the row of another (notes:read (own)), not 404: GET /leaks/";
    assert!(message.contains(expected), "{message}");
    assert_eq!(message.matches(", not ").count(), 1, "{message}");
    // Without a valid body the row is never looked for.
    let message = failure(resource(), async |app| (sample(app).await.0, json!({}))).await;
    let expected = "for the row of another (notes:update (own), signed in within 10 min), not 404: PATCH /notes/";
    assert!(message.contains(expected), "{message}");
    // A route that is not there lets nobody in.
    let gone = Routes::at("/gone").with([get("/{id}", show)]);
    let message = failure(gone, sample).await;
    assert!(message.contains("not 401: GET /gone/"), "{message}");
}
