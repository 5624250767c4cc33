//! Roles: who has which, who may change them, and from when on a change counts.

use fw::{
    auth::{Grants, Role},
    test_support::Application,
};
use fw_testing::prelude::*;
use sea_orm::ConnectionTrait;

use super::{
    AuthContext, Can, Users, both, create_user, m20261130_090000_create_users, on_its_database,
    permissions, processes::Other, with_cookie,
};
use crate::auth::cookie_of;
use fw::{dto::prelude::*, prelude::*};

mod access {
    fw::permissions! { "roles" { Create = "create", Grant = "grant" } }
}

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RoleBody {
    #[garde(length(max = 100))]
    name: String,
    #[garde(length(max = 100))]
    permissions: Vec<String>,
}

impl RoleBody {
    fn role(&self) -> Role {
        Role::new(&self.name).can_named(&self.permissions)
    }
}

async fn create(
    who: Can<access::Create>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<RoleBody>,
) -> Result<NoContent> {
    let role = body.role();
    ctx.roles().create(&ctx.db, &role, who.grants()).await?;
    Ok(NoContent)
}

async fn replace(
    who: Can<access::Create>,
    State(ctx): State<AppContext>,
    ValidJson(body): ValidJson<RoleBody>,
) -> Result<NoContent> {
    found(
        ctx.roles()
            .replace(&ctx.db, &body.role(), who.grants())
            .await?,
    )
}

async fn remove(
    who: Can<access::Create>,
    State(ctx): State<AppContext>,
    Path(name): Path<String>,
) -> Result<NoContent> {
    found(ctx.roles().delete(&ctx.db, &name, who.grants()).await?)
}

async fn assign(
    who: Can<access::Grant>,
    State(ctx): State<AppContext>,
    Path((user, role)): Path<(Id, String)>,
) -> Result<NoContent> {
    ctx.roles()
        .assign(&ctx.db, user, &role, who.grants())
        .await?;
    Ok(NoContent)
}

async fn unassign(
    who: Can<access::Grant>,
    State(ctx): State<AppContext>,
    Path((user, role)): Path<(Id, String)>,
) -> Result<NoContent> {
    found(
        ctx.roles()
            .unassign(&ctx.db, user, &role, who.grants())
            .await?,
    )
}

fn found(was_there: bool) -> Result<NoContent> {
    if was_there {
        Ok(NoContent)
    } else {
        Err(Error::not_found())
    }
}

async fn read_notes(_: Can<permissions::Read>) -> &'static str {
    "notes"
}

async fn update_notes(_: Can<permissions::Update>) -> NoContent {
    NoContent
}

struct Desk;

impl Hooks for Desk {
    type Settings = ();

    fn name() -> &'static str {
        "desk"
    }

    fn routes() -> Routes {
        Routes::new().with([
            post("/session", super::sign_in),
            get("/notes", read_notes),
            post("/notes", update_notes),
            post("/roles", create),
            put("/roles", replace),
            delete("/roles/{name}", remove),
            put("/users/{id}/roles/{role}", assign),
            delete("/users/{id}/roles/{role}", unassign),
        ])
    }

    fn roles() -> Vec<Role> {
        vec![
            Role::new("admin").can_all("*"),
            Role::new("manager")
                .can::<access::Grant>()
                .can::<access::Create>()
                .can_all("notes"),
            Role::new("reader").can::<permissions::Read>(),
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

/// The application signed in as a new account with a role.
async fn with_role(app: &TestApp, role: &str) -> TestApp {
    let app = app.clone().sign_in::<Users>().await;
    give(&app, app.account_id(), role).await;
    app
}

async fn give(app: &TestApp, user: i64, role: &str) {
    let all = Grants::all();
    let given = app.ctx.roles().assign(&app.ctx.db, user, role, &all);
    assert!(given.await.expect("given"));
}

#[tokio::test]
async fn roles_give_permissions() {
    both::<Desk, _>(async |app| {
        let user = app.clone().sign_in::<Users>().await;
        let id: i64 = user.account_id();
        user.get("/notes").await.assert_problem(403, "forbidden");
        give(&app, id, "reader").await;
        // The same session, at once.
        user.get("/notes").await.assert_status(200);
        user.post("/notes").await.assert_problem(403, "forbidden");
        let roles = app.ctx.roles();
        let all = Grants::all();
        let again = roles.assign(&app.ctx.db, id, "reader", &all).await;
        assert!(!again.expect("no error"));
        give(&app, id, "manager").await;
        user.post("/notes").await.assert_status(204);
        let names = roles.of(&app.ctx.db, id).await.expect("read");
        let names: Vec<&str> = names.iter().map(Role::name).collect();
        assert_eq!(names, ["manager", "reader"]);
    })
    .await;
}

#[tokio::test]
async fn attack_122_what_is_taken_counts_at_once() {
    both::<Desk, _>(async |app| {
        let other = Other::of::<Desk>(&app).await;
        let admin = with_role(&app, "admin").await;
        let user = create_user(&app).await;
        let cookie = cookie_of(&app, &user.name).await;
        let credential = ("cookie", cookie.as_str());
        let path = format!("/users/{}/roles/support", user.id);
        let body = |permissions: &[&str]| json!({ "name": "support", "permissions": permissions });
        let read = async || {
            with_cookie(app.get("/notes"), &cookie)
                .await
                .status()
                .as_u16()
        };

        let role = body(&["notes:*"]);
        admin.post("/roles").json(&role).await.assert_status(204);
        admin.put(&path).await.assert_status(204);
        assert_eq!(read().await, 200);
        assert_eq!(other.status("/notes", credential).await, 200);
        // A permission is taken from the role.
        let role = body(&["notes:update"]);
        admin.put("/roles").json(&role).await.assert_status(204);
        assert_eq!(read().await, 403);
        other.comes_to("/notes", credential, 403).await;
        // It is given back.
        let role = body(&["notes:read", "notes:read"]);
        admin.put("/roles").json(&role).await.assert_status(204);
        assert_eq!(read().await, 200);
        other.comes_to("/notes", credential, 200).await;
        // The role is taken from the account.
        admin.delete(&path).await.assert_status(204);
        admin.delete(&path).await.assert_status(404);
        assert_eq!(read().await, 403);
        other.comes_to("/notes", credential, 403).await;
        // The role is deleted.
        admin.put(&path).await.assert_status(204);
        other.comes_to("/notes", credential, 200).await;
        admin.delete("/roles/support").await.assert_status(204);
        admin.delete("/roles/support").await.assert_status(404);
        assert_eq!(read().await, 403);
        other.comes_to("/notes", credential, 403).await;
        // One of the same name is another one.
        let role = body(&["notes:*"]);
        admin.post("/roles").json(&role).await.assert_status(204);
        assert_eq!(read().await, 403);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_a_role_is_one_notice() {
    both::<Desk, _>(async |app| {
        let db = &app.ctx.db;
        let roles = app.ctx.roles();
        let role = Role::new("support").can::<permissions::Read>();
        roles
            .create(db, &role, &Grants::all())
            .await
            .expect("created");
        for _ in 0..20 {
            let user = create_user(&app).await;
            give(&app, user.id, "support").await;
        }
        let notices = async || -> i64 {
            let count = sea_orm::sea_query::Query::select()
                .expr(sea_orm::sea_query::Expr::cust("COUNT(*) AS n"))
                .from("auth_changes")
                .to_owned();
            let row = db.query_one(&count).await.expect("counted").expect("a row");
            row.try_get("", "n").expect("a number")
        };
        let before = notices().await;
        let role = role.can::<permissions::Update>();
        let changed = roles.replace(db, &role, &Grants::all()).await;
        assert!(changed.expect("replaced"));
        assert_eq!(notices().await, before + 1);
    })
    .await;
}

#[tokio::test]
async fn attack_124_nobody_gives_what_they_do_not_have() {
    both::<Desk, _>(async |app| {
        let admin = with_role(&app, "admin").await;
        let manager = with_role(&app, "manager").await;
        let id: i64 = manager.account_id();
        let admins: i64 = admin.account_id();
        // To oneself, and from an administrator.
        let path = format!("/users/{id}/roles/admin");
        manager.put(&path).await.assert_problem(403, "forbidden");
        let path = format!("/users/{admins}/roles/admin");
        manager.delete(&path).await.assert_problem(403, "forbidden");
        let path = format!("/users/{id}/roles/reader");
        manager.put(&path).await.assert_status(204);
        // By a new role, by one that they hold, and by one that others made.
        let body =
            |name: &str, permission: &str| json!({ "name": name, "permissions": [permission] });
        let more = ["*", "roles:*", "notes:*"];
        for (permission, status) in more.into_iter().zip([403, 403, 204]) {
            let response = manager.post("/roles").json(&body("own", permission)).await;
            assert_eq!(response.status(), status, "{permission}");
        }
        manager
            .put(&format!("/users/{id}/roles/own"))
            .await
            .assert_status(204);
        let response = manager.put("/roles").json(&body("own", "roles:*")).await;
        response.assert_problem(403, "forbidden");
        let role = body("theirs", "roles:*");
        admin.post("/roles").json(&role).await.assert_status(204);
        let response = manager
            .put("/roles")
            .json(&body("theirs", "notes:read"))
            .await;
        response.assert_problem(403, "forbidden");
        let response = manager.delete("/roles/theirs").await;
        response.assert_problem(403, "forbidden");
        let reader = with_role(&app, "reader").await;
        reader.put(&path).await.assert_problem(403, "forbidden");
        assert_eq!(manager.put("/users/0/roles/reader").await.status(), 422);
    })
    .await;
}

#[tokio::test]
async fn attack_125_the_last_administrator_stays() {
    both::<Desk, _>(async |app| {
        let admin = with_role(&app, "admin").await;
        let other = with_role(&app, "admin").await;
        let path =
            |app: &TestApp, role: &str| format!("/users/{}/roles/{role}", app.account_id::<i64>());
        let roles = app.ctx.roles();
        let may_go = async |app: &TestApp| {
            let id: i64 = app.account_id();
            roles.require_other_administrator(&app.ctx.db, id).await
        };
        assert!(may_go(&admin).await.is_ok());
        admin
            .delete(&path(&other, "admin"))
            .await
            .assert_status(204);
        let response = admin.delete(&path(&admin, "admin")).await;
        response.assert_problem(409, "last_administrator");
        let refused = may_go(&admin).await.expect_err("the last one");
        assert_eq!(refused.code(), "last_administrator");
        assert!(may_go(&other).await.is_ok());
        // The last one by a role that can be changed.
        let body = |permissions: &[&str]| json!({ "name": "chief", "permissions": permissions });
        let chief = body(&["*"]);
        admin.post("/roles").json(&chief).await.assert_status(204);
        admin.put(&path(&admin, "chief")).await.assert_status(204);
        admin
            .delete(&path(&admin, "admin"))
            .await
            .assert_status(204);
        let response = admin.put("/roles").json(&body(&["roles:create"])).await;
        response.assert_problem(409, "last_administrator");
        let response = admin.delete("/roles/chief").await;
        response.assert_problem(409, "last_administrator");
        // Nothing has changed.
        admin.put(&path(&other, "admin")).await.assert_status(204);
        admin.delete("/roles/chief").await.assert_status(204);
    })
    .await;
}

#[tokio::test]
async fn attack_125_of_two_administrators_who_remove_each_other_one_stays() {
    both::<Desk, _>(async |app| {
        for _ in 0..5 {
            let first = with_role(&app, "admin").await;
            let second = with_role(&app, "admin").await;
            let (roles, db) = (app.ctx.roles(), &app.ctx.db);
            let ids: [i64; 2] = [first.account_id(), second.account_id()];
            let all = Grants::all();
            let (one, two) = tokio::join!(
                roles.unassign(db, ids[0], "admin", &all),
                roles.unassign(db, ids[1], "admin", &all),
            );
            let done = [&one, &two]
                .iter()
                .filter(|result| matches!(result, Ok(true)))
                .count();
            assert_eq!(done, 1, "{one:?} {two:?}");
            app.ctx
                .db
                .execute_unprepared("DELETE FROM account_roles")
                .await
                .expect("deleted");
        }
    })
    .await;
}

#[tokio::test]
async fn attack_126_unknown_names_are_refused() {
    both::<Desk, _>(async |app| {
        let admin = with_role(&app, "admin").await;
        let body = |name: &str, permission: &str| json!({ "name": name, "permissions": ["notes:read", permission] });
        let response = admin.post("/roles").json(&body("support", "note:read")).await;
        response.assert_problem(422, "validation_failed");
        response.assert_field("/permissions/1", "unknown_permission");
        assert!(response.text().contains("did you mean `notes:read`?"), "{response}");
        let response = admin.post("/roles").json(&body("Support!", "*")).await;
        response.assert_field("/name", "invalid_pattern");
        let support = body("support", "notes:*");
        admin.post("/roles").json(&support).await.assert_status(204);
        for name in ["support", "reader"] {
            let response = admin.post("/roles").json(&body(name, "*")).await;
            response.assert_problem(409, "conflict");
            response.assert_field("/name", "not_unique");
        }
        let response = admin.put("/roles").json(&body("reader", "*")).await;
        response.assert_problem(409, "conflict");
        let response = admin.put("/roles").json(&body("nobody", "*")).await;
        response.assert_problem(404, "not_found");
        let response = admin.put(&format!("/users/{}/roles/editor", admin.account_id::<i64>())).await;
        response.assert_field("/role", "unknown_role");
        let expected = "is no role: there are `admin`, `manager`, `reader` and `support`";
        assert!(response.text().contains(expected), "{response}");
        let listed = app.ctx.roles().list(&app.ctx.db).await.expect("listed");
        assert_eq!(listed.len(), 4);
        assert!(listed[3].grants().allow("notes:update"));
    })
    .await;
}

/// Hooks whose roles are at fault.
struct Faulty<const CASE: u8>;

impl<const CASE: u8> Hooks for Faulty<CASE> {
    type Settings = ();

    fn name() -> &'static str {
        "desk"
    }

    fn routes() -> Routes {
        Desk::routes()
    }

    fn roles() -> Vec<Role> {
        match CASE {
            0 => vec![Role::new("Admin")],
            1 => vec![Role::new("admin"), Role::new("admin")],
            2 => vec![Role::new("editor").can_all("note")],
            _ => vec![Role::new("support").can_all("*")],
        }
    }

    fn migrations() -> Vec<Migration> {
        Desk::migrations()
    }
}

#[tokio::test]
async fn faults_of_roles_stop_the_start() {
    async fn message<const CASE: u8>(app: &TestApp) -> String {
        let config = fw::config::Config::clone(&app.ctx.config);
        match Application::of::<Faulty<CASE>>().boot(config).await {
            Ok(_) => "it starts".to_owned(),
            Err(error) => error.chain(),
        }
    }
    both::<Desk, _>(async |app| {
        assert!(
            message::<0>(&app)
                .await
                .contains("a role of `Hooks::roles` is called `Admin`")
        );
        assert!(
            message::<1>(&app)
                .await
                .contains("two roles of `Hooks::roles` are called `admin`")
        );
        let unknown = message::<2>(&app).await;
        assert!(
            unknown.contains("the role `editor` of `Hooks::roles`: `note:*` is no permission"),
            "{unknown}"
        );
        assert_eq!(message::<3>(&app).await, "it starts");
        let support = Role::new("support");
        let all = Grants::all();
        let created = app.ctx.roles().create(&app.ctx.db, &support, &all).await;
        created.expect("created");
        let taken = message::<3>(&app).await;
        assert!(
            taken.contains("the role `support` is in `Hooks::roles`, and another one"),
            "{taken}"
        );
    })
    .await;
}
