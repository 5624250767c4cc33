//! An application with posts, whose changes are in the audit log.

use std::time::Duration;

use fw::{
    audit::Actor,
    axum::extract::FromRequestParts,
    config::Config,
    http::{StatusCode, request::Parts},
    prelude::*,
    sea_orm::IntoActiveModel,
};

pub mod posts {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub status: String,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod m20261130_000000_create_posts {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        let posts = Table::create()
            .table("posts")
            .col(big_pk_auto("id"))
            .col(string_len("status", 20))
            .col(text("title"))
            .to_owned();
        schema.create_table(posts).await?;
        schema
            .execute_sql("INSERT INTO posts (status, title) VALUES ('draft', 'First')")
            .await
    }
}

tokio::task_local! {
    pub static DATABASE: String;
    pub static RETENTION: Duration;
}

pub struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        "audit"
    }

    fn routes() -> Routes {
        Routes::new().with([
            post("/posts/{id}/publication", publish).idempotent(),
            post("/posts/{id}/failure", fail),
            post("/session", sign_in).idempotent(),
            post("/greetings", greet).idempotent(),
            post("/stalls", stall).idempotent(),
            post("/jobs", enqueue),
        ])
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261130_000000_create_posts, irreversible)]
    }

    fn jobs() -> Jobs {
        Jobs::new().add::<Archive>()
    }

    async fn before_boot(config: &mut Config) -> Result<()> {
        let url = DATABASE.try_with(Clone::clone);
        config.database.url = url.unwrap_or("sqlite::memory:".to_owned()).into();
        config.audit.retention = RETENTION.try_with(Clone::clone).unwrap_or_default();
        config.audit.ip_retention = Duration::ZERO;
        Ok(())
    }
}

/// A caller, in whose place somebody of the support may act.
pub struct Caller {
    id: String,
    support: Option<String>,
}

impl Access for Caller {
    fn rule() -> String {
        "named".to_owned()
    }

    fn caller(&self) -> Option<String> {
        Some(self.id.clone())
    }

    fn impersonator(&self) -> Option<String> {
        self.support.clone()
    }
}

impl FromRequestParts<AppContext> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self> {
        let header = |name| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
        Ok(Self {
            id: header("x-user").ok_or_else(Error::unauthorized)?,
            support: header("x-support"),
        })
    }
}

async fn publish(
    who: Caller,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
    title: String,
) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            let old = posts::Entity::find_by_id(id)
                .one(tx)
                .await?
                .or_not_found()?;
            let mut new = old.clone().into_active_model();
            new.status = Set("published".to_owned());
            if !title.is_empty() {
                new.title = Set(title.clone());
            }
            let new = new.update(tx).await?;
            ctx.audit(tx, &who, "post.published", &new)
                .changed("status", &old.status, &new.status)
                .changed("title", &old.title, &new.title)
                .await
        })
        .await?;
    Ok(NoContent)
}

/// Changes a post, writes the event, and fails then.
async fn fail(who: Caller, State(ctx): State<AppContext>, Path(id): Path<Id>) -> Result<NoContent> {
    ctx.db
        .transact(async |tx| {
            let post = posts::Entity::find_by_id(id)
                .one(tx)
                .await?
                .or_not_found()?;
            let mut post = post.into_active_model();
            post.status = Set("failed".to_owned());
            let post = post.update(tx).await?;
            ctx.audit(tx, &who, "post.failed", &post).await?;
            Err(Error::from_status(StatusCode::CONFLICT))
        })
        .await
}

/// Refuses everybody.
async fn sign_in(_: Anyone, State(ctx): State<AppContext>, email: String) -> Result<NoContent> {
    let who = Actor::unknown(&ctx, &email)?;
    ctx.audit_alone(who, "session.refused", "session").await?;
    Err(Error::unauthorized())
}

/// Writes an event without a change, and succeeds.
async fn greet(_: Anyone, State(ctx): State<AppContext>) -> Result<NoContent> {
    ctx.audit_alone("anyone", "greeted", "visitor").await?;
    Ok(NoContent)
}

/// Writes an event, and does not end.
async fn stall(_: Anyone, State(ctx): State<AppContext>) -> Result<NoContent> {
    ctx.audit_alone("anyone", "stalled", "visitor").await?;
    std::future::pending().await
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Archive {}

impl Job for Archive {
    const NAME: &'static str = "archive";

    fn key(&self) -> Key {
        Key::none()
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        job.audit_alone("job:archive", "posts.archived", "posts")
            .await?;
        Ok(())
    }
}

async fn enqueue(_: Anyone, State(ctx): State<AppContext>) -> Result<NoContent> {
    Archive {}.enqueue(&ctx).await?;
    Ok(NoContent)
}
