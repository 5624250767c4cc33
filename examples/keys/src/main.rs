//! An API whose rows belong to accounts, for programs with keys.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use fw::{
    auth::{Accounts, AuthContext, Grants, NewApiKey, Standing},
    db::Db,
    dto::prelude::*,
    prelude::*,
};

use notes::Entity as Notes;

mod users {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod notes {
    use fw::{model::prelude::*, schemars::JsonSchema};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, JsonSchema, Serialize, DeriveEntityModel)]
    #[sea_orm(table_name = "notes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub text: String,
        pub user_id: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}

    impl Listing for Entity {
        type Query = Select<Self>;

        fn columns() -> ListColumns<Self> {
            ListColumns::new()
        }
    }
}

mod m20261201_090000_create_tables {
    use fw::{
        auth::tables::{self, AccountType},
        migration::prelude::*,
    };

    pub async fn up(schema: &Schema<'_>) -> Result {
        let users = table("users").col(string_len("name", 80)).take();
        schema.create_table(users).await?;
        tables::create(schema, "users", AccountType::Number).await?;
        let owner = references("user_id", "users", OnDelete::Cascade);
        let notes = table("notes").col(text("text")).col(owner).take();
        schema.create_table(notes).await?;
        schema.create_index(index("notes", ["user_id"])).await
    }

    pub async fn down(schema: &Schema<'_>) -> Result {
        schema.drop_table("notes").await?;
        tables::drop(schema).await?;
        schema.drop_table("users").await
    }
}

mod access {
    fw::permissions! { "notes" { Read = "read", Create = "create" } }
}

/// What each account may do with its own notes. `notes:*` would have `notes:read:any` as well, which is all notes.
const PERMISSIONS: [&str; 2] = ["notes:read", "notes:create"];

/// The accounts: the rows of the table `users`.
struct Users;

impl Accounts for Users {
    type Id = i64;

    async fn standing(db: &Db, id: i64) -> Result<Option<Standing>> {
        let user = users::Entity::find_by_id(id).one(db).await?;
        Ok(user.map(|_| Standing::active(Grants::of(PERMISSIONS))))
    }
}

type Can<P> = fw::auth::Can<Users, P>;
type Own<P> = fw::auth::Own<Users, P>;

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    #[garde(length(chars, min = 1, max = 255))]
    text: String,
}

async fn list(
    who: Own<access::Read>,
    State(ctx): State<AppContext>,
    params: ListParams<Notes>,
) -> Result<Paginated<notes::Model>> {
    let notes = Notes::find().filter(who.rows(notes::Column::UserId));
    params.fetch(notes, &ctx.db).await
}

async fn show(
    who: Own<access::Read>,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<Json<notes::Model>> {
    let note = who.find(notes::Column::UserId, id, &ctx.db).await?;
    Ok(Json(note))
}

async fn create(
    who: Can<access::Create>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<NoteBody>,
) -> Result<Created<notes::Model>> {
    let note = notes::ActiveModel {
        text: Set(body.text),
        user_id: Set(who.id),
        ..Default::default()
    };
    let note = note.insert(&ctx.db).await?;
    Ok(Created::at(note.id, note))
}

/// Creates an account, and prints a key of it that is valid for 90 days
#[derive(Parser)]
struct CreateUser {
    /// The name of the account
    name: String,
}

impl Task for CreateUser {
    const NAME: &'static str = "users:create";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        let user = users::ActiveModel {
            name: Set(self.name),
            ..Default::default()
        };
        let user = user.insert(&ctx.db).await?;
        println!("{}", key(ctx, user.id).await?);
        Ok(())
    }
}

/// A new key of an account. It is shown once: the database has its hash.
async fn key(ctx: &AppContext, user: Id) -> Result<String> {
    let new = NewApiKey::new("first").can_named(PERMISSIONS);
    let new = new.expires_in(Duration::from_hours(90 * 24));
    let (keys, by) = (ctx.api_keys(), Grants::of(PERMISSIONS));
    Ok(keys.create(&ctx.db, user, new, &by).await?.secret)
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        env!("CARGO_PKG_NAME")
    }

    fn routes() -> Routes {
        Routes::at("/notes").with([get("/", list), post("/", create), get("/{id}", show)])
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261201_090000_create_tables)]
    }

    fn tasks() -> Tasks {
        Tasks::new().add::<CreateUser>()
    }
}

fn main() -> ExitCode {
    fw::command::main::<App>()
}

#[cfg(test)]
mod tests {
    use fw_testing::prelude::*;

    use super::*;

    /// The header of a program of a new account.
    async fn program(app: &TestApp, name: &str) -> String {
        let user = users::ActiveModel {
            name: Set(name.to_owned()),
            ..Default::default()
        };
        let user = user.insert(&app.ctx.db).await.expect("an account");
        format!("Bearer {}", key(&app.ctx, user.id).await.expect("a key"))
    }

    #[tokio::test]
    async fn a_program_reaches_the_notes_of_its_owner() {
        let app = boot::<App>().await;
        let (ada, bo) = (program(&app, "ada").await, program(&app, "bo").await);
        let created = app
            .post("/notes")
            .header("authorization", &ada)
            .json(&json!({ "text": "Milk" }))
            .await;
        created.assert_status(201);
        let path = created.header("location");
        app.get(path)
            .header("authorization", &ada)
            .await
            .assert_status(200);
        // To others it does not exist.
        let other = app.get(path).header("authorization", &bo).await;
        other.assert_problem(404, "not_found");
        let list = app.get("/notes").header("authorization", &bo).await;
        assert_eq!(list.json()["data"], json!([]));
    }

    #[tokio::test]
    async fn without_a_key_there_is_nothing() {
        let app = boot::<App>().await;
        app.get("/notes").await.assert_problem(401, "unauthorized");
        let mut key = program(&app, "ada").await;
        key.pop();
        let cut_off = app.get("/notes").header("authorization", &key).await;
        cut_off.assert_problem(401, "invalid_credential");
    }
}
