//! The migration that creates the table `audit_events`, with triggers that let it only grow: no row can be changed, except that its
//! address and user agent are blanked, and none can be deleted before `keep_until`, in seconds since 1970 (UTC).

use crate::migration::prelude::*;

/// The number of triggers.
pub(super) const TRIGGERS: i64 = 3;

pub(super) async fn up(schema: &Schema<'_>) -> Result {
    schema
        .create_table(
            Table::create()
                .table("audit_events")
                .col(big_pk_auto("id"))
                .col(timestamp_with_time_zone("at"))
                .col(text("actor"))
                .col(text_null("impersonator"))
                .col(text("action"))
                .col(text("target"))
                .col(text_null("request_id"))
                .col(text_null("address"))
                .col(text_null("user_agent"))
                .col(text_null("changes"))
                .col(big_integer("keep_until")),
        )
        .await?;
    for column in ["at", "actor", "target", "keep_until"] {
        schema.create_index(index("audit_events", [column])).await?;
    }
    schema.execute_sql(KNOWN_CLIENTS).await?;
    schema
        .execute_sql(match schema.backend() {
            DbBackend::Sqlite => SQLITE,
            _ => POSTGRES,
        })
        .await
}

pub(super) async fn down(schema: &Schema<'_>) -> Result {
    schema.drop_table("audit_events").await?;
    if schema.backend() != DbBackend::Sqlite {
        schema
            .execute_sql("DROP FUNCTION audit_events_are_kept()")
            .await?;
    }
    Ok(())
}

/// The index of those rows that are still to be blanked.
const KNOWN_CLIENTS: &str = "
    CREATE INDEX index_audit_events_of_known_clients ON audit_events (at) WHERE address IS NOT NULL OR user_agent IS NOT NULL";

/// A row that replaces another one (`INSERT OR REPLACE`) deletes that without asking a trigger of deletions.
const SQLITE: &str = "
    CREATE TRIGGER audit_events_update BEFORE UPDATE ON audit_events
    WHEN NEW.address IS NOT NULL OR NEW.user_agent IS NOT NULL
        OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.actor IS NOT OLD.actor
        OR NEW.impersonator IS NOT OLD.impersonator OR NEW.action IS NOT OLD.action OR NEW.target IS NOT OLD.target
        OR NEW.request_id IS NOT OLD.request_id OR NEW.changes IS NOT OLD.changes OR NEW.keep_until IS NOT OLD.keep_until
    BEGIN SELECT RAISE(ABORT, 'audit_events cannot be changed'); END;
    CREATE TRIGGER audit_events_delete BEFORE DELETE ON audit_events
    WHEN OLD.keep_until > CAST(strftime('%s', 'now') AS INTEGER)
    BEGIN SELECT RAISE(ABORT, 'audit_events cannot be deleted before their retention is over'); END;
    CREATE TRIGGER audit_events_replace BEFORE INSERT ON audit_events
    WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit_events cannot be replaced'); END";

const POSTGRES: &str = "
    CREATE FUNCTION audit_events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.address IS NULL AND NEW.user_agent IS NULL
                AND to_jsonb(NEW) - 'address' - 'user_agent' = to_jsonb(OLD) - 'address' - 'user_agent' THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'audit_events cannot be changed';
        ELSIF TG_OP = 'DELETE' THEN
            IF OLD.keep_until <= extract(epoch FROM clock_timestamp()) THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'audit_events cannot be deleted before their retention is over';
        END IF;
        RAISE EXCEPTION 'audit_events cannot be emptied';
    END $$;
    CREATE TRIGGER audit_events_update BEFORE UPDATE ON audit_events
        FOR EACH ROW EXECUTE FUNCTION audit_events_are_kept();
    CREATE TRIGGER audit_events_delete BEFORE DELETE ON audit_events
        FOR EACH ROW EXECUTE FUNCTION audit_events_are_kept();
    CREATE TRIGGER audit_events_truncate BEFORE TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION audit_events_are_kept()";
