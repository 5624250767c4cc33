//! Accounts of people: passwords, second factors, sessions, tokens, and the access types that say what they may do.
//!
//! The framework owns what must be right: hashes, secrets, sessions, their statements. The application owns its people: the table of accounts,
//! the handlers that sign them in, and what each of them may do. The two meet in a trait, [`Accounts`].
//!
//! ```
//! use fw::{auth::{Accounts, AuthContext, Device, Grants, Issued, SignIn, Standing, invalid_sign_in}, db::Db, dto::prelude::*, prelude::*};
//! # mod users {
//! #     use fw::model::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//! #     #[sea_orm(table_name = "users")]
//! #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub email: String, pub password_hash: Option<String>, pub is_editor: bool, pub is_suspended: bool }
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//!
//! pub struct Users;
//!
//! impl Accounts for Users {
//!     type Id = i64;
//!
//!     async fn standing(db: &Db, id: i64) -> Result<Option<Standing>> {
//!         let user = users::Entity::find_by_id(id).one(db).await?;
//!         Ok(user.map(|user| {
//!             if user.is_suspended {
//!                 return Standing::suspended();
//!             }
//!             let more = user.is_editor.then_some("posts:*");
//!             Standing::active(Grants::of(["posts:read"].into_iter().chain(more)))
//!         }))
//!     }
//! }
//!
//! mod posts {
//!     fw::permissions! { "posts" { Read = "read", Update = "update" } }
//! }
//!
//! type Can<P> = fw::auth::Can<Users, P>;
//!
//! async fn publish(who: Can<posts::Update>, Path(post): Path<Id>) -> NoContent {
//!     tracing::info!(post, user = who.id, "published");
//!     NoContent
//! }
//!
//! #[derive(Deserialize, JsonSchema, Validate)]
//! struct SignInBody {
//!     #[garde(length(max = 255))]
//!     email: String,
//!     #[garde(length(max = 1024))]
//!     password: String,
//! }
//!
//! async fn sign_in(
//!     _: Anyone,
//!     State(ctx): State<AppContext>,
//!     device: Device,
//!     ValidJson(body): ValidJson<SignInBody>,
//! ) -> Result<Issued<NoContent>> {
//!     let user = users::Entity::find().filter(users::Column::Email.eq(&body.email)).one(&ctx.db).await?;
//!     let stored = user.as_ref().and_then(|user| user.password_hash.as_deref());
//!     // The same work whether there is such a user or not.
//!     let check = ctx.passwords().verify(&body.password, stored).await?;
//!     let user = user.filter(|user| check.matches && !user.is_suspended).ok_or_else(invalid_sign_in)?;
//!     let session = ctx.db.transact(async |tx| {
//!         // The password may have been changed while it was checked.
//!         check.store(tx, &user, users::Column::PasswordHash).await?;
//!         ctx.sessions().start(tx, SignIn::of(user.id, "password").from(&device)).await
//!     });
//!     Ok(session.await?.cookie.with(NoContent))
//! }
//!
//! let routes = Routes::at("/api/v1").with([post("/session", sign_in), post("/posts/{id}/publish", publish)]);
//! assert_eq!(routes.list()[1].access, "posts:update");
//! ```

mod access;
mod account;
mod api_key;
mod api_keys;
mod connection;
pub mod dto;
mod email;
mod one_time;
#[cfg(feature = "views")]
pub mod pages;
mod password;
mod permission;
mod role;
mod roles;
mod room;
mod second_factor;
mod sessions;
pub mod tables;
mod test_session;
mod token;
mod tokens;

#[cfg(feature = "views")]
pub use self::pages::AccountPages;
#[cfg(feature = "views")]
pub(crate) use self::sessions::shows_session;
pub use self::{
    access::{
        AuthContext, Caller, Can, CheckedPassword, CurrentSession, Either, Invitation, Issued,
        KeyCan, OneFactor, Own, ProvenMailbox, Recent, Registration, SecurityAlert, SecurityAlerts,
        SessionView, SignInClient, SignedIn, Timed, invalid_credential, prelude, refresh_tokens,
    },
    account::{AccountId, AccountKey, Accounts, Standing},
    api_key::{ApiKey, CreatedApiKey, NewApiKey},
    api_keys::ApiKeys,
    connection::Connection,
    email::{EmailAddress, InvalidEmail},
    one_time::{OneTime, OneTimeToken, revoke_one_time_tokens},
    password::{
        BreachCheck, PasswordCheck, PasswordContext, PasswordRefusal, Passwords, invalid_sign_in,
    },
    permission::{Grants, Permission},
    role::Role,
    roles::Roles,
    second_factor::{
        Activated, Answer, Challenge, Enrolment, Factor, NewCredential, NewSession, RecoveryCodes,
        SecondFactor, SignInStep,
    },
    sessions::{
        Device, EndReason, Session, SessionCookie, SessionKind, Sessions, SignIn, StartedSession,
    },
    token::{OpaqueToken, TokenHash},
    tokens::{Refreshed, TokenPair, Tokens},
};
pub(crate) use self::{
    permission::PermissionCheck,
    role::BuiltInRoles,
    room::ROOM,
    test_session::{TestSession, next_code},
};
