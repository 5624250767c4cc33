//! The checks of `doctor` that need a connected database.

use sea_orm::DbBackend;

use crate::{
    app::Application, config::Config, context::AppContext, db::Db, migration, room::Finding,
};

pub(super) async fn check(app: Application, ctx: &AppContext) -> Vec<Finding> {
    let mut findings = vec![migrations(app, &ctx.db).await];
    if ctx.db.backend() == DbBackend::Sqlite {
        findings.push(stored_values(&ctx.db, &ctx.config).await);
    }
    findings
}

async fn migrations(app: Application, db: &Db) -> Finding {
    match app.migrator().pending(db).await {
        Ok(pending) if pending.is_empty() => {
            Finding::good("migrations", "every migration is applied")
        }
        Ok(pending) => Finding::failure(
            "migrations",
            format!(
                "not applied yet: {}\nhint: apply them with `db migrate`",
                pending.join(", ")
            ),
        ),
        Err(error) => Finding::failure("migrations", error.to_string()),
    }
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
                "{}\nhint: run `db migrate`; change what it cannot read with `UPDATE`",
                violations.join("\n")
            ),
        ),
        Err(error) => Finding::failure("stored_values", error.to_string()),
    }
}
