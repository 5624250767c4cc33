//! The `users` table: the people who have an account. Knows nothing of HTTP.

use fw::{auth::prelude::*, model::prelude::*};

/// A row of `users`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The address as it was typed; `email_key` is the same for each spelling.
    pub email: EmailAddress,
    #[sea_orm(unique)]
    pub email_key: String,
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub password_hash: Option<String>,
    pub is_suspended: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

fw::model::timestamps!(ActiveModel);

impl Model {
    /// The account in the audit log, as the actor of what was done without being signed in.
    pub fn actor(&self) -> String {
        format!("user:{}", self.id)
    }

    /// The words that its password must not be made of.
    pub fn password_context(&self) -> PasswordContext {
        PasswordContext::of([self.email.as_str(), &self.name])
    }

    /// The account with this id.
    pub async fn get<C: ConnectionTrait>(db: &C, id: impl Into<AccountKey>) -> Result<Self> {
        let find = Entity::find().filter(Column::Id.eq(id.into()));
        find.one(db).await?.or_not_found()
    }

    /// The account of an address, by its key. A suspended one is as none.
    pub async fn active(db: &Db, email_key: &str) -> Result<Option<Self>> {
        let user = Entity::find_by_email_key(email_key).one(db).await?;
        Ok(user.filter(|user| !user.is_suspended))
    }

    /// The account that a one-time token is for.
    pub async fn of_token<C: ConnectionTrait, T>(db: &C, token: &OneTime<T>) -> Result<Self> {
        Self::get(db, token.account.or_not_found()?).await
    }
}

impl ActiveModel {
    /// A new account.
    pub fn of(email: EmailAddress, name: String, password_hash: String) -> Self {
        Self {
            name: Set(name),
            password_hash: Set(Some(password_hash)),
            is_suspended: Set(false),
            ..Default::default()
        }
        .with_email(email)
    }

    /// The account with another address.
    pub fn with_email(mut self, email: EmailAddress) -> Self {
        self.email_key = Set(email.key());
        self.email = Set(email);
        self
    }
}
