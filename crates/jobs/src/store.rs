//! Jobs on disk.
//!
//! `SQLite` with a write-ahead log. `synchronous` is FULL, so that what was announced survives a power
//! cut too and not only a crash; it costs an fsync for each change, of which a job has three.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tintype_engine::{Stage, Timings};
use tintype_protocol::{ClientId, PromptId};

use crate::clock::now_ms;
use crate::rates::Rates;
use crate::{Ending, Error, Job, JobState, Result, Retention, schema};

/// How long to wait for another program that looks into the file, such as a backup.
const BUSY: Duration = Duration::from_secs(5);

/// The columns that [`read_job`] reads, in its order.
const COLUMNS: &str = "id, number, client, workflow, outputs, extra_data, queued_at_ms, attempts, \
     state, started_at_ms, ended_at_ms, elapsed_ms, timings_us, made, failure";

/// The jobs of one queue.
pub(crate) struct Store {
    connection: Connection,
    /// Where a damaged store was put whose place this one took.
    put_aside: Option<PathBuf>,
    /// Held for as long as the store is open, so that no second process runs the same jobs.
    _lock: File,
}

impl Store {
    /// Opens a store, or makes one. A file that is no database, or a damaged one, is put aside and a
    /// new store begun: what can't be read must not keep the program from starting.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::Unusable`], [`Error::TooNew`], or the database's own.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let lock = lock(path)?;
        let (connection, put_aside) = match connect(path) {
            Err(Error::Store(error)) if is_damage(&error) => {
                let aside = put_aside(path)?;
                tracing::error!(%error, aside = %aside.display(),
                    "the queue's file is damaged; it was put aside and a new one begun");
                (connect(path)?, Some(aside))
            }
            connection => (connection?, None),
        };
        Ok(Self {
            connection,
            put_aside,
            _lock: lock,
        })
    }

    /// Where a damaged store was put whose place this one took.
    pub(crate) fn put_aside(&self) -> Option<&Path> {
        self.put_aside.as_deref()
    }

    /// Adds a queued job.
    ///
    /// # Errors
    /// [`Error::DuplicateId`], or the database's own.
    pub(crate) fn insert(&self, job: &Job) -> Result<()> {
        let sql = "INSERT INTO jobs (id, number, client, workflow, outputs, extra_data, \
                   queued_at_ms, attempts, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let values = params![
            job.id.to_string(),
            job.number,
            job.client.as_ref().map(ClientId::as_str),
            job.workflow.to_string(),
            to_json(&job.outputs),
            job.extra_data.to_string(),
            job.queued_at_ms as i64,
            job.attempts,
            job.state.name(),
        ];
        match self.connection.execute(sql, values) {
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE =>
            {
                Err(Error::DuplicateId(job.id))
            }
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    /// Writes where jobs are now, all of them or none.
    ///
    /// # Errors
    /// The database's own.
    pub(crate) fn update<'a>(&mut self, jobs: impl IntoIterator<Item = &'a Job>) -> Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut statement = transaction.prepare_cached(
                "UPDATE jobs SET attempts = ?2, state = ?3, started_at_ms = ?4, ended_at_ms = ?5, \
                 elapsed_ms = ?6, timings_us = ?7, made = ?8, failure = ?9 WHERE id = ?1",
            )?;
            for job in jobs {
                let ending = job.state.ending();
                let started = match &job.state {
                    JobState::Running { started_at_ms } => Some(*started_at_ms),
                    state => state.ending().and_then(|ending| ending.started_at_ms),
                };
                statement.execute(params![
                    job.id.to_string(),
                    job.attempts,
                    job.state.name(),
                    started.map(|ms| ms as i64),
                    ending.map(|ending| ending.ended_at_ms as i64),
                    ending.map(|ending| ending.elapsed_ms as i64),
                    ending.map(|ending| to_json(&microseconds(&ending.timings))),
                    ending.map(|ending| to_json(&ending.outputs)),
                    job.state.failure().map(to_json),
                ])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// One job.
    ///
    /// # Errors
    /// [`Error::BadEntry`], or the database's own.
    pub(crate) fn job(&self, id: PromptId) -> Result<Option<Job>> {
        let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1");
        let read = |row: &Row| Ok(read_job(row));
        let found = self.connection.query_row(&sql, [id.to_string()], read);
        found.optional()?.transpose()
    }

    /// The jobs that have not ended, in the order of the queue.
    ///
    /// # Errors
    /// The database's own. Entries that make no sense are left out, and said in the log.
    pub(crate) fn waiting(&self) -> Result<Vec<Job>> {
        self.jobs(
            "WHERE state IN ('queued', 'running') ORDER BY number, seq",
            [],
        )
    }

    /// Jobs that have ended: of the newest `max_items` after the `offset` newest, the oldest first.
    ///
    /// # Errors
    /// The database's own. Entries that make no sense are left out, and said in the log.
    pub(crate) fn history(&self, max_items: Option<usize>, offset: usize) -> Result<Vec<Job>> {
        let limit = max_items.and_then(|items| i64::try_from(items).ok());
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut jobs = self.jobs(
            "WHERE ended_at_ms IS NOT NULL ORDER BY ended_at_ms DESC, seq DESC LIMIT ?1 OFFSET ?2",
            // A negative limit is none.
            params![limit.unwrap_or(-1), offset],
        )?;
        jobs.reverse();
        Ok(jobs)
    }

    fn jobs(&self, rest: &str, values: impl rusqlite::Params) -> Result<Vec<Job>> {
        let sql = format!("SELECT {COLUMNS} FROM jobs {rest}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(values)?;
        let mut jobs = Vec::new();
        while let Some(row) = rows.next()? {
            match read_job(row) {
                Ok(job) => jobs.push(job),
                Err(error) => tracing::error!(%error, "an entry is left out"),
            }
        }
        Ok(jobs)
    }

    /// Removes entries of jobs that have ended.
    ///
    /// # Errors
    /// The database's own.
    pub(crate) fn forget(&mut self, ids: &[PromptId]) -> Result<usize> {
        let transaction = self.connection.transaction()?;
        let mut removed = 0;
        {
            let sql = "DELETE FROM jobs WHERE id = ?1 AND ended_at_ms IS NOT NULL";
            let mut statement = transaction.prepare_cached(sql)?;
            for id in ids {
                removed += statement.execute([id.to_string()])?;
            }
        }
        transaction.commit()?;
        Ok(removed)
    }

    /// Sets one field of a job's `extra_data`, if the job has ended. Returns whether it has.
    ///
    /// # Errors
    /// The database's own.
    pub(crate) fn note(&self, id: PromptId, field: &str, value: &Value) -> Result<bool> {
        let sql = "UPDATE jobs SET extra_data = json_set(
                CASE json_type(extra_data) WHEN 'object' THEN extra_data ELSE '{}' END,
                ?2, json(?3))
            WHERE id = ?1 AND ended_at_ms IS NOT NULL";
        let path = format!("$.\"{field}\"");
        let values = [id.to_string(), path, value.to_string()];
        Ok(self.connection.execute(sql, values)? > 0)
    }

    /// Removes all entries of jobs that have ended.
    ///
    /// # Errors
    /// The database's own.
    pub(crate) fn forget_all(&self) -> Result<usize> {
        let sql = "DELETE FROM jobs WHERE ended_at_ms IS NOT NULL";
        Ok(self.connection.execute(sql, [])?)
    }

    /// Removes the entries that are beyond what is to be kept.
    ///
    /// # Errors
    /// The database's own.
    pub(crate) fn retain(&self, retention: Retention) -> Result<()> {
        let kept = i64::try_from(retention.max_entries).unwrap_or(i64::MAX);
        self.connection.execute(
            "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE ended_at_ms IS NOT NULL \
             ORDER BY ended_at_ms DESC, seq DESC LIMIT -1 OFFSET ?1)",
            [kept],
        )?;
        if let Some(age) = retention.max_age {
            let oldest = now_ms().saturating_sub(crate::clock::millis(age));
            let sql = "DELETE FROM jobs WHERE ended_at_ms < ?1";
            self.connection.execute(sql, [oldest as i64])?;
        }
        Ok(())
    }

    /// The largest number that a job has had, of either sign. Those that no count comes to are left
    /// out: a client asked for them, and adding one to them would change nothing.
    ///
    /// # Errors
    /// The database's own.
    pub(crate) fn largest_number(&self) -> Result<f64> {
        let sql = "SELECT coalesce(max(abs(number)), 0) FROM jobs WHERE abs(number) < 1e15";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// What was learned of this computer.
    ///
    /// # Errors
    /// The database's own.
    pub(crate) fn rates(&self) -> Result<Rates> {
        let mut rates = Rates::default();
        let mut statement = self
            .connection
            .prepare("SELECT key, stage, ratio FROM rates")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (key, stage): (String, String) = (row.get(0)?, row.get(1)?);
            if let Some(stage) = Stage::ALL.into_iter().find(|known| known.as_str() == stage) {
                rates.set(key, stage, row.get(2)?);
            }
        }
        Ok(rates)
    }

    /// Keeps what was learned of this computer.
    ///
    /// # Errors
    /// The database's own.
    pub(crate) fn keep_rates(&mut self, key: &str, ratios: &[(Stage, f64)]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        for (stage, ratio) in ratios {
            transaction.execute(
                "INSERT OR REPLACE INTO rates (key, stage, ratio) VALUES (?1, ?2, ?3)",
                params![key, stage.as_str(), ratio],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }
}

/// Keeps other processes out, until the file is closed, also by a crash.
fn lock(path: &Path) -> Result<File> {
    let unusable = |source| Error::Unusable {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(beside(path, ".lock"))
        .map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let found = schema::version(&connection)?;
    if found > schema::VERSION {
        return Err(Error::TooNew {
            path: path.to_owned(),
            found,
            known: schema::VERSION,
        });
    }
    let verdict: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if verdict != "ok" {
        tracing::error!(verdict, "the queue's file fails its check");
        let damage = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(Error::Store(rusqlite::Error::SqliteFailure(damage, None)));
    }
    schema::update(&mut connection)?;
    Ok(connection)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
    )
}

/// Renames a store and what belongs to it; returns the new name.
fn put_aside(path: &Path) -> Result<PathBuf> {
    let suffix = format!(".damaged-{}", now_ms());
    let aside = beside(path, &suffix);
    for end in ["", "-wal", "-shm"] {
        let from = beside(path, end);
        match std::fs::rename(&from, beside(&aside, end)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(Error::Unusable { path: from, source });
            }
            _ => {}
        }
    }
    Ok(aside)
}

/// A path with something added to its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn read_job(row: &Row) -> Result<Job> {
    let id: String = row.get(0)?;
    let bad = |field| Error::BadEntry {
        id: id.clone(),
        field,
    };
    let client: Option<String> = row.get(2)?;
    Ok(Job {
        id: PromptId::from_str(&id).map_err(|_| bad("id"))?,
        number: row.get(1)?,
        client: client
            .map(ClientId::new)
            .transpose()
            .map_err(|_| bad("client"))?,
        workflow: from_json(row, 3).ok_or_else(|| bad("workflow"))?,
        outputs: from_json(row, 4).ok_or_else(|| bad("outputs"))?,
        extra_data: from_json(row, 5).ok_or_else(|| bad("extra_data"))?,
        queued_at_ms: unsigned(row, 6).ok_or_else(|| bad("queued_at_ms"))?,
        attempts: row.get(7)?,
        state: read_state(row).ok_or_else(|| bad("state"))?,
    })
}

fn read_state(row: &Row) -> Option<JobState> {
    let ending = || {
        let timings: BTreeMap<String, u64> = from_json(row, 12)?;
        Some(Ending {
            started_at_ms: unsigned(row, 9),
            ended_at_ms: unsigned(row, 10)?,
            elapsed_ms: unsigned(row, 11)?,
            timings: from_microseconds(&timings),
            outputs: from_json(row, 13)?,
        })
    };
    let name: String = row.get(8).ok()?;
    Some(match name.as_str() {
        "queued" => JobState::Queued,
        "running" => JobState::Running {
            started_at_ms: unsigned(row, 9)?,
        },
        "completed" => JobState::Completed(ending()?),
        "failed" => JobState::Failed(ending()?, from_json(row, 14)?),
        "cancelled" => JobState::Cancelled(ending()?),
        _ => return None,
    })
}

/// `SQLite`'s integers are signed; ours are not.
fn unsigned(row: &Row, column: usize) -> Option<u64> {
    let value: Option<i64> = row.get(column).ok()?;
    u64::try_from(value?).ok()
}

fn from_json<T: DeserializeOwned>(row: &Row, column: usize) -> Option<T> {
    let text: String = row.get(column).ok()?;
    serde_json::from_str(&text).ok()
}

fn to_json(value: &impl Serialize) -> String {
    // Everything that is stored has text for keys and no failing serializer.
    serde_json::to_string(value).unwrap_or_default()
}

fn microseconds(timings: &Timings) -> BTreeMap<&'static str, u64> {
    let of_stage = |stage: Stage| {
        let micros = u64::try_from(timings.get(stage).as_micros());
        (stage.as_str(), micros.unwrap_or(u64::MAX))
    };
    Stage::ALL.into_iter().map(of_stage).collect()
}

fn from_microseconds(stored: &BTreeMap<String, u64>) -> Timings {
    let mut timings = Timings::default();
    for stage in Stage::ALL {
        let micros = stored.get(stage.as_str()).copied().unwrap_or_default();
        timings.set(stage, Duration::from_micros(micros));
    }
    timings
}
