//! The tables of the store, and bringing older ones up to date.

use rusqlite::Connection;

/// Each step brings a store from the version of its index to the next; `PRAGMA user_version` says
/// where one is. Steps are only ever added.
const STEPS: &[&str] = &["
    CREATE TABLE jobs (
        -- The order in which jobs came.
        seq           INTEGER PRIMARY KEY AUTOINCREMENT,
        id            TEXT NOT NULL UNIQUE,
        number        REAL NOT NULL,
        client        TEXT,
        workflow      TEXT NOT NULL,   -- JSON, the API form
        outputs       TEXT NOT NULL,   -- JSON, ids of output nodes
        extra_data    TEXT NOT NULL,   -- JSON
        queued_at_ms  INTEGER NOT NULL,
        attempts      INTEGER NOT NULL,
        state         TEXT NOT NULL
            CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
        started_at_ms INTEGER,
        ended_at_ms   INTEGER,
        elapsed_ms    INTEGER,
        timings_us    TEXT,            -- JSON, microseconds by stage
        made          TEXT,            -- JSON, the files
        failure       TEXT             -- JSON
    ) STRICT;
    CREATE INDEX jobs_waiting ON jobs (number, seq) WHERE state IN ('queued', 'running');
    CREATE INDEX jobs_ended ON jobs (ended_at_ms, seq) WHERE ended_at_ms IS NOT NULL;

    CREATE TABLE rates (
        key   TEXT NOT NULL,
        stage TEXT NOT NULL,
        ratio REAL NOT NULL,
        PRIMARY KEY (key, stage)
    ) STRICT, WITHOUT ROWID;
"];

/// The version that this program writes.
pub(crate) const VERSION: u32 = STEPS.len() as u32;

/// The version of a store.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings a store of an older version, or an empty one, up to date: all of a step or nothing of it.
pub(crate) fn update(connection: &mut Connection) -> rusqlite::Result<()> {
    let from = version(connection)?;
    for (index, step) in STEPS.iter().enumerate().skip(from as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", index as u32 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}
