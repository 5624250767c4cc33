//! The task `accounts:create`.

use clap::Parser;
use fw::{auth::prelude::*, prelude::*, task};

use super::model as users;

/// Creates an account, such as that of the first administrator
///
/// The password is asked for on the terminal; without one it is the first line of the standard input.
#[derive(Parser)]
pub struct CreateAccount {
    /// The address of the account
    email: EmailAddress,
    /// The name of the person [default: the address]
    #[arg(long)]
    name: Option<String>,
    /// A role to give it, such as `admin`; may be given more than once
    #[arg(long = "role")]
    roles: Vec<String>,
}

impl Task for CreateAccount {
    const NAME: &'static str = "accounts:create";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        let password = task::ask_secret("Password").await?;
        let user = self.create(ctx, &password).await?;
        println!("created the account {} of {}", user.id, user.email);
        Ok(())
    }
}

impl CreateAccount {
    /// Creates the account, whose mailbox nobody has proven.
    pub async fn create(self, ctx: &AppContext, password: &str) -> Result<users::Model> {
        let name = self.name.unwrap_or_else(|| self.email.to_string());
        let context = PasswordContext::of([self.email.as_str(), &name]);
        let hash = ctx.passwords().accept(password, &context).await?;
        ctx.db
            .transact(async |tx| {
                let user = users::ActiveModel::of(self.email, name, hash)
                    .insert(tx)
                    .await?;
                ctx.audit(tx, "task:accounts:create", "account.created", &user)
                    .await?;
                let all = Grants::all();
                for role in &self.roles {
                    ctx.roles().assign(tx, user.id, role, &all).await?;
                }
                Ok(user)
            })
            .await
    }
}
