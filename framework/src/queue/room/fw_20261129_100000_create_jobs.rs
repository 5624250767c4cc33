//! The migration that creates the tables of jobs. Times are microseconds since 1970 (UTC).

use crate::migration::prelude::*;

/// The tables, those that others refer to first. What each write checks has no `IN`, as SQLite would make a table of the list each time. `{id}` is the type of ids, `{busy}` the options of a table whose rows change often.
const TABLES: &[&str] = &[
    "CREATE TABLE fw_job_workers (
        id {id} PRIMARY KEY,
        host text NOT NULL,
        queues text NOT NULL,
        started_at bigint NOT NULL,
        lease_until bigint NOT NULL,
        lost boolean NOT NULL
    )",
    // A worker's row stays while it has running jobs, so that they can be found when it is lost.
    "CREATE TABLE fw_jobs (
        id {id} PRIMARY KEY,
        queue text NOT NULL,
        name text NOT NULL,
        args text NOT NULL,
        priority bigint NOT NULL,
        state text NOT NULL CHECK (state = 'ready' OR state = 'running' OR state = 'done' OR state = 'scheduled'
            OR state = 'blocked' OR state = 'dead' OR state = 'cancelled'),
        run_at bigint NOT NULL,
        attempt bigint NOT NULL DEFAULT 0 CHECK (attempt >= 0),
        max_attempts bigint NOT NULL,
        rescues bigint NOT NULL DEFAULT 0,
        token bigint NOT NULL DEFAULT 0,
        worker {id} REFERENCES fw_job_workers (id),
        started_at bigint,
        finished_at bigint,
        result text,
        progress bigint,
        unique_key text,
        key_scope text,
        key_period bigint,
        batch_id {id},
        after_id {id},
        has_next boolean NOT NULL DEFAULT FALSE,
        erase_args boolean NOT NULL DEFAULT FALSE,
        meta text,
        created_at bigint NOT NULL,
        CHECK ((state = 'running') = (worker IS NOT NULL)),
        CHECK ((state = 'done' OR state = 'dead' OR state = 'cancelled') = (finished_at IS NOT NULL))
    ) {busy}",
    "CREATE INDEX fw_jobs_ready ON fw_jobs (queue, priority DESC, run_at, id) WHERE state = 'ready'",
    "CREATE INDEX fw_jobs_scheduled ON fw_jobs (run_at, id) WHERE state = 'scheduled'",
    "CREATE INDEX fw_jobs_running ON fw_jobs (worker) WHERE state = 'running'",
    "CREATE INDEX fw_jobs_blocked ON fw_jobs (after_id) WHERE state = 'blocked'",
    "CREATE INDEX fw_jobs_ended ON fw_jobs (state, finished_at, id) WHERE finished_at IS NOT NULL",
    // For the counts of those that have ended. SQLite reads the rows as well if the condition is on a column that is not in the index.
    "CREATE INDEX fw_jobs_counted ON fw_jobs (queue, state) WHERE state = 'done' OR state = 'dead' OR state = 'cancelled'",
    "CREATE INDEX fw_jobs_batch ON fw_jobs (batch_id) WHERE batch_id IS NOT NULL",
    // Without a foreign key: a key may outlive its job.
    "CREATE TABLE fw_job_keys (
        job_name text NOT NULL,
        unique_key text NOT NULL,
        job_id {id} NOT NULL,
        scope text NOT NULL,
        expires_at bigint,
        PRIMARY KEY (job_name, unique_key)
    ) {busy}",
    "CREATE INDEX fw_job_keys_job ON fw_job_keys (job_id)",
    "CREATE INDEX fw_job_keys_expiry ON fw_job_keys (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE TABLE fw_job_errors (
        job_id {id} NOT NULL REFERENCES fw_jobs (id) ON DELETE CASCADE,
        token bigint NOT NULL,
        attempt bigint NOT NULL,
        at bigint NOT NULL,
        state text NOT NULL,
        error text NOT NULL,
        PRIMARY KEY (job_id, token)
    )",
    "CREATE TABLE fw_job_steps (
        job_id {id} NOT NULL REFERENCES fw_jobs (id) ON DELETE CASCADE,
        name text NOT NULL,
        result text NOT NULL,
        at bigint NOT NULL,
        PRIMARY KEY (job_id, name)
    )",
    "CREATE TABLE fw_job_batches (
        id {id} PRIMARY KEY,
        description text NOT NULL,
        total bigint NOT NULL,
        pending bigint NOT NULL,
        failed bigint NOT NULL,
        callback_id {id},
        created_at bigint NOT NULL,
        finished_at bigint
    )",
    // A queue that is not here is not paused.
    "CREATE TABLE fw_job_queues (name text PRIMARY KEY, paused_at bigint NOT NULL)",
    "CREATE TABLE fw_job_limits (name text PRIMARY KEY, arrival bigint NOT NULL)",
    "CREATE TABLE fw_job_schedules (name text PRIMARY KEY, spec text NOT NULL, next_at bigint NOT NULL)",
    "CREATE TABLE fw_job_outbox (job_id {id} PRIMARY KEY, job text NOT NULL, created_at bigint NOT NULL)",
    "CREATE INDEX fw_job_outbox_oldest ON fw_job_outbox (created_at, job_id)",
];

pub(super) async fn up(schema: &Schema<'_>) -> Result {
    let (id, busy) = if schema.backend() == DbBackend::Postgres {
        // Dead rows slow the claims long before they are a fifth of the table, which is the default.
        ("uuid", "WITH (autovacuum_vacuum_scale_factor = 0.02)")
    } else {
        ("blob", "")
    };
    for statement in TABLES {
        let statement = statement.replace("{id}", id).replace("{busy}", busy);
        schema.execute_sql(statement).await?;
    }
    Ok(())
}

pub(super) async fn down(schema: &Schema<'_>) -> Result {
    for table in [
        "fw_job_outbox",
        "fw_job_schedules",
        "fw_job_limits",
        "fw_job_queues",
        "fw_job_batches",
        "fw_job_steps",
        "fw_job_errors",
        "fw_job_keys",
        "fw_jobs",
        "fw_job_workers",
    ] {
        schema.drop_table(table).await?;
    }
    Ok(())
}
