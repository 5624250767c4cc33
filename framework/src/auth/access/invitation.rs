//! Births of accounts from a proven mailbox: registrations and invitations.

use std::time::Duration;

use sea_orm::{ConnectionTrait, EntityName, ModelTrait};
use serde::{Deserialize, Serialize};

use super::{
    can::Can,
    context::AuthContext,
    log::{log, log_new},
    problem,
};
use crate::{
    auth::{
        AccountKey, Accounts, EmailAddress, Grants, OneTime, OneTimeToken, OpaqueToken, Permission,
        dto::InvitationBody, roles::ADMINISTRATION,
    },
    context::AppContext,
    db::Transaction,
    error::Result,
    model::OrNotFound,
};

/// The link that completes a registration, valid for a day. See [`ProvenMailbox`] for an example.
#[derive(Debug, Serialize, Deserialize)]
pub struct Registration {
    /// The address that it is sent to.
    pub email: EmailAddress,
}

impl OneTimeToken for Registration {
    const PURPOSE: &'static str = "register";
    const LIFETIME: Duration = Duration::from_hours(24);
}

/// An invitation to have an account, valid for a week: [`Can::invite`]. See [`ProvenMailbox`] for an example.
#[derive(Debug, Serialize, Deserialize)]
pub struct Invitation {
    email: EmailAddress,
    roles: Vec<String>,
    /// The permission with which it was made.
    permission: String,
}

impl OneTimeToken for Invitation {
    const PURPOSE: &'static str = "invite";
    const LIFETIME: Duration = Duration::from_hours(7 * 24);
}

impl Invitation {
    /// The secret of the link of an invitation, for its mail: a new one each time, so that it is nowhere but in the mail.
    ///
    /// # Errors
    ///
    /// 404 if nobody with the address is invited, or not any more.
    pub async fn secret<C: ConnectionTrait>(db: &C, email: &EmailAddress) -> Result<OpaqueToken> {
        let secret = OneTime::<Self>::renew(db, &email.key()).await?;
        secret.or_not_found()
    }
}

/// Invitations, each of them an event of the audit log, with the feature `audit`. Ask for a [`Recent`](super::Recent) sign-in.
impl<A: Accounts, P: Permission> Can<A, P> {
    /// Invites somebody to have an account, in the place of an earlier invitation. The mail is sent by the caller, with
    /// [`Invitation::secret`]. See [`ProvenMailbox`] for an example.
    ///
    /// # Errors
    ///
    /// 422 `unknown_role` at `/roles/0` and so on; 403 for roles without the permission `roles:grant`, and for a role with a permission that the
    /// caller lacks. Whether the address has an account is neither asked nor told.
    pub async fn invite(&self, ctx: &AppContext, body: &InvitationBody) -> Result<()> {
        check_roles(ctx, &body.roles, self.grants()).await?;
        let invitation = OneTime::of(Invitation {
            email: body.email.clone(),
            roles: body.roles.clone(),
            permission: P::NAME.to_owned(),
        });
        let invitation = invitation.account(self.id).email_key(body.email.key());
        ctx.db
            .transact(async |tx| {
                let target = format!("invitations:{}", invitation.prepare(tx).await?);
                let (action, roles) = ("invitation.created", &body.roles);
                log_new(ctx, tx, &**self, action, target, "roles", roles).await
            })
            .await
    }

    /// Takes the invitation of an address back, if there is one: its link works no more.
    pub async fn withdraw_invitation(&self, ctx: &AppContext, email: &EmailAddress) -> Result<()> {
        ctx.db
            .transact(async |tx| {
                let Some(id) = OneTime::<Invitation>::withdraw(tx, &email.key()).await? else {
                    return Ok(());
                };
                let target = format!("invitations:{id}");
                log(ctx, tx, &**self, "invitation.withdrawn", target).await
            })
            .await
    }
}

/// A mailbox that the link of a [`Registration`] or of an [`Invitation`] was sent to, from which an account is born.
///
/// ```
/// # mod users {
/// #     use fw::{auth::EmailAddress, model::prelude::*};
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "users")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub email: EmailAddress, pub password_hash: Option<String> }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # pub struct Users;
/// # impl fw::auth::Accounts for Users {
/// #     type Id = i64;
/// #     async fn standing(_: &fw::db::Db, _: i64) -> fw::Result<Option<fw::auth::Standing>> { Ok(None) }
/// # }
/// use fw::{
///     auth::{AuthContext, Can, Invitation, OneTime, ProvenMailbox, Recent, Registration, dto::{EmailBody, InvitationBody, ResetBody}},
///     model::prelude::*,
///     prelude::*,
/// };
///
/// mod access {
///     fw::permissions! { "accounts" { Invite = "invite" } }
/// }
///
/// /// A job sends the link, so that neither the response nor its time tells whether there is such an account.
/// async fn send_link(ctx: &AppContext, to: EmailBody, is_invited: bool) -> Result<String> {
///     let email = to.email;
///     let secret = if is_invited {
///         Invitation::secret(&ctx.db, &email).await?
///     } else {
///         let key = email.key();
///         OneTime::of(Registration { email }).email_key(key).issue(&ctx.db).await?
///     };
///     Ok(format!("https://blog.example.com/complete?token={}", secret.to_text()))
/// }
///
/// async fn invite(
///     who: Recent<Can<Users, access::Invite>>,
///     State(ctx): State<AppContext>,
///     ValidJson(body): ValidJson<InvitationBody>,
/// ) -> Result<Accepted> {
///     who.invite(&ctx, &body).await?;
///     // Here the job is enqueued.
///     Ok(Accepted)
/// }
///
/// async fn complete(_: Anyone, State(ctx): State<AppContext>, ValidJson(body): ValidJson<ResetBody>) -> Result<NoContent> {
///     let mailbox = ProvenMailbox::find_or_refuse::<Users>(&ctx, &body.token).await?;
///     let hash = ctx.passwords().hash(&body.password).await?;
///     ctx.db
///         .transact(async |tx| {
///             mailbox.redeem(tx).await?;
///             let email = Set(mailbox.email.clone());
///             let user = users::ActiveModel { email, password_hash: Set(Some(hash)), ..Default::default() };
///             mailbox.assign_roles(&ctx, tx, &user.insert(tx).await?).await?;
///             Ok(NoContent)
///         })
///         .await
/// }
///
/// Routes::new().with([post("/invitations", invite), post("/complete", complete)]);
/// ```
#[derive(Debug)]
pub struct ProvenMailbox {
    /// The address.
    pub email: EmailAddress,
    token: String,
    invitation: Option<Invited>,
}

/// The roles of an invitation, and who gives them.
#[derive(Debug)]
struct Invited {
    roles: Vec<String>,
    by: AccountKey,
    /// The present permissions of who has invited.
    grants: Grants,
}

impl ProvenMailbox {
    /// The mailbox of a token, which is not used up.
    ///
    /// `None` if the token is not valid, and for an invitation by somebody who could not make it now: they have lost a permission of it, or their
    /// account.
    pub async fn find<A: Accounts>(ctx: &AppContext, token: &str) -> Result<Option<Self>> {
        let of = |email, invitation| Self {
            email,
            token: token.to_owned(),
            invitation,
        };
        if let Some(link) = OneTime::<Registration>::find(&ctx.db, token).await? {
            return Ok(Some(of(link.data.email, None)));
        }
        let Some(link) = OneTime::<Invitation>::find(&ctx.db, token).await? else {
            return Ok(None);
        };
        let (
            Invitation {
                email,
                roles,
                permission,
            },
            Some(by),
        ) = (link.data, link.account)
        else {
            return Ok(None);
        };
        let standing = ctx.sessions().standing::<A>(&ctx.db, by).await?;
        let may = |grants: &Grants| grants.allow(&permission);
        let standing = standing.filter(|standing| standing.is_active && may(&standing.grants));
        let Some(grants) = standing.map(|standing| standing.grants) else {
            return Ok(None);
        };
        match check_roles(ctx, &roles, &grants).await {
            Ok(()) => Ok(Some(of(email, Some(Invited { roles, by, grants })))),
            Err(error) if error.status().is_server_error() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// The mailbox as [`find`](Self::find) returns it, or 422 `invalid_token` at `/token`.
    pub async fn find_or_refuse<A: Accounts>(ctx: &AppContext, token: &str) -> Result<Self> {
        let found = Self::find::<A>(ctx, token).await?;
        found.ok_or_else(|| OneTime::<Registration>::refusal("/token"))
    }

    /// Uses the token up, in the transaction that creates the account.
    ///
    /// # Errors
    ///
    /// 422 `invalid_token` at `/token` if somebody else was faster.
    pub async fn redeem(&self, tx: &Transaction) -> Result<()> {
        match &self.invitation {
            None => OneTime::<Registration>::redeem_or_refuse(tx, &self.token)
                .await
                .map(drop),
            Some(_) => OneTime::<Invitation>::redeem_or_refuse(tx, &self.token)
                .await
                .map(drop),
        }
    }

    /// Gives the new account the roles of its invitation.
    pub async fn assign_roles<M: ModelTrait>(
        &self,
        ctx: &AppContext,
        tx: &Transaction,
        account: &M,
    ) -> Result<()> {
        let Some(Invited { roles, by, grants }) = &self.invitation else {
            return Ok(());
        };
        let table = <M::Entity as Default>::default();
        let account = AccountKey::of_row(account)?;
        for role in roles {
            if ctx.roles().assign(tx, account, role, grants).await? {
                let target = format!("{}:{account}", table.table_name());
                log_new(ctx, tx, *by, "role.assigned", target, "role", role).await?;
            }
        }
        Ok(())
    }
}

/// Checks that somebody may give these roles.
async fn check_roles(ctx: &AppContext, roles: &[String], by: &Grants) -> Result<()> {
    if !roles.is_empty() && !by.allow(ADMINISTRATION) {
        return Err(problem::insufficient_scope(ADMINISTRATION));
    }
    for (index, role) in roles.iter().enumerate() {
        let pointer = format!("/roles/{index}");
        ctx.roles().assignable(&ctx.db, role, by, &pointer).await?;
    }
    Ok(())
}
