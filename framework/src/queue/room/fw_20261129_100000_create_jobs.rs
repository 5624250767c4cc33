//! The migration that creates the tables of jobs. Times are microseconds since 1970 (UTC).

use crate::migration::prelude::*;

/// The tables, those that others refer to first. What each write checks is short: PostgreSQL reads the text of all checks anew for each
/// statement that inserts, which was half of the time of one. It has no `IN`, as SQLite would make a table of the list each time.
/// What is in braces depends on the database, see [`up`].
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
        state text NOT NULL,
        run_at bigint NOT NULL,
        attempt bigint NOT NULL DEFAULT 0,
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
        CHECK (attempt >= 0 AND CASE
            WHEN worker IS NOT NULL THEN state = 'running' AND finished_at IS NULL
            WHEN finished_at IS NOT NULL THEN {ended}
            ELSE {waiting}
        END)
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
    "CREATE TABLE fw_job_outbox (job_id {id} NOT NULL PRIMARY KEY, created_at bigint NOT NULL, job text NOT NULL) {busy}",
];

pub(super) async fn up(schema: &Schema<'_>) -> Result {
    let options = if schema.backend() == DbBackend::Postgres {
        [
            ("{id}", "uuid"),
            // Dead rows slow the claims long before they are a fifth of the table, which is the default.
            ("{busy}", "WITH (autovacuum_vacuum_scale_factor = 0.02)"),
            ("{ended}", "state = ANY ('{done,dead,cancelled}'::text[])"),
            (
                "{waiting}",
                "state = ANY ('{ready,scheduled,blocked}'::text[])",
            ),
        ]
    } else {
        [
            ("{id}", "blob"),
            // Otherwise a primary key is an index beside the table, of which each write has a page more to write.
            ("{busy}", "WITHOUT ROWID"),
            (
                "{ended}",
                "state = 'done' OR state = 'dead' OR state = 'cancelled'",
            ),
            (
                "{waiting}",
                "state = 'ready' OR state = 'scheduled' OR state = 'blocked'",
            ),
        ]
    };
    for statement in TABLES {
        let mut statement = (*statement).to_owned();
        for (name, text) in options {
            statement = statement.replace(name, text);
        }
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
