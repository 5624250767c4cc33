//! Recovery codes: each signs in once without the app.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{Expr, Query},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::base32;
use crate::{
    auth::{AccountKey, tables::RECOVERY_CODES as TABLE},
    error::{Error, Result},
};

/// The number of codes of an account.
const NUMBER: usize = 10;

/// The length of a code in bytes: 120 random bits, so that a hash which is not slow is enough (ASVS 5.0, 6.5.2).
const LENGTH: usize = 15;

/// The length of the groups that a code is shown in.
const GROUP: usize = 4;

/// The recovery codes of an account, which are shown this once: the database has their hashes. `Debug` does not show them.
///
/// A code has 24 letters and digits in groups of four, and is accepted in lower case and without hyphens as well. See
/// [`SecondFactor`](super::SecondFactor) for an example.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RecoveryCodes {
    /// Ten codes, each for one sign-in.
    pub recovery_codes: Vec<String>,
}

/// Gives an account new codes, and takes away those that it had. Concurrent calls must be kept apart by the caller.
pub(super) async fn replace<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
    now: DateTime<Utc>,
) -> Result<RecoveryCodes> {
    delete(db, account).await?;
    let mut insert = Query::insert()
        .into_table(TABLE)
        .columns(["code_hash", "user_id", "created_at"])
        .to_owned();
    let mut recovery_codes = Vec::with_capacity(NUMBER);
    for _ in 0..NUMBER {
        let mut code = [0; LENGTH];
        getrandom::fill(&mut code).map_err(Error::internal)?;
        insert
            .values([hash(&code).into(), account.into(), now.into()])
            .map_err(Error::internal)?;
        recovery_codes.push(text(&code));
    }
    db.execute(&insert).await?;
    Ok(RecoveryCodes { recovery_codes })
}

/// Uses a code of an account up. Returns false if it is none, or was used before.
pub(super) async fn take<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
    code: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let Some(code) = base32::decode(code).filter(|code| code.len() == LENGTH) else {
        return Ok(false);
    };
    // Of two at once the second waits for the commit of the first, and finds it used.
    let take = Query::update()
        .table(TABLE)
        .value("used_at", now)
        .and_where(Expr::col("code_hash").eq(hash(&code)))
        .and_where(Expr::col("user_id").eq(account))
        .and_where(Expr::col("used_at").is_null())
        .to_owned();
    Ok(db.execute(&take).await?.rows_affected() == 1)
}

/// The number of codes that are left.
pub(super) async fn left<C: ConnectionTrait>(db: &C, account: AccountKey) -> Result<u64> {
    let count = Query::select()
        .expr_as(Expr::col("code_hash").count(), "number")
        .from(TABLE)
        .and_where(Expr::col("user_id").eq(account))
        .and_where(Expr::col("used_at").is_null())
        .to_owned();
    let row = db.query_one(&count).await?;
    let number: i64 = row.map_or(Ok(0), |row| row.try_get("", "number"))?;
    Ok(number.unsigned_abs())
}

pub(super) async fn delete<C: ConnectionTrait>(db: &C, account: AccountKey) -> Result<()> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("user_id").eq(account))
        .to_owned();
    db.execute(&delete).await?;
    Ok(())
}

/// Deletes the codes that an account has got since a time.
pub(super) async fn delete_since<C: ConnectionTrait>(
    db: &C,
    account: AccountKey,
    since: DateTime<Utc>,
) -> Result<()> {
    let delete = Query::delete()
        .from_table(TABLE)
        .and_where(Expr::col("user_id").eq(account))
        .and_where(Expr::col("created_at").gte(since))
        .to_owned();
    db.execute(&delete).await?;
    Ok(())
}

fn hash(code: &[u8]) -> Vec<u8> {
    Sha256::digest(code).to_vec()
}

fn text(code: &[u8; LENGTH]) -> String {
    let text = base32::encode(code);
    let groups: Vec<&str> = (0..text.len())
        .step_by(GROUP)
        .map(|start| &text[start..start + GROUP])
        .collect();
    groups.join("-")
}

/// Without the codes.
impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryCodes").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_100_a_code_is_120_bits_in_groups() {
        let text = text(&[0x5a; LENGTH]);
        assert_eq!(text, "LJNF-UWS2-LJNF-UWS2-LJNF-UWS2");
        assert_eq!(base32::decode(&text), Some(vec![0x5a; LENGTH]));
    }

    #[test]
    fn attack_048_codes_are_not_shown() {
        let codes = RecoveryCodes {
            recovery_codes: vec!["LJNF-UWS2-LJNF-UWS2-LJNF-UWS2".to_owned()],
        };
        assert_eq!(format!("{codes:?}"), "RecoveryCodes { .. }");
    }
}
