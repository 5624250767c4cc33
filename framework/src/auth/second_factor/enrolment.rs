//! The factors of an account: listed, added, removed.

use chrono::{TimeDelta, Utc};
use http::StatusCode;
use sea_orm::prelude::Uuid;

use super::{
    answer::Answer,
    factors::{self, Enrolment, Factor, TOTP},
    outcome::Activated,
    recovery::{self, RecoveryCodes},
    service::SecondFactor,
    totp::{self, Secret},
};
use crate::{
    auth::{AccountKey, Connection, OneTime, OneTimeToken, Session, Standing},
    error::{Error, Result},
};

/// The most factors of an account: each of them is a code more that a guess can hit.
const MOST_FACTORS: u64 = 5;

/// The factors of an account.
impl SecondFactor {
    /// The second factors of an account that count, the oldest first.
    pub async fn list<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
    ) -> Result<Vec<Factor>> {
        factors::list(db, account.into()).await
    }

    /// The number of recovery codes of an account that are left.
    pub async fn recovery_codes_left<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
    ) -> Result<u64> {
        recovery::left(db, account.into()).await
    }

    /// Makes the secret of an app for the account of a session. It counts when [`activate`](Self::activate) has seen a code of it; an enrolment that was
    /// left before is gone. `name` is what the person calls the app (at most 80 characters are kept), `label` what the app calls the account: its e-mail
    /// address. Ask for a [`Recent`](crate::auth::Recent) sign-in.
    ///
    /// # Errors
    ///
    /// 409 `too_many_factors` if the account has five.
    pub async fn enrol<C: Connection>(
        &self,
        db: &C,
        session: &Session,
        name: &str,
        label: &str,
    ) -> Result<Enrolment> {
        let account = session.account;
        let secret = Secret::generate()?;
        let id = db.atomically(async |tx| {
            if factors::lock(tx, account).await? >= MOST_FACTORS {
                return Err(Error::new(StatusCode::CONFLICT, "too_many_factors")
                    .detail("remove one of the second factors before another is added"));
            }
            factors::insert(tx, &self.0.keys, account, name, &secret).await
        });
        Ok(self.shown(id.await?, &secret, label))
    }

    /// An enrolment of the account of a session that waits for its first code, once more: for the page that shows it. `None` if there is none with
    /// this id, or it counts already; then nobody sees its secret again. Ask for a [`Recent`](crate::auth::Recent) sign-in.
    pub async fn enrolment<C: Connection>(
        &self,
        db: &C,
        session: &Session,
        factor: Uuid,
        label: &str,
    ) -> Result<Option<Enrolment>> {
        let stored = factors::unconfirmed(db, session.account, factor).await?;
        let secret = stored.and_then(|stored| stored.secret(&self.0.keys));
        Ok(secret.map(|secret| self.shown(factor, &secret, label)))
    }

    fn shown(&self, id: Uuid, secret: &Secret, label: &str) -> Enrolment {
        Enrolment {
            id,
            secret: secret.to_text(),
            uri: totp::uri(&self.0.issuer, label, secret),
        }
    }

    /// Makes an enrolled app count, with a first code of it. All other sessions of the account end, and the session gets a new credential.
    ///
    /// # Errors
    ///
    /// 401 if the session has ended.
    pub async fn activate<C: Connection>(
        &self,
        db: &C,
        session: &Session,
        factor: Uuid,
        code: &str,
    ) -> Result<Answer<Activated>> {
        let account = session.account;
        db.atomically(async |tx| {
            let Some(stored) = factors::unconfirmed(tx, account, factor).await? else {
                return Ok(Answer::Gone);
            };
            let secret = stored.secret(&self.0.keys);
            let now = self.now();
            let Some(step) = secret.and_then(|secret| secret.step_of(code, now)) else {
                return Ok(Answer::Wrong);
            };
            if !factors::take_step(tx, factor, step).await? {
                return Ok(Answer::Wrong);
            }
            // Before it counts: then the session does not, which has not shown it.
            let session = self.replace(tx, session, TOTP).await?;
            if !factors::confirm(tx, factor, Utc::now()).await? {
                return Err(Error::conflict());
            }
            let keep = Some(session.session.id);
            self.0.sessions.end_all(tx, account, keep).await?;
            let recovery_codes = if recovery::left(tx, account).await? == 0 {
                Some(recovery::replace(tx, account, Utc::now()).await?)
            } else {
                None
            };
            Ok(Answer::Accepted(Activated {
                session,
                recovery_codes,
            }))
        })
        .await
    }

    /// Takes a second factor away from the account of a session; with the last one its recovery codes are gone. All other sessions end. Ask for a
    /// [`Recent`](crate::auth::Recent) sign-in.
    ///
    /// # Errors
    ///
    /// 404 if the account has no such factor, and 409 `second_factor_required` if it is the last one and its standing asks for one.
    pub async fn remove<C: Connection>(
        &self,
        db: &C,
        session: &Session,
        factor: Uuid,
        standing: &Standing,
    ) -> Result<()> {
        let account = session.account;
        db.atomically(async |tx| {
            factors::lock(tx, account).await?;
            let all = factors::list(tx, account).await?;
            if !all.iter().any(|other| other.id == factor) {
                return Err(Error::not_found());
            }
            if all.len() == 1 {
                if standing.requires_second_factor {
                    return Err(Error::new(StatusCode::CONFLICT, "second_factor_required")
                        .detail("your account needs a second factor: add another one first"));
                }
                recovery::delete(tx, account).await?;
            }
            factors::delete(tx, factor).await?;
            let keep = Some(session.id);
            self.0.sessions.end_all(tx, account, keep).await?;
            Ok(())
        })
        .await
    }

    /// Takes all second factors and recovery codes away from an account, and ends all of its sessions: for an owner who has lost them all, when
    /// somebody has made sure who they are (ASVS 5.0, 6.4.4). Returns the number of factors.
    pub async fn reset<C: Connection>(
        &self,
        db: &C,
        account: impl Into<AccountKey>,
    ) -> Result<u64> {
        let account = account.into();
        db.atomically(async |tx| {
            let number = factors::delete_all(tx, account).await?;
            recovery::delete(tx, account).await?;
            self.0.sessions.end_all(tx, account, None).await?;
            Ok(number)
        })
        .await
    }

    /// Takes the second factors and recovery codes away that the account of a link has got since an hour before the link was issued, and ends all of
    /// its sessions. For a link that takes a change of the address back: the owner was not told of them, as the mails went to the other address.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use fw::{auth::{AuthContext, OneTime, OneTimeToken}, dto::prelude::*, prelude::*};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct EmailRevert;
    ///
    /// impl OneTimeToken for EmailRevert {
    ///     const PURPOSE: &'static str = "revert";
    ///     const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    ///     const REPLACES: bool = false;
    /// }
    ///
    /// async fn revert(ctx: &AppContext, token: &str) -> Result<()> {
    ///     ctx.db.transact(async |tx| {
    ///         let link = OneTime::<EmailRevert>::redeem_or_refuse(tx, token).await?;
    ///         ctx.second_factor().remove_newer(tx, &link).await
    ///         // Here the account gets its former address back.
    ///     })
    ///     .await
    /// }
    /// ```
    pub async fn remove_newer<C: Connection, T: OneTimeToken>(
        &self,
        db: &C,
        link: &OneTime<T>,
    ) -> Result<()> {
        let Some((account, issued_at)) = link.account_and_time() else {
            return Ok(());
        };
        // The mail is sent after the change that it is about.
        let since = issued_at - TimeDelta::hours(1);
        db.atomically(async |tx| {
            factors::lock(tx, account).await?;
            factors::delete_since(tx, account, since).await?;
            recovery::delete_since(tx, account, since).await?;
            if factors::list(tx, account).await?.is_empty() {
                recovery::delete(tx, account).await?;
            }
            self.0.sessions.end_all(tx, account, None).await?;
            Ok(())
        })
        .await
    }

    /// Gives the account of a session ten new recovery codes; those that it had work no more. Ask for a [`Recent`](crate::auth::Recent) sign-in.
    ///
    /// # Errors
    ///
    /// 409 `no_second_factor` if it has no second factor that they could stand in for.
    pub async fn renew_recovery_codes<C: Connection>(
        &self,
        db: &C,
        session: &Session,
    ) -> Result<RecoveryCodes> {
        let account = session.account;
        db.atomically(async |tx| {
            if factors::lock(tx, account).await? == 0 {
                return Err(Error::new(StatusCode::CONFLICT, "no_second_factor")
                    .detail("recovery codes are for accounts with a second factor"));
            }
            recovery::replace(tx, account, Utc::now()).await
        })
        .await
    }
}
