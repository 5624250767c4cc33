//! API keys: what they may do, how they end, and who tries them.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use fw::{
    auth::{self, Grants, Issued, NewApiKey},
    config::{LimitBy, RateLimitRule},
    dto::prelude::*,
    prelude::*,
};
use fw_testing::prelude::*;
use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{Expr, Query},
};

use super::{
    AuthContext, Can, Own, Recent, SignedIn, Users, both, create_user,
    m20261130_090000_create_users, notes, on_its_database, permissions, processes::Other,
    set_permissions,
};

type KeyCan<P> = auth::KeyCan<Users, P>;

pub(super) const DAY: Duration = Duration::from_hours(24);

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ApiKeyBody {
    #[garde(length(max = 200))]
    name: String,
    #[garde(length(max = 100))]
    permissions: Vec<String>,
}

async fn create(
    who: Recent,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<ApiKeyBody>,
) -> Result<Issued<Json<String>>> {
    let new = NewApiKey::new(body.name)
        .can_named(body.permissions)
        .expires_in(90 * DAY);
    let created = ctx.api_keys().create(&ctx.db, who.id, new, who.grants());
    Ok(Issued::new(Json(created.await?.secret)))
}

async fn revoke(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<NoContent> {
    if ctx.api_keys().revoke(&ctx.db, who.id, id).await? {
        Ok(NoContent)
    } else {
        Err(Error::not_found())
    }
}

async fn rotate(
    who: Recent,
    State(ctx): State<AppContext>,
    Path(id): Path<Id>,
) -> Result<Issued<Json<String>>> {
    let rotated = ctx.api_keys().rotate(&ctx.db, who.id, id, DAY).await?;
    Ok(Issued::new(Json(rotated.or_not_found()?.secret)))
}

async fn read_notes(_: Can<permissions::Read>) -> &'static str {
    "notes"
}

async fn show_note(
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

async fn update_notes(_: Can<permissions::Update>) -> NoContent {
    NoContent
}

async fn import_notes(who: KeyCan<permissions::Update>) -> String {
    format!("{} by {}", who.id, who.api_key().name)
}

async fn update_recently(_: auth::Recent<Can<permissions::Read>>) -> NoContent {
    NoContent
}

async fn whoami(who: SignedIn) -> String {
    format!("{} in {}", who.id, who.session().id)
}

async fn either(who: auth::Either<SignedIn, Can<permissions::Read>>) -> &'static str {
    match who {
        auth::Either::Left(_) => "a person",
        auth::Either::Right(_) => "a key",
    }
}

pub(super) struct Robots;

impl Hooks for Robots {
    type Settings = ();

    fn name() -> &'static str {
        "robots"
    }

    fn routes() -> Routes {
        Routes::new().with([
            post("/api-keys", create),
            delete("/api-keys/{id}", revoke),
            post("/api-keys/{id}/rotate", rotate),
            get("/notes", read_notes),
            get("/notes/{id}", show_note),
            post("/notes", update_notes).idempotent(),
            post("/notes/import", import_notes),
            post("/notes/recent", update_recently),
            get("/whoami", whoami),
            get("/either", either),
        ])
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261130_090000_create_users)]
    }

    async fn before_boot(config: &mut fw::config::Config) -> Result<()> {
        on_its_database(config);
        config.middleware.rate_limit.rules = vec![RateLimitRule {
            name: "import".to_owned(),
            paths: vec!["/notes/import".to_owned()],
            by: LimitBy::Caller,
            requests: 3,
            ..RateLimitRule::default()
        }];
        Ok(())
    }
}

pub(super) async fn status(app: &TestApp, path: &str, key: &str) -> u16 {
    let bearer = format!("Bearer {key}");
    let response = app.get(path).header("authorization", bearer).await;
    response.status().as_u16()
}

/// A user with permissions, and a key of theirs with others.
pub(super) async fn user_with_key(app: &TestApp, own: &str, key: &[&str]) -> (i64, String) {
    let user = create_user(app).await.id;
    set_permissions(&app.ctx, user, own).await.expect("set");
    let new = NewApiKey::new("robot").can_named(key);
    let all = Grants::all();
    let created = app
        .ctx
        .api_keys()
        .create(&app.ctx.db, user, new, &all)
        .await;
    (user, created.expect("created").secret)
}

pub(super) async fn id_of_only_key(app: &TestApp, user: i64) -> i64 {
    let keys = app
        .ctx
        .api_keys()
        .list(&app.ctx.db, user)
        .await
        .expect("listed");
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys[0].id
}

pub(super) async fn set_time(app: &TestApp, user: i64, column: &'static str, time: DateTime<Utc>) {
    let update = Query::update()
        .table("api_keys")
        .value(column, time)
        .and_where(Expr::col("user_id").eq(user))
        .to_owned();
    app.ctx.db.execute(&update).await.expect("set");
    let sessions = app.ctx.sessions();
    sessions
        .account_changed(&app.ctx.db, user)
        .await
        .expect("told");
}

#[tokio::test]
async fn a_key_acts_for_its_owner() {
    both::<Robots, _>(async |app| {
        let (user, key) = user_with_key(&app, "notes:read notes:update", &["notes:*"]).await;
        assert_eq!(status(&app, "/notes", &key).await, 200);
        assert_eq!(status(&app, "/notes", &key).await, 200, "known by now");
        let bearer = format!("Bearer {key}");
        let imported = app
            .post("/notes/import")
            .header("authorization", &bearer)
            .await;
        assert_eq!(imported.text(), format!("{user} by robot"));
        let response = app.get("/either").header("authorization", &bearer).await;
        assert_eq!(response.text(), "a key");
        // Its own rows are those of its owner.
        for (owner, expected) in [(user, 200), (create_user(&app).await.id, 404)] {
            let note = notes::ActiveModel {
                text: Set("a note".to_owned()),
                user_id: Set(owner),
                ..Default::default()
            };
            let note = note.insert(&app.ctx.db).await.expect("a note");
            assert_eq!(
                status(&app, &format!("/notes/{}", note.id), &key).await,
                expected
            );
        }
        // The time of its use is known soon.
        let begin = Instant::now();
        let keys = app.ctx.api_keys();
        while keys.list(&app.ctx.db, user).await.expect("listed")[0]
            .used_at
            .is_none()
        {
            assert!(
                begin.elapsed() < Duration::from_secs(5),
                "it was never stored"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn attack_132_a_key_does_nothing_else() {
    both::<Robots, _>(async |app| {
        let (user, key) = user_with_key(&app, "*", &["notes:read"]).await;
        let bearer = format!("Bearer {key}");
        let id = id_of_only_key(&app, user).await;
        let refused = [
            ("POST", "/notes"),
            ("POST", "/notes/import"),
            ("POST", "/notes/recent"),
            ("GET", "/whoami"),
            ("POST", "/api-keys"),
            ("DELETE", &format!("/api-keys/{id}")),
            ("POST", &format!("/api-keys/{id}/rotate")),
        ];
        for (method, path) in refused {
            let request = app.request(method.parse().expect("a method"), path);
            let response = request.header("authorization", &bearer).await;
            response.assert_problem(403, "forbidden");
        }
        // Not beside a session, whose cookie does not count then.
        let person = app
            .clone()
            .sign_in::<Users>()
            .can::<permissions::Update>()
            .await;
        let response = person.post("/notes").header("authorization", &bearer).await;
        response.assert_problem(403, "forbidden");
        // People get no further by a route for keys.
        person
            .post("/notes/import")
            .await
            .assert_problem(403, "forbidden");
        app.post("/notes/import")
            .await
            .assert_problem(401, "unauthorized");
    })
    .await;
}

#[tokio::test]
async fn attack_133_a_key_has_no_more_than_its_owner() {
    both::<Robots, _>(async |app| {
        let owner = app
            .clone()
            .sign_in::<Users>()
            .can::<permissions::Read>()
            .recent()
            .await;
        let body = |permissions: &[&str]| json!({ "name": "robot", "permissions": permissions });
        let response = owner
            .post("/api-keys")
            .json(&body(&["notes:read", "notes:update", "notes:*"]))
            .await;
        response.assert_problem(422, "validation_failed");
        response.assert_pointers(["/permissions/1", "/permissions/2"]);
        response.assert_field("/permissions/1", "not_granted");
        let response = owner.post("/api-keys").json(&body(&["notes:reads"])).await;
        response.assert_field("/permissions/0", "unknown_permission");
        assert!(
            response.text().contains("did you mean `notes:read`?"),
            "{response}"
        );
        let created = owner.post("/api-keys").json(&body(&["notes:read"])).await;
        created.assert_status(200);
        assert_eq!(created.header("cache-control"), "no-store");

        let other = Other::of::<Robots>(&app).await;
        let (user, key) = user_with_key(&app, "notes:read", &["*"]).await;
        let bearer = format!("Bearer {key}");
        let credential = ("authorization", bearer.as_str());
        assert_eq!(status(&app, "/notes", &key).await, 200);
        assert_eq!(other.status("/notes", credential).await, 200);
        set_permissions(&app.ctx, user, "notes:update")
            .await
            .expect("set");
        assert_eq!(status(&app, "/notes", &key).await, 403);
        other.comes_to("/notes", credential, 403).await;
        let updated = app.post("/notes").header("authorization", &bearer).await;
        updated.assert_status(204);
    })
    .await;
}

#[tokio::test]
async fn attack_135_wrong_keys() {
    both::<Robots, _>(async |app| {
        let (_, key) = user_with_key(&app, "*", &["*"]).await;
        for wrong in [
            &key[..key.len() - 1],
            &key.to_uppercase(),
            &key.replacen("fwk_", "fwk-", 1),
            &format!("{key}{key}"),
            "fwk_",
        ] {
            let bearer = format!("Bearer {wrong}");
            let response = app.get("/notes").header("authorization", bearer).await;
            response.assert_problem(401, "invalid_credential");
        }
        // Well-formed, with the prefix of another: they come to a limit, which the right one does not.
        let wrong = with_prefix_of(&key);
        let mut statuses = Vec::new();
        for _ in 0..25 {
            statuses.push(status(&app, "/notes", &wrong).await);
        }
        assert!(
            statuses[..20].iter().all(|status| *status == 401),
            "{statuses:?}"
        );
        assert_eq!(statuses[24], 429);
        let response = app
            .get("/notes")
            .header("authorization", format!("Bearer {wrong}"))
            .await;
        response.assert_problem(429, "too_many_requests");
        assert!(!response.header("retry-after").is_empty());
        assert_eq!(status(&app, "/notes", &key).await, 200);
    })
    .await;
}

/// A well-formed key that has the prefix of another, with a secret that was made up.
fn with_prefix_of(key: &str) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let text = format!("{}{}", &key[..13], "x".repeat(43));
    let crc = !text.bytes().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    });
    let digits = (0..6)
        .rev()
        .map(|place| ALPHABET[(crc / 62_u32.pow(place) % 62) as usize]);
    text.clone() + &digits.map(char::from).collect::<String>()
}

#[tokio::test]
async fn attack_138_each_key_has_a_limit_of_its_own() {
    both::<Robots, _>(async |app| {
        let (user, first) = user_with_key(&app, "*", &["*"]).await;
        let all = Grants::all();
        let new = NewApiKey::new("another").can_named(["*"]);
        let second = app
            .ctx
            .api_keys()
            .create(&app.ctx.db, user, new, &all)
            .await;
        let second = second.expect("created").secret;
        let import = async |key: &str| {
            let bearer = format!("Bearer {key}");
            let response = app
                .post("/notes/import")
                .header("authorization", bearer)
                .await;
            response.status().as_u16()
        };
        for expected in [200, 200, 200, 429] {
            assert_eq!(import(&first).await, expected);
        }
        assert_eq!(import(&second).await, 200);
    })
    .await;
}

#[tokio::test]
async fn attack_048_and_083_keys_are_nowhere_in_clear() {
    both::<Robots, _>(async |app| {
        let (user, key) = user_with_key(&app, "*", &["*"]).await;
        let stored = Query::select()
            .columns(["name", "prefix", "key_hash"])
            .from("api_keys")
            .to_owned();
        let row = app
            .ctx
            .db
            .query_one(&stored)
            .await
            .expect("read")
            .expect("a row");
        let (prefix, hash): (String, Vec<u8>) = (
            row.try_get("", "prefix").expect("text"),
            row.try_get("", "key_hash").expect("bytes"),
        );
        assert_eq!(&key[4..12], prefix);
        assert_eq!(hash.len(), 32);
        let all = Grants::all();
        let created = app
            .ctx
            .api_keys()
            .create(&app.ctx.db, user, NewApiKey::new("x"), &all)
            .await;
        let created = created.expect("created");
        assert!(!format!("{created:?}").contains(&created.secret));
        // A query string is no place for it.
        let response = app.get(&format!("/whoami?access_token={key}")).await;
        assert_ne!(response.status(), 200);
    })
    .await;
}

#[tokio::test]
async fn tests_sign_in_with_a_key() {
    both::<Robots, _>(async |app| {
        let robot = app
            .sign_in::<Users>()
            .can::<permissions::Read>()
            .api_key()
            .await;
        robot.get("/notes").await.assert_status(200);
        robot.post("/notes").await.assert_problem(403, "forbidden");
        robot.get("/whoami").await.assert_problem(403, "forbidden");
        let keys = robot
            .ctx
            .api_keys()
            .list(&robot.ctx.db, robot.account_id::<i64>())
            .await;
        assert_eq!(keys.expect("listed").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn idempotency_keys_of_two_api_keys_are_apart() {
    both::<Robots, _>(async |app| {
        let (user, first) = user_with_key(&app, "*", &["*"]).await;
        let all = Grants::all();
        let new = NewApiKey::new("another").can_named(["*"]);
        let second = app
            .ctx
            .api_keys()
            .create(&app.ctx.db, user, new, &all)
            .await;
        let second = second.expect("created").secret;
        for (key, replayed) in [(&first, false), (&first, true), (&second, false)] {
            let bearer = format!("Bearer {key}");
            let request = app.post("/notes").header("authorization", bearer);
            let response = request.header("idempotency-key", "7").await;
            response.assert_status(204);
            let is_replayed = response.headers().contains_key("idempotency-replayed");
            assert_eq!(is_replayed, replayed);
        }
    })
    .await;
}
