//! The finding of callers: a session or an API key, with the standing of its account.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{
    cache::{Credential, Live},
    identity::Identity,
    service::{Given, Sessions, Shared, condition},
    session::SessionKind,
    store,
};
use crate::{
    auth::{AccountId, AccountKey, Accounts, Grants, Standing, api_key},
    db::Db,
    error::{Error, Result},
};

/// The longest time between two writes of the time at which a session or an API key was seen.
const SEEN_INTERVAL: Duration = Duration::from_mins(5);

impl Sessions {
    /// The session or the API key of a credential, with the standing of its account. `None` if it has ended, or the account may not act.
    ///
    /// Fails with 503 if that cannot be known.
    pub(in crate::auth) async fn find<A: Accounts>(
        &self,
        db: &Db,
        credential: Credential,
    ) -> Result<Option<Arc<Live>>> {
        self.require::<A>()?;
        let Shared {
            cache, freshness, ..
        } = &*self.0;
        freshness.ensure(&self.0.db, cache).await?;
        let live = match cache.get(&credential) {
            Some(live) => Some(live),
            None => self.load::<A>(db, credential).await?,
        };
        let now = Utc::now();
        let is_live = |live: &Arc<Live>| {
            live.standing.is_active && self.counts(&live.identity, live.seen_at(), now)
        };
        let Some(live) = live.filter(is_live) else {
            return Ok(None);
        };
        if live.see(now, SEEN_INTERVAL.min(self.0.config.idle_timeout / 10)) {
            // Not within the request, which may be part of a transaction, and must not wait for it.
            let (db, identity) = (self.0.db.clone(), live.identity.clone());
            tokio::spawn(async move {
                let touched = match identity {
                    Identity::Session(session) => store::touch(&db, session.id, now).await,
                    Identity::ApiKey(key) => api_key::store::touch(&db, key.id, now).await,
                };
                if let Err(error) = touched {
                    tracing::warn!(error = %error.chain(), "the time of a request cannot be stored");
                }
            });
        }
        Ok(Some(live))
    }

    async fn load<A: Accounts>(
        &self,
        db: &Db,
        credential: Credential,
    ) -> Result<Option<Arc<Live>>> {
        let changes = self.0.cache.changes();
        let now = Utc::now();
        let Some(identity) = read(db, credential)
            .await?
            .filter(|identity| self.counts(identity, identity.seen_at(), now))
        else {
            return Ok(None);
        };
        let Some(mut standing) = self.standing::<A>(db, identity.account()).await? else {
            return Ok(None);
        };
        if let Some(given) = self.given(&identity) {
            standing.grants = standing.grants.and(&given);
        }
        if let Identity::ApiKey(key) = &identity {
            standing.grants = key.permissions.within(&standing.grants);
        }
        let live = Arc::new(Live::new(identity, standing));
        self.0.cache.add(credential, Arc::clone(&live), changes);
        Ok(Some(live))
    }

    /// The standing of an account with its roles. `None` if there is no such account.
    pub(in crate::auth) async fn standing<A: Accounts>(
        &self,
        db: &Db,
        account: AccountKey,
    ) -> Result<Option<Standing>> {
        let id = AccountId::of(account)
            .ok_or_else(|| Error::internal("`user_id` is of another type than `Accounts::Id`"))?;
        let Some(mut standing) = A::standing(db, id).await? else {
            return Ok(None);
        };
        for role in self.0.roles.of_account(db, account).await? {
            standing.grants = standing.grants.and(role.grants());
            standing.requires_second_factor |= role.needs_second_factor();
        }
        Ok(Some(standing))
    }

    /// The permissions that a test has given.
    fn given(&self, identity: &Identity) -> Option<Grants> {
        let to = match identity {
            Identity::Session(session) => Given::Session(session.id),
            Identity::ApiKey(key) => Given::ApiKey(key.id),
        };
        let given = self.0.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.get(&to).cloned()
    }

    /// Returns true if the time of a session or of an API key is not over.
    fn counts(&self, identity: &Identity, seen_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        match identity {
            Identity::Session(session) => self.is_current(session, seen_at, now),
            Identity::ApiKey(key) => key.is_current(now),
        }
    }
}

/// The session or the API key of a credential.
async fn read(db: &Db, credential: Credential) -> Result<Option<Identity>> {
    let (found, kind) = match credential {
        Credential::Cookie(hash) => (
            condition("token_hash", hash.to_bytes()),
            SessionKind::Browser,
        ),
        Credential::Token(id) => (condition("id", id), SessionKind::Token),
        Credential::ApiKey(hash) => {
            let key = api_key::store::find(db, hash).await?;
            return Ok(key.map(Arc::new).map(Identity::ApiKey));
        }
    };
    let session = store::find(db, found).await?;
    let session = session.filter(|session| session.kind == kind);
    Ok(session.map(Arc::new).map(Identity::Session))
}
