//! The `users` table: the people who have an account. Knows nothing of HTTP.

use fw::{
    auth::{AccountKey, EmailAddress, OneTime, PasswordContext},
    model::prelude::*,
};

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
    pub async fn get<C: ConnectionTrait>(db: &C, id: i64) -> Result<Self> {
        Entity::find_by_id(id).one(db).await?.or_not_found()
    }

    /// The account that the framework names.
    pub async fn of_account(db: &Db, account: AccountKey) -> Result<Self> {
        let find = Entity::find().filter(Column::Id.eq(account));
        find.one(db).await?.or_not_found()
    }

    /// The account that a one-time token is for.
    pub async fn of_token<C: ConnectionTrait, T>(db: &C, token: &OneTime<T>) -> Result<Self> {
        let id = token.account.or_not_found()?;
        let find = Entity::find().filter(Column::Id.eq(id));
        find.one(db).await?.or_not_found()
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
