//! What can be seen of a statement from outside.

/// Whether a statement surely only reads. A wrong `false` costs a wait for the turn to write; a wrong `true` cannot write on
/// SQLite, as reading connections are opened with `query_only`.
pub(super) fn only_reads(sql: &str) -> bool {
    let mut words = sql
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty());
    match words.next().map(str::to_ascii_uppercase).as_deref() {
        Some("SELECT" | "VALUES" | "EXPLAIN") => true,
        Some("WITH") => !words.any(|word| {
            ["INSERT", "UPDATE", "DELETE", "REPLACE"]
                .iter()
                .any(|write| word.eq_ignore_ascii_case(write))
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::only_reads;

    #[test]
    fn tells_reads_from_writes() {
        for sql in [
            "SELECT 1",
            "  select * FROM a",
            "(SELECT 1)",
            "WITH x AS (SELECT 1) SELECT * FROM x",
        ] {
            assert!(only_reads(sql), "{sql}");
        }
        for sql in [
            "INSERT INTO a VALUES (1) RETURNING id",
            "UPDATE a SET b = 1",
            "with x as (select 1) delete from a",
            "PRAGMA journal_mode = wal",
            "",
        ] {
            assert!(!only_reads(sql), "{sql}");
        }
    }
}
