//! The service of API keys: their creation, rotation and end.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;

use super::{
    AccountKey, Connection, Grants, PermissionCheck, Sessions,
    api_key::{ApiKey, ApiKeyText, CreatedApiKey, NewApiKey, store},
};
use crate::{
    db::Transaction,
    error::{Error, FieldError, Result},
};

/// The largest number of valid keys of an account.
const MOST: usize = 100;

/// The longest name of a key, in characters.
const LONGEST_NAME: usize = 80;

/// The longest time for which a key and the one that takes its place are both valid.
const LONGEST_OVERLAP: Duration = Duration::from_hours(365 * 24);

/// The API keys, a handle of the [context](crate::context::AppContext): [`ctx.api_keys()`](super::AuthContext::api_keys).
///
/// A key is `fwk_`, eight characters by which it is known, a secret of 256 bits and a check sum; a client sends it as
/// `Authorization: Bearer fwk_…`. It may do what it was given, as far as its owner may at the time of the request, and it never gets where a
/// person must be signed in: to `SignedIn`, and to `Recent`. Changes take effect with the commit: at once in this process, and within a second in
/// all others.
///
/// ```
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// use std::time::Duration;
///
/// use fw::{auth::{AuthContext, Issued, NewApiKey}, dto::prelude::*, prelude::*};
///
/// type Recent = fw::auth::Recent<fw::auth::SignedIn<Users>>;
///
/// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
///
/// #[derive(Deserialize, JsonSchema, Validate)]
/// struct ApiKeyBody {
///     #[garde(length(min = 1, max = 80))]
///     name: String,
///     #[garde(length(max = 100))]
///     permissions: Vec<String>,
/// }
///
/// #[derive(Serialize, JsonSchema)]
/// struct ApiKeyView {
///     id: i64,
///     /// It is shown this once.
///     key: String,
/// }
///
/// async fn create(
///     who: Recent,
///     State(ctx): State<AppContext>,
///     ValidJson(body): ValidJson<ApiKeyBody>,
/// ) -> Result<Issued<Json<ApiKeyView>>> {
///     let new = NewApiKey::new(body.name).can_named(body.permissions).expires_in(90 * DAY);
///     let created = ctx.api_keys().create(&ctx.db, who.id, new, who.grants()).await?;
///     Ok(Issued::new(Json(ApiKeyView { id: created.key.id, key: created.secret })))
/// }
///
/// /// The old key is valid for another day.
/// async fn rotate(who: Recent, State(ctx): State<AppContext>, Path(id): Path<Id>) -> Result<Issued<Json<ApiKeyView>>> {
///     let rotated = ctx.api_keys().rotate(&ctx.db, who.id, id, DAY).await?;
///     let rotated = rotated.or_not_found()?;
///     Ok(Issued::new(Json(ApiKeyView { id: rotated.key.id, key: rotated.secret })))
/// }
///
/// async fn revoke(who: Recent, State(ctx): State<AppContext>, Path(id): Path<Id>) -> Result<NoContent> {
///     // That of somebody else is not found.
///     if ctx.api_keys().revoke(&ctx.db, who.id, id).await? { Ok(NoContent) } else { Err(Error::not_found()) }
/// }
/// ```
#[derive(Clone)]
pub struct ApiKeys(Arc<Shared>);

struct Shared {
    sessions: Sessions,
    check: PermissionCheck,
}

impl ApiKeys {
    pub(in crate::auth) fn new(sessions: Sessions, check: PermissionCheck) -> Self {
        Self(Arc::new(Shared { sessions, check }))
    }

    /// The keys of an account that are valid, the newest first: at most 100, and those that others have replaced.
    pub async fn list<C: ConnectionTrait>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
    ) -> Result<Vec<ApiKey>> {
        store::list(db, account.into()).await
    }

    /// Creates a key of an account, whose permissions `by` are.
    ///
    /// # Errors
    ///
    /// 422 `unknown_permission` or `not_granted` at `/permissions` for a permission that the application, or the account, does not have; 422 at
    /// `/name` for a name that is empty or has more than 80 characters; 409 if the account has 100 keys.
    pub async fn create<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
        new: NewApiKey,
        by: &Grants,
    ) -> Result<CreatedApiKey> {
        check_name(&new.name)?;
        (self.0.check)("/permissions", &new.permissions)?;
        bounded(&new.permissions, by)?;
        let now = Utc::now();
        let (text, key) = drafted(ApiKey {
            id: 0,
            account: account.into(),
            name: new.name,
            prefix: String::new(),
            permissions: new.permissions,
            created_at: now,
            expires_at: new.lifetime.and_then(|lifetime| end(now, lifetime)),
            used_at: None,
            rotated_at: None,
        })?;
        db.atomically(async |tx| {
            if store::list(tx, key.account).await?.len() >= MOST {
                return Err(Error::conflict().detail(format!(
                    "an account has at most {MOST} API keys: revoke one that is not used any more"
                )));
            }
            let key = store::insert(tx, key, &text).await?;
            Ok(CreatedApiKey::new(key, &text))
        })
        .await
    }

    /// Creates a key in the place of another one, with its name and permissions, and for as long a time. The former one ends after `overlap`, in
    /// which clients can change over, a year at most. `None` if the account has no such key, or another one took its place before.
    pub async fn rotate<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
        id: i64,
        overlap: Duration,
    ) -> Result<Option<CreatedApiKey>> {
        let account = account.into();
        let now = Utc::now();
        let until = now + overlap.min(LONGEST_OVERLAP);
        db.atomically(async |tx| {
            let Some(former) = store::rotate(tx, account, id, until).await? else {
                return Ok(None);
            };
            let lifetime = former.expires_at.map(|end| end - former.created_at);
            let (text, key) = drafted(ApiKey {
                created_at: now,
                expires_at: lifetime.and_then(|lifetime| end(now, lifetime)),
                used_at: None,
                ..former
            })?;
            let key = store::insert(tx, key, &text).await?;
            self.changed(tx, account).await?;
            Ok(Some(CreatedApiKey::new(key, &text)))
        })
        .await
    }

    /// Ends a key. Returns false if the account has no such key.
    pub async fn revoke<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
        id: i64,
    ) -> Result<bool> {
        Ok(self.end(db, account.into(), Some(id)).await? > 0)
    }

    /// Ends all keys of an account, and returns their number.
    pub async fn revoke_all<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
    ) -> Result<u64> {
        self.end(db, account.into(), None).await
    }

    async fn end<C: Connection>(
        &self,
        db: &C,
        account: AccountKey,
        id: Option<i64>,
    ) -> Result<u64> {
        db.atomically(async |tx| {
            let ended = store::revoke(tx, account, id).await?;
            if ended > 0 {
                self.changed(tx, account).await?;
            }
            Ok(ended)
        })
        .await
    }

    async fn changed(&self, tx: &Transaction, account: AccountKey) -> Result<()> {
        self.0.sessions.account_changed(tx, account).await
    }
}

/// A key with a new text, and its prefix.
fn drafted(key: ApiKey) -> Result<(ApiKeyText, ApiKey)> {
    let text = ApiKeyText::generate()?;
    let prefix = text.prefix().to_owned();
    Ok((text, ApiKey { prefix, ..key }))
}

/// The end of a time; `None` if no calendar has it.
fn end(begin: DateTime<Utc>, time: TimeDelta) -> Option<DateTime<Utc>> {
    begin.checked_add_signed(time)
}

fn check_name(name: &str) -> Result<()> {
    let length = name.chars().count();
    let (code, message) = match length {
        0 => ("too_short", "must not be empty".to_owned()),
        _ if length > LONGEST_NAME => (
            "too_long",
            format!("has more than {LONGEST_NAME} characters"),
        ),
        _ => return Ok(()),
    };
    Err(Error::validation(vec![FieldError::new(
        "/name", code, message,
    )]))
}

/// Checks that the owner has all permissions of a key.
fn bounded(permissions: &Grants, by: &Grants) -> Result<()> {
    let names = permissions.names().enumerate();
    let lacking = names.filter(|(_, name)| !by.allow(name));
    let errors: Vec<FieldError> = lacking
        .map(|(index, _)| {
            let pointer = format!("/permissions/{index}");
            FieldError::new(
                pointer,
                "not_granted",
                "is a permission that you do not have",
            )
        })
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::validation(errors))
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").finish_non_exhaustive()
    }
}
