//! Checks of a database that answers.

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

/// Whether every time, UUID and decimal is stored in one form: in another one it is sorted and found wrongly.
async fn stored_values(db: &Db, config: &Config) -> Finding {
    // It reads all rows, which may take longer than a statement may.
    let odd = match Db::dedicated(&config.database) {
        Ok(connection) => {
            let odd = migration::odd_values(&connection).await;
            let _ = connection.close().await;
            odd
        }
        Err(_) => migration::odd_values(db).await,
    };
    match odd {
        Ok(odd) if odd.is_empty() => Finding::good(
            "stored_values",
            "times, UUIDs and decimals are stored in one form",
        ),
        Ok(odd) => Finding::failure(
            "stored_values",
            format!(
                "{}\nhint: run `db migrate`; change what it cannot read with `UPDATE`",
                odd.join("\n")
            ),
        ),
        Err(error) => Finding::failure("stored_values", error.to_string()),
    }
}
