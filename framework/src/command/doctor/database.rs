//! The checks of `doctor` that need a connected database.

use sea_orm::DbBackend;

use crate::{
    app::Application, config::Config, context::AppContext, db::Db, env, migration, room::Finding,
};

pub(super) async fn check(app: Application, ctx: &AppContext, deploy: bool) -> Vec<Finding> {
    let mut findings = vec![migrations(app, ctx).await];
    #[cfg(feature = "postgres")]
    if deploy && ctx.db.backend() == DbBackend::Postgres {
        findings.extend(super::server::check(ctx).await);
    }
    #[cfg(not(feature = "postgres"))]
    let _ = deploy;
    if ctx.db.backend() == DbBackend::Sqlite {
        findings.push(stored_values(&ctx.db, &ctx.config).await);
    }
    findings
}

async fn migrations(app: Application, ctx: &AppContext) -> Finding {
    const ID: &str = "migrations";
    let migrator = app.migrator().with(&ctx.config.database);
    let found = async {
        let pending = migrator.pending(&ctx.db).await?;
        Ok((pending, migrator.status(&ctx.db).await?))
    };
    let (pending, status) = match found.await {
        Ok(found) => found,
        Err(error) => {
            let error: migration::MigrationError = error;
            return Finding::failure(ID, error.to_string());
        }
    };
    if !pending.is_empty() {
        return Finding::failure(
            ID,
            format!(
                "not applied yet: {}\nhint: apply them with `{}`",
                pending.join(", "),
                env::command("db migrate")
            ),
        );
    }
    let newer: Vec<String> = status
        .into_iter()
        .filter(|one| !one.known)
        .map(|one| one.name)
        .collect();
    if newer.is_empty() {
        return Finding::good(ID, "every migration is applied");
    }
    let text = format!(
        "every migration is applied, and some of a newer release, which this one works with: {}\n\
         hint: deploy that release again when it is mended, or undo its migrations with it",
        newer.join(", ")
    );
    Finding::warning(ID, text)
}

/// Checks that every time, UUID and decimal is in its stored form: in another form it is sorted and found wrongly.
async fn stored_values(db: &Db, config: &Config) -> Finding {
    // It reads all rows, which may take longer than the statement timeout.
    let violations = match Db::dedicated(&config.database).await {
        Ok(connection) => {
            let violations = migration::stored_form_violations(&connection).await;
            let _ = connection.close().await;
            violations
        }
        Err(_) => migration::stored_form_violations(db).await,
    };
    match violations {
        Ok(violations) if violations.is_empty() => Finding::good(
            "stored_values",
            "times, UUIDs and decimals are stored in one form",
        ),
        Ok(violations) => Finding::failure(
            "stored_values",
            format!(
                "{}\nhint: run `{}`; change what it cannot read with `UPDATE`",
                violations.join("\n"),
                env::command("db migrate")
            ),
        ),
        Err(error) => Finding::failure("stored_values", error.to_string()),
    }
}
