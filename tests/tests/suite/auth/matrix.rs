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

struct Notes;

impl Hooks for Notes {
    type Settings = ();

    fn name() -> &'static str {
        "notes"
    }

    fn routes() -> Routes {
        Routes::new().with([
            get("/notes", list),
            post("/notes", create),
            get("/notes/about", about),
            post("/notes/import", import),
            get("/notes/{id}", show),
            patch("/notes/{id}", update),
            delete("/notes/{id}", remove),
            post("/notes/{id}/mark", mark),
            get("/notes/{id}/replies/{reply}", leak),
            get("/leaks", list),
            get("/leaks/{id}", leak),
        ])
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

#[tokio::test]
async fn attack_117_to_119_all_routes_of_a_resource_in_one_test() {
    both::<Notes, _>(async |app| {
        let app = app.sign_in::<Users>().await;
        let id = create_note(&app.ctx, app.account_id(), "a note".to_owned()).await;
        let id = id.expect("created");
        app.assert_access(&format!("/notes/{id}"))
            .json(&json!({ "text": "another one" }))
            .await;
        // The row is gone: that is known from the routes as well.
        let left = notes::Entity::find_by_id(id).one(&app.ctx.db).await;
        assert_eq!(left.expect("read"), None);
    })
    .await;
}

/// The message with which a test fails.
async fn failure(test: fw_testing::AccessTest) -> String {
    let panic = AssertUnwindSafe(test.into_future()).catch_unwind().await;
    let panic = panic.expect_err("the test fails");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test]
async fn rules_that_do_not_hold_are_named() {
    let app = boot::<Notes>().await.sign_in::<Users>().await;
    let message = failure(app.assert_access("/leaks/1")).await;
    assert_eq!(
        message,
        "access rules do not hold:\nGET /leaks/{id} (notes:read (own)), somebody else with `notes:read`: 200 OK instead of 404"
    );
    // Without a valid body the row is never looked for.
    let id = create_note(&app.ctx, app.account_id(), "a note".to_owned()).await;
    let path = format!("/notes/{}", id.expect("created"));
    let message = failure(app.assert_access(&path).json(&json!({}))).await;
    let expected = "PATCH /notes/{id} (notes:update (own), signed in within 10 min), somebody else with `notes:update`: 422";
    assert!(message.contains(expected), "{message}");
    let message = failure(app.assert_access("/nothing/1")).await;
    assert_eq!(message, "no route leads to `/nothing/1`");
    let message = failure(
        app.assert_access(&path)
            .json_to("POST /notes/{id}/print", &json!({})),
    )
    .await;
    assert!(
        message.contains("there is no route `POST /notes/{id}/print`"),
        "{message}"
    );
}
